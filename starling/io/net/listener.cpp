#include "starling/io/net/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "starling/io/net/system_clock.hpp"

namespace starling::net {
namespace {

/// Taken in at once, so that a crowd at the door does not hold up those inside.
constexpr int kAcceptsPerTurn = 64;
/// Without a free descriptor we look again this much later; the kernel keeps the connections meanwhile.
constexpr Duration kRetryDelay = std::chrono::milliseconds{100};

struct Address {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

template <class Specific>
Address address_from(const Specific& specific) noexcept {
  Address address;
  static_assert(sizeof specific <= sizeof address.storage);
  std::memcpy(&address.storage, &specific, sizeof specific);
  address.bytes = sizeof specific;
  return address;
}

Result<Address, std::string> address_of(const ListenOptions& options) {
  if (!options.socket_path.empty()) {
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    if (options.socket_path.size() >= sizeof path.sun_path)
      return Unexpected{std::string{"the path of a Unix socket has at most 107 bytes"}};
    std::memcpy(path.sun_path, options.socket_path.data(), options.socket_path.size());
    return address_from(path);
  }
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(options.port);
    return address_from(v4);
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(options.port);
    return address_from(v6);
  }
  return Unexpected{std::string{"not an IP address"}};
}

/// Whether a socket is left behind at the path by a process that is gone. Anything else there is left alone.
bool is_stale_socket(Address& address, const std::string& path) noexcept {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  const Descriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  return ::connect(probe.number(), address.get(), address.bytes) != 0 && errno == ECONNREFUSED;
}

std::uint16_t port_of(const sockaddr_storage& storage) noexcept {
  // Both kinds have their port in the same place.
  if (storage.ss_family == AF_UNIX) return 0;
  sockaddr_in v4{};
  std::memcpy(&v4, &storage, sizeof v4);
  return ntohs(v4.sin_port);
}

Peer peer_of(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  } else {
    return {.address = {}, .is_unix_socket = true};
  }
  return {.address = text.data(), .is_unix_socket = false};
}

std::string error_text(int error) { return std::strerror(error); }

}  // namespace

Result<std::unique_ptr<Listener>, std::string> Listener::open(EventLoop& loop, const ListenOptions& options) {
  auto address = address_of(options);
  if (!address) return Unexpected{address.error()};
  const int family = address->storage.ss_family;
  Descriptor descriptor{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!descriptor.is_open()) return Unexpected{error_text(errno)};
  const int one = 1;
  if (family == AF_UNIX) {
    if (is_stale_socket(*address, options.socket_path)) ::unlink(options.socket_path.c_str());
  } else {
    ::setsockopt(descriptor.number(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (family == AF_INET6) ::setsockopt(descriptor.number(), IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (options.sharing == Sharing::another) ::setsockopt(descriptor.number(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  }
  if (::bind(descriptor.number(), address->get(), address->bytes) != 0) return Unexpected{error_text(errno)};
  // Only now: bound with it, the first would share the port with whoever is there already, another server too.
  if (options.sharing == Sharing::first) ::setsockopt(descriptor.number(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  if (::listen(descriptor.number(), options.backlog) != 0) return Unexpected{error_text(errno)};
  Address bound;
  bound.bytes = sizeof bound.storage;
  ::getsockname(descriptor.number(), bound.get(), &bound.bytes);
  ListenOptions found = options;
  found.port = port_of(bound.storage);
  return std::make_unique<Listener>(loop, std::move(descriptor), found, Origin::own);
}

Result<ListenOptions, std::string> listened_on(int socket) {
  int type = 0, is_listening = 0;
  socklen_t bytes = sizeof type;
  if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &bytes) != 0) return Unexpected{error_text(errno)};
  bytes = sizeof is_listening;
  if (::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &bytes) != 0) return Unexpected{error_text(errno)};
  if (type != SOCK_STREAM || is_listening == 0) return Unexpected{std::string{"not a stream socket that listens"}};
  Address bound;
  bound.bytes = sizeof bound.storage;
  if (::getsockname(socket, bound.get(), &bound.bytes) != 0) return Unexpected{error_text(errno)};
  ListenOptions options;
  if (bound.storage.ss_family == AF_UNIX) {
    sockaddr_un path{};
    std::memcpy(&path, &bound.storage, sizeof path);
    const std::size_t size = bound.bytes - std::min<std::size_t>(bound.bytes, offsetof(sockaddr_un, sun_path));
    options.socket_path.assign(path.sun_path, std::min(size, sizeof path.sun_path));
    if (options.socket_path.empty() || options.socket_path.front() == '\0') {
      options.socket_path.replace(0, 1, "@");
    } else {
      options.socket_path.resize(options.socket_path.find_last_not_of('\0') + 1);
    }
    return options;
  }
  if (bound.storage.ss_family != AF_INET && bound.storage.ss_family != AF_INET6)
    return Unexpected{std::string{"neither an IP socket nor a Unix socket"}};
  options.host = peer_of(bound.storage).address;
  options.port = port_of(bound.storage);
  return options;
}

Listener::Listener(EventLoop& loop, Descriptor descriptor, const ListenOptions& options, Origin origin)
    : descriptor_(loop, std::move(descriptor)),
      retry_(loop, [this] { accept_all(); }),
      host_(options.host),
      port_(options.port),
      socket_path_(options.socket_path),
      is_tls_(options.is_tls),
      origin_(origin) {}

Listener::~Listener() {
  if (origin_ == Origin::own && !socket_path_.empty()) ::unlink(socket_path_.c_str());
}

void Listener::start(Accept accept) {
  accept_ = std::move(accept);
  await();
}

std::string Listener::url() const {
  if (!socket_path_.empty()) return "unix:" + socket_path_;
  const bool is_v6 = host_.find(':') != std::string::npos;
  return (is_tls_ ? "https://" : "http://") + (is_v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

void Listener::await() {
  descriptor_.await_readable([this] { accept_all(); });
}

void Listener::accept_all() {
  for (int accepted = 0; accepted < kAcceptsPerTurn; ++accepted) {
    Address peer;
    peer.bytes = sizeof peer.storage;
    Descriptor connection{::accept4(descriptor_.number(), peer.get(), &peer.bytes, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!connection.is_open()) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        retry_.set(now().instant + kRetryDelay);
        return;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      continue;  // that one went away before we came to it
    }
    set_options(connection.number());
    accept_(std::move(connection), peer_of(peer.storage));
  }
  await();
}

}  // namespace starling::net
