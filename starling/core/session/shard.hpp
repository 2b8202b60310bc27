/// @file
/// One thread's share of the viewers: sessions around one fan-out. It routes batches and time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "starling/core/session/session.hpp"

namespace starling::session {

class Shard {
 public:
  /// The channels and the publisher are the hub's.
  Shard(ShardOptions options, const state::Channels& channels, Publisher& publisher);

  /// Begins a viewer's session on its link, which must outlive it. `name` is told in `welcome`.
  Session& open(fanout::Link& link, std::string name, Moment now);
  /// Ends it; its link is not used after.
  void close(Session& session);

  /// A closed batch, as the hub made it.
  void take(log::BatchPtr batch, Moment now);
  /// To be called at `next_due`; earlier does nothing.
  void on_time(Moment now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  [[nodiscard]] const fanout::Fanout& fanout() const noexcept { return fanout_; }
  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }
  [[nodiscard]] const ShardOptions& options() const noexcept { return options_; }

 private:
  void sweep(Moment now);

  ShardOptions options_;
  fanout::Fanout fanout_;
  protocol::NativeEncoder encoder_;
  const state::Channels& channels_;
  Publisher& publisher_;
  std::unordered_map<Session*, std::unique_ptr<Session>> sessions_;
  Duration sweep_period_;
  std::optional<Instant> swept_at_;
  std::size_t bytes_since_sweep_ = 0;
};

}  // namespace starling::session
