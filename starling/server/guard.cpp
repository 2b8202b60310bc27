#include "starling/server/guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace starling {
namespace {

using http::equals_ignoring_case;
using http::Request;

/// `host[:port]`, as in `Host` and in an origin.
struct Authority {
  std::string host;  ///< lower case, an IPv6 address without brackets
  std::uint16_t port = 0;
  bool is_bracketed = false;
  bool operator==(const Authority&) const = default;
};

std::optional<Authority> read_authority(std::string_view text, std::uint16_t default_port) {
  Authority authority{.host = {}, .port = default_port};
  std::size_t host_end = std::min(text.find(':'), text.size());
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    authority.is_bracketed = true;
    authority.host = text.substr(1, close - 1);
    host_end = close + 1;
  } else {
    authority.host = text.substr(0, host_end);
  }
  if (authority.host.empty()) return std::nullopt;
  std::ranges::transform(authority.host, authority.host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  const std::string_view rest = text.substr(host_end);
  if (rest.empty()) return authority;
  if (rest.front() != ':') return std::nullopt;
  const std::string_view digits = rest.substr(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), authority.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return authority;
}

bool is_this_machine(const Authority& authority) {
  if (authority.is_bracketed) return authority.host == "::1";
  static const auto kLoopback = config::read_address_range("127.0.0.0/8");
  return authority.host == "localhost" ||
         (authority.host.find(':') == std::string::npos && kLoopback->contains(authority.host));
}

bool is_proxy_header(std::string_view name) noexcept {
  constexpr std::string_view kPrefix = "X-Forwarded-";
  return equals_ignoring_case(name, "Forwarded") ||
         (name.size() > kPrefix.size() && equals_ignoring_case(name.substr(0, kPrefix.size()), kPrefix));
}

std::optional<GuardRefusal> check_host(const Request& request) {
  if (request.count("Host") != 1) return GuardRefusal{400, "a request has exactly one Host"};
  if (request.peer.is_unix_socket) return std::nullopt;
  const auto host = read_authority(request.header("Host"), request.peer.is_tls ? 443 : 80);
  if (!host) return GuardRefusal{400, "Host is not a host and port"};
  if (is_this_machine(*host)) return std::nullopt;
  return GuardRefusal{421, "without credentials only this machine is served: ask for localhost, 127.0.0.1 or [::1]"};
}

std::optional<GuardRefusal> check_proxy(const Request& request, const GuardOptions& options) {
  const bool is_forwarded =
      std::ranges::any_of(request.headers, [](const http::Header& header) { return is_proxy_header(header.name); });
  if (!is_forwarded) return std::nullopt;
  if (options.trusted_proxies.contain(request.peer)) {
    const auto client = client_address(request, options.trusted_proxies);
    if (!client) return GuardRefusal{400, std::string{client.error()}};
    return std::nullopt;
  }
  if (request.peer.is_unix_socket) {
    return GuardRefusal{403, "the request came through a proxy on a Unix socket: add \"unix\" to server.trusted_proxies if it is yours"};
  }
  return GuardRefusal{
      403, fmt::format("the request came through a proxy at {}: add it to server.trusted_proxies if it is yours",
                       request.peer.address)};
}

std::optional<GuardRefusal> check_origin(const Request& request, const GuardOptions& options) {
  const std::size_t count = request.count("Origin");
  if (count == 0) return std::nullopt;
  if (is_allowed_origin(request, options)) return std::nullopt;

  const std::string_view origin = request.header("Origin");
  const bool is_https = origin.starts_with("https://");
  if (count == 1 && (is_https || origin.starts_with("http://"))) {
    const auto from = read_authority(origin.substr(is_https ? 8 : 7), is_https ? 443 : 80);
    // What the browser asked for: a trusted proxy says it where it changes `Host`, and what it spoke itself.
    const bool has_proxy = options.trusted_proxies.contain(request.peer);
    const std::string_view told = has_proxy ? request.header("X-Forwarded-Proto") : std::string_view{};
    const bool was_https = told.empty() ? request.peer.is_tls : equals_ignoring_case(told, "https");
    const std::uint16_t our_port = was_https ? 443 : 80;
    // A page that came in the clear is not the one we sent under TLS: anybody on the way may have written it.
    const bool is_clear_to_tls = was_https && !is_https;
    if (!is_clear_to_tls && from && from == read_authority(request.header("Host"), our_port)) return std::nullopt;
    if (!is_clear_to_tls && has_proxy && from && from == read_authority(request.header("X-Forwarded-Host"), our_port))
      return std::nullopt;
  }
  return GuardRefusal{403, "this page's origin is not ours: add it to server.allowed_origins if it is yours"};
}

std::optional<GuardRefusal> check_content_type(const Request& request) {
  const std::string& method = request.method;
  if (method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE") return std::nullopt;
  const std::string type = http::media_type(request.header("Content-Type"));
  const bool is_known = type == "application/json" || type == "application/x-ndjson";
  if (is_known && request.count("Content-Type") == 1) return std::nullopt;
  return GuardRefusal{415, "Content-Type must be application/json or application/x-ndjson"};
}

}  // namespace

bool is_allowed_origin(const Request& request, const GuardOptions& options) noexcept {
  const auto is_origin = [&request](const std::string& allowed) { return equals_ignoring_case(allowed, request.header("Origin")); };
  return request.count("Origin") == 1 && std::ranges::any_of(options.allowed_origins, is_origin);
}

std::optional<GuardRefusal> check_at_door(const Request& request, const GuardOptions& options) {
  if (auto refusal = check_host(request)) return refusal;
  if (auto refusal = check_proxy(request, options)) return refusal;
  if (auto refusal = check_origin(request, options)) return refusal;
  return check_content_type(request);
}

}  // namespace starling
