#include "starling/client/url.hpp"

#include <doctest/doctest.h>

namespace starling::client {
namespace {

TEST_CASE("an address is read into host, port and path") {
  struct Case {
    std::string_view text, host;
    std::uint16_t port;
    std::string_view path, authority;
    bool is_tls = false;
  };
  for (const Case& c : {
           Case{kDefaultUrl, "127.0.0.1", 8080, "/live", "127.0.0.1:8080"},
           Case{"http://127.0.0.1:8080", "127.0.0.1", 8080, "/live", "127.0.0.1:8080"},
           Case{"http://127.0.0.1:8080/", "127.0.0.1", 8080, "/live", "127.0.0.1:8080"},
           Case{"http://fleet/live", "fleet", 80, "/live", "fleet"},
           Case{"ws://fleet", "fleet", 80, "/live", "fleet"},
           Case{"WS://fleet:1", "fleet", 1, "/live", "fleet:1"},
           Case{"ws://fleet:65535/behind/a/proxy", "fleet", 65535, "/behind/a/proxy", "fleet:65535"},
           Case{"ws://[::1]:8080/live", "::1", 8080, "/live", "[::1]:8080"},
           Case{"ws://[::1]", "::1", 80, "/live", "[::1]"},
           Case{"ws://fleet?token=secret", "fleet", 80, "/live?token=secret", "fleet"},
           Case{"wss://fleet", "fleet", 443, "/live", "fleet", true},
           Case{"WSS://fleet:443/live", "fleet", 443, "/live", "fleet", true},
           Case{"wss://fleet:80", "fleet", 80, "/live", "fleet:80", true},
           Case{"wss://[::1]:8443/a/b", "::1", 8443, "/a/b", "[::1]:8443", true},
           Case{"https://127.0.0.1:8443", "127.0.0.1", 8443, "/live", "127.0.0.1:8443", true},
           Case{"ws://fleet:443", "fleet", 443, "/live", "fleet:443"},
       }) {
    CAPTURE(c.text);
    const auto url = read_url(c.text);
    REQUIRE(url);
    CHECK(*url == Url{.host = std::string{c.host}, .port = c.port, .path = std::string{c.path}, .is_tls = c.is_tls});
    CHECK(url->authority() == c.authority);
  }
}

TEST_CASE("what is no address of ours is refused, saying why") {
  struct Case {
    std::string_view text, why;
  };
  for (const Case& c : {
           Case{"", "not a ws://"},
           Case{"127.0.0.1:8080", "not a ws://"},
           Case{"ftp://fleet", "not a ws://"},
           Case{"wss:fleet", "not a ws://"},
           Case{"wss://", "no host"},
           Case{"https://fleet/api", "without a path"},
           Case{"ws://", "no host"},
           Case{"ws:///live", "no host"},
           Case{"ws://:8080", "no host"},
           Case{"ws://[]:8080", "no host"},
           Case{"ws://fleet:", "port"},
           Case{"ws://fleet:0", "port"},
           Case{"ws://fleet:65536", "port"},
           Case{"ws://fleet:80x", "port"},
           Case{"ws://::1:8080", "brackets"},
           Case{"ws://[::1", "brackets"},
           Case{"ws://me:secret@fleet", "@"},
           Case{"ws://fleet/live#part", "fragment"},
           Case{"ws://fleet/a b", "white space"},
           Case{"ws://fleet\r\nX: y/live", "white space"},
           Case{"http://fleet/api", "without a path"},
       }) {
    CAPTURE(c.text);
    const auto url = read_url(c.text);
    REQUIRE(!url);
    CHECK(url.error().find(c.why) != std::string::npos);
  }
}

TEST_CASE("the query is not shown to people") {
  CHECK(read_url("ws://fleet:81/live?token=secret")->shown() == "ws://fleet:81/live");
  CHECK(read_url("https://fleet?token=secret")->shown() == "wss://fleet/live");
}

}  // namespace
}  // namespace starling::client
