/// @file
/// How long the history of each channel is kept: as long as its declaration says, or else as the store keeps all others.
///
/// Channels that are kept as long as each other are pruned together, as a class. Gaps concern every channel: they are of the class that is kept longest.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "starling/core/state/channel.hpp"
#include "starling/io/store/queries.hpp"

namespace starling {

class Retention {
 public:
  /// `others`: of channels that do not say; nullopt, as 0: none.
  Retention(std::optional<Duration> others, std::span<const state::ChannelDeclaration> channels);

  /// What is built in says what the other channels' reports come to, again and again.
  [[nodiscard]] bool keeps(const state::Channel& channel) const noexcept { return !channel.built_in && channel.history.value_or(others_) > Duration::zero(); }
  /// Whether there is any channel of which history is kept, or could be.
  [[nodiscard]] bool keeps_any() const noexcept;

  /// How many classes there are; one at least.
  [[nodiscard]] std::size_t classes() const noexcept { return classes_.size(); }
  /// What has to be done for one of them. It borrows from here.
  [[nodiscard]] store::PruneStep step(std::size_t number, Timestamp now, std::size_t rows_max) const;

 private:
  struct Class {
    Duration kept;
    std::vector<std::string> channels;
    bool are_others = false;  ///< all but `channels`
  };

  Duration others_;
  std::vector<Class> classes_;  // the last: those that do not say
};

}  // namespace starling
