/// @file
/// A socket that takes connections in: on an address and port, or on a path.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "starling/core/base/result.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/socket.hpp"

namespace starling::net {

/// Several listeners may share an address and port; the kernel gives each connection to one of them.
enum class Sharing : std::uint8_t {
  none,
  first,    ///< others will follow; like `none` it fails where anybody listens already
  another,  ///< follows a first one of this process's user
};

struct ListenOptions {
  std::string host =
      {};  ///< an IPv4 or IPv6 address without brackets, or "localhost" (127.0.0.1); empty for a Unix socket
  std::uint16_t port = 0;        ///< 0: any free one
  std::string socket_path = {};  ///< of a Unix socket
  int backlog = 4096;            ///< connections the kernel has taken in and we have not
  Sharing sharing = Sharing::none;  ///< not of a Unix socket
  bool is_tls = false;  ///< what is spoken on what it takes in; for `url` alone
};

/// What a socket that somebody else made listens on: host and port, or a path ("@name" of an abstract one). Fails, saying why, for what is no
/// listening stream socket.
[[nodiscard]] Result<ListenOptions, std::string> listened_on(int socket);

class Listener {
 public:
  using Accept = std::function<void(Descriptor, Peer)>;

  /// Binds and listens; connections are taken in once `start` is called. The error names the cause, not the address.
  [[nodiscard]] static Result<std::unique_ptr<Listener>, std::string> open(EventLoop& loop,
                                                                           const ListenOptions& options);
  enum class Origin : std::uint8_t {
    own,        ///< a Unix socket's path is taken away again
    inherited,  ///< somebody else listens on, after us
  };
  /// Of a socket that listens already; `open` makes one.
  Listener(EventLoop& loop, Descriptor descriptor, const ListenOptions& options, Origin origin);
  ~Listener();

  void start(Accept accept);

  /// The one that was found where 0 was asked for; 0 for a Unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// The only one on its address: what it takes in is for all threads.
  [[nodiscard]] bool is_alone() const noexcept { return origin_ == Origin::inherited || !socket_path_.empty(); }
  /// "http://127.0.0.1:8080", "https://[::1]:8080", "unix:/run/starling.sock".
  [[nodiscard]] std::string url() const;

 private:
  void await();
  void accept_all();

  WatchedDescriptor descriptor_;
  Timer retry_;
  Accept accept_;
  std::string host_;
  std::uint16_t port_;
  std::string socket_path_;
  bool is_tls_;
  Origin origin_;
};

}  // namespace starling::net
