/// @file
/// A hub and its shards on one thread, with a fleet that reports to them: time goes on step by step, nothing waits for anything.
#pragma once

#include <memory>
#include <vector>

#include "starling/core/hub/hub.hpp"
#include "starling/core/session/shard.hpp"
#include "tests/storm/fleet.hpp"

namespace starling::storm {

inline constexpr Duration kStep = std::chrono::milliseconds{5};

class Server {
 public:
  Server(std::uint32_t entities, std::size_t shards, std::size_t log_bytes);

  /// Every one of the fleet reports where it is.
  void load();
  /// Time goes on by a step: what is due is done, then `updates` are reported and closed as a batch.
  void step(std::size_t updates);

  [[nodiscard]] std::vector<std::unique_ptr<session::Shard>>& shards() noexcept { return shards_; }
  [[nodiscard]] Fleet& fleet() noexcept { return *fleet_; }
  [[nodiscard]] const hub::Hub& hub() const noexcept { return hub_; }
  [[nodiscard]] Moment now() const noexcept { return now_; }
  [[nodiscard]] std::size_t cuts_most() const noexcept { return cuts_most_; }
  /// Notes how many cuts live on each shard.
  void see_cuts();

 private:
  void publish(state::Update update);
  void close_batch();

  hub::Hub hub_{{}, {}};
  std::vector<std::unique_ptr<session::Shard>> shards_;
  std::unique_ptr<Fleet> fleet_;
  Moment now_{Instant{std::chrono::seconds{1'000}}, Timestamp{std::chrono::hours{24 * 20'000}}};
  std::size_t cuts_most_ = 0;
};

}  // namespace starling::storm
