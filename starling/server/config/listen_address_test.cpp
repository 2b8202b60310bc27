#include "starling/server/config/listen_address.hpp"

#include <doctest/doctest.h>

using starling::config::read_listen_address;

TEST_CASE("an address to listen on is host and port, or a socket's path") {
  struct Case {
    std::string_view text, host;
    std::uint16_t port;
    std::string_view socket_path;
    bool local;
  };
  for (const Case& c :
       {Case{"127.0.0.1:8080", "127.0.0.1", 8080, "", true}, Case{"127.8.9.10:0", "127.8.9.10", 0, "", true},
        Case{"localhost:65535", "localhost", 65535, "", true}, Case{"[::1]:8080", "::1", 8080, "", true},
        Case{"0.0.0.0:80", "0.0.0.0", 80, "", false}, Case{"[::]:8080", "::", 8080, "", false},
        Case{"126.255.255.255:1", "126.255.255.255", 1, "", false}, Case{"128.0.0.0:1", "128.0.0.0", 1, "", false},
        Case{"[::2]:1", "::2", 1, "", false}, Case{"unix:/run/starling.sock", "", 0, "/run/starling.sock", true}}) {
    CAPTURE(c.text);
    const auto address = read_listen_address(c.text);
    REQUIRE(address);
    CHECK(address->host == c.host);
    CHECK(address->port == c.port);
    CHECK(address->socket_path == c.socket_path);
    CHECK(address->is_unix_socket() == !c.socket_path.empty());
    CHECK(address->is_local() == c.local);
  }
}

TEST_CASE("systemd stands for the sockets that were handed over") {
  const auto address = read_listen_address("systemd");
  REQUIRE(address);
  CHECK(address->is_inherited);
  CHECK(address->is_local());
  CHECK_FALSE(address->is_unix_socket());
  CHECK_FALSE(read_listen_address("127.0.0.1:1")->is_inherited);
  CHECK_FALSE(read_listen_address("systemd:1"));
}

TEST_CASE("what cannot be listened on is refused with the cure") {
  struct Case {
    std::string_view text, want;
  };
  for (const Case& c : {Case{"", "needs a port"}, Case{"127.0.0.1", "needs a port"},
                        Case{"127.0.0.1:", "needs a port"}, Case{"127.0.0.1:65536", "needs a port"},
                        Case{"127.0.0.1:-1", "needs a port"}, Case{"127.0.0.1:http", "needs a port"},
                        Case{"::1:8080", "needs brackets"}, Case{":8080", "is not an address"},
                        Case{"*:8080", "is not an address"}, Case{"example.com:8080", "is not an address"},
                        Case{"256.0.0.1:1", "is not an address"}, Case{"[127.0.0.1]:1", "is not an address"},
                        Case{"127.0.0.0/8:1", "is not an address"}, Case{"[]:1", "is not an address"},
                        Case{"unix:relative", "needs an absolute path"}, Case{"unix:", "needs an absolute path"}}) {
    CAPTURE(c.text);
    const auto address = read_listen_address(c.text);
    REQUIRE_FALSE(address);
    CHECK(address.error().starts_with(c.want));
  }
}

TEST_CASE("a socket's path has at most 107 bytes") {
  CHECK(read_listen_address("unix:/" + std::string(105, 'p')));
  CHECK(read_listen_address("unix:/" + std::string(106, 'p')));
  CHECK_FALSE(read_listen_address("unix:/" + std::string(107, 'p')));
}
