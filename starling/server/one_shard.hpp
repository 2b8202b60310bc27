/// @file
/// The one shard of a server that needs no other: it shares the hub's thread, and nothing is handed across.
#pragma once

#include "starling/server/shards.hpp"

namespace starling {

class OneShard final : public Shards, private routes::RunPublisher, private AnswerTaker {
 public:
  OneShard(net::EventLoop& loop, HubDesk& desk, ShardsOptions options);

  void take_up(const log::Past& past) override { served_.shard().take_up(past); }
  void speak_tls(std::shared_ptr<const net::TlsContext> context) override { served_.speak_tls(std::move(context)); }
  [[nodiscard]] Result<Listening, std::string> listen(const config::ListenAddress& address) override;
  [[nodiscard]] Listening listen(net::Descriptor socket, const net::ListenOptions& options) override;
  void start() override { served_.accept(); }
  [[nodiscard]] bool hand_on(const log::BatchPtr& batch, Moment now) override;
  void after_turn(Moment now) override { served_.after_turn(now); }
  [[nodiscard]] std::optional<Instant> next_due() const noexcept override { return served_.next_due(); }
  void begin_shutdown() override { served_.begin_shutdown(); }
  [[nodiscard]] bool is_empty() const noexcept override { return served_.is_empty(); }
  void stop() override {}
  [[nodiscard]] const log::Log& log() const noexcept override { return served_.shard().fanout().log(); }
  void measure(std::function<void(std::vector<ShardMeasures>)> done) override { done({served_.measures()}); }

 private:
  void publish(std::vector<state::Update> run, routes::RunDone done) override;
  void take_answer(Answer answer) override;

  HubDesk& desk_;
  ServedShard served_;
};

}  // namespace starling
