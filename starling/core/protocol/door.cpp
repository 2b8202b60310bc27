#include "starling/core/protocol/door.hpp"

#include <utility>

namespace starling::protocol {

std::string_view to_text(DialectName name) noexcept {
  switch (name) {
    case DialectName::event: return "event";
    case DialectName::event_flat: return "event-flat";
    case DialectName::mesh: return "mesh";
  }
  return "";
}

std::optional<DialectName> dialect_named(std::string_view text) noexcept {
  for (const DialectName name : {DialectName::event, DialectName::event_flat, DialectName::mesh}) {
    if (text == to_text(name)) return name;
  }
  return std::nullopt;
}

std::vector<DoorOptions> default_doors() {
  std::vector<DoorOptions> doors;
  for (const auto& [path, dialect] : {std::pair{"/ws/updates", DialectName::event}, std::pair{"/ws", DialectName::event_flat}, std::pair{"/api/ws", DialectName::mesh}}) {
    doors.push_back({.path = path, .dialect = dialect, .channels = default_channels(dialect)});
  }
  return doors;
}

std::vector<DoorChannel> default_channels(DialectName dialect) {
  if (dialect == DialectName::mesh) return {};
  const char* const receivers = dialect == DialectName::event_flat ? "websdrs_update" : "websdrs:status";  // what the later backend calls them
  return {{"services:health", "services:health"},
          {"websdrs:status", receivers},
          {"signals:detected", "signals:detected"},
          {"localizations:updated", "localizations:updated"}};
}

}  // namespace starling::protocol
