/// @file
/// The fleet as it was, made of rows of history: the state of a moment, and then what became of it, as batches.
#pragma once

#include <memory>
#include <vector>

#include "starling/core/log/batch.hpp"
#include "starling/core/log/past.hpp"
#include "starling/core/replay/history.hpp"
#include "starling/core/state/channels.hpp"
#include "starling/core/state/state.hpp"

namespace starling::replay {

/// Its batches are numbered from 1, which is the state it begins with. Rows of channels nobody knows any more, and what cannot be read, are left out.
class World {
 public:
  explicit World(const state::KnownChannels& channels) : channels_(channels) {}

  /// To be called once, with the rows of one moment.
  [[nodiscard]] log::Past begin(const std::vector<Row>& rows);
  /// What the rows come to, which follow those before; null if nothing.
  [[nodiscard]] log::BatchPtr next(const std::vector<Row>& rows, Timestamp time);

  [[nodiscard]] state::Seq seq() const noexcept { return seq_; }

 private:
  void set(const state::Channel& channel, const Row& row);
  void remove(const state::Channel& channel, const Row& row);
  void say(const state::Channel& channel, const Row& row);
  /// Events of one batch of then are told where their entities are at its end.
  void stamp_events();
  /// The slot of what is there after it.
  std::uint32_t record(state::Change change, std::size_t bytes);

  const state::KnownChannels& channels_;
  state::State state_;
  state::Seq seq_ = 0;
  std::shared_ptr<log::Batch> batch_;                   // what is being made
  std::vector<std::shared_ptr<state::Event>> unstamped_;
};

}  // namespace starling::replay
