/// @file
/// A whole server under simulated time: a real hub, a real shard, and nothing that waits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/hub/hub.hpp"
#include "starling/core/replay/test_history.hpp"
#include "starling/core/session/shard.hpp"

namespace starling::transcripts {

struct ServerOptions {
  hub::HubOptions hub;
  session::ShardOptions shard;
  std::vector<state::ChannelDeclaration> channels;
  bool keeps_history = false;
};

class Server {
 public:
  explicit Server(const ServerOptions& options)
      : hub_(options.hub, options.channels), shard_(options.shard, hub_.channels(), hub_) {
    if (options.keeps_history) shard_.set_history(history_);
  }

  [[nodiscard]] Result<session::Applied, state::Refusal> publish(state::Update update, Moment now) { return hub_.publish(std::move(update), now); }
  /// Whether there is such a record.
  bool announce(std::string_view channel, std::string_view key, Moment now) { return hub_.announce(channel, key, now).has_value(); }
  [[nodiscard]] std::optional<Instant> next_due() const noexcept {
    const auto hub = hub_.next_due(), shard = shard_.next_due();
    return hub && (!shard || *hub < *shard) ? hub : shard;
  }
  /// What expires or falls silent is a batch.
  void on_time(Moment now) {
    hub_.on_time(now);
    end_batch(now);
    shard_.on_time(now);
    history_.tell(now);
  }
  /// Closes what changed as a batch and hands it on, and answers what is asked of history.
  void end_batch(Moment now) {
    if (log::BatchPtr batch = hub_.close_batch(now)) {
      history_.keep(*batch);
      shard_.take(std::move(batch), now);
    }
    history_.tell(now);
  }
  [[nodiscard]] session::Shard& shard() noexcept { return shard_; }

 private:
  hub::Hub hub_;
  replay::TestHistory history_;
  session::Shard shard_;
};

}  // namespace starling::transcripts
