#include "starling/io/net/event_loop.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include "starling/io/net/system_clock.hpp"

namespace starling::net {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    ours = Descriptor{ends[0]};
    theirs = Descriptor{ends[1]};
  }
  Descriptor ours, theirs;
};

TEST_CASE("what is posted is done in this turn, what is deferred in the next, and only then is a turn idle") {
  EventLoop loop;
  std::string order;
  loop.post([&] {
    order += 'a';
    loop.defer([&] { order += 'c'; });
    loop.post([&] { order += 'b'; });
  });
  loop.run([&](bool is_idle) {
    order += is_idle ? '!' : '.';
    if (is_idle) loop.stop();
  });
  CHECK(order == "ab.c!");
}

TEST_CASE("another thread may post") {
  EventLoop loop;
  std::thread other{[&] { loop.post([&] { loop.stop(); }); }};
  loop.run([](bool) {});
  other.join();
}

TEST_CASE("a descriptor says once that it is readable, and nothing after it is closed") {
  EventLoop loop;
  Pair pair;
  WatchedDescriptor watched{loop, std::move(pair.ours)};
  int calls = 0;
  watched.await_readable([&] { ++calls; });
  REQUIRE(::send(pair.theirs.number(), "x", 1, 0) == 1);
  loop.post([] {});
  int turns = 0;
  loop.run([&](bool) {
    ++turns;
    if (turns == 1) loop.post([] {});
    if (turns == 3) loop.stop();
    if (turns < 3) loop.defer([] {});
  });
  CHECK(calls == 1);

  watched.await_readable([&] { ++calls; });
  watched.close();
  CHECK(watched.number() == -1);
  loop.post([&] { loop.stop(); });
  loop.run([](bool) {});
  CHECK(calls == 1);
}

TEST_CASE("a timer that is set again is due once, at the later time; one that is gone is not due") {
  EventLoop loop;
  const Instant start = now().instant;
  int calls = 0;
  Timer timer{loop, [&] {
                ++calls;
                loop.stop();
              }};
  {
    Timer gone{loop, [&] { calls += 100; }};
    gone.set(start);
  }
  timer.set(start);
  timer.set(start + std::chrono::milliseconds{5});
  loop.run([](bool) {});
  CHECK(calls == 1);
  CHECK(now().instant - start >= std::chrono::milliseconds{5});
}

}  // namespace
}  // namespace starling::net
