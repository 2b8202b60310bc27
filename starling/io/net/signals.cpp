#include "starling/io/net/signals.hpp"

#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "starling/core/base/check.hpp"

namespace starling::net {
namespace {

// All that a handler may touch: it runs in the middle of anything.
std::atomic<std::uint64_t> came{0};  // a bit a number
std::atomic<int> told{-1};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

extern "C" void note_signal(int number) {
  const int error = errno;
  came.fetch_or(std::uint64_t{1} << number);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(told.load(), &one, sizeof one);
  errno = error;
}

void handle(int number, void (*handler)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

}  // namespace

Signals::Signals(const std::vector<int>& numbers) : numbers_(numbers), read_end_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  STARLING_CHECK(read_end_.is_open(), errno);
  STARLING_CHECK(told.exchange(read_end_.number()) == -1);  // one at a time
  came = 0;
  for (const int number : numbers_) handle(number, note_signal);
}

Signals::~Signals() {
  for (const int number : numbers_) handle(number, SIG_DFL);
  told = -1;
}

void Signals::take(const std::function<void(int)>& then) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t read = ::read(read_end_.number(), &count, sizeof count);
  const std::uint64_t numbers = came.exchange(0);
  for (const int number : numbers_) {
    if ((numbers >> number & 1) != 0) then(number);
  }
}

}  // namespace starling::net
