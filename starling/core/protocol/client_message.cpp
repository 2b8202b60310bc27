#include "starling/core/protocol/client_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/bounds.hpp"
#include "starling/core/protocol/object_reader.hpp"
#include "starling/core/state/channel.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::protocol {
namespace {

std::string_view to_text(json::Error error) noexcept {
  switch (error) {
    case json::Error::syntax: return "not JSON";
    case json::Error::utf8: return "not UTF-8";
    case json::Error::lone_surrogate: return "half a surrogate pair";
    case json::Error::too_deep: return "more than 64 levels deep";
  }
  return "";
}

std::uint32_t read_id(ObjectReader& reader) {
  const auto id = reader.integer("id");
  if (!id && !reader.has_failed()) reader.fail(ErrorCode::bad_message, "id", "id is missing");
  if (id && (*id < 1 || *id > std::numeric_limits<std::uint32_t>::max())) {
    reader.fail(ErrorCode::bad_message, "id", "id must be a whole number from 1 to 4294967295");
    return 0;
  }
  return static_cast<std::uint32_t>(id.value_or(0));
}

/// What an answer gives back, whatever the message.
std::optional<std::string> find_ref(const ObjectReader& reader) {
  const auto ref = reader.any("ref");
  if (!ref || ref->size() > kRefBytesMax) return std::nullopt;
  const json::Kind kind = json::kind_of(*ref);
  return kind == json::Kind::string || kind == json::Kind::number ? std::optional{std::string{*ref}} : std::nullopt;
}

/// The same for the messages that are answered with it: one that is no ref is a mistake.
std::optional<std::string> read_ref(ObjectReader& reader) {
  const auto ref = find_ref(reader);
  if (!ref && reader.any("ref")) reader.fail(ErrorCode::bad_message, "ref", fmt::format("ref must be a string or a number, of at most {} bytes as it is written", kRefBytesMax));
  return ref;
}

/// The name is the client's: of a long one the beginning, up to a whole character.
std::string path_of(const view::WhereError& error) {
  std::size_t bytes = std::min(error.name.size(), kNameShownBytesMax);
  while (bytes < error.name.size() && bytes > 0 && (static_cast<unsigned char>(error.name[bytes]) & 0xC0) == 0x80) --bytes;
  return bytes == 0 ? "where" : "where." + error.name.substr(0, bytes);
}

view::Filter read_filter(std::string_view object, ObjectReader& outer) {
  ObjectReader reader{object, "filter"};
  view::Filter filter;
  filter.keys = reader.strings("keys");
  if (filter.keys && filter.keys->size() > kFilterKeysMax) {
    reader.fail(ErrorCode::bad_filter, "keys", fmt::format("a filter names at most {} keys", kFilterKeysMax));
  }
  if (filter.keys && !std::ranges::all_of(*filter.keys, state::is_key)) {
    reader.fail(ErrorCode::bad_filter, "keys", "a key has 1 to 256 bytes and no control characters");
  }
  if (const auto bounds = reader.object("bounds")) filter.bounds = read_bounds(*bounds, reader);
  filter.unlocated = reader.boolean("unlocated").value_or(false);
  if (const auto conditions = reader.object("where")) {
    if (auto where = view::Where::from(*conditions)) {
      filter.where = std::move(*where);
    } else {
      reader.fail(ErrorCode::bad_filter, path_of(where.error()), where.error().message);
    }
  }
  if (reader.has_failed()) outer.fail(reader.take_error());
  return filter;
}

std::optional<Since> read_since(ObjectReader& reader) {
  const auto object = reader.object("since");
  if (!object) return std::nullopt;
  ObjectReader since{*object, "since"};
  Since read;
  read.epoch = since.required_string("epoch");
  const auto seq = since.integer("seq");
  if (!seq || *seq < 0) since.fail(ErrorCode::bad_message, "seq", "since.seq must be a whole number from 0");
  read.seq = static_cast<std::uint64_t>(std::max<std::int64_t>(seq.value_or(0), 0));
  read.view = since.required_string("view");
  if (since.has_failed()) reader.fail(since.take_error());
  return read;
}

std::optional<Timestamp> read_time(std::string_view name, ObjectReader& reader) {
  const auto text = reader.string(name);
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time) reader.fail(ErrorCode::bad_message, name, fmt::format("{} is a time like 2026-11-21T09:00:00Z", name));
  return time;
}

std::optional<Replay> read_replay(ObjectReader& reader) {
  const auto object = reader.object("replay");
  if (!object) return std::nullopt;
  ObjectReader replay{*object, "replay"};
  if (!replay.any("from")) replay.fail(ErrorCode::bad_message, "from", "replay.from is missing");
  Replay read;
  read.from = read_time("from", replay).value_or(Timestamp{});
  read.to = read_time("to", replay);
  if (read.to && *read.to <= read.from) replay.fail(ErrorCode::bad_message, "to", "replay.to must be after replay.from");
  read.speed = replay.number("speed").value_or(1);
  if (!(read.speed >= kReplaySpeedMin && read.speed <= kReplaySpeedMax)) {
    replay.fail(ErrorCode::bad_message, "speed", fmt::format("replay.speed is {} to {}", kReplaySpeedMin, kReplaySpeedMax));
  }
  if (replay.has_failed()) reader.fail(replay.take_error());
  return read;
}

Subscribe read_subscribe(ObjectReader& reader) {
  Subscribe message;
  message.id = read_id(reader);
  if (!reader.any("channels")) reader.fail(ErrorCode::bad_message, "channels", "channels is missing");
  message.query.channels = reader.strings("channels").value_or(std::vector<std::string>{});
  if (message.query.channels.empty()) reader.fail(ErrorCode::bad_message, "channels", "channels must name at least one channel");
  if (message.query.channels.size() > kChannelsPerSubscriptionMax) {
    reader.fail(ErrorCode::limit_channels, "channels", fmt::format("a subscription names at most {} channels", kChannelsPerSubscriptionMax));
  }
  for (const std::string& pattern : message.query.channels) {
    if (!view::is_channel_pattern(pattern)) {
      reader.fail(ErrorCode::bad_channel, "channels", "a channel is named space:facet, space:* or *, each part 1 to 128 of [a-z0-9_.-]");
    }
  }
  if (const auto filter = reader.object("filter")) message.query.filter = read_filter(*filter, reader);
  if (auto fields = reader.strings("fields")) {
    if (fields->size() > kFieldsShownMax) {
      reader.fail(ErrorCode::bad_filter, "fields", fmt::format("at most {} fields are shown", kFieldsShownMax));
    }
    for (std::string& name : *fields) {
      if (name.find('/') != std::string::npos) reader.fail(ErrorCode::bad_filter, "fields", "fields are named without their facet");
      name = state::canonical_name(name);
    }
    message.query.fields = std::move(fields);
  }
  message.rate = reader.number("rate");
  if (message.rate && *message.rate < 0) reader.fail(ErrorCode::bad_message, "rate", "rate must not be negative");
  // As fast as you can, in a number of any size; infinity could not be written again.
  if (message.rate) message.rate = std::min(*message.rate, std::numeric_limits<double>::max());
  message.snapshot = reader.boolean("snapshot").value_or(true);
  if (!message.snapshot && std::ranges::any_of(message.query.channels, view::is_wildcard)) {
    reader.fail(ErrorCode::bad_message, "snapshot", "snapshot:false is for event channels given by name");
  }
  if (const auto recent = reader.integer("recent")) {
    if (*recent < 0) reader.fail(ErrorCode::bad_message, "recent", "recent must not be negative");
    message.recent = static_cast<std::uint32_t>(std::clamp<std::int64_t>(*recent, 0, kRecentMax));
  }
  message.since = read_since(reader);
  message.at = read_time("at", reader);
  message.replay = read_replay(reader);
  if (message.at && message.replay) reader.fail(ErrorCode::bad_message, "replay", "at is one moment, and replay what was between two: give one of them");
  if ((message.at || message.replay) && message.since) {
    reader.fail(ErrorCode::bad_message, "since", "what was is told from its beginning: since is for what is now");
  }
  return message;
}

state::Location read_location(ObjectReader& reader) {
  const auto value = reader.any("location");
  if (!value) return std::monostate{};
  if (*value == "null") return state::NoLocation{};
  const auto object = reader.object("location");
  if (!object) return std::monostate{};
  ObjectReader location{*object, "location"};
  const auto latitude = location.number("latitude");
  const auto longitude = location.number("longitude");
  if (!latitude) location.fail(ErrorCode::bad_message, "latitude", "location.latitude is missing");
  if (!longitude) location.fail(ErrorCode::bad_message, "longitude", "location.longitude is missing");
  if (location.has_failed()) {
    reader.fail(location.take_error());
    return std::monostate{};
  }
  const auto point = geo::Point::from(*latitude, *longitude);
  if (point) return *point;
  reader.fail(ErrorCode::bad_message, "location", "a latitude lies within -90 and 90");
  return std::monostate{};
}

state::Update read_update_from(ObjectReader& reader, std::string_view channel) {
  state::Update update;
  if (channel.empty() || reader.any("channel")) {
    update.channel = reader.required_string("channel");
  } else {
    update.channel = channel;
  }
  update.key = reader.string("key");
  const auto operation = reader.string("op");
  if (operation == "remove") {
    update.operation = state::Operation::remove;
  } else if (operation == "replace") {
    update.operation = state::Operation::replace;
  } else if (operation && *operation != "merge") {
    reader.fail(ErrorCode::bad_message, "op", "op is merge, replace or remove");
  }
  if (update.operation != state::Operation::remove) {
    if (!reader.any("data")) reader.fail(ErrorCode::bad_message, "data", "data is missing");
    update.data = reader.object("data").value_or(std::string_view{});
  }
  update.location = read_location(reader);
  if (const auto text = reader.string("time")) {
    update.time = parse_rfc3339(*text);
    if (!update.time) reader.fail(ErrorCode::bad_message, "time", "time is an RFC 3339 date and time");
  }
  return update;
}

}  // namespace

Result<std::string, Error> read_object(std::string_view text) {
  std::string room;
  const auto object = read_object(text, room);
  if (!object) return Unexpected{object.error()};
  return std::string{*object};
}

Result<std::string_view, Error> read_object(std::string_view text, std::string& room) {
  const auto compact = json::compact(text, room);
  if (!compact) {
    return Unexpected{Error{ErrorCode::bad_message, fmt::format("{} at byte {}", to_text(compact.error().error), compact.error().at), {}, {}, {}}};
  }
  if (json::kind_of(*compact) != json::Kind::object) return Unexpected{Error{ErrorCode::bad_message, "not a JSON object", {}, {}, {}}};
  return *compact;
}

Result<view::Where, Error> read_where(std::string_view text) {
  const auto object = read_object(text);
  if (!object) return Unexpected{Error{object.error().code, object.error().message, "where", {}, {}}};
  auto where = view::Where::from(*object);
  if (!where) return Unexpected{Error{ErrorCode::bad_filter, where.error().message, path_of(where.error()), {}, {}}};
  return std::move(*where);
}

Result<state::Update, Error> read_update(std::string_view object, std::string_view channel) {
  ObjectReader reader{object};
  state::Update update = read_update_from(reader, channel);
  if (reader.has_failed()) return Unexpected{reader.take_error()};
  return update;
}

Result<ClientMessage, Error> read_client_message(std::string_view text) {
  std::string room;
  const auto object = read_object(text, room);
  if (!object) return Unexpected{object.error()};
  ObjectReader reader{*object};
  const std::string type = reader.required_string("type");
  ClientMessage message;
  std::optional<std::int64_t> id;
  if (type == "subscribe") {
    Subscribe subscribe = read_subscribe(reader);
    subscribe.ref = find_ref(reader);
    if (subscribe.id > 0) id = subscribe.id;
    message = std::move(subscribe);
  } else if (type == "unsubscribe") {
    message = Unsubscribe{read_id(reader), find_ref(reader)};
  } else if (type == "snapshot") {
    message = SnapshotAgain{read_id(reader), find_ref(reader)};
  } else if (type == "publish") {
    const auto ref = read_ref(reader);
    message = Publish{read_update_from(reader, {}), ref};
  } else if (type == "ping") {
    message = Ping{read_ref(reader)};
  } else if (type == "hello") {
    (void)reader.string("token");  // nobody asks for one; it is still a string
    message = Hello{};
  } else if (type == "token") {
    message = Token{reader.required_string("token"), find_ref(reader)};
  } else {
    reader.fail(ErrorCode::unknown_type, "type", "no message has this type");
  }
  if (!reader.has_failed()) return message;
  Error error = reader.take_error();
  error.ref = find_ref(reader);
  error.id = id;
  return Unexpected{std::move(error)};
}

}  // namespace starling::protocol
