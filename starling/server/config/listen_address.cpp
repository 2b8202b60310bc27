#include "starling/server/config/listen_address.hpp"

#include <charconv>
#include <optional>

#include "starling/server/config/address_range.hpp"

namespace starling::config {
namespace {

// sockaddr_un holds 108 bytes, the last of them zero.
constexpr std::size_t kSocketPathBytesMax = 107;

std::optional<std::uint16_t> read_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

Result<ListenAddress, std::string> read_unix_socket(std::string_view path) {
  if (!path.starts_with('/'))
    return Unexpected{std::string{R"(needs an absolute path, like "unix:/run/starling.sock")"}};
  if (path.size() > kSocketPathBytesMax)
    return Unexpected{std::string{"is longer than the 107 bytes a socket's path can have"}};
  return ListenAddress{.host = {}, .port = 0, .socket_path = std::string{path}};
}

}  // namespace

bool ListenAddress::is_local() const noexcept {
  if (is_inherited || is_unix_socket() || host == "localhost") return true;
  static const AddressRange loopback_4 = *read_address_range("127.0.0.0/8");
  static const AddressRange loopback_6 = *read_address_range("::1");
  return loopback_4.contains(host) || loopback_6.contains(host);
}

Result<ListenAddress, std::string> read_listen_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text == "systemd") return ListenAddress{.host = {}, .socket_path = {}, .is_inherited = true};
  if (text.starts_with(kUnix)) return read_unix_socket(text.substr(kUnix.size()));

  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : read_port(text.substr(colon + 1));
  if (!port) return Unexpected{std::string{R"(needs a port from 0 to 65535, like "127.0.0.1:8080")"}};
  std::string_view host = text.substr(0, colon);
  const bool is_bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  const bool is_six = host.find(':') != std::string_view::npos;
  if (is_six && !is_bracketed)
    return Unexpected{std::string{R"(needs brackets around an IPv6 address, like "[::1]:8080")"}};
  const bool is_address =
      is_six == is_bracketed && host.find('/') == std::string_view::npos && read_address_range(host).has_value();
  if (!is_address && host != "localhost") {
    return Unexpected{
        std::string{R"(is not an address; write "127.0.0.1:8080", "[::1]:8080", "unix:/path" or "systemd")"}};
  }
  return ListenAddress{.host = std::string{host}, .port = *port, .socket_path = {}};
}

}  // namespace starling::config
