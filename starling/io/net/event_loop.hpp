/// @file
/// One thread waiting for descriptors, timers, signals and other threads, in turns.
///
/// A turn is everything that is ready, up to a bound; after it the owner does once what would be waste to do for each
/// step (closing a batch, flushing sockets). epoll is behind this and nowhere else (docs/decisions/0007-epoll.md): it only says when a
/// descriptor is ready, whoever owns it reads and writes itself, so an idle connection owns no buffer.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/io/net/descriptor.hpp"
#include "starling/io/net/step.hpp"

namespace starling::net {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs turns until `stop`. `is_idle`: nothing more was ready at the end of the turn.
  void run(const std::function<void(bool is_idle)>& after_turn);
  /// Ends `run` at the end of its turn.
  void stop() noexcept;
  /// **Thread-safe:** calls `step` in a turn to come.
  void post(Step step);
  /// Calls `step` in the next turn, not in this one: for work that is done in pieces. This turn is then not idle.
  void defer(Step step);
  /// Calls `then` in a turn, with the number, whenever one of these signals comes to the process.
  void on_signals(const std::vector<int>& signals, std::function<void(int)> then);

 private:
  friend class Timer;
  friend class WatchedDescriptor;
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `then` in a turn, once it is due. Nothing is called after it is gone.
class Timer {
 public:
  Timer(EventLoop& loop, Step then);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Replaces what was set before.
  void set(Instant due);
  void clear();

 private:
  friend class EventLoop;
  struct State;
  std::unique_ptr<State> state_;
};

/// A non-blocking descriptor that says when it is ready. Nothing is called after it is gone.
class WatchedDescriptor {
 public:
  WatchedDescriptor(EventLoop& loop, Descriptor descriptor);
  ~WatchedDescriptor();
  WatchedDescriptor(WatchedDescriptor&&) noexcept;
  WatchedDescriptor& operator=(WatchedDescriptor&&) noexcept = delete;

  /// -1 after `close`.
  [[nodiscard]] int number() const noexcept;
  /// Calls `then` once, when it can be read (or has failed). One wait of each kind at a time.
  void await_readable(Step then);
  void await_writable(Step then);
  /// At once; what was awaited does not come.
  void close() noexcept;

 private:
  friend class EventLoop;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace starling::net
