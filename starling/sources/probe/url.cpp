#include "starling/sources/probe/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "starling/core/base/check.hpp"

namespace starling::sources::probe {
namespace {

constexpr UrlFault kNoScheme = "the url begins with neither http:// nor https://";
constexpr UrlFault kUnreadable = "the url cannot be read: write it like http://127.0.0.1:8001/health, and %40 for an @ in a user or password";

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// Empty if the url has no such part.
Result<std::string, UrlFault> part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  const CURLUcode code = curl_url_get(url.get(), which, &text, flags);
  if (code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD) return std::string{};
  if (code != CURLUE_OK) return Unexpected{kUnreadable};
  const std::unique_ptr<char, decltype(&curl_free)> held{text, &curl_free};
  return std::string{text};
}

void leave_out(const Url& url, CURLUPart which) { STARLING_CHECK(curl_url_set(url.get(), which, nullptr, 0) == CURLUE_OK); }

}  // namespace

Result<ProbeUrl, UrlFault> read_probe_url(std::string_view text) {
  ProbeUrl read;
  read.is_tls = text.starts_with("https://");
  if (!read.is_tls && !text.starts_with("http://")) return Unexpected{kNoScheme};
  // Among them the zero byte, at which libcurl would stop.
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; })) return Unexpected{kUnreadable};
  const Url url{curl_url(), &curl_url_cleanup};
  STARLING_CHECK(url != nullptr);
  if (curl_url_set(url.get(), CURLUPART_URL, std::string{text}.c_str(), 0) != CURLUE_OK) return Unexpected{kUnreadable};

  auto username = part(url, CURLUPART_USER, CURLU_URLDECODE);
  auto password = part(url, CURLUPART_PASSWORD, CURLU_URLDECODE);
  if (!username || !password) return Unexpected{kUnreadable};
  read.username = std::move(*username);
  read.password = std::move(*password);
  for (const CURLUPart which : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_FRAGMENT}) leave_out(url, which);
  auto asked = part(url, CURLUPART_URL);
  leave_out(url, CURLUPART_QUERY);
  auto shown = part(url, CURLUPART_URL);
  if (!asked || !shown) return Unexpected{kUnreadable};
  read.asked = std::move(*asked);
  read.shown = std::move(*shown);
  return read;
}

}  // namespace starling::sources::probe
