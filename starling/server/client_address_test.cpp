#include "starling/server/client_address.hpp"

#include <doctest/doctest.h>

namespace starling {
namespace {

using http::Header;

TrustedProxies proxies() {
  return {.addresses = {*config::read_address_range("10.0.0.0/8"), *config::read_address_range("fd00::/8")}, .on_unix_sockets = false};
}

/// The client's address, or the detail of the refusal in braces.
std::string found(std::vector<Header> headers, std::string peer = "10.0.0.1", const TrustedProxies& trusted = proxies()) {
  http::Request request;
  request.headers = std::move(headers);
  request.peer = {.address = peer, .is_unix_socket = peer.empty()};
  const auto address = client_address(request, trusted);
  return address ? *address : "{" + std::string{address.error()} + "}";
}

constexpr std::string_view kNoAddress = "{X-Forwarded-For or Forwarded does not say in an address whom the proxy heard}";

TEST_CASE("an address is read with port and brackets, and written in one way") {
  struct Case {
    std::string_view text, want;  // "": none
  };
  for (const Case& c : {
           Case{"192.0.2.7", "192.0.2.7"},
           Case{"192.0.2.7:4711", "192.0.2.7"},
           Case{"192.0.2.7:65535", "192.0.2.7"},
           Case{"2001:db8::1", "2001:db8::1"},
           Case{"2001:DB8:0:0::0001", "2001:db8::1"},
           Case{"[2001:db8::1]", "2001:db8::1"},
           Case{"[2001:db8::1]:4711", "2001:db8::1"},
           Case{"::ffff:192.0.2.7", "192.0.2.7"},
           Case{"[::ffff:c000:207]:1", "192.0.2.7"},
           Case{"::1", "::1"},
           Case{"", ""},
           Case{"unknown", ""},
           Case{"_hidden", ""},
           Case{"unix:", ""},
           Case{"example.com", ""},
           Case{"192.0.2", ""},
           Case{"192.0.2.256", ""},
           Case{"192.0.2.7:", ""},
           Case{"192.0.2.7:65536", ""},
           Case{"192.0.2.7:+1", ""},
           Case{"192.0.2.7:80x", ""},
           Case{"192.0.2.7/8", ""},
           Case{" 192.0.2.7", ""},
           Case{"0xC0000207", ""},
           Case{"[192.0.2.7]", ""},
           Case{"[2001:db8::1", ""},
           Case{"[2001:db8::1]4711", ""},
           Case{"[2001:db8::1]:", ""},
           Case{"2001:db8::1]", ""},
           Case{"fe80::1%eth0", ""},
           Case{"2001:db8:::1", ""},
           Case{"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222", ""},
       }) {
    CAPTURE(c.text);
    CHECK(read_forwarded_address(c.text).value_or("") == c.want);
  }
}

TEST_CASE("who is no trusted proxy speaks for itself, whatever it says") {
  CHECK(found({}, "192.0.2.7") == "192.0.2.7");
  CHECK(found({{"X-Forwarded-For", "198.51.100.1"}}, "192.0.2.7") == "192.0.2.7");
  CHECK(found({{"Forwarded", "for=198.51.100.1"}}, "2001:DB8::7") == "2001:db8::7");
  CHECK(found({{"X-Forwarded-For", "garbage"}}, "::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(found({}, "") == "");
  CHECK(found({{"X-Forwarded-For", "198.51.100.1"}}, "") == "");
}

TEST_CASE("a trusted proxy says who the client is: the first from the right that is no proxy") {
  struct Case {
    std::string_view name;
    std::vector<Header> headers;
    std::string_view want;
  };
  for (const Case& c : {
           Case{"says nothing", {}, "10.0.0.1"},
           Case{"says nothing in words", {{"X-Forwarded-For", ""}}, "10.0.0.1"},
           Case{"one", {{"X-Forwarded-For", "192.0.2.7"}}, "192.0.2.7"},
           Case{"in small letters, with a port", {{"x-forwarded-for", " 192.0.2.7:1234 "}}, "192.0.2.7"},
           Case{"the client claims to be another", {{"X-Forwarded-For", "198.51.100.1, 192.0.2.7"}}, "192.0.2.7"},
           Case{"the client claims to be a proxy", {{"X-Forwarded-For", "10.9.9.9,192.0.2.7"}}, "192.0.2.7"},
           Case{"the client claims to be garbage", {{"X-Forwarded-For", "garbage \"', 192.0.2.7"}}, kNoAddress},
           Case{"the client claims to be no address", {{"X-Forwarded-For", "garbage, 192.0.2.7"}}, "192.0.2.7"},
           Case{"through two proxies", {{"X-Forwarded-For", "198.51.100.1, 192.0.2.7, 10.0.0.2"}}, "192.0.2.7"},
           Case{"through two proxies, in two headers", {{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-For", "fd00::2"}}, "192.0.2.7"},
           Case{"through a stranger's proxy", {{"X-Forwarded-For", "192.0.2.7, 198.51.100.1"}}, "198.51.100.1"},
           Case{"a proxy asks for itself", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
           Case{"empty elements", {{"X-Forwarded-For", ", 192.0.2.7,,"}}, "192.0.2.7"},
           Case{"IPv6", {{"X-Forwarded-For", "2001:db8::7"}}, "2001:db8::7"},
           Case{"IPv6 with a port", {{"X-Forwarded-For", "[2001:db8::7]:443"}}, "2001:db8::7"},
           Case{"no address", {{"X-Forwarded-For", "192.0.2.7, unknown"}}, kNoAddress},
           Case{"no address behind a proxy", {{"X-Forwarded-For", "unix:, 10.0.0.2"}}, kNoAddress},
           Case{"Forwarded", {{"Forwarded", "for=192.0.2.7"}}, "192.0.2.7"},
           Case{"Forwarded, with all it may have", {{"forwarded", "by=10.0.0.1; FOR = 192.0.2.7"}}, kNoAddress},
           Case{"Forwarded, with other pairs", {{"forwarded", "proto=https;For=192.0.2.7;by=10.0.0.1"}}, "192.0.2.7"},
           Case{"Forwarded, IPv6", {{"Forwarded", R"(for="[2001:db8::7]:4711")"}}, "2001:db8::7"},
           Case{"Forwarded, IPv6 with escapes", {{"Forwarded", R"(for="\[2001:db8::7\]")"}}, "2001:db8::7"},
           Case{"Forwarded, quotes that hold separators", {{"Forwarded", R"(by="a,b;for=1.1.1.1";for=192.0.2.7)"}}, "192.0.2.7"},
           Case{"Forwarded, quotes that hold quotes", {{"Forwarded", R"(by="a\",for=1.1.1.1";for=192.0.2.7)"}}, "192.0.2.7"},
           Case{"Forwarded, a quote that is left open before what the proxy adds", {{"Forwarded", R"(for=127.0.0.1;x=", for=192.0.2.7)"}}, kNoAddress},
           Case{"Forwarded, the same before what it adds in quotes", {{"Forwarded", R"(for=127.0.0.1;x=", for="[2001:db8::7]")"}}, kNoAddress},
           Case{"Forwarded, a quote within a token", {{"Forwarded", R"(for=192.0.2.7;x=a"b")"}}, kNoAddress},
           Case{"Forwarded, a pair without a value", {{"Forwarded", "for=192.0.2.7;x"}}, kNoAddress},
           Case{"Forwarded, empty pairs", {{"Forwarded", "for=192.0.2.7;;"}}, "192.0.2.7"},
           Case{"Forwarded, several", {{"Forwarded", "for=198.51.100.1, for=192.0.2.7"}, {"Forwarded", "for=10.0.0.2"}}, "192.0.2.7"},
           Case{"Forwarded, hidden", {{"Forwarded", "for=_hidden"}}, kNoAddress},
           Case{"Forwarded, without for", {{"Forwarded", "proto=https"}}, kNoAddress},
           Case{"Forwarded, without for beside the other", {{"Forwarded", "proto=https"}, {"X-Forwarded-For", "192.0.2.7"}}, "192.0.2.7"},
           Case{"Forwarded, without for behind a client's own words", {{"Forwarded", "for=198.51.100.1, proto=https"}}, kNoAddress},
           Case{"the same beside the other", {{"Forwarded", "for=198.51.100.1, proto=https"}, {"X-Forwarded-For", "192.0.2.7"}}, "192.0.2.7"},
           Case{"Forwarded, malformed and without for beside the other", {{"Forwarded", "proto"}, {"X-Forwarded-For", "192.0.2.7"}}, kNoAddress},
           Case{"Forwarded, for twice", {{"Forwarded", "for=192.0.2.7;for=192.0.2.8"}}, kNoAddress},
           Case{"Forwarded, a quote left open", {{"Forwarded", R"(for="192.0.2.7)"}}, kNoAddress},
           Case{"Forwarded, an escape left open", {{"Forwarded", R"(for="192.0.2.7\")"}}, kNoAddress},
           Case{"both agree", {{"X-Forwarded-For", "192.0.2.7"}, {"Forwarded", "for=\"192.0.2.7:1\""}}, "192.0.2.7"},
           Case{"both do not agree",
                {{"X-Forwarded-For", "192.0.2.7"}, {"Forwarded", "for=192.0.2.8"}},
                "{X-Forwarded-For and Forwarded name different clients: let the proxy set one and remove the other}"},
           Case{"one is fine, the other is not", {{"X-Forwarded-For", "192.0.2.7"}, {"Forwarded", "for=unknown"}}, kNoAddress},
       }) {
    CAPTURE(c.name);
    CHECK(found(c.headers) == c.want);
  }
}

TEST_CASE("who connects to a Unix socket is a proxy only where that is said") {
  TrustedProxies trusted = proxies();
  trusted.on_unix_sockets = true;
  CHECK(found({{"X-Forwarded-For", "192.0.2.7"}}, "", trusted) == "192.0.2.7");
  CHECK(found({}, "", trusted) == "");
  CHECK(found({{"X-Forwarded-For", "192.0.2.7"}}, "") == "");
  // An address is never a Unix socket, and no address is no address of a proxy.
  CHECK(found({{"X-Forwarded-For", "192.0.2.7"}}, "198.51.100.1", trusted) == "198.51.100.1");
}

}  // namespace
}  // namespace starling
