/// @file
/// The store of a simulated server: a database in the plainest way, maps, that is written a while after what it is to keep.
///
/// What it is told, and what is made of it at the next start, is the real server's: core/store.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "starling/core/log/log.hpp"
#include "starling/core/store/batch_rows.hpp"
#include "starling/core/store/taking_up.hpp"

namespace starling::sim {

class PlainStore {
 public:
  /// A run begins, which goes on from what is here.
  void begin_life(std::string epoch, Timestamp now);
  /// A closed batch, not written yet.
  void put(log::BatchPtr batch) { waiting_.push_back(std::move(batch)); }
  /// What waits is written, in one transaction.
  void write();
  /// The newest of what waits is lost; for a plant.
  void lose_newest() {
    if (!waiting_.empty()) waiting_.pop_back();
  }
  /// All has been written: the run ends cleanly.
  void end_life(const log::Log& log, Timestamp now);
  /// The run has ended, however it did: what is not written is lost. Channels are opened in the hub that is to go on.
  [[nodiscard]] store::TakenUp take_up(log::ChannelOf channel_of, Timestamp now);

  /// When something was written last.
  [[nodiscard]] std::optional<Timestamp> saved_at() const noexcept { return life_ ? std::optional{life_->saved_at} : std::nullopt; }

 private:
  using Name = std::pair<std::string, std::string>;  ///< of a channel or space, and key
  struct Facet {
    std::string record;
    std::uint64_t seq;
    Timestamp time;
  };
  struct Place {
    geo::Point point;
    std::string channel;
  };
  struct Event {
    std::uint64_t seq;
    std::uint32_t n;
    std::optional<std::string> key;
    Timestamp time;
    std::optional<geo::Point> location;
    std::string data;
    std::optional<std::string> entity;
  };
  void apply(const store::Transaction& transaction);

  std::deque<log::BatchPtr> waiting_;
  store::BatchRows rows_ = new_rows();
  std::map<Name, Facet> facets_;
  std::map<Name, Place> places_;
  std::map<std::string, std::deque<Event>> tails_;
  std::vector<std::string> log_;
  std::optional<store::Life> life_;

  static store::BatchRows new_rows();
};

}  // namespace starling::sim
