/// @file
/// One of several shards: its thread, its loop, its doors and its line to the hub.
#pragma once

#include <functional>
#include <thread>

#include "starling/server/due_timer.hpp"
#include "starling/server/hub_line.hpp"
#include "starling/server/served_shard.hpp"

namespace starling {

class ShardThread {
 public:
  ShardThread(HubDesk& desk, BatchRing& ring, std::size_t number, ServedShardOptions options,
              std::shared_ptr<Visitors> visitors, AskOverview ask_overview, const StoreEnds* store);
  ~ShardThread() { stop(); }
  ShardThread(const ShardThread&) = delete;
  ShardThread& operator=(const ShardThread&) = delete;

  /// To be used before `start` and, after it, in what is posted.
  [[nodiscard]] ServedShard& served() noexcept { return served_; }
  void start();
  /// Ends the thread, whoever is still there.
  void stop();

  /// **Thread-safe:** on the shard's thread, in a turn to come.
  void post(std::function<void(ServedShard&)> step);
  /// **Thread-safe:** there is something in the ring.
  void batches_came() { line_.batches_came(); }
  /// **Thread-safe:** `on_empty` is called on the shard's thread, once, when everybody has gone.
  void begin_shutdown(std::function<void()> on_empty);

 private:
  void after_turn();

  net::EventLoop loop_;
  HubLine line_;
  ServedShard served_;
  DueTimer timer_;
  std::function<void()> on_empty_;
  std::thread thread_;
};

}  // namespace starling
