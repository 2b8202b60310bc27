#include "starling/server/shard_thread.hpp"

#include "starling/io/net/system_clock.hpp"

namespace starling {

ShardThread::ShardThread(HubDesk& desk, BatchRing& ring, std::size_t number, ServedShardOptions options,
                         std::shared_ptr<Visitors> visitors, AskOverview ask_overview, const StoreEnds* store)
    : line_(loop_, desk, ring, number),
      served_(loop_, std::move(options), std::move(visitors),
              {.declared = desk.hub().channels(), .publisher = line_, .runs = line_, .ask_overview = std::move(ask_overview), .store = store}),
      timer_(loop_) {
  line_.connect(served_.shard());
}

void ShardThread::start() {
  thread_ = std::thread{[this] { loop_.run([this](bool) { after_turn(); }); }};
}

void ShardThread::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] { loop_.stop(); });
  thread_.join();
  line_.catch_up(net::now());  // what was handed out meanwhile: its log is the one that is kept
}

void ShardThread::post(std::function<void(ServedShard&)> step) {
  loop_.post([this, step = std::move(step)] { step(served_); });
}

void ShardThread::begin_shutdown(std::function<void()> on_empty) {
  loop_.post([this, on_empty = std::move(on_empty)] {
    served_.begin_shutdown();
    on_empty_ = on_empty;
  });
}

void ShardThread::after_turn() {
  const Moment now = net::now();
  served_.after_turn(now);
  if (on_empty_ && served_.is_empty()) std::exchange(on_empty_, nullptr)();
  timer_.set(served_.next_due(), now.instant);
}

}  // namespace starling
