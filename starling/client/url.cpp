#include "starling/client/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace starling::client {
namespace {

std::uint16_t default_port(bool is_tls) { return is_tls ? 443 : 80; }
constexpr std::string_view kExample = "give one like ws://127.0.0.1:8080/live";

bool takes(std::string_view& text, std::string_view prefix) {
  const bool is_there = text.size() >= prefix.size() &&
                        std::equal(prefix.begin(), prefix.end(), text.begin(), [](char lower, char c) {
                          return lower == (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
                        });
  if (is_there) text.remove_prefix(prefix.size());
  return is_there;
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return port == default_port(is_tls) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::shown() const { return (is_tls ? "wss://" : "ws://") + authority() + path.substr(0, path.find('?')); }

Result<Url, std::string> read_url(std::string_view text) {
  std::string_view rest = text;
  const bool is_https = takes(rest, "https://");
  const bool is_http = is_https || takes(rest, "http://");
  const bool is_tls = is_https || (!is_http && takes(rest, "wss://"));
  if (!is_http && !is_tls && !takes(rest, "ws://"))
    return Unexpected{fmt::format("not a ws://, wss://, http:// or https:// address: {}", kExample)};

  const std::size_t path_at = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, path_at);
  Url url{.host = {}, .port = default_port(is_tls), .path = std::string{rest.substr(path_at)}, .is_tls = is_tls};
  if (!is_visible(rest)) return Unexpected{std::string{"white space or a character beyond ASCII: leave it out"}};
  if (url.path.find('#') != std::string::npos) return Unexpected{std::string{"a fragment (#) means nothing here: leave it out"}};
  if (authority.find('@') != std::string_view::npos) {
    return Unexpected{std::string{"a name or password is not taken from the address: leave out what is before the @"}};
  }
  // The port follows the last colon, unless that is inside of an IPv6 address.
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const auto port = port_of(authority.substr(colon + 1));
    if (!port) return Unexpected{fmt::format("the port must be 1 to 65535: {}", kExample)};
    url.port = *port;
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  } else if (authority.find_first_of("[]:") != std::string_view::npos) {
    return Unexpected{std::string{"an IPv6 address stands in brackets: ws://[::1]:8080/live"}};
  }
  if (authority.empty()) return Unexpected{fmt::format("no host: {}", kExample)};
  url.host = authority;

  if (url.path.empty() || url.path == "/") url.path = "/live";
  if (url.path.starts_with('?')) url.path = "/live" + url.path;
  if (is_http && url.path.substr(0, url.path.find('?')) != "/live") {
    return Unexpected{std::string{"an http:// or https:// address is given without a path and means its /live: give ws:// or wss:// with the whole path"}};
  }
  return url;
}

}  // namespace starling::client
