#include "starling/io/net/event_loop.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

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

TEST_CASE("a timer may end itself, and others of the same moment") {
  EventLoop loop;
  std::optional<Timer> one, other;
  int calls = 0;
  const auto end_all = [&] {
    ++calls;
    one.reset();
    other.reset();
    loop.stop();
  };
  one.emplace(loop, end_all);
  other.emplace(loop, end_all);
  one->set(now().instant);
  other->set(now().instant);
  loop.run([](bool) {});
  loop.post([&] { loop.stop(); });
  loop.run([](bool) {});
  CHECK(calls == 1);
}

TEST_CASE("a turn is at most 256 steps, and what is left comes in the next ones, in order") {
  EventLoop loop;
  std::vector<int> done;
  for (int i = 0; i < 1000; ++i) loop.post([&done, i] { done.push_back(i); });
  std::size_t before = 0;
  loop.run([&](bool is_idle) {
    CHECK(done.size() - before <= 256);
    CHECK(is_idle == (done.size() == before || done.size() == 1000));
    before = done.size();
    if (is_idle) loop.stop();
  });
  REQUIRE(done.size() == 1000);
  for (int i = 0; i < 1000; ++i) REQUIRE(done[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("more descriptors are ready than are taken from the kernel at once: each says so, and none that has gone meanwhile") {
  EventLoop loop;
  struct Watched {
    Descriptor theirs;
    std::unique_ptr<WatchedDescriptor> ours;
    int calls = 0;
  };
  std::vector<Watched> all(400);
  int calls = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Pair pair;
    all[i].theirs = std::move(pair.theirs);
    all[i].ours = std::make_unique<WatchedDescriptor>(loop, std::move(pair.ours));
    REQUIRE(::send(all[i].theirs.number(), "x", 1, 0) == 1);
    all[i].ours->await_readable([&, i] {
      ++calls;
      ++all[i].calls;
      // The first of four to be called ends the other three.
      for (std::size_t other = i / 4 * 4; other < i / 4 * 4 + 4; ++other) {
        if (other != i) all[other].ours.reset();
      }
    });
  }
  loop.run([&](bool is_idle) {
    if (is_idle) loop.stop();
  });
  CHECK(calls == 100);
  for (const Watched& one : all) CHECK(one.calls <= 1);
}

TEST_CASE("both directions are waited for at once, and each is told once") {
  EventLoop loop;
  Pair pair;
  WatchedDescriptor watched{loop, std::move(pair.ours)};
  int readable = 0, writable = 0;
  watched.await_readable([&] { ++readable; });
  watched.await_writable([&] { ++writable; });
  const auto turn = [&] {
    loop.post([] {});
    loop.run([&](bool) { loop.stop(); });
  };
  turn();
  CHECK(readable == 0);
  CHECK(writable == 1);
  REQUIRE(::send(pair.theirs.number(), "x", 1, 0) == 1);
  turn();
  turn();
  CHECK(readable == 1);
  CHECK(writable == 1);
  watched.await_readable([&] { ++readable; });  // what has not been read is still there
  turn();
  CHECK(readable == 2);
}

TEST_CASE("one that has failed and that nobody waits for keeps nobody awake") {
  EventLoop loop;
  Pair pair;
  WatchedDescriptor watched{loop, std::move(pair.ours)};
  int calls = 0;
  watched.await_readable([&] { ++calls; });
  pair.theirs.close();
  Timer timer{loop, [&] { loop.stop(); }};
  timer.set(now().instant + std::chrono::milliseconds{50});
  int turns = 0;
  loop.run([&](bool) { ++turns; });
  CHECK(calls == 1);
  CHECK(turns < 10);
  watched.await_writable([&] { ++calls; });  // its owner finds out
  loop.run([&](bool) { loop.stop(); });
  CHECK(calls == 2);
}

TEST_CASE("a plain file is ready at any time") {
  EventLoop loop;
  WatchedDescriptor file{loop, Descriptor{::memfd_create("file", MFD_CLOEXEC)}};
  int calls = 0;
  file.await_readable([&] {
    ++calls;
    file.await_readable([&] {
      ++calls;
      loop.stop();
    });
  });
  loop.run([](bool) {});
  CHECK(calls == 2);
}

TEST_CASE("signals are told in a turn, and left to the system when the loop has gone") {
  std::vector<int> told;
  {
    EventLoop loop;
    loop.on_signals({SIGUSR1, SIGUSR2}, [&](int number) {
      told.push_back(number);
      if (told.size() == 2) loop.stop();
    });
    std::raise(SIGUSR2);
    std::raise(SIGUSR1);
    CHECK(told.empty());
    loop.run([](bool) {});
  }
  CHECK(told == std::vector{SIGUSR1, SIGUSR2});
  struct sigaction action {};
  REQUIRE(::sigaction(SIGUSR1, nullptr, &action) == 0);
  const bool is_default = action.sa_handler == SIG_DFL;
  CHECK(is_default);
}

}  // namespace
}  // namespace starling::net
