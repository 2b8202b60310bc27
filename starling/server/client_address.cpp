#include "starling/server/client_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace starling {
namespace {

constexpr std::string_view kNoAddress = "X-Forwarded-For or Forwarded does not say in an address whom the proxy heard";
constexpr std::string_view kContradiction = "X-Forwarded-For and Forwarded name different clients: let the proxy set one and remove the other";

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The parts of a list, without what is between quotes taken for a separator; empty parts too.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool is_quoted = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') is_quoted = !is_quoted;
    if (is_quoted && text[at] == '\\') {
      ++at;
    } else if (!is_quoted && text[at] == separator) {
      parts.push_back(trimmed(text.substr(begin, at - begin)));
      begin = at + 1;
    }
  }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

/// All elements of all headers of this name, in order.
std::vector<std::string_view> elements_of(const http::Request& request, std::string_view name) {
  std::vector<std::string_view> elements;
  for (const http::Header& header : request.headers) {
    if (!http::equals_ignoring_case(header.name, name)) continue;
    for (const std::string_view element : split(header.value, ',')) {
      if (!element.empty()) elements.push_back(element);
    }
  }
  return elements;
}

/// What has no quotes, or one pair of them around it all (RFC 9110 §5.6.4).
std::optional<std::string> unquoted(std::string_view text) {
  if (!text.starts_with('"')) return text.find('"') == std::string_view::npos ? std::optional{std::string{text}} : std::nullopt;
  if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
  std::string value;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] == '"' || (text[at] == '\\' && ++at + 1 == text.size())) return std::nullopt;
    value += text[at];
  }
  return value;
}

/// Of what a proxy appended: it may say something else than whom it heard.
struct Heard {
  bool is_said = false;
  std::optional<std::string> address = {};  ///< nullopt where that is none
};

Heard read_element(std::string_view element) { return {true, read_forwarded_address(element)}; }

/// Of an element `for="[2001:db8::1]:4711";proto=https`. All of it must be well formed: a client that opens a quote and does not close it would make
/// what the proxy appends part of its own words.
Heard read_for(std::string_view element) {
  constexpr Heard kMalformed{.is_said = true};
  Heard heard;
  for (const std::string_view pair : split(element, ';')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::nullopt : unquoted(pair.substr(equals + 1));
    if (!value) return kMalformed;
    if (!http::equals_ignoring_case(pair.substr(0, equals), "for")) continue;
    if (heard.is_said) return kMalformed;
    heard = read_element(*value);
    if (!heard.address) return kMalformed;
  }
  return heard;
}

/// The first from the right that is no proxy; the last one if all are. No address if one on the way is none, and nothing said if one on the way
/// says nothing: what stands to the left of it is only the client's word.
template <class Read>
Heard find_client(const std::vector<std::string_view>& elements, const TrustedProxies& proxies, Read read) {
  Heard heard;
  for (auto element = elements.rbegin(); element != elements.rend(); ++element) {
    heard = read(*element);
    if (!heard.address || !proxies.contain({.address = *heard.address})) return heard;
  }
  return heard;
}

}  // namespace

bool TrustedProxies::contain(const net::Peer& peer) const noexcept {
  if (peer.is_unix_socket) return on_unix_sockets;
  return std::any_of(addresses.begin(), addresses.end(), [&](const config::AddressRange& range) { return range.contains(peer.address); });
}

Result<std::string, std::string_view> client_address(const http::Request& request, const TrustedProxies& proxies) {
  const std::string own = read_forwarded_address(request.peer.address).value_or(request.peer.address);
  if (!proxies.contain(request.peer)) return own;
  const auto by_custom = elements_of(request, "X-Forwarded-For");
  const auto by_standard = elements_of(request, "Forwarded");
  const Heard custom = find_client(by_custom, proxies, read_element);
  const Heard standard = find_client(by_standard, proxies, read_for);
  if ((custom.is_said && !custom.address) || (standard.is_said && !standard.address)) return Unexpected{kNoAddress};
  if (custom.address && standard.address && *custom.address != *standard.address) return Unexpected{kContradiction};
  if (custom.address) return *custom.address;
  if (standard.address) return *standard.address;
  return by_standard.empty() ? Result<std::string, std::string_view>{own} : Unexpected{kNoAddress};
}

std::optional<std::string> read_forwarded_address(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  const bool is_bracketed = text.starts_with('[');
  if (is_bracketed) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    has_port = !port.empty();
    if (has_port && !port.starts_with(':')) return std::nullopt;
    if (has_port) port.remove_prefix(1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    host = text.substr(0, colon);  // one colon: an IPv4 address and its port
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (has_port) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  }

  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (host.size() >= terminated.size() || host.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(host.begin(), host.end(), terminated.begin());
  in6_addr six{};
  in_addr four{};
  if (inet_pton(AF_INET6, terminated.data(), &six) == 1) {
    if (!IN6_IS_ADDR_V4MAPPED(&six)) {
      inet_ntop(AF_INET6, &six, terminated.data(), terminated.size());
      return std::string{terminated.data()};
    }
    std::copy(six.s6_addr + 12, six.s6_addr + 16, reinterpret_cast<std::uint8_t*>(&four.s_addr));
  } else if (is_bracketed || inet_pton(AF_INET, terminated.data(), &four) != 1) {
    return std::nullopt;
  }
  inet_ntop(AF_INET, &four, terminated.data(), terminated.size());
  return std::string{terminated.data()};
}

}  // namespace starling
