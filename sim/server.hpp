/// @file
/// The server of a simulation: shards that get each closed batch a while after it was closed, and publishes that reach the hub a while after they were made.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sim/plants.hpp"
#include "sim/dice.hpp"
#include "starling/core/session/shard.hpp"

namespace starling::sim {

struct ServerOptions {
  std::size_t shards = 1;
  Duration delay_max{};            ///< of a batch on its way to a shard, and of a publish on its way to the hub
  std::size_t publishes_max = 2;   ///< on their way from a shard; one more finds it full
  session::ShardOptions shard;
  Choices* choices = nullptr;      ///< delays are among them
};

class Server {
 public:
  using Publish = std::function<session::Outcome(state::Update, const std::optional<std::string>& ref, Moment)>;
  /// `publish` applies to the hub; whoever owns that closes batches and gives them to `take`.
  Server(ServerOptions options, const state::KnownChannels& channels, Publish publish, Plant& plant, std::uint64_t seed);

  [[nodiscard]] std::size_t shards() const noexcept { return doors_.size(); }
  [[nodiscard]] session::Shard& shard(std::size_t number) { return *doors_[number]->shard; }
  [[nodiscard]] session::Session& open(session::Shard& shard, fanout::Link& link, std::string name, view::RightsPtr rights, Moment now);
  [[nodiscard]] session::DoorSession& open_door(session::Shard& shard, std::size_t door, fanout::Link& link, Moment now);
  /// A stream of events, or one poll that waits so long.
  [[nodiscard]] session::Reading& read(session::Shard& shard, fanout::Outlet& out, protocol::Subscribe asked, std::optional<Duration> wait, view::RightsPtr rights, Moment now);
  /// Before the first batch: goes on from there.
  void take_up(const log::Past& past);
  void take(const log::BatchPtr& batch, Moment now);
  /// Shards' beats, batches and publishes that arrive.
  void on_time(Moment now);
  [[nodiscard]] std::optional<Instant> next_due() const;
  /// Throws where something holds more than it may.
  void check_bounds() const;
  /// Everything that is on its way arrives.
  void catch_up(Moment now);

 private:
  /// A shard, and the way between it and the hub.
  struct Door final : session::Publisher {
    struct Coming {
      Instant due;
      log::BatchPtr batch;
    };
    struct Going {
      Instant due;
      state::Update update;
      session::Ticket ticket;
    };
    explicit Door(Server& of) : server(of) {}
    [[nodiscard]] session::Offered offer(state::Update& update, session::Ticket& ticket, Moment now) override;
    void catch_up(Moment now) override;

    Server& server;
    std::unique_ptr<session::Shard> shard;
    std::deque<Coming> coming;
    std::deque<Going> going;
    std::deque<std::uint64_t> turned_away;  // sessions
  };
  [[nodiscard]] Instant arrival(Instant after, Instant now);

  ServerOptions options_;
  Publish publish_;
  Plant& plant_;
  Dice random_;
  std::vector<std::unique_ptr<Door>> doors_;
};

}  // namespace starling::sim
