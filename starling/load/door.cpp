#include "starling/load/door.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/io/net/descriptor.hpp"

namespace starling::load {
namespace {

constexpr int kProbeMs = 3'000;

/// 0, or why no connection is taken there.
int probe(const Door& door) {
  const net::Descriptor socket{::socket(door.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return errno;
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&door.address), door.address_bytes) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd writable{.fd = socket.number(), .events = POLLOUT, .revents = 0};
  if (::poll(&writable, 1, kProbeMs) != 1) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Door tcp_door(std::uint16_t port, std::shared_ptr<const net::TlsContext> tls) {
  Door door;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::memcpy(&door.address, &address, sizeof address);
  door.address_bytes = sizeof address;
  door.host = fmt::format("127.0.0.1:{}", port);
  door.tls = std::move(tls);
  return door;
}

Door unix_door(const std::string& path) {
  Door door;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  STARLING_CHECK(path.size() < sizeof address.sun_path, path);
  path.copy(address.sun_path, path.size());
  std::memcpy(&door.address, &address, sizeof address);
  door.address_bytes = sizeof address;
  door.host = "localhost";
  return door;
}

bool is_local(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_UNIX) return true;
  if (address.ss_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &address, sizeof ipv4);
    return (ntohl(ipv4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address.ss_family != AF_INET6) return false;
  sockaddr_in6 ipv6;
  std::memcpy(&ipv6, &address, sizeof ipv6);
  return IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr) || (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr) && ipv6.sin6_addr.s6_addr[12] == 127);
}

Result<Door, DoorError> open_door(const client::Url& url, const std::string& ca_file, bool anywhere) {
  Door door;
  door.host = url.authority();
  door.path = url.path;
  door.certificate_host = url.host;
  if (url.is_tls) {
    auto tls = net::TlsContext::for_client(ca_file);
    if (!tls) return Unexpected{DoorError{.message = tls.error()}};
    door.tls = std::move(*tls);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found); error != 0) {
    return Unexpected{DoorError{.message = fmt::format("{}: {}: give the URL that 'starling serve' says", url.host, ::gai_strerror(error))}};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{found, ::freeaddrinfo};
  std::vector<Door> doors;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_addrlen > sizeof door.address) continue;
    std::memcpy(&door.address, entry->ai_addr, entry->ai_addrlen);
    door.address_bytes = entry->ai_addrlen;
    if (!anywhere && !is_local(door.address)) {
      return Unexpected{DoorError{.message = fmt::format("{} is not this machine: whoever may put it under load gives --anywhere", url.host), .is_usage = true}};
    }
    doors.push_back(door);
  }
  int error = EADDRNOTAVAIL;
  for (Door& candidate : doors) {
    error = probe(candidate);
    if (error == 0) return std::move(candidate);
  }
  return Unexpected{DoorError{.message = fmt::format("nothing answers at {}: {}: start the server, or give the URL that 'starling serve' says", url.shown(), std::strerror(error))}};
}

}  // namespace starling::load
