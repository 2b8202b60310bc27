/// @file
/// What a channel is: `space:facet`, and how its records or events are treated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "starling/core/base/time.hpp"

namespace starling::state {

enum class ChannelKind : std::uint8_t { state, event };
enum class Priority : std::uint8_t { normal, critical };

/// What the configuration says of a channel; the defaults are those of a channel nobody declared.
struct ChannelDeclaration {
  std::string name;  ///< "space:facet"
  ChannelKind kind = ChannelKind::state;
  /// The fields of latitude and longitude; `latitude` and `longitude` if not declared.
  std::optional<std::pair<std::string, std::string>> location;
  Priority priority = Priority::normal;
  Duration event_pace = std::chrono::milliseconds{10};  ///< events: how long one may wait for company; 0: at once
  bool hidden = false;                                  ///< wildcards leave it out
  /// State: a facet goes that long after its newest report came; nullopt: it stays.
  std::optional<Duration> ttl;
  std::uint32_t keep = 50;  ///< events: so many of the last ones stay in memory for those who ask for recent ones
  std::optional<Duration> history;  ///< for how long a store keeps it, 0: not at all; nullopt: as the store does otherwise
  /// State: of each key history has a row only when this has passed since the last one, or it has moved so far; nullopt: one for every change.
  std::optional<Duration> history_every;
  std::optional<double> history_distance_m;
  bool built_in = false;    ///< the server says what is in it, and nobody else may
};

/// What the configuration says of a space.
struct SpaceDeclaration {
  std::string name;
  /// A key that is silent for so long is offline, and `space:presence` says so; nullopt: nobody asks.
  std::optional<Duration> offline_after = {};
};

/// A channel in use. Made once, never changed, lives as long as the hub: pointers to it cross threads freely.
struct Channel : ChannelDeclaration {
  std::uint32_t index = 0;        ///< dense, in order of first use
  std::uint32_t space_index = 0;  ///< dense, in order of first use
  bool declared = false;

  [[nodiscard]] std::string_view space() const noexcept { return std::string_view{name}.substr(0, name.find(':')); }
  [[nodiscard]] std::string_view facet() const noexcept { return std::string_view{name}.substr(name.find(':') + 1); }
};

/// Of a space's name, and of a facet's: so what stands around a record in a frame is bounded, whoever names a channel.
inline constexpr std::size_t kChannelPartBytesMax = 128;
/// `space:facet`, each 1–128 of `[a-z0-9_.-]`.
[[nodiscard]] bool is_channel_name(std::string_view name) noexcept;

/// 1–256 bytes of UTF-8 without control characters.
[[nodiscard]] bool is_key(std::string_view key) noexcept;

}  // namespace starling::state
