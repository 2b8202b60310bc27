/// @file
/// Faults to plant where frames, batches and messages pass, so that the judge is judged: each must be found.
///
/// A plant strikes now and then, not every time, and only where striking makes a difference to what passes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sim/dice.hpp"
#include "starling/core/log/batch.hpp"

namespace starling::sim {

struct PlantKind {
  int number;
  std::string_view what;
};

/// All there are, by number from 1.
[[nodiscard]] std::span<const PlantKind> plants() noexcept;

/// The one planted in a run; number 0 lets everything pass as it is.
class Plant {
 public:
  Plant(int number, std::uint64_t seed) noexcept : number_(number), random_(seed) {}

  /// A batch on its way to a shard.
  [[nodiscard]] log::BatchPtr batch(log::BatchPtr batch);
  /// A message on its way to a viewer; nullopt: it is lost. `is_lagging`: earlier ones wait unread.
  [[nodiscard]] std::optional<std::string> frame(int viewer, std::string_view payload, bool is_lagging);
  /// Whether what a client at a door would be told now is lost.
  [[nodiscard]] bool loses_at_door() { return number_ == 14 && strikes(); }
  /// Whether the last batch before a clean stop is lost to the state that is kept, though not to the log.
  [[nodiscard]] bool loses_at_stop() { return number_ == 15 && strikes(); }
  /// The seq of a reader's cursor on its way from it.
  [[nodiscard]] log::Seq since(log::Seq seq);
  /// A message on its way from a viewer.
  [[nodiscard]] std::string said(int viewer, std::string message);

 private:
  using Subscription = std::pair<int, std::string>;  ///< viewer, id as written
  [[nodiscard]] std::string stale(const Subscription& to, std::string_view update);
  [[nodiscard]] std::string after_pan(const Subscription& to, std::string_view message);
  [[nodiscard]] std::string ahead(int viewer, std::string_view progress) const;
  [[nodiscard]] std::string told_again(const Subscription& to, std::string_view update);
  [[nodiscard]] std::string for_another_key(const Subscription& to, std::string_view update);
  [[nodiscard]] bool strikes() noexcept { return random_.chance(kRate); }

  static constexpr double kRate = 0.1;

  int number_;
  Dice random_;
  log::Seq newest_ = 0;
  std::set<Subscription> paused_, boxed_, panned_;
  std::map<Subscription, std::string> last_;                           // the channels of its last update
  std::map<std::pair<Subscription, std::string>, std::string> named_;  // by channel: the key patched last, or the event told last
};

}  // namespace starling::sim
