#include "starling/server/wake.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "starling/server/mailbox.hpp"

namespace starling {
namespace {

void run_a_turn(net::EventLoop& loop) {
  loop.post([] {});
  loop.run([&](bool) { loop.stop(); });
}

TEST_CASE("calls before the step are one, and one after it is another") {
  net::EventLoop loop;
  int steps = 0;
  Wake wake{loop, [&] { ++steps; }};
  for (int i = 0; i < 3; ++i) wake.call();
  CHECK(steps == 0);
  run_a_turn(loop);
  CHECK(steps == 1);
  run_a_turn(loop);
  CHECK(steps == 1);
  wake.call();
  run_a_turn(loop);
  CHECK(steps == 2);
}

TEST_CASE("a call within the step has it run again") {
  net::EventLoop loop;
  int steps = 0;
  Wake wake{loop, [&] {
              if (++steps < 3) wake.call();
            }};
  wake.call();
  for (int i = 0; i < 4; ++i) run_a_turn(loop);
  CHECK(steps == 3);
}

TEST_CASE("messages of many threads all come, those of each in order, and none waits for the next") {
  constexpr int kThreads = 4, kMessages = 5'000;
  net::EventLoop loop;
  std::vector<int> last(kThreads, -1);
  int came = 0;
  bool is_in_order = true;
  Mailbox<std::pair<int, int>> mailbox{loop, [&] {
                                         for (const auto& [thread, message] : mailbox.take()) {
                                           int& before = last[static_cast<std::size_t>(thread)];
                                           is_in_order = is_in_order && message == before + 1;
                                           before = message;
                                           ++came;
                                         }
                                       }};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&mailbox, thread] {
      for (int message = 0; message < kMessages; ++message) mailbox.put({thread, message});
    });
  }
  loop.run([&](bool) {
    if (came == kThreads * kMessages) loop.stop();
  });
  for (std::thread& thread : threads) thread.join();
  CHECK(is_in_order);
}

}  // namespace
}  // namespace starling
