#include "starling/sources/meshtastic/meshtastic.hpp"

#include <algorithm>
#include <iterator>

#include "starling/core/base/json.hpp"
#include "starling/sources/decimal.hpp"
#include "starling/sources/meshtastic/names.hpp"
#include "starling/sources/meshtastic/packet.hpp"

namespace starling::sources::meshtastic {
namespace {

using Reason = DecodeError::Reason;

// Ten minutes outlast the retries of every gateway; a mesh's chat is a few lines a minute.
constexpr std::size_t kHeardMax = 1024;
constexpr std::chrono::minutes kHeardFor{10};

// A clock that was never set counts from 1970 (or from the firmware's build); the project's first release is of 2020.
constexpr std::int64_t kClockSetFrom_s = 1'577'836'800;  // 2020-01-01

constexpr std::int64_t kLatitudeMax_i = 900'000'000;

Unexpected<DecodeError> fail(Reason reason, std::string field = {}) {
  return Unexpected{DecodeError{reason, std::move(field)}};
}

bool is_number(std::string_view value) { return json::kind_of(value) == json::Kind::number; }

/// The payload as a compact object.
Result<std::string, DecodeError> object_of(std::string_view payload) {
  auto text = json::compact(payload);
  if (!text) return fail(Reason::not_json);
  if (json::kind_of(*text) != json::Kind::object) return fail(Reason::not_object);
  return std::move(*text);
}

std::optional<Timestamp> time_of(std::optional<std::int64_t> seconds) {
  if (!seconds || *seconds < kClockSetFrom_s) return std::nullopt;
  return Timestamp{std::chrono::seconds{*seconds}};
}

void append_member(std::string& fields, std::string_view name, std::string_view value) {
  fields += fields.empty() ? '{' : ',';
  json::append_string(fields, name);
  fields += ':';
  fields += value;
}

/// 0 is an id that was never given.
void append_packet_id(std::string& fields, std::optional<std::uint32_t> id) {
  if (id.value_or(0) != 0) append_member(fields, "packet_id", std::to_string(*id));
}

state::Update update_of(std::string_view channel, std::uint32_t from, std::string fields,
                        std::optional<Timestamp> time) {
  fields += '}';
  state::Update update;
  update.channel = channel;
  update.key = node_key(from);
  update.data = std::move(fields);
  update.time = time;
  return update;
}

std::vector<state::Update> only(state::Update update) {
  std::vector<state::Update> updates;
  updates.push_back(std::move(update));
  return updates;
}

/// km/h as m/s in hundredths, from which the km/h can still be told.
std::string metres_per_second(std::int64_t kilometres_per_hour) {
  return shifted(std::to_string((kilometres_per_hour * 1000 + 18) / 36), -2);
}

struct Name {
  std::string_view theirs, ours;
};
constexpr Name kTelemetryNames[] = {
    {"battery_level", "battery_percent"},
    {"voltage", "voltage_v"},
    {"channel_utilization", "channel_utilization_percent"},
    {"air_util_tx", "air_utilization_percent"},
    {"uptime_seconds", "uptime_s"},
    {"temperature", "temperature_c"},
    {"relative_humidity", "humidity_percent"},
    {"barometric_pressure", "pressure_hpa"},
    {"current", "sensor_current_ma"},
    {"wind_speed", "wind_speed_mps"},
    {"wind_gust", "wind_gust_mps"},
    {"wind_lull", "wind_lull_mps"},
    {"wind_direction", "wind_direction_deg"},
    {"distance", "distance_mm"},
    {"weight", "weight_kg"},
};
constexpr std::string_view kDeviceMetrics[] = {"battery_level", "channel_utilization", "air_util_tx",
                                               "uptime_seconds"};

}  // namespace

MeshtasticDecoder::MeshtasticDecoder(MeshtasticOptions options) {
  if (options.raw) raw_.emplace();
}

Result<void, DecodeError> MeshtasticDecoder::decode(std::string_view topic, std::string_view payload, bool retained,
                                                    Timestamp now, std::vector<state::Update>& updates) {
  if (payload.empty()) return {};
  const auto gateway = gateway_of(topic);
  const auto packet = gateway ? object_of(payload) : std::string{};
  Decoded said = std::vector<state::Update>{};
  if (!packet) {
    said = Unexpected{packet.error()};
  } else if (gateway) {
    said = updates_of(*packet, *gateway, now);
  }
  if (said) {
    for (state::Update& update : *said) update.retained = retained;
    std::ranges::move(*said, std::back_inserter(updates));
  }
  // What the broker kept was said before: nobody says it now.
  if (raw_ && !retained) {
    auto event = raw_->repeat(topic, payload, packet ? std::string_view{*packet} : std::string_view{}, now);
    if (event) updates.push_back(std::move(*event));
  }
  if (!said) return Unexpected{said.error()};
  return {};
}

MeshtasticDecoder::Decoded MeshtasticDecoder::updates_of(std::string_view text, std::string_view gateway,
                                                         Timestamp now) {
  // Firmware leaves `type` out or empty for packets it cannot show (encrypted ones, unknown ports).
  const auto type_value = json::find(text, "type");
  if (!type_value) return std::vector<state::Update>{};
  if (json::kind_of(*type_value) != json::Kind::string) return fail(Reason::wrong_type, "type");
  const std::string type = json::decode(*type_value);
  if (type != "nodeinfo" && type != "position" && type != "telemetry" && type != "text")
    return std::vector<state::Update>{};

  Packet packet;
  packet.text = text;
  packet.gateway = gateway;
  const auto from = originator_of(text);
  if (!from) return Unexpected{from.error()};
  packet.from = *from;
  const auto id = whole_of(text, "id", "");
  if (!id) return Unexpected{id.error()};
  if (*id) packet.id = static_cast<std::uint32_t>(**id);
  const auto timestamp = whole_of(text, "timestamp", "");
  if (!timestamp) return Unexpected{timestamp.error()};
  packet.time = time_of(*timestamp);
  const auto inner = json::find(text, "payload");
  if (!inner) return fail(Reason::missing, "payload");
  packet.payload = *inner;
  if (type != "text" && json::kind_of(*inner) != json::Kind::object) return fail(Reason::wrong_type, "payload");

  return type == "nodeinfo"    ? nodeinfo(packet)
         : type == "position"  ? position(packet)
         : type == "telemetry" ? telemetry(packet)
                               : this->text(packet, now);
}

MeshtasticDecoder::Decoded MeshtasticDecoder::nodeinfo(const Packet& packet) {
  std::string fields;
  append_member(fields, "num", std::to_string(packet.from));
  for (const Name& name : {Name{"longname", "long_name"}, Name{"shortname", "short_name"}}) {
    const auto value = json::find(packet.payload, name.theirs);
    if (!value || json::kind_of(*value) == json::Kind::null) continue;
    if (json::kind_of(*value) != json::Kind::string)
      return fail(Reason::wrong_type, "payload." + std::string{name.theirs});
    append_member(fields, name.ours, *value);
  }
  // The firmware writes these two as the numbers of their enumerations, translators as names. Ours are always
  // strings.
  for (const std::string_view name : {"hardware", "role"}) {
    const auto value = json::find(packet.payload, name);
    if (!value || json::kind_of(*value) == json::Kind::null) continue;
    if (json::kind_of(*value) == json::Kind::string) {
      append_member(fields, name, *value);
      continue;
    }
    const auto number = whole_of(packet.payload, name, "payload.");
    if (!number) return Unexpected{number.error()};
    const auto known = name == "role" ? role_name(**number) : hardware_name(**number);
    append_member(fields, name, json::quoted(known ? std::string{*known} : std::to_string(**number)));
  }
  return only(update_of("mesh:node", packet.from, std::move(fields), packet.time));
}

MeshtasticDecoder::Decoded MeshtasticDecoder::position(const Packet& packet) {
  const auto whole = [&packet](std::string_view name) { return whole_of(packet.payload, name, "payload."); };
  const auto latitude_i = whole("latitude_i");
  if (!latitude_i) return Unexpected{latitude_i.error()};
  const auto longitude_i = whole("longitude_i");
  if (!longitude_i) return Unexpected{longitude_i.error()};
  if (!*latitude_i) return std::vector<state::Update>{};  // a node without a fix tells the time and no place
  if (!*longitude_i) return fail(Reason::missing, "payload.longitude_i");
  if (**latitude_i < -kLatitudeMax_i || **latitude_i > kLatitudeMax_i)
    return fail(Reason::out_of_range, "payload.latitude_i");

  std::string fields;
  append_member(fields, "latitude", shifted(std::to_string(**latitude_i), -7));
  append_member(fields, "longitude", shifted(std::to_string(**longitude_i), -7));
  const auto altitude_m = whole("altitude");
  if (!altitude_m) return Unexpected{altitude_m.error()};
  if (*altitude_m) append_member(fields, "altitude_m", std::to_string(**altitude_m));
  const auto speed_kmh = whole("ground_speed");
  if (!speed_kmh) return Unexpected{speed_kmh.error()};
  if (*speed_kmh) append_member(fields, "speed_mps", metres_per_second(**speed_kmh));
  const auto track = whole("ground_track");
  if (!track) return Unexpected{track.error()};
  if (*track) append_member(fields, "bearing_deg", shifted(std::to_string(**track), -5));
  for (const Name& name : {Name{"sats_in_view", "satellites"}, Name{"precision_bits", "precision_bits"}}) {
    const auto value = whole(name.theirs);
    if (!value) return Unexpected{value.error()};
    if (*value) append_member(fields, name.ours, std::to_string(**value));
  }
  const auto fix_time = whole("time");
  if (!fix_time) return Unexpected{fix_time.error()};
  const auto time = time_of(*fix_time);
  append_packet_id(fields, packet.id);

  state::Update update = update_of("mesh:position", packet.from, std::move(fields), time ? time : packet.time);
  // A position is whole, and what is zero is left out: a node that stops sends no ground_speed, and must not keep its
  // last.
  update.operation = state::Operation::replace;
  return only(std::move(update));
}

MeshtasticDecoder::Decoded MeshtasticDecoder::telemetry(const Packet& packet) {
  // A node's own voltage and that of a sensor it reads come under one name, in packets of their own.
  const bool is_device =
      std::any_of(std::begin(kDeviceMetrics), std::end(kDeviceMetrics),
                  [&packet](std::string_view name) { return json::find(packet.payload, name).has_value(); });
  std::string fields;
  for (const json::Member& member : json::Members{packet.payload}) {
    const std::string theirs = json::decode_inside(member.name);
    const auto* known = std::find_if(std::begin(kTelemetryNames), std::end(kTelemetryNames),
                                     [&](const Name& name) { return name.theirs == theirs; });
    if (!is_number(member.value)) {
      if (known == std::end(kTelemetryNames) || json::kind_of(member.value) == json::Kind::null) continue;
      return fail(Reason::wrong_type, "payload." + theirs);
    }
    if (theirs == "voltage" && !is_device) {
      append_member(fields, "sensor_voltage_v", member.value);
    } else {
      append_member(fields, known == std::end(kTelemetryNames) ? std::string_view{theirs} : known->ours,
                    member.value);
    }
  }
  if (fields.empty()) return std::vector<state::Update>{};
  append_packet_id(fields, packet.id);
  return only(update_of("mesh:telemetry", packet.from, std::move(fields), packet.time));
}

MeshtasticDecoder::Decoded MeshtasticDecoder::text(const Packet& packet, Timestamp now) {
  const auto to = whole_of(packet.text, "to", "");
  if (!to) return Unexpected{to.error()};
  const auto channel = whole_of(packet.text, "channel", "");
  if (!channel) return Unexpected{channel.error()};

  // The firmware puts a line that happens to be JSON (42, true, {"a":1}) in place of the payload: the line is its
  // text.
  std::string text;
  const json::Kind kind = json::kind_of(packet.payload);
  const auto inner = kind == json::Kind::object ? json::find(packet.payload, "text") : std::nullopt;
  if (inner) {
    if (json::kind_of(*inner) != json::Kind::string) return fail(Reason::wrong_type, "payload.text");
    text = *inner;
  } else if (kind == json::Kind::string) {
    text = packet.payload;
  } else {
    text = json::quoted(packet.payload);
  }

  std::string fields;
  append_member(fields, "from", json::quoted(node_key(packet.from)));
  append_member(fields, "to", json::quoted(node_key(*to ? static_cast<std::uint32_t>(**to) : kEverybody)));
  if (*channel) append_member(fields, "channel", std::to_string(**channel));
  append_member(fields, "text", text);
  if (packet.id) append_member(fields, "id", std::to_string(*packet.id));
  append_member(fields, "gateway", json::quoted(packet.gateway));
  for (const Name& name : {Name{"rssi", "rssi_dbm"}, Name{"snr", "snr_db"}, Name{"hops_away", "hops_away"}}) {
    const auto value = json::find(packet.text, name.theirs);
    if (value && is_number(*value)) append_member(fields, name.ours, *value);
  }
  if (packet.id.value_or(0) != 0 && is_repeat(packet.from, *packet.id, now))
    return std::vector<state::Update>{};
  return only(update_of("mesh:message", packet.from, std::move(fields), packet.time));
}

bool MeshtasticDecoder::is_repeat(std::uint32_t from, std::uint32_t id, Timestamp now) {
  while (!heard_.empty() && now - heard_.front().at >= kHeardFor) heard_.pop_front();
  const bool repeat = std::any_of(heard_.begin(), heard_.end(),
                                  [&](const Heard& heard) { return heard.from == from && heard.id == id; });
  if (repeat) return true;
  if (heard_.size() == kHeardMax) heard_.pop_front();
  heard_.push_back({from, id, now});
  return false;
}

}  // namespace starling::sources::meshtastic
