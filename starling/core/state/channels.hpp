/// @file
/// The channels there are: those declared, and those a first publish made.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/state/channel.hpp"
#include "starling/core/state/refusal.hpp"

namespace starling::state {

struct ChannelsOptions {
  std::size_t channels_max = 1000;
  bool declared_only = false;  ///< true: an undeclared channel is refused instead of made
};

/// The channels somebody knows, by name. The hub knows all there are; a shard those declared and those of the batches it has taken.
class KnownChannels {
 public:
  [[nodiscard]] const Channel* find(std::string_view name) const noexcept;
  /// In order of first use; the declared ones first.
  [[nodiscard]] const std::vector<const Channel*>& all() const noexcept { return all_; }
  /// One more, with the next index. It outlives this.
  void add(const Channel& channel);

 private:
  std::vector<const Channel*> all_;
  std::unordered_map<std::string_view, const Channel*> by_name_;  // names stand in the channels
};

/// Belongs to the hub. Channels are never taken away: a `const Channel*` stays valid as long as this does.
class Channels final : public KnownChannels {
 public:
  Channels(ChannelsOptions options, const std::vector<ChannelDeclaration>& declarations);
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  /// Whether `open` would succeed; makes nothing.
  [[nodiscard]] Result<void, Refusal> check(std::string_view name) const noexcept;
  /// Finds it, or makes a state channel of that name.
  [[nodiscard]] Result<const Channel*, Refusal> open(std::string_view name);
  /// The index of a channel's space, if any channel of it is in use.
  [[nodiscard]] std::optional<std::uint32_t> space_index_of(std::string_view channel_name) const;

 private:
  using KnownChannels::add;  // what is here, it has made itself
  const Channel& make(ChannelDeclaration declaration, bool declared);

  ChannelsOptions options_;
  std::vector<std::unique_ptr<const Channel>> made_;
  std::unordered_map<std::string, std::uint32_t> space_indexes_;
};

}  // namespace starling::state
