#include "starling/sources/mqtt/url.hpp"

#include <doctest/doctest.h>

namespace starling::sources::mqtt {
namespace {

TEST_CASE("a broker's URL is read, and shown without its secrets") {
  struct Case {
    std::string_view url;
    bool tls;
    std::string_view host;
    std::uint16_t port;
    std::optional<std::string_view> username, password;
    std::string_view shown;
  };
  for (const Case& c : {
           Case{"mqtt://broker", false, "broker", 1883, {}, {}, "mqtt://broker:1883"},
           Case{"mqtts://broker", true, "broker", 8883, {}, {}, "mqtts://broker:8883"},
           Case{"mqtt://127.0.0.1:1884/", false, "127.0.0.1", 1884, {}, {}, "mqtt://127.0.0.1:1884"},
           Case{"mqtt://[::1]", false, "::1", 1883, {}, {}, "mqtt://[::1]:1883"},
           Case{"mqtt://[fe80::1]:65535", false, "fe80::1", 65535, {}, {}, "mqtt://[fe80::1]:65535"},
           Case{"mqtt://meshdev:large4cats@mqtt.example", false, "mqtt.example", 1883, "meshdev", "large4cats",
                "mqtt://mqtt.example:1883"},
           Case{"mqtts://user@host:1", true, "host", 1, "user", {}, "mqtts://host:1"},
           Case{"mqtt://user:@host", false, "host", 1883, "user", "", "mqtt://host:1883"},
           Case{"mqtt://a%40b:p%3a%25:q@host", false, "host", 1883, "a@b", "p:%:q", "mqtt://host:1883"},
       }) {
    CAPTURE(c.url);
    const auto url = parse_broker_url(c.url);
    REQUIRE(url.has_value());
    CHECK(url->tls == c.tls);
    CHECK(url->host == c.host);
    CHECK(url->port == c.port);
    CHECK(url->username == c.username);
    CHECK(url->password == c.password);
    CHECK(shown(*url) == c.shown);
  }
}

TEST_CASE("a URL that names no broker is refused, and the reason names nothing of it") {
  struct Case {
    std::string_view url;
    UrlError want;
  };
  for (const Case& c : {
           Case{"", UrlError::scheme},
           Case{"broker:1883", UrlError::scheme},
           Case{"http://broker", UrlError::scheme},
           Case{"MQTT://broker", UrlError::scheme},
           Case{"mqtt://", UrlError::host},
           Case{"mqtt://:1883", UrlError::host},
           Case{"mqtt://user:secret@", UrlError::host},
           Case{"mqtt://user:sec@ret@host", UrlError::host},
           Case{"mqtt://[::1", UrlError::host},
           Case{"mqtt://[::1]1883", UrlError::host},
           Case{"mqtt://[]:1883", UrlError::host},
           Case{"mqtt://host:", UrlError::port},
           Case{"mqtt://host:0", UrlError::port},
           Case{"mqtt://host:65536", UrlError::port},
           Case{"mqtt://host:18x", UrlError::port},
           Case{"mqtt://[::1]:", UrlError::port},
           Case{"mqtt://::1", UrlError::host},
           Case{"mqtt://user:secret%4@host", UrlError::userinfo},
           Case{"mqtt://user:secret%zz@host", UrlError::userinfo},
           Case{"mqtt://user:secret%00@host", UrlError::userinfo},
           Case{"mqtt://us%er@host", UrlError::userinfo},
           Case{"mqtt://host/topic", UrlError::rest},
           Case{"mqtt://host?x", UrlError::rest},
       }) {
    CAPTURE(c.url);
    const auto url = parse_broker_url(c.url);
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error() == c.want);
    CHECK(describe(url.error()).find("secret") == std::string_view::npos);
    CHECK_FALSE(describe(url.error()).empty());
  }
}

}  // namespace
}  // namespace starling::sources::mqtt
