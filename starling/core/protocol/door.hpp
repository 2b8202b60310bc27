/// @file
/// Where a dialect other than the native one is spoken: a path, and what is shown there (docs/DOORS.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace starling::protocol {

enum class DialectName : std::uint8_t { event, event_flat, mesh };

/// "event", "event-flat", "mesh".
[[nodiscard]] std::string_view to_text(DialectName name) noexcept;
[[nodiscard]] std::optional<DialectName> dialect_named(std::string_view text) noexcept;

/// A channel that a door shows, and what it is called there.
struct DoorChannel {
  std::string channel;
  std::string event_name;
};

struct DoorOptions {
  std::string path;  ///< "/ws/updates"
  DialectName dialect = DialectName::event;
  std::vector<DoorChannel> channels = {};          ///< in the order they are told in; of `mesh` none: its own are known
  std::optional<std::size_t> message_bytes = {};  ///< of a client's message; nullopt: as everywhere
};

/// The doors that are there if nobody says otherwise.
[[nodiscard]] std::vector<DoorOptions> default_doors();
/// What a door of this dialect shows if nothing is said of that.
[[nodiscard]] std::vector<DoorChannel> default_channels(DialectName dialect);

}  // namespace starling::protocol
