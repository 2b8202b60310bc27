#include "starling/server/guard.hpp"

#include <doctest/doctest.h>

namespace starling {
namespace {

using http::Header;
using http::Request;

GuardOptions options() {
  GuardOptions options;
  options.allowed_origins = {"https://map.example.com"};
  options.trusted_proxies.addresses = {*config::read_address_range("10.0.0.0/8")};
  return options;
}

/// 0: let in.
unsigned status_of(const Request& request) {
  const auto refusal = check_at_door(request, options());
  return refusal ? refusal->status : 0;
}

Request get(std::vector<Header> headers, std::string peer = "127.0.0.1") {
  Request request;
  request.method = "GET";
  request.path = "/";
  request.headers = std::move(headers);
  request.peer.address = std::move(peer);
  return request;
}

TEST_CASE("only a Host that names this machine is served") {
  struct Case {
    std::string_view host;
    unsigned want;
  };
  for (const Case& c : {Case{"localhost", 0},
                        Case{"localhost:8080", 0},
                        Case{"LOCALHOST:1", 0},
                        Case{"127.0.0.1", 0},
                        Case{"127.0.0.1:65535", 0},
                        Case{"127.255.1.2:80", 0},
                        Case{"[::1]", 0},
                        Case{"[::1]:8080", 0},
                        Case{"128.0.0.1", 421},
                        Case{"126.255.255.255", 421},
                        Case{"0.0.0.0:8080", 421},
                        Case{"192.168.1.2:8080", 421},
                        Case{"evil.example", 421},
                        Case{"localhost.evil.example", 421},
                        Case{"127.0.0.1.evil.example", 421},
                        Case{"localhost.", 421},
                        Case{"127.1", 421},
                        Case{"[::2]", 421},
                        Case{"[::ffff:127.0.0.1]", 421},
                        Case{"localhost@evil.example", 421},
                        Case{"evil.example@localhost", 421},
                        Case{"localhost:65536", 400},
                        Case{"localhost:", 400},
                        Case{"localhost:80x", 400},
                        Case{"::1", 400},
                        Case{"[::1", 400},
                        Case{"[::1]x", 400},
                        Case{":80", 400},
                        Case{"", 400}}) {
    CAPTURE(c.host);
    CHECK(status_of(get({{"Host", std::string{c.host}}})) == c.want);
  }
}

TEST_CASE("a request has exactly one Host") {
  CHECK(status_of(get({})) == 400);
  CHECK(status_of(get({{"Host", "localhost"}, {"host", "localhost"}})) == 400);
}

TEST_CASE("on a Unix socket any one Host will do") {
  Request request = get({{"Host", "anything"}}, "");
  request.peer.is_unix_socket = true;
  CHECK(status_of(request) == 0);
  request.headers.push_back({"X-Forwarded-For", "1.2.3.4"});
  CHECK(status_of(request) == 403);
  GuardOptions with_proxies = options();
  with_proxies.trusted_proxies.on_unix_sockets = true;
  CHECK(!check_at_door(request, with_proxies));
  request.headers.clear();
  CHECK(status_of(request) == 400);
}

TEST_CASE("what came through a proxy is served only where the proxy is trusted") {
  struct Case {
    std::string_view header, peer;
    unsigned want;
    std::string_view value = "for=192.0.2.7";
  };
  for (const Case& c : {Case{"X-Forwarded-For", "127.0.0.1", 403}, Case{"x-forwarded-host", "127.0.0.1", 403},
                        Case{"X-Forwarded-Anything", "127.0.0.1", 403}, Case{"Forwarded", "127.0.0.1", 403},
                        Case{"Forwarded", "::1", 403}, Case{"X-Forwarded-For", "10.1.2.3", 0, "192.0.2.7"}, Case{"X-Forwarded-For", "10.1.2.3", 400, "unknown"},
                        Case{"Forwarded", "10.1.2.3", 0}, Case{"Forwarded", "10.1.2.3", 400, "for=_hidden"}, Case{"X-Forwarded-For", "11.1.2.3", 403},
                        Case{"X-Forwarded", "127.0.0.1", 0}, Case{"X-Forward", "127.0.0.1", 0}}) {
    CAPTURE(c.header);
    CAPTURE(c.peer);
    CHECK(status_of(get({{"Host", "localhost"}, {std::string{c.header}, std::string{c.value}}}, std::string{c.peer})) == c.want);
  }
  const auto refusal = check_at_door(get({{"Host", "localhost"}, {"Forwarded", "x"}}), options());
  CHECK(refusal->detail.find("server.trusted_proxies") != std::string::npos);
}

TEST_CASE("an Origin must be the host and port that were asked for, or be allowed") {
  struct Case {
    std::string_view origin, host;
    unsigned want;
  };
  for (const Case& c :
       {Case{"http://localhost:8080", "localhost:8080", 0}, Case{"http://LOCALHOST:8080", "localhost:8080", 0},
        Case{"http://localhost", "localhost:80", 0}, Case{"http://localhost:80", "localhost", 0},
        Case{"http://localhost", "localhost", 0}, Case{"http://[::1]:8080", "[::1]:8080", 0},
        Case{"https://map.example.com", "localhost:8080", 0},
        Case{"https://map.example.com:444", "localhost:8080", 403},
        Case{"http://map.example.com", "localhost:8080", 403}, Case{"http://localhost:8081", "localhost:8080", 403},
        Case{"http://127.0.0.1:8080", "localhost:8080", 403}, Case{"https://localhost", "localhost", 403},
        Case{"http://evil.example", "localhost", 403}, Case{"http://localhost.evil.example", "localhost", 403},
        Case{"http://localhost:8080/", "localhost:8080", 403}, Case{"localhost:8080", "localhost:8080", 403},
        Case{"null", "localhost:8080", 403}, Case{"", "localhost:8080", 403}}) {
    CAPTURE(c.origin);
    CAPTURE(c.host);
    CHECK(status_of(get({{"Host", std::string{c.host}}, {"Origin", std::string{c.origin}}})) == c.want);
  }
  CHECK(status_of(get({{"Host", "localhost"}, {"Origin", "http://localhost"}, {"Origin", "http://localhost"}})) ==
        403);
}

TEST_CASE("under TLS our own origin is https, and its port 443 if none is given") {
  struct Case {
    std::string_view origin, host;
    unsigned want;
  };
  for (const Case& c :
       {Case{"https://localhost:8443", "localhost:8443", 0}, Case{"https://localhost", "localhost", 0},
        Case{"https://localhost", "localhost:443", 0}, Case{"https://localhost:443", "localhost", 0},
        Case{"https://map.example.com", "localhost", 0}, Case{"http://localhost:8443", "localhost:8443", 403},
        Case{"http://localhost", "localhost", 403}, Case{"http://localhost:443", "localhost", 403},
        Case{"http://localhost", "localhost:80", 403}, Case{"https://localhost", "localhost:80", 403},
        Case{"https://localhost", "localhost:8443", 403}}) {
    CAPTURE(c.origin);
    CAPTURE(c.host);
    Request request = get({{"Host", std::string{c.host}}, {"Origin", std::string{c.origin}}});
    request.peer.is_tls = true;
    CHECK(status_of(request) == c.want);
  }
  // A proxy that speaks TLS with us, too, and tells what it spoke with the browser.
  for (const bool was_https : {false, true}) {
    CAPTURE(was_https);
    Request request = get({{"Host", "localhost"},
                           {"Origin", was_https ? "https://fleet.example" : "http://fleet.example"},
                           {"X-Forwarded-Host", "fleet.example"},
                           {"X-Forwarded-Proto", was_https ? "https" : "http"}},
                          "10.0.0.1");
    request.peer.is_tls = true;
    CHECK(status_of(request) == 0);
    request.headers[3].value = was_https ? "http" : "https";
    CHECK(status_of(request) == 403);
  }
}

TEST_CASE("a trusted proxy says which host the browser asked for") {
  struct Case {
    std::string_view peer, origin, forwarded_host, proto;
    unsigned want;
  };
  for (const Case& c : {Case{"10.0.0.1", "https://fleet.example", "fleet.example", "https", 0},
                        Case{"10.0.0.1", "https://fleet.example", "fleet.example", "http", 403},
                        Case{"10.0.0.1", "https://other.example", "fleet.example", "https", 403},
                        Case{"127.0.0.1", "https://fleet.example", "fleet.example", "https", 403}}) {
    CAPTURE(c.peer);
    CAPTURE(c.origin);
    CHECK(status_of(get({{"Host", "localhost:8080"},
                         {"Origin", std::string{c.origin}},
                         {"X-Forwarded-Host", std::string{c.forwarded_host}},
                         {"X-Forwarded-Proto", std::string{c.proto}}},
                        std::string{c.peer})) == c.want);
  }
}

TEST_CASE("what may change something has a content type that no form sends") {
  struct Case {
    std::string_view method, type;
    unsigned want;
  };
  for (const Case& c :
       {Case{"POST", "application/json", 0}, Case{"POST", "Application/JSON; charset=utf-8", 0},
        Case{"POST", "application/json ;charset=utf-8", 0}, Case{"POST", "application/x-ndjson", 0},
        Case{"PUT", "application/json", 0}, Case{"POST", "text/plain", 415},
        Case{"POST", "application/x-www-form-urlencoded", 415},
        Case{"POST", "multipart/form-data; x=application/json", 415},
        Case{"POST", "text/plain; application/json", 415}, Case{"POST", "application/jsonp", 415},
        Case{"DELETE", "", 415}, Case{"GET", "text/plain", 0}, Case{"HEAD", "", 0}, Case{"OPTIONS", "", 0}}) {
    CAPTURE(c.method);
    CAPTURE(c.type);
    Request request = get({{"Host", "localhost"}});
    request.method = c.method;
    if (!c.type.empty()) request.headers.push_back({"Content-Type", std::string{c.type}});
    CHECK(status_of(request) == c.want);
  }
  Request doubled =
      get({{"Host", "localhost"}, {"Content-Type", "application/json"}, {"Content-Type", "text/plain"}});
  doubled.method = "POST";
  CHECK(status_of(doubled) == 415);
}

}  // namespace
}  // namespace starling
