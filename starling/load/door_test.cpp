#include "starling/load/door.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

#include <cstring>

namespace starling::load {
namespace {

sockaddr_storage address_of(const char* text) {
  sockaddr_storage storage{};
  sockaddr_in ipv4{};
  sockaddr_in6 ipv6{};
  if (::inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    std::memcpy(&storage, &ipv4, sizeof ipv4);
  } else {
    REQUIRE(::inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1);
    ipv6.sin6_family = AF_INET6;
    std::memcpy(&storage, &ipv6, sizeof ipv6);
  }
  return storage;
}

TEST_CASE("of this machine is what never leaves it") {
  for (const char* local : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(local);
    CHECK(is_local(address_of(local)));
  }
  for (const char* other : {"126.255.255.255", "128.0.0.0", "0.0.0.0", "10.0.0.1", "::", "::2", "fe80::1", "::ffff:10.0.0.127", "::127.0.0.1"}) {
    CAPTURE(other);
    CHECK_FALSE(is_local(address_of(other)));
  }
  CHECK(is_local(unix_door("/run/starling.sock").address));
  CHECK(is_local(tcp_door(80).address));
}

TEST_CASE("an address of somebody else is a mistake of the caller, unless he says that he means it") {
  const client::Url url{.host = "192.0.2.1", .port = 80, .path = "/live"};
  const auto door = open_door(url, {}, false);
  REQUIRE_FALSE(door);
  CHECK(door.error().is_usage);
  CHECK(door.error().message == "192.0.2.1 is not this machine: whoever may put it under load gives --anywhere");
}

}  // namespace
}  // namespace starling::load
