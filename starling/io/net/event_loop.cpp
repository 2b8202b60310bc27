#include "starling/io/net/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "starling/core/base/check.hpp"
#include "starling/io/net/signals.hpp"
#include "starling/io/net/timer_heap.hpp"

namespace starling::net {
namespace {

/// A turn ends with the step that reaches either: enough to spread what follows a turn over many steps, few enough
/// that it comes within the age of a batch (5 ms).
constexpr std::size_t kTurnSteps = 256;
constexpr Duration kTurnMax = std::chrono::milliseconds{2};
/// Taken from the kernel at once. What is left of them when a turn ends is the beginning of the next.
constexpr std::size_t kEventsMax = 128;

constexpr std::uint32_t kReadable = EPOLLIN, kWritable = EPOLLOUT;
static_assert((kReadable | kWritable) <= 0xFF);  // what the kernel is told is kept in a byte

Instant steady_now() noexcept { return Instant{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())}; }

/// Waits for `timeout`, or for ever without one; -1 if it was interrupted. `has_nanoseconds` becomes false where the kernel counts in milliseconds only
/// (before Linux 5.11).
int wait_for_events(int epoll, std::span<epoll_event> events, std::optional<Duration> timeout, bool& has_nanoseconds) noexcept {
  const int most = static_cast<int>(events.size());
  if (!timeout) return ::epoll_wait(epoll, events.data(), most, -1);
  if (timeout->count() <= 0) return ::epoll_wait(epoll, events.data(), most, 0);
  if (has_nanoseconds) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*timeout);
    const timespec time{.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds{*timeout - seconds}.count()};
    const int count = ::epoll_pwait2(epoll, events.data(), most, &time, nullptr);
    if (count >= 0 || errno != ENOSYS) return count;
    has_nanoseconds = false;
  }
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
  return ::epoll_wait(epoll, events.data(), most, static_cast<int>(std::min<std::int64_t>(milliseconds, 1 << 30)));
}

}  // namespace

// ---- What a descriptor waits for -----------------------------------------------------------------------------------------

/// The kernel is told what is waited for only when that changes, and of what is not waited for when it has happened: so who reads and awaits by turns
/// costs no call for it.
struct WatchedDescriptor::State {
  State(EventLoop::State& in, Descriptor watched) : loop(in), descriptor(std::move(watched)) {}

  void await(std::uint32_t what, Step then);
  void happened(std::uint32_t what);
  void tell_kernel(std::uint32_t what) noexcept;
  void close() noexcept {
    descriptor.close();  // the kernel forgets it with that
    on_readable = nullptr;
    on_writable = nullptr;
    told = 0;
  }

  EventLoop::State& loop;
  Step on_readable, on_writable;
  Descriptor descriptor;
  std::uint8_t told = 0;  // what the kernel looks for
  bool is_always_ready = false;
};

// ---- Timers ----------------------------------------------------------------------------------------------------------------

struct Timer::State : TimerHeap::Entry {
  State(EventLoop::State& in, Step when_due) : loop(in), then(std::make_shared<Step>(std::move(when_due))) {}
  EventLoop::State& loop;
  std::shared_ptr<Step> then;  // it may end its timer
};

// ---- The loop --------------------------------------------------------------------------------------------------------------

struct EventLoop::State {
  State() {
    STARLING_CHECK(epoll.is_open() && wake.is_open(), errno);
    watch(wake.number(), wake_tag());
  }

  void watch(int number, void* tag) {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = tag}};
    STARLING_CHECK(::epoll_ctl(epoll.number(), EPOLL_CTL_ADD, number, &event) == 0, errno);
  }
  [[nodiscard]] void* wake_tag() noexcept { return &wake; }
  [[nodiscard]] void* signal_tag() noexcept { return &signals; }

  void post(Step step) {
    bool must_wake = false;
    {
      const std::lock_guard lock{mutex};
      posted.push_back(std::move(step));
      must_wake = std::exchange(is_waiting, false);
    }
    if (!must_wake) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.number(), &one, sizeof one);
  }

  /// Whatever is ready goes to where a step takes it from; waits for it if it may.
  void gather(bool may_wait) {
    buried.clear();  // of events that have all been looked at
    std::optional<Duration> timeout = Duration{0};
    {
      const std::lock_guard lock{mutex};
      take_posted();
      if (may_wait && steps_at == steps.size()) is_waiting = true;
      may_wait = is_waiting;
    }
    const std::optional<Instant> due = timers.next_due();
    if (may_wait) timeout = due ? std::optional{std::max(Duration{0}, *due - steady_now())} : std::nullopt;
    const int count = wait_for_events(epoll.number(), events, timeout, has_nanoseconds);
    events_at = 0;
    events_count = count > 0 ? static_cast<std::size_t>(count) : 0;
    if (!may_wait) return;
    const std::lock_guard lock{mutex};
    is_waiting = false;
    take_posted();
  }
  void take_posted() {
    if (posted.empty()) return;
    if (steps_at == steps.size()) {
      steps.clear();
      steps_at = 0;
    }
    std::ranges::move(posted, std::back_inserter(steps));
    posted.clear();
  }

  /// False: nothing that was gathered is left.
  bool do_step() {
    if (steps_at < steps.size()) {
      const Step step = std::move(steps[steps_at++]);
      step();
      return true;
    }
    while (events_at < events_count) {
      const epoll_event event = events[events_at++];
      if (event.data.ptr == wake_tag()) continue;
      if (event.data.ptr == signal_tag()) {
        signals->take(on_signal);
      } else {
        static_cast<WatchedDescriptor::State*>(event.data.ptr)->happened(event.events);
      }
      return true;
    }
    if (TimerHeap::Entry* due = timers.next_due() ? timers.take_due(steady_now()) : nullptr) {
      const std::shared_ptr<Step> then = static_cast<Timer::State*>(due)->then;
      (*then)();
      return true;
    }
    return false;
  }

  /// A turn's steps; whether there was nothing more to do.
  bool turn() {
    if (steps_at == steps.size() && events_at == events_count) gather(true);
    const Instant ends_at = steady_now() + kTurnMax;
    for (std::size_t done = 0; done < kTurnSteps; ++done) {
      if (done > 0 && steady_now() >= ends_at) return false;
      if (do_step()) continue;
      gather(false);
      if (!do_step()) return true;
    }
    return false;
  }

  Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  Descriptor wake{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::array<epoll_event, kEventsMax> events;
  std::size_t events_at = 0, events_count = 0;
  std::vector<Step> steps;  // of this turn
  std::size_t steps_at = 0;
  std::vector<Step> deferred;
  TimerHeap timers;
  std::vector<std::unique_ptr<WatchedDescriptor::State>> buried;  // events may still name them
  std::optional<Signals> signals;
  std::function<void(int)> on_signal;
  bool is_stopped = false;
  bool has_nanoseconds = true;  // of waiting

  std::mutex mutex;  // of the two below
  std::vector<Step> posted;
  bool is_waiting = false;  // whoever posts has to wake it
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run(const std::function<void(bool)>& after_turn) {
  state_->is_stopped = false;
  while (!state_->is_stopped) {
    for (Step& step : std::exchange(state_->deferred, {})) post(std::move(step));
    const bool is_idle = state_->turn();
    after_turn(is_idle && state_->deferred.empty());
  }
}

void EventLoop::stop() noexcept { state_->is_stopped = true; }

void EventLoop::post(Step step) { state_->post(std::move(step)); }

void EventLoop::defer(Step step) { state_->deferred.push_back(std::move(step)); }

void EventLoop::on_signals(const std::vector<int>& signals, std::function<void(int)> then) {
  state_->on_signal = std::move(then);
  state_->signals.emplace(signals);
  state_->watch(state_->signals->descriptor(), state_->signal_tag());
}

Timer::Timer(EventLoop& loop, Step then) : state_(std::make_unique<State>(*loop.state_, std::move(then))) {}
Timer::~Timer() { clear(); }

void Timer::set(Instant due) { state_->loop.timers.set(*state_, due); }
void Timer::clear() { state_->loop.timers.remove(*state_); }

void WatchedDescriptor::State::await(std::uint32_t what, Step then) {
  if (is_always_ready) return loop.deferred.push_back(std::move(then));
  (what == kReadable ? on_readable : on_writable) = std::move(then);
  if ((told & what) == 0) tell_kernel(told | what);
}

/// A failed wait is a ready one: the owner's next read or write finds out why.
void WatchedDescriptor::State::happened(std::uint32_t what) {
  if (!descriptor.is_open()) return;
  const bool has_failed = (what & (EPOLLERR | EPOLLHUP)) != 0;
  const bool is_readable = has_failed || (what & kReadable) != 0, is_writable = has_failed || (what & kWritable) != 0;
  // Failures are told whether asked for or not: who waits for nothing is not to be told of anything.
  const std::uint32_t unwanted = (on_readable ? 0 : kReadable) | (on_writable ? 0 : kWritable);
  if ((told & unwanted) != 0) tell_kernel(told & ~unwanted);
  const Step readable = is_readable ? std::exchange(on_readable, nullptr) : nullptr;
  const Step writable = is_writable ? std::exchange(on_writable, nullptr) : nullptr;
  if (readable) readable();
  if (writable && descriptor.is_open()) writable();
}

void WatchedDescriptor::State::tell_kernel(std::uint32_t what) noexcept {
  epoll_event event{.events = what, .data = {.ptr = this}};
  const int operation = told == 0 ? EPOLL_CTL_ADD : what == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  const int failed = ::epoll_ctl(loop.epoll.number(), operation, descriptor.number(), &event);
  told = static_cast<std::uint8_t>(what);
  if (failed == 0) return;
  // A plain file is ready at any time (EPERM); where the kernel has no memory to watch it, the owner's next call says what there is to say.
  told = 0;
  is_always_ready = true;
  for (Step* then : {&on_readable, &on_writable}) {
    if (*then) loop.deferred.push_back(std::exchange(*then, nullptr));
  }
}

WatchedDescriptor::WatchedDescriptor(EventLoop& loop, Descriptor descriptor) : state_(std::make_unique<State>(*loop.state_, std::move(descriptor))) {
  static_assert(sizeof(State) <= 48);  // one a connection
}
WatchedDescriptor::WatchedDescriptor(WatchedDescriptor&&) noexcept = default;
WatchedDescriptor::~WatchedDescriptor() {
  if (!state_) return;
  state_->close();
  EventLoop::State& loop = state_->loop;
  loop.buried.push_back(std::move(state_));
}

int WatchedDescriptor::number() const noexcept { return state_->descriptor.number(); }
void WatchedDescriptor::await_readable(Step then) { state_->await(kReadable, std::move(then)); }
void WatchedDescriptor::await_writable(Step then) { state_->await(kWritable, std::move(then)); }
void WatchedDescriptor::close() noexcept { state_->close(); }

}  // namespace starling::net
