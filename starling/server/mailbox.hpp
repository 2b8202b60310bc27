/// @file
/// Messages to a thread, in the order they were sent by each of the others. Its bound is its senders': they count what has not been answered.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "starling/server/wake.hpp"

namespace starling {

/// **Thread-safe:** `put`.
template <class Message>
class Mailbox {
 public:
  /// `step` is called in a turn of the loop when there is something to take.
  Mailbox(net::EventLoop& loop, std::function<void()> step) : wake_(loop, std::move(step)) {}

  void put(Message message) {
    {
      const std::scoped_lock lock{mutex_};
      messages_.push_back(std::move(message));
    }
    wake_.call();
  }
  /// All there are; the loop's thread.
  [[nodiscard]] std::vector<Message> take() {
    const std::scoped_lock lock{mutex_};
    return std::exchange(messages_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Message> messages_;
  Wake wake_;
};

}  // namespace starling
