/// @file
/// `POST /ws/broadcast?event_type=NAME`: as the backend of Heimdall SDR takes it, says something on the channels of the `event-flat` doors.
///
/// Of an event channel the body is the event. Of a state channel it is the whole map, key → record: what this shard knows beside it is removed. All of it is
/// applied in one go, so there is a bound on both.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/protocol/door.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/core/state/channels.hpp"
#include "starling/core/state/state.hpp"
#include "starling/core/state/update.hpp"
#include "starling/server/routes/given.hpp"

namespace starling::routes {

inline constexpr Parameter kEventType{
    .name = "event_type",
    .kind = Text{.bytes_min = 1},
    .doc = "A channel of an `event-flat` door, what the door calls one, or `health_status`, `signal_detection` or `localization_result`, as the old backend called them.",
    .is_required = true,
    .example = R"("signals:detected")"};

inline constexpr std::size_t kBroadcastBytesMax = 256 << 10;
inline constexpr std::size_t kBroadcastKeysMax = 10'000;  ///< said and removed

/// By which names the channels of the `event-flat` doors are called.
class BroadcastNames {
 public:
  explicit BroadcastNames(const std::vector<protocol::DoorOptions>& doors);

  /// Null: there is none of this name.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  /// "a, b, c", or "none": for whoever asked for another.
  [[nodiscard]] std::string all() const;

 private:
  void add(std::string_view name, std::string_view channel);

  struct Named {
    std::string name, channel;
  };
  std::vector<Named> named_;  // in the order of the doors, each name once
};

/// What a broadcast says, as updates. `channels` and `state` are what is known now.
[[nodiscard]] Result<std::vector<state::Update>, protocol::Error> read_broadcast(std::string_view body, const std::optional<std::string>& event_type, const BroadcastNames& names,
                                                                                 const state::KnownChannels& channels, const state::State& state);

[[nodiscard]] http::Response broadcasted(std::string_view event_type, std::uint64_t clients);

}  // namespace starling::routes
