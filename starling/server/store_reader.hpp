/// @file
/// A thread that asks the store: what takes a database a while takes no shard's time.
///
/// It has a connection of its own, so it does not wait for what is being written. Questions are answered one after the other; so many may wait, and who comes
/// then is told to come again.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "starling/io/store/open_store.hpp"

namespace starling {

class StoreReader {
 public:
  static constexpr std::size_t kWaitingMax = 64;

  /// Called on the reader's thread: with the store, or why it cannot be asked.
  using Question = std::function<void(Result<store::Store*, store::Failure> store)>;

  StoreReader(std::string url, std::string folder);
  ~StoreReader();
  StoreReader(const StoreReader&) = delete;
  StoreReader& operator=(const StoreReader&) = delete;

  /// **Thread-safe.** False, and it is not asked: too many wait.
  [[nodiscard]] bool ask(Question question);

 private:
  void run();
  [[nodiscard]] Result<store::Store*, store::Failure> connected();

  std::string url_, folder_;
  std::unique_ptr<store::Store> store_;  // the thread's; null until it is asked
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Question> waiting_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace starling
