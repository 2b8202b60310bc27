#include "starling/io/net/listener.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>

namespace starling::net {
namespace {

/// A path of its own for each test; gone afterwards.
class SocketPath {
 public:
  explicit SocketPath(const std::string& name)
      : path_((std::filesystem::temp_directory_path() / ("starling-" + std::to_string(::getpid()) + "-" + name))
                  .string()) {}
  ~SocketPath() { ::unlink(path_.c_str()); }
  [[nodiscard]] const std::string& text() const noexcept { return path_; }

 private:
  std::string path_;
};

Descriptor connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
  REQUIRE(::connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

TEST_CASE("port 0 becomes a free port, which the URL names") {
  EventLoop loop;
  struct Case {
    std::string host, url;
  };
  for (const Case& c : {Case{"127.0.0.1", "http://127.0.0.1:"}, Case{"localhost", "http://localhost:"},
                        Case{"::1", "http://[::1]:"}}) {
    CAPTURE(c.host);
    const auto listener = Listener::open(loop, {.host = c.host});
    if (!listener && c.host == "::1") continue;  // a machine without IPv6
    REQUIRE(listener);
    CHECK((*listener)->port() != 0);
    CHECK((*listener)->url() == c.url + std::to_string((*listener)->port()));
  }
}

TEST_CASE("a port in use is an error that says so") {
  EventLoop loop;
  const auto first = Listener::open(loop, {.host = "127.0.0.1"});
  REQUIRE(first);
  const auto second = Listener::open(loop, {.host = "127.0.0.1", .port = (*first)->port()});
  REQUIRE(!second);
  CHECK(second.error() == "Address already in use");
}

TEST_CASE("listeners that share a port share its connections, and nobody else gets in between") {
  EventLoop loop;
  const auto first = Listener::open(loop, {.host = "127.0.0.1", .sharing = Sharing::first});
  REQUIRE(first);
  const std::uint16_t port = (*first)->port();
  const auto another = Listener::open(loop, {.host = "127.0.0.1", .port = port, .sharing = Sharing::another});
  REQUIRE(another);
  for (const Sharing sharing : {Sharing::none, Sharing::first}) {
    const auto stranger = Listener::open(loop, {.host = "127.0.0.1", .port = port, .sharing = sharing});
    REQUIRE(!stranger);
    CHECK(stranger.error() == "Address already in use");
  }
  int taken = 0, taken_by_another = 0;
  (*first)->start([&](Descriptor, Peer) { ++taken; });
  (*another)->start([&](Descriptor, Peer) { ++taken, ++taken_by_another; });
  constexpr int kConnections = 100;  // by chance all go to one of the two once in 2^99 times
  std::vector<Descriptor> connections;
  for (int i = 0; i < kConnections; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connections.emplace_back(::socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(::connect(connections.back().number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  loop.run([&](bool) {
    if (taken == kConnections) loop.stop();
  });
  CHECK(taken_by_another > 0);
  CHECK(taken_by_another < kConnections);
}

TEST_CASE("a Unix socket that nobody serves any more is replaced, one that is served is not, a file never") {
  EventLoop loop;
  const SocketPath path{"listener"};
  {
    const auto served = Listener::open(loop, {.socket_path = path.text()});
    REQUIRE(served);
    CHECK((*served)->url() == "unix:" + path.text());
    CHECK(!Listener::open(loop, {.socket_path = path.text()}));
  }
  CHECK(::access(path.text().c_str(), F_OK) != 0);  // taken away with its listener
  {
    // Bound and closed without being taken away, as a killed process leaves it.
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.text().data(), path.text().size());
    const Descriptor left{::socket(AF_UNIX, SOCK_STREAM, 0)};
    REQUIRE(::bind(left.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(Listener::open(loop, {.socket_path = path.text()}));
  const Descriptor file{::open(path.text().c_str(), O_CREAT | O_WRONLY, 0600)};
  CHECK(!Listener::open(loop, {.socket_path = path.text()}));
  CHECK(::access(path.text().c_str(), F_OK) == 0);
}

TEST_CASE("a path of 107 bytes is taken and one of 108 is not") {
  EventLoop loop;
  for (const std::size_t bytes : {107u, 108u}) {
    SocketPath path{""};
    const std::string text = path.text() + std::string(bytes - path.text().size(), 'x');
    CHECK(Listener::open(loop, {.socket_path = text}).has_value() == (bytes == 107));
  }
}

TEST_CASE("connections are handed over non-blocking, with the other end's address") {
  EventLoop loop;
  const SocketPath path{"accept"};
  auto unix_listener = Listener::open(loop, {.socket_path = path.text()});
  auto tcp_listener = Listener::open(loop, {.host = "127.0.0.1"});
  REQUIRE(unix_listener);
  REQUIRE(tcp_listener);
  std::vector<Peer> peers;
  const auto accept = [&](Descriptor socket, Peer peer) {
    CHECK((::fcntl(socket.number(), F_GETFL) & O_NONBLOCK) != 0);
    peers.push_back(std::move(peer));
    if (peers.size() == 2) loop.stop();
  };
  (*unix_listener)->start(accept);
  (*tcp_listener)->start(accept);

  const Descriptor by_path = connect_to(path.text());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons((*tcp_listener)->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const Descriptor by_port{::socket(AF_INET, SOCK_STREAM, 0)};
  REQUIRE(::connect(by_port.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  loop.run([](bool) {});

  REQUIRE(peers.size() == 2);
  const bool is_first_unix = peers[0].is_unix_socket;
  CHECK(peers[is_first_unix ? 0 : 1].address.empty());
  CHECK(peers[is_first_unix ? 1 : 0].address == "127.0.0.1");
}

TEST_CASE("a socket that somebody else listens on says where, and leaves its path behind") {
  EventLoop loop;
  const SocketPath path{"inherited"};
  const auto made = Listener::open(loop, {.host = "127.0.0.1"});
  REQUIRE(made);
  struct Case {
    int family;
    std::string path, url;
  };
  for (const Case& c : {Case{AF_INET, "", "http://127.0.0.1:"}, Case{AF_INET6, "", "http://[::1]:"}, Case{AF_UNIX, path.text(), "unix:" + path.text()},
                        Case{AF_UNIX, std::string{"\0starling-abstract-", 19} + std::to_string(::getpid()), "unix:@starling-abstract-"}}) {
    CAPTURE(c.url);
    Descriptor socket{::socket(c.family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_storage storage{};
    socklen_t bytes = 0;
    if (c.family == AF_UNIX) {
      auto& address = reinterpret_cast<sockaddr_un&>(storage);
      std::memcpy(address.sun_path, c.path.data(), c.path.size());
      bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + c.path.size());
    } else if (c.family == AF_INET) {
      reinterpret_cast<sockaddr_in&>(storage).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      bytes = sizeof(sockaddr_in);
    } else {
      reinterpret_cast<sockaddr_in6&>(storage).sin6_addr = in6addr_loopback;
      bytes = sizeof(sockaddr_in6);
    }
    storage.ss_family = static_cast<sa_family_t>(c.family);
    if (::bind(socket.number(), reinterpret_cast<sockaddr*>(&storage), bytes) != 0 && c.family == AF_INET6) continue;
    CHECK(listened_on(socket.number()).error() == "not a stream socket that listens");
    REQUIRE(::listen(socket.number(), 1) == 0);
    const auto found = listened_on(socket.number());
    REQUIRE(found);
    {
      const Listener listener{loop, std::move(socket), *found, Listener::Origin::inherited};
      CHECK(listener.url().starts_with(c.url));
      CHECK(listener.is_alone());
      CHECK((listener.port() != 0) == (c.family != AF_UNIX));
    }
  }
  CHECK(std::filesystem::exists(path.text()));
  CHECK(!(*made)->is_alone());

  const Descriptor datagrams{::socket(AF_INET, SOCK_DGRAM, 0)};
  CHECK(!listened_on(datagrams.number()));
  CHECK(!listened_on(-1));
}

TEST_CASE("under TLS the URL says so") {
  EventLoop loop;
  const auto listener = Listener::open(loop, {.host = "127.0.0.1", .is_tls = true});
  REQUIRE(listener);
  CHECK((*listener)->url().starts_with("https://127.0.0.1:"));
}

}  // namespace
}  // namespace starling::net
