#include "starling/server/config/read_doors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "starling/core/protocol/client_message.hpp"
#include "starling/core/state/channel.hpp"

namespace starling::config {
namespace {

using protocol::DialectName;
using protocol::DoorChannel;
using protocol::DoorOptions;

constexpr Range<std::uint64_t> kMessageBytes{1 << 10, 1 << 30};
constexpr std::size_t kPathBytesMax = 256;
constexpr std::size_t kEventNameBytesMax = 256;

/// What a request's path can be, as it stands in the request line.
bool is_path(std::string_view path) {
  return path.size() > 1 && path.size() <= kPathBytesMax && path.front() == '/' &&
         std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '%'; });
}

std::string read_path(Section& section, Place place) {
  if (section.find("path") == nullptr) section.fail(place, "path", R"(is missing; write one like "/ws/updates")");
  const auto path = section.text("path");
  if (!path) return {};
  if (path->text.value == "/live") {
    section.fail(path->place, "path", R"(is the native door's; choose one like "/ws/updates")");
  } else if (!is_path(path->text.value)) {
    section.fail(path->place, "path", fmt::format(R"(must be a path like "/ws/updates", of printable ASCII without ?, # and %, up to {} bytes, not {})", kPathBytesMax, quoted(path->text.written)));
  }
  return path->text.value;
}

std::vector<DoorChannel> read_channels(Section& section, DialectName dialect) {
  const auto texts = section.texts("channels");
  if (dialect == DialectName::mesh) {
    if (texts) section.fail(section.find("channels")->place, "channels", R"(is for dialect = "event" and "event-flat" only; "mesh" shows the space mesh)");
    return {};
  }
  if (!texts) return protocol::default_channels(dialect);
  const Place place = section.find("channels")->place;
  if (texts->empty() || texts->size() > protocol::kChannelsPerSubscriptionMax) {
    section.fail(place, "channels", fmt::format("must name 1 to {} channels", protocol::kChannelsPerSubscriptionMax));
  }
  std::vector<DoorChannel> channels;
  for (const PlacedText& text : *texts) {
    const std::string& name = text.text.value;
    if (!state::is_channel_name(name)) {
      section.fail(text.place, "channels", fmt::format(R"(must be names like "services:health", without wildcards, not {})", quoted(text.text.written)));
    } else if (std::ranges::find(channels, name, &DoorChannel::channel) != channels.end()) {
      section.fail(text.place, "channels", fmt::format("{} is there twice", quoted(text.text.written)));
    }
    channels.push_back({name, name});
  }
  return channels;
}

void read_names(Section& section, DoorOptions& door) {
  const Table* names = section.table("names");
  if (names == nullptr) return;
  if (door.dialect == DialectName::mesh) {
    section.fail(section.find("names")->place, "names", R"(is for dialect = "event" and "event-flat" only)");
    return;
  }
  for (const Entry& entry : *names) {
    const auto channel = std::ranges::find(door.channels, entry.key, &DoorChannel::channel);
    const auto* name = std::get_if<Text>(&entry.value.held);
    if (channel == door.channels.end()) {
      section.fail(entry.value.place, "names", fmt::format("{} is not one of this door's channels", quoted(entry.key)));
    } else if (name == nullptr || name->value.empty() || name->value.size() > kEventNameBytesMax) {
      section.fail(entry.value.place, "names", fmt::format(R"(must be texts of 1 to {} bytes, like "websdrs_update")", kEventNameBytesMax));
    } else {
      channel->event_name = name->value;
    }
  }
  std::unordered_set<std::string_view> seen;
  for (const DoorChannel& channel : door.channels) {
    if (!seen.insert(channel.event_name).second) {
      section.fail(section.find("names")->place, "names", fmt::format("{} is what two channels would be called", quoted(channel.event_name)));
    }
  }
}

/// Null: the door is shut.
std::optional<DialectName> read_dialect(Section& section, Place place, bool& is_off) {
  enum class Word : std::uint8_t { event, event_flat, mesh, off };
  if (section.find("dialect") == nullptr) section.fail(place, "dialect", R"(is missing; it is "event", "event-flat", "mesh" or "off")");
  const auto word = section.one_of<Word>("dialect", {{"event", Word::event}, {"event-flat", Word::event_flat}, {"mesh", Word::mesh}, {"off", Word::off}});
  is_off = word == Word::off;
  if (!word || is_off) return std::nullopt;
  return *word == Word::event ? DialectName::event : *word == Word::event_flat ? DialectName::event_flat : DialectName::mesh;
}

}  // namespace

std::vector<DoorOptions> read_doors(Section& top, ErrorList& errors) {
  std::vector<DoorOptions> doors = protocol::default_doors();
  std::unordered_set<std::string> paths;
  for (const auto& [place, table] : top.tables("door")) {
    Section section{"door", "[[door]]", *table, errors};
    DoorOptions door{.path = read_path(section, place)};
    if (!door.path.empty() && !paths.insert(door.path).second) section.fail(section.find("path")->place, "path", fmt::format("{} is there twice", quoted(door.path)));
    bool is_off = false;
    const auto dialect = read_dialect(section, place, is_off);
    door.dialect = dialect.value_or(DialectName::event);
    door.channels = read_channels(section, door.dialect);
    read_names(section, door);
    if (const auto bytes = section.size("message_bytes", kMessageBytes)) door.message_bytes = static_cast<std::size_t>(*bytes);
    section.finish();
    std::erase_if(doors, [&door](const DoorOptions& earlier) { return earlier.path == door.path; });
    if (!is_off) doors.push_back(std::move(door));
  }
  return doors;
}

}  // namespace starling::config
