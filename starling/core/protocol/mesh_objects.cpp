#include "starling/core/protocol/mesh_objects.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

#include "starling/core/base/json.hpp"

namespace starling::protocol::mesh {
namespace {

struct Name {
  std::string_view channel;
  Kind kind;
};
constexpr std::array kNames{Name{"mesh:node", Kind::node},         Name{"mesh:position", Kind::position}, Name{"mesh:telemetry", Kind::telemetry},
                            Name{"mesh:presence", Kind::presence}, Name{"mesh:message", Kind::message},   Name{"mesh:raw", Kind::raw}};

/// What a field of ours is called there, and what it has to be: their clients take it for that without looking.
enum class Type : std::uint8_t { number, text, either };
struct Renamed {
  std::string_view field, member;
  Type type = Type::number;
};
constexpr std::array kNodeFields{Renamed{"num", "nodeNum"}, Renamed{"short_name", "shortName", Type::text}, Renamed{"long_name", "longName", Type::text}, Renamed{"hardware", "hwModel", Type::text},
                                 Renamed{"role", "role", Type::either}};
constexpr std::array kPowerFields{Renamed{"battery_percent", "batteryLevel"}, Renamed{"voltage_v", "voltage"}};
constexpr std::array kAirFields{Renamed{"channel_utilization_percent", "channelUtilization"}, Renamed{"air_utilization_percent", "airUtilTx"}, Renamed{"uptime_s", "uptime"},
                                Renamed{"temperature_c", "temperature"}};
constexpr std::array kPlaceFields{Renamed{"altitude_m", "altitude"}};
constexpr std::array kTextFields{Renamed{"text", "text", Type::text}};
constexpr std::array kPacketFields{Renamed{"nodeId", "nodeId", Type::text}};
constexpr std::array kRadioFields{Renamed{"snr_db", "snr"}, Renamed{"rssi_dbm", "rssi"}, Renamed{"hops_away", "hopsAway"}};

bool is_of(Type type, std::string_view value) noexcept {
  const json::Kind kind = json::kind_of(value);
  return (kind == json::Kind::number && type != Type::text) || (kind == json::Kind::string && type != Type::number);
}

/// The field's value if it is a whole number from 0.
template <class Find>
std::optional<std::int64_t> whole(Find&& find, std::string_view field) {
  const auto found = find(field);
  const auto number = found && is_of(Type::number, *found) ? json::integer(*found) : std::nullopt;
  return number && *number >= 0 ? number : std::nullopt;
}

/// The field's value if it is a text that says something, else this.
template <class Find>
std::string text_or(Find&& find, std::string_view field, std::string_view otherwise) {
  const auto found = find(field);
  std::string text = found && is_of(Type::text, *found) ? json::decode(*found) : std::string{};
  return text.empty() ? std::string{otherwise} : text;
}

constexpr std::int64_t kNoPacket = 0;  ///< ids are numbers from 1
constexpr std::string_view kNobody = "!00000000", kEverybody = "!ffffffff";

/// The members of one object, one after the other.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  void value(std::string_view name, std::string_view json) {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
    out_ += json;
  }
  void text(std::string_view name, std::string_view text) { value(name, json::quoted(text)); }
  void number(std::string_view name, std::int64_t number) { value(name, std::to_string(number)); }
  void milliseconds(std::string_view name, Timestamp time) { number(name, time.time_since_epoch().count()); }
  /// Those of `renamed` that `find` (of a field's name) finds, as they are; what is of another type is not known.
  template <class Find>
  void fields(std::span<const Renamed> renamed, Find&& find) {
    for (const Renamed& each : renamed) {
      if (const auto found = find(each.field); found && is_of(each.type, *found)) value(each.member, *found);
    }
  }

 private:
  std::string& out_;
};

auto fields_of(const state::Facet& facet) {
  return [&facet](std::string_view name) { return facet.fields.find(name); };
}

/// "!0a1b2c3d" as the number it is; 0: it is none.
std::uint32_t node_number(std::string_view id) noexcept {
  if (id.size() != 9 || id.front() != '!') return 0;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number, 16);
  return error == std::errc{} && end == id.data() + id.size() ? number : 0;
}

}  // namespace

Kind kind_of(const state::Channel& channel) noexcept {
  const auto found = std::ranges::find(kNames, channel.name, &Name::channel);
  return found == kNames.end() ? Kind::none : found->kind;
}

const state::Facet* find(const state::Entity& entity, Kind kind) noexcept {
  const auto found = std::ranges::find_if(entity.facets, [kind](const state::FacetPtr& facet) { return kind_of(*facet->channel) == kind; });
  return found == entity.facets.end() ? nullptr : found->get();
}

std::optional<Timestamp> last_heard(const state::Entity& entity) noexcept {
  std::optional<Timestamp> newest;
  for (const Kind kind : {Kind::node, Kind::position, Kind::telemetry}) {
    if (const state::Facet* facet = find(entity, kind)) newest = std::max(newest.value_or(facet->time), facet->time);
  }
  const state::Facet* presence = find(entity, Kind::presence);
  const auto said = presence != nullptr ? presence->fields.find("heard") : std::nullopt;
  const auto heard = said && json::kind_of(*said) == json::Kind::string ? parse_rfc3339(json::decode(*said)) : std::nullopt;
  return heard ? std::max(newest.value_or(*heard), *heard) : newest;
}

bool append_node(std::string& out, const state::Entity& entity) {
  const state::Facet* node = find(entity, Kind::node);
  if (node == nullptr) return false;
  Object object{out};
  object.text("id", entity.key());
  object.fields(kNodeFields, fields_of(*node));
  object.milliseconds("lastHeard", *last_heard(entity));
  if (const state::Facet* telemetry = find(entity, Kind::telemetry)) object.fields(kPowerFields, fields_of(*telemetry));
  return true;
}

bool append_position(std::string& out, const state::Entity& entity) {
  const state::Facet* position = find(entity, Kind::position);
  if (position == nullptr) return false;
  const auto latitude = position->fields.find("latitude"), longitude = position->fields.find("longitude");
  if (!latitude || !longitude || !is_of(Type::number, *latitude) || !is_of(Type::number, *longitude)) return false;
  Object object{out};
  object.number("id", whole(fields_of(*position), "packet_id").value_or(kNoPacket));
  object.text("nodeId", entity.key());
  object.value("latitude", *latitude);
  object.value("longitude", *longitude);
  object.fields(kPlaceFields, fields_of(*position));
  object.milliseconds("timestamp", position->time);
  return true;
}

bool append_telemetry(std::string& out, const state::Entity& entity) {
  const state::Facet* telemetry = find(entity, Kind::telemetry);
  if (telemetry == nullptr) return false;
  Object object{out};
  object.number("id", whole(fields_of(*telemetry), "packet_id").value_or(kNoPacket));
  object.text("nodeId", entity.key());
  object.milliseconds("timestamp", telemetry->time);
  object.fields(kPowerFields, fields_of(*telemetry));
  object.fields(kAirFields, fields_of(*telemetry));
  return true;
}

bool append_status(std::string& out, const state::Entity& entity) {
  const state::Facet* presence = find(entity, Kind::presence);
  if (presence == nullptr) return false;
  Object object{out};
  object.text("type", "node_status");
  object.text("nodeId", entity.key());
  object.value("online", presence->fields.find("online").value_or("false"));
  return true;
}

void append_gone(std::string& out, std::string_view key) {
  Object object{out};
  object.text("type", "node_status");
  object.text("nodeId", key);
  object.value("online", "false");
}

void append_message(std::string& out, const state::Event& event) {
  const auto find = [&event](std::string_view name) { return json::find(event.data, name); };
  const std::string from = text_or(find, "from", event.key ? std::string_view{*event.key} : kNobody), to = text_or(find, "to", kEverybody);
  Object object{out};
  object.number("id", whole(find, "id").value_or(kNoPacket));
  object.text("fromId", from);
  object.text("toId", to);
  object.number("channel", whole(find, "channel").value_or(0));
  object.fields(kTextFields, find);
  object.milliseconds("timestamp", event.time);
  object.fields(kRadioFields, find);
  // The same as their client reads it, for which both have to be numbers: else it loses all messages that are told with it.
  object.number("from", node_number(from));
  object.number("to", node_number(to));
  object.number("rxTime", std::chrono::floor<std::chrono::seconds>(event.time).time_since_epoch().count());
  std::string payload;
  {
    Object inner{payload};
    inner.fields(kTextFields, find);
  }
  object.value("payload", payload);
}

bool append_packet(std::string& out, const state::Event& event) {
  const auto find = [&event](std::string_view name) { return json::find(event.data, name); };
  const auto id = whole(find, "id"), timestamp = whole(find, "timestamp");
  const auto is_text = [&find](std::string_view name) {
    const auto found = find(name);
    return found && is_of(Type::text, *found);
  };
  if (!id || *id == kNoPacket || !timestamp || !is_text("topic") || !is_text("payload") || !is_text("parsedType")) return false;
  Object object{out};
  object.number("id", *id);
  object.value("topic", *find("topic"));
  object.value("payload", *find("payload"));
  object.number("timestamp", *timestamp);
  object.value("parsedType", *find("parsedType"));
  object.fields(kPacketFields, find);
  if (const auto data = find("data")) object.value("data", *data);
  return true;
}

}  // namespace starling::protocol::mesh
