/// @file
/// Every message of the broker as it came, as events of mesh:raw:
///
///     {"id":1,"topic":"msh/…","payload":"eyJmcm9t…","timestamp":1795251600000,"parsedType":"position",
///      "nodeId":"!7efeee00","data":{"latitude_i":387000001,…}}
///
///     id          counts what this source repeated, from 1
///     payload     the message's, in Base64
///     timestamp   when it came, in ms since 1970
///     parsedType  the packet's own word for its type; "encrypted" of one that its gateway could not read; else
///                 "unknown"
///     nodeId      whom it is from, where that can be told; the key of the event as well
///     data        the packet's member `payload`
///
/// The names are those of the map that shows them (docs/DOORS.md, `mqtt_raw`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "starling/core/base/time.hpp"
#include "starling/core/state/update.hpp"

namespace starling::sources::meshtastic {

/// Of an event: what a record may have where the operator says nothing else (`limits.record_bytes`). A packet is a few
/// hundred bytes.
inline constexpr std::size_t kRawBytesMax = 64 << 10;

class RawPackets {
 public:
  /// The event of one message, nothing if it would be over `kRawBytesMax`. `packet` is the payload as a compact object,
  /// empty where it is none or the topic is not one of packets in JSON.
  [[nodiscard]] std::optional<state::Update> repeat(std::string_view topic, std::string_view payload,
                                                    std::string_view packet, Timestamp now);

 private:
  std::uint64_t repeated_ = 0;
};

}  // namespace starling::sources::meshtastic
