#include "starling/io/net/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace starling::net {
namespace {

namespace asio = boost::asio;

/// A turn ends with the step that reaches either: enough to spread what follows a turn over many steps, few enough
/// that it comes within the age of a batch (5 ms).
constexpr std::size_t kTurnSteps = 256;
constexpr auto kTurnMax = std::chrono::milliseconds{2};

}  // namespace

struct EventLoop::State {
  asio::io_context context{1};  // one thread runs it
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::signal_set signals{context};
  std::function<void(int)> on_signal;
  std::vector<std::function<void()>> deferred;
  bool is_stopped = false;

  void await_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      await_signal();
      on_signal(number);
    });
  }
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run(const std::function<void(bool)>& after_turn) {
  asio::io_context& context = state_->context;
  state_->is_stopped = false;
  while (!state_->is_stopped && context.run_one() > 0) {
    const auto ends_at = std::chrono::steady_clock::now() + kTurnMax;
    bool is_idle = false;
    for (std::size_t steps = 1; !is_idle && steps < kTurnSteps && std::chrono::steady_clock::now() < ends_at;
         ++steps) {
      is_idle = context.poll_one() == 0;
    }
    after_turn(is_idle && state_->deferred.empty());
    for (std::function<void()>& step : std::exchange(state_->deferred, {})) post(std::move(step));
  }
}

void EventLoop::stop() noexcept { state_->is_stopped = true; }

void EventLoop::post(std::function<void()> step) { asio::post(state_->context, std::move(step)); }

void EventLoop::defer(std::function<void()> step) { state_->deferred.push_back(std::move(step)); }

void EventLoop::on_signals(const std::vector<int>& signals, std::function<void(int)> then) {
  state_->on_signal = std::move(then);
  boost::system::error_code ignored;
  for (const int number : signals) state_->signals.add(number, ignored);
  state_->await_signal();
}

// ---- Timer
// --------------------------------------------------------------------------------------------------------------

struct Timer::State {
  State(asio::io_context& context, std::function<void()> when_due) : timer(context), then(std::move(when_due)) {}
  asio::steady_timer timer;
  std::function<void()> then;
  std::uint64_t round =
      0;  ///< of `set`: a wait that is already on its way when it is replaced must not be taken for the new one
};

Timer::Timer(EventLoop& loop, std::function<void()> then)
    : state_(std::make_shared<State>(loop.state_->context, std::move(then))) {}
Timer::~Timer() { clear(); }

void Timer::set(Instant due) {
  const std::uint64_t round = ++state_->round;
  state_->timer.expires_at(std::chrono::steady_clock::time_point{due.time_since_epoch()});
  state_->timer.async_wait([state = state_, round](const boost::system::error_code& error) {
    if (!error && state->round == round) state->then();
  });
}

void Timer::clear() {
  ++state_->round;
  state_->timer.cancel();
}

// ---- WatchedDescriptor
// --------------------------------------------------------------------------------------------------

struct WatchedDescriptor::State {
  State(asio::io_context& context, int number) : descriptor(context, number) {}
  asio::posix::stream_descriptor descriptor;
  bool is_closed = false;

  void await(const std::shared_ptr<State>& self, asio::posix::descriptor_base::wait_type what,
             std::function<void()> then) {
    descriptor.async_wait(what, [self, then = std::move(then)](const boost::system::error_code&) {
      // A failed wait is a ready one: the owner's next read or write finds out why.
      if (!self->is_closed) then();
    });
  }
  void close() noexcept {
    if (std::exchange(is_closed, true)) return;
    boost::system::error_code ignored;
    descriptor.close(ignored);
  }
};

WatchedDescriptor::WatchedDescriptor(EventLoop& loop, Descriptor descriptor)
    : state_(std::make_shared<State>(loop.state_->context, descriptor.release())) {}
WatchedDescriptor::~WatchedDescriptor() {
  if (state_) state_->close();
}

int WatchedDescriptor::number() const noexcept { return state_->is_closed ? -1 : state_->descriptor.native_handle(); }

void WatchedDescriptor::await_readable(std::function<void()> then) {
  state_->await(state_, asio::posix::descriptor_base::wait_read, std::move(then));
}

void WatchedDescriptor::await_writable(std::function<void()> then) {
  state_->await(state_, asio::posix::descriptor_base::wait_write, std::move(then));
}

void WatchedDescriptor::close() noexcept { state_->close(); }

}  // namespace starling::net
