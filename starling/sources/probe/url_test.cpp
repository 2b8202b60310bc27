#include "starling/sources/probe/url.hpp"

#include <doctest/doctest.h>

namespace starling::sources::probe {
namespace {

TEST_CASE("a url is asked without user and password, and shown without its query too") {
  struct Case { std::string_view url, asked, shown; };
  for (const Case& c : {Case{"http://127.0.0.1:8001/health", "http://127.0.0.1:8001/health", "http://127.0.0.1:8001/health"},
                        Case{"http://host", "http://host/", "http://host/"},
                        Case{"https://[::1]:8443/a/b?key=hunter2#top", "https://[::1]:8443/a/b?key=hunter2", "https://[::1]:8443/a/b"},
                        Case{"http://alice:hunter2@host/", "http://host/", "http://host/"},
                        Case{"http://alice@host/", "http://host/", "http://host/"},
                        Case{"http://alice:hunt%40er@host/?q", "http://host/?q", "http://host/"}}) {
    CAPTURE(c.url);
    const auto url = read_probe_url(c.url);
    REQUIRE(url);
    CHECK(url->asked == c.asked);
    CHECK(url->shown == c.shown);
    CHECK(url->is_tls == c.url.starts_with("https"));
  }
}

TEST_CASE("user and password are decoded") {
  const auto both = read_probe_url("http://al%20ice:hunt%40%3Aer@host/");
  REQUIRE(both);
  CHECK(both->username == "al ice");
  CHECK(both->password == "hunt@:er");
  const auto none = read_probe_url("http://host/");
  REQUIRE(none);
  CHECK(none->username.empty());
  CHECK(none->password.empty());
}

TEST_CASE("what is no url is refused, and not repeated") {
  for (const std::string_view url : {"", "host", "ftp://alice:hunter2@host/", "HTTP://host/", "mqtt://host", "file:///etc/passwd"}) {
    CAPTURE(url);
    CHECK(read_probe_url(url).error() == "the url begins with neither http:// nor https://");
  }
  using namespace std::string_view_literals;
  for (const std::string_view url : {"http://"sv, "http://alice:hunter2@"sv, "http://host:99999/hunter2"sv, "http://host:x/"sv, "http://[::1/"sv, "http://ho st/"sv, "http://host/\0hunter2"sv,
                                     "http://host/\n"sv, "http://a%00b@host/"sv}) {
    CAPTURE(url);
    const auto read = read_probe_url(url);
    REQUIRE(!read);
    CHECK(read.error().find("http://127.0.0.1:8001/health") != std::string_view::npos);
    CHECK(read.error().find("hunter2") == std::string_view::npos);
  }
}

}  // namespace
}  // namespace starling::sources::probe
