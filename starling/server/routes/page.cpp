#include "starling/server/routes/page.hpp"

#include <openssl/evp.h>

#include <array>

#include "starling/core/base/base64.hpp"
#include "starling/core/base/check.hpp"

namespace starling::routes {
namespace {

/// As CSP Level 3 writes it: 'sha256-…' of the text between the tags.
std::string hash_source(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int bytes = 0;
  const int ok = EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_sha256(), nullptr);
  STARLING_CHECK(ok == 1);
  return "'sha256-" + base64(Bytes{digest.data(), bytes}) + "'";
}

/// The hashes of every element of this name.
std::string hash_sources(std::string_view html, const std::string& element) {
  const std::string open = "<" + element;
  const std::string close = "</" + element + ">";
  std::string sources;
  for (std::size_t at = 0; (at = html.find(open, at)) != std::string_view::npos;) {
    const std::size_t begin = html.find('>', at) + 1;
    const std::size_t end = html.find(close, begin);
    STARLING_CHECK(end != std::string_view::npos, element);
    sources += ' ' + hash_source(html.substr(begin, end - begin));
    at = end;
  }
  return sources.empty() ? " 'none'" : sources;
}

}  // namespace

std::string security_policy_of(std::string_view html) {
  return "default-src 'none'; script-src" + hash_sources(html, "script") + "; style-src" +
         hash_sources(html, "style") +
         "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

Page::Page(std::string_view html)
    : response_{.status = 200,
                .headers = {{"Content-Type", "text/html; charset=utf-8"},
                            {"Content-Security-Policy", security_policy_of(html)},
                            {"Referrer-Policy", "no-referrer"},
                            {"Cache-Control", "no-cache"}},
                .body = std::string{html}} {}

}  // namespace starling::routes
