/// @file
/// How one thread has another do something: once a sleep, however often it is asked.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "starling/io/net/event_loop.hpp"

namespace starling {

/// **Thread-safe:** `call`.
class Wake {
 public:
  Wake(net::EventLoop& loop, std::function<void()> step) : loop_(loop), step_(std::move(step)) {}
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  /// Has the step run in a turn of the loop to come; what was done before the call is seen by it. Calls before that are one.
  void call() {
    if (is_called_.exchange(true)) return;
    loop_.post([this] {
      // By exchange, not by store: it sees what those have done who found it called.
      is_called_.exchange(false);
      step_();
    });
  }

 private:
  net::EventLoop& loop_;
  std::function<void()> step_;
  std::atomic<bool> is_called_ = false;
};

}  // namespace starling
