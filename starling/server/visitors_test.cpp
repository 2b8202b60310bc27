#include "starling/server/visitors.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "starling/core/base/random.hpp"

namespace starling {
namespace {

constexpr Instant kStart{std::chrono::hours{1}};
using std::chrono::milliseconds;
using std::chrono::seconds;

std::shared_ptr<Visitors> visitors(VisitorOptions options = {}, TrustedProxies proxies = {}) {
  return std::make_shared<Visitors>(std::move(options), std::move(proxies));
}
net::Peer peer(std::string address) {
  const bool is_unix_socket = address.empty();
  return {.address = std::move(address), .is_unix_socket = is_unix_socket};
}
TrustedProxies proxies(std::string_view range) { return {.addresses = {*config::read_address_range(range)}, .on_unix_sockets = false}; }

/// Connections that stay: how many are let in before the first that is not, and why that is not.
std::pair<std::size_t, std::optional<VisitRefusal>> crowd(Visitors& all, const net::Peer& from, std::size_t most, std::vector<std::shared_ptr<Visit>>& inside) {
  for (std::size_t i = 0; i < most; ++i) {
    auto visit = all.enter(from, kStart);
    if (!visit) return {i, std::nullopt};
    if (visit->refusal()) return {i, visit->refusal()};
    inside.push_back(std::move(visit));
  }
  return {most, std::nullopt};
}

TEST_CASE("each limit lets in so many and refuses the next") {
  struct Case {
    VisitorOptions options;
    std::string from;
    std::size_t want;
    std::optional<VisitRefusal> why;
  };
  const VisitorOptions full{.connections = 5};
  const VisitorOptions few{.connections_per_ip = 3};
  const VisitorOptions slow{.connects_per_ip_per_second = 2};  // a burst of four
  const VisitorOptions no_limits{.connections_per_ip = 0, .connects_per_ip_per_second = 0};
  const VisitorOptions slow_and_few{.connections_per_ip = 4, .connects_per_ip_per_second = 2};
  for (const Case& c : {Case{full, "192.0.2.1", 5, VisitRefusal::connections}, Case{full, "127.0.0.1", 5, VisitRefusal::connections},
                        Case{full, "", 5, VisitRefusal::connections}, Case{few, "192.0.2.1", 3, VisitRefusal::connections_per_ip},
                        Case{few, "2001:db8::1", 3, VisitRefusal::connections_per_ip}, Case{few, "127.0.0.1", 50, std::nullopt},
                        Case{few, "::1", 50, std::nullopt}, Case{few, "", 50, std::nullopt}, Case{slow, "192.0.2.1", 4, VisitRefusal::connects_per_ip},
                        Case{no_limits, "192.0.2.1", 50, std::nullopt}, Case{slow, "127.9.9.9", 50, std::nullopt}, Case{slow_and_few, "192.0.2.1", 4, VisitRefusal::connections_per_ip}}) {
    CAPTURE(c.from);
    CAPTURE(c.want);
    const auto all = visitors(c.options);
    std::vector<std::shared_ptr<Visit>> inside;
    const auto [count, why] = crowd(*all, peer(c.from), 50, inside);
    CHECK(count == c.want);
    CHECK(why == c.why);
    CHECK(all->counters().connections == c.want);
    for (std::size_t i = 0; i < kVisitRefusals; ++i) CHECK(all->counters().refused[i] == (c.why == static_cast<VisitRefusal>(i) ? 1 : 0));
  }
}

TEST_CASE("another address is not touched, and who leaves makes room") {
  const auto all = visitors({.connections_per_ip = 2});
  auto one = all->enter(peer("192.0.2.1"), kStart);
  auto two = all->enter(peer("192.0.2.1"), kStart);
  CHECK(all->enter(peer("192.0.2.1"), kStart)->refusal() == VisitRefusal::connections_per_ip);
  CHECK(!all->enter(peer("192.0.2.2"), kStart)->refusal());
  one.reset();
  CHECK(!all->enter(peer("192.0.2.1"), kStart)->refusal());
}

TEST_CASE("connects come back at their rate, and a refused one takes none") {
  const auto all = visitors({.connects_per_ip_per_second = 20});
  for (int i = 0; i < 40; ++i) CHECK(!all->enter(peer("192.0.2.1"), kStart)->refusal());
  for (int i = 0; i < 40; ++i) CHECK(all->enter(peer("192.0.2.1"), kStart)->refusal() == VisitRefusal::connects_per_ip);
  CHECK(all->enter(peer("192.0.2.1"), kStart + milliseconds{49})->refusal() == VisitRefusal::connects_per_ip);
  CHECK(!all->enter(peer("192.0.2.1"), kStart + milliseconds{50})->refusal());
  CHECK(all->enter(peer("192.0.2.1"), kStart + milliseconds{51})->refusal() == VisitRefusal::connects_per_ip);
}

TEST_CASE("what one visitor has is one address") {
  struct Case {
    std::string_view a, b;
    bool want;
  };
  for (const Case& c : {Case{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true}, Case{"2001:db8::1", "2001:db8:0:1::1", false},
                        Case{"192.0.2.1", "192.0.2.2", false}, Case{"192.0.2.1", "::ffff:192.0.2.1", true}, Case{"::1", "::2", true},
                        Case{"::1", "0.0.0.1", false}, Case{"::fffe:c000:201", "192.0.2.1", false}, Case{"nonsense", "more nonsense", true},
                        Case{"nonsense", "::1", false}, Case{"nonsense", "0.0.0.0", false}}) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CHECK((VisitorAddress::from(c.a) == VisitorAddress::from(c.b)) == c.want);
  }
}

TEST_CASE("of those refused so many are told, and the others are to be closed at once") {
  const auto all = visitors({.connections = 1, .refusals = 2});
  const auto inside = all->enter(peer("192.0.2.1"), kStart);
  auto first = all->enter(peer("192.0.2.2"), kStart);
  auto second = all->enter(peer("192.0.2.3"), kStart);
  REQUIRE(second);
  CHECK(second->refusal() == VisitRefusal::connections);
  CHECK(!all->enter(peer("192.0.2.4"), kStart));
  CHECK(all->counters().refused[0] == 3);
  CHECK(all->counters().connections == 1);
  first.reset();
  CHECK(all->enter(peer("192.0.2.4"), kStart));
}

TEST_CASE("behind a trusted proxy the client counts, and the proxy does not") {
  const auto all = visitors({.connections_per_ip = 2, .connects_per_ip_per_second = 10, .exempt = {}}, proxies("10.0.0.1"));
  std::vector<std::shared_ptr<Visit>> connections;
  for (int i = 0; i < 50; ++i) {
    connections.push_back(all->enter(peer("10.0.0.1"), kStart));
    REQUIRE(!connections.back()->refusal());
  }
  CHECK(all->counters().addresses == 0);
  CHECK(!connections[0]->becomes("192.0.2.1", true, kStart));
  CHECK(!connections[1]->becomes("192.0.2.1", true, kStart));
  CHECK(connections[2]->becomes("192.0.2.1", true, kStart) == VisitRefusal::connections_per_ip);
  CHECK(!connections[2]->becomes("192.0.2.2", true, kStart));

  // The next request of the same client is the same visit; one of another client frees its place.
  for (int i = 0; i < 50; ++i) CHECK(!connections[1]->becomes("192.0.2.1", true, kStart));
  CHECK(!connections[1]->becomes("192.0.2.3", true, kStart));
  CHECK(!connections[3]->becomes("192.0.2.1", true, kStart));
  // A request costs its client no connect: a proxy may give each one a connection of its own.
  for (int i = 0; i < 50; ++i) {
    CHECK(!connections[6]->becomes("192.0.2.4", false, kStart));
    CHECK(!connections[6]->becomes("192.0.2.5", false, kStart));
  }
  for (int i = 0; i < 20; ++i) {
    CHECK(!connections[6]->becomes("192.0.2.4", true, kStart));
    CHECK(!connections[6]->becomes("192.0.2.5", false, kStart));
  }
  CHECK(connections[6]->becomes("192.0.2.4", true, kStart) == VisitRefusal::connects_per_ip);
  // Who turns to a client that is refused counts for nobody.
  CHECK(connections[2]->becomes("192.0.2.1", true, kStart) == VisitRefusal::connections_per_ip);
  CHECK(!connections[4]->becomes("192.0.2.2", true, kStart));
  CHECK(!connections[5]->becomes("192.0.2.2", true, kStart));
  CHECK(all->counters().connections == 50);
  CHECK(all->counters().refused[1] == 2);
  connections.clear();
  CHECK(all->counters().connections == 0);
}

TEST_CASE("an exempt client behind a proxy counts for nobody") {
  const auto all = visitors({.connections_per_ip = 1}, proxies("10.0.0.1"));
  const auto one = all->enter(peer("10.0.0.1"), kStart), two = all->enter(peer("10.0.0.1"), kStart);
  CHECK(!one->becomes("127.0.0.1", true, kStart));
  CHECK(!two->becomes("127.0.0.1", true, kStart));
  CHECK(all->counters().addresses == 0);
}

TEST_CASE("the table forgets who has gone and whose bucket is full") {
  const auto all = visitors({.connections = 1 << 20});
  const auto stays = all->enter(peer("192.0.2.1"), kStart);
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::string address = "10." + std::to_string(i >> 16) + '.' + std::to_string(i >> 8 & 0xFF) + '.' + std::to_string(i & 0xFF);
    REQUIRE(!all->enter(peer(address), kStart + milliseconds{i})->refusal());
    most = std::max(most, all->counters().addresses);
  }
  CHECK(most <= 1024);  // one a millisecond, each full again after 50
  CHECK(all->enter(peer("192.0.2.1"), kStart + seconds{200}));
}

TEST_CASE("a full table refuses new addresses, not those it knows, until it can forget some") {
  const auto all = visitors({.addresses = 3});
  std::vector<std::shared_ptr<Visit>> inside;
  for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) inside.push_back(all->enter(peer(address), kStart));
  CHECK(all->counters().addresses == 3);
  CHECK(all->enter(peer("192.0.2.4"), kStart)->refusal() == VisitRefusal::connections);
  CHECK(!all->enter(peer("192.0.2.3"), kStart)->refusal());
  CHECK(!all->enter(peer("127.0.0.1"), kStart)->refusal());
  inside.pop_back();
  CHECK(all->enter(peer("192.0.2.4"), kStart + milliseconds{999})->refusal() == VisitRefusal::connections);  // not looked through for each
  CHECK(!all->enter(peer("192.0.2.4"), kStart + milliseconds{1000})->refusal());
}

TEST_CASE("shards count together, and nobody is left when all have gone") {
  const auto all = visitors({.connections_per_ip = 10, .connects_per_ip_per_second = 1'000'000});
  std::vector<std::thread> shards;
  for (std::uint64_t shard = 0; shard < 4; ++shard) {
    shards.emplace_back([&all, shard] {
      Random random{shard};
      std::vector<std::shared_ptr<Visit>> inside(8);
      for (int i = 0; i < 5000; ++i) {
        auto& place = inside[random.below(inside.size())];
        place = random.chance(0.3) ? nullptr : all->enter(peer("192.0.2." + std::to_string(random.below(3))), kStart);
      }
    });
  }
  for (std::thread& shard : shards) shard.join();
  CHECK(all->counters().connections == 0);
  CHECK(all->counters().addresses == 3);
  std::vector<std::shared_ptr<Visit>> inside;
  for (const char* address : {"192.0.2.0", "192.0.2.1", "192.0.2.2"}) CHECK(crowd(*all, peer(address), 20, inside).first == 10);
}

}  // namespace
}  // namespace starling
