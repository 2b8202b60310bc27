#include "starling/server/routes/dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "starling/core/base/json.hpp"
#include "starling/io/http/entity_tag.hpp"
#include "starling/io/http/problem.hpp"

namespace starling::routes {
namespace {

constexpr std::string_view kNone = "This Starling was built without its dashboard (STARLING_DASHBOARD is OFF). /api/v1/openapi.json says what is where.\n";

/// "https://tiles.example:8443", as a policy names it.
std::string_view origin_of(std::string_view url) { return url.substr(0, url.find('/', url.find("://") + 3)); }

std::string settings_text(const std::optional<Tiles>& tiles) {
  if (!tiles) return R"({"tiles":null})";
  return fmt::format(R"({{"tiles":{{"url":{},"attribution":{}}}}})", json::quoted(tiles->url), json::quoted(tiles->attribution));
}

}  // namespace

std::string security_policy(const std::optional<Tiles>& tiles) {
  const std::string from_tiles = tiles ? fmt::format(" {}", origin_of(tiles->url)) : std::string{};
  return fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{0}; connect-src 'self'{0}; worker-src 'self'; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      from_tiles);
}

bool accepts_gzip(std::string_view accept_encoding) {
  const auto refuses = [](std::string_view parameters) {
    const std::size_t quality = parameters.find("q=");
    return quality != std::string_view::npos && parameters.find_first_not_of("0. ", quality + 2) == std::string_view::npos;
  };
  std::optional<bool> named, any;
  for (const std::string_view element : http::list_elements(accept_encoding)) {
    const std::size_t end = element.find_first_of("; ");
    const std::string_view coding = element.substr(0, end);
    const bool is_taken = end == std::string_view::npos || !refuses(element.substr(end));
    if (http::equals_ignoring_case(coding, "gzip") || http::equals_ignoring_case(coding, "x-gzip")) named = is_taken;
    if (coding == "*") any = is_taken;
  }
  return named.value_or(any.value_or(false));
}

Dashboard::Dashboard(DashboardOptions options)
    : assets_(options.assets),
      // Makers of public tiles want to know which page shows them; without any, nobody learns of this one.
      security_{{"Content-Security-Policy", security_policy(options.tiles)},
                {"Referrer-Policy", options.tiles ? "strict-origin-when-cross-origin" : "no-referrer"},
                {"X-Frame-Options", "DENY"}},
      settings_(settings_text(options.tiles)),
      policy_tag_(options.tiles ? fmt::format("-{:x}", std::hash<std::string>{}(security_policy(options.tiles))) : "") {}

http::Response Dashboard::file(std::string_view path, std::string_view if_none_match, std::string_view accept_encoding) const {
  if (assets_.empty() && path == "/") return {.status = 200, .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-cache"}}, .body = std::string{kNone}};
  const auto asset = std::ranges::find(assets_, path, &Asset::path);
  if (asset == assets_.end()) return http::problem(404, "the dashboard has no such file: it was updated, load the page again");

  const bool is_gzipped = !asset->gzipped.empty() && accepts_gzip(accept_encoding);
  // The page is another one under another policy, so that what is at hand is not shown under the old one.
  const std::string tag = fmt::format("\"{}{}{}\"", asset->name, path == "/" ? policy_tag_ : "", is_gzipped ? "-gzip" : "");
  http::Response response{.status = 304, .headers = {{"ETag", tag}, {"Cache-Control", path == "/" ? "no-cache" : "public, max-age=31536000, immutable"}, {"Vary", "Accept-Encoding"}}};
  response.headers.insert(response.headers.end(), security_.begin(), security_.end());
  if (http::matches_tag(if_none_match, tag)) return response;
  response.status = 200;
  response.headers.push_back({"Content-Type", std::string{asset->media_type}});
  if (is_gzipped) response.headers.push_back({"Content-Encoding", "gzip"});
  response.body = is_gzipped ? asset->gzipped : asset->text;
  return response;
}

}  // namespace starling::routes
