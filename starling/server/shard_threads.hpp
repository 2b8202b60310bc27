/// @file
/// Several shards, a thread each, and the ring between them and the hub.
///
/// Each listens for itself on every address and port, and the kernel shares the connections out; a Unix socket, or one that was handed over, is listened
/// on by the first, which hands what it takes in round.
#pragma once

#include <memory>

#include "starling/server/batch_ring.hpp"
#include "starling/server/shard_thread.hpp"
#include "starling/server/shards.hpp"

namespace starling {

class ShardThreads final : public Shards {
 public:
  ShardThreads(net::EventLoop& hub_loop, HubDesk& desk, ShardsOptions options);

  void take_up(const log::Past& past) override;
  void speak_tls(std::shared_ptr<const net::TlsContext> context) override;
  [[nodiscard]] Result<Listening, std::string> listen(const config::ListenAddress& address) override;
  [[nodiscard]] Listening listen(net::Descriptor socket, const net::ListenOptions& options) override;
  void start() override;
  [[nodiscard]] bool hand_on(const log::BatchPtr& batch, Moment now) override;
  void after_turn(Moment) override {}
  [[nodiscard]] std::optional<Instant> next_due() const noexcept override { return std::nullopt; }
  void begin_shutdown() override;
  [[nodiscard]] bool is_empty() const noexcept override { return empty_ == threads_.size(); }
  void stop() override;
  [[nodiscard]] const log::Log& log() const noexcept override { return threads_.front()->served().shard().fanout().log(); }
  void measure(std::function<void(std::vector<ShardMeasures>)> done) override;

 private:
  void ask_overview(std::size_t shard, Question question, ResponseDone done);
  void hand_round(net::Descriptor socket, net::Peer peer);

  net::EventLoop& hub_loop_;
  Overview& overview_;
  BatchRing ring_;
  std::vector<std::unique_ptr<ShardThread>> threads_;
  std::size_t handed_round_ = 0;  // the first shard's
  std::size_t empty_ = 0;
  bool are_running_ = false;
};

}  // namespace starling
