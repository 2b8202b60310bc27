/// @file
/// Signals to the process as something a loop can wait for: handlers only note the number and write to a descriptor.
///
/// A process has one set of handlers, so one `Signals` at a time may listen.
#pragma once

#include <functional>
#include <vector>

#include "starling/io/net/descriptor.hpp"

namespace starling::net {

class Signals {
 public:
  /// Takes the handlers of these signals; the system's own are back when this is gone.
  explicit Signals(const std::vector<int>& numbers);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Readable when a signal has come.
  [[nodiscard]] int descriptor() const noexcept { return read_end_.number(); }
  /// Calls `then` with each number that has come since; the same one is told once.
  void take(const std::function<void(int)>& then);

 private:
  std::vector<int> numbers_;
  Descriptor read_end_;
};

}  // namespace starling::net
