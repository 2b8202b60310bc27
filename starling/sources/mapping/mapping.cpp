#include "starling/sources/mapping/mapping.hpp"

#include <algorithm>
#include <cmath>

#include "starling/core/base/json.hpp"
#include "starling/core/base/utf8.hpp"
#include "starling/core/state/channel.hpp"
#include "starling/sources/decimal.hpp"

namespace starling::sources::mapping {
namespace {

using Reason = DecodeError::Reason;

// 1e11 seconds are in the year 5138, 1e11 milliseconds in 1973.
constexpr double kMillisecondsFrom = 1e11;
// Beyond it a double of milliseconds is no whole number any more; year 287396.
constexpr double kMillisecondsMax = 9007199254740992.0;

Unexpected<DecodeError> fail(Reason reason, std::string field = {}) {
  return Unexpected{DecodeError{reason, std::move(field)}};
}
Unexpected<MappingError> wrong(std::string option, std::string message) {
  return Unexpected{MappingError{std::move(option), std::move(message)}};
}

std::string_view without_space(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Result<MappingDecoder, MappingError> MappingDecoder::from(MappingOptions options,
                                                          const std::vector<std::string>& topics) {
  MappingDecoder decoder;
  for (const std::string& topic : topics) {
    auto filter = TopicFilter::parse(topic);
    if (!filter)
      return wrong("topics",
                   "\"" + topic + "\" is not a topic filter: + and # stand alone between slashes, # comes last");
    decoder.filters_.push_back(std::move(*filter));
  }
  if (decoder.filters_.empty()) return wrong("topics", "a mapping needs at least one subscription");

  const auto parse = [&](const std::string& option, const std::string& text) -> Result<Template, MappingError> {
    auto parsed = Template::parse(text);
    if (!parsed) return wrong(option, "a brace is left open or stands alone; write {{ or }} for a brace itself");
    for (std::size_t i = 0; i < topics.size(); ++i) {
      if (parsed->wildcards_needed() <= decoder.filters_[i].wildcards()) continue;
      return wrong(option, "{" + std::to_string(parsed->wildcards_needed()) + "} but \"" + topics[i] + "\" has " +
                               std::to_string(decoder.filters_[i].wildcards()) + " wildcards");
    }
    return std::move(*parsed);
  };
  auto channel = parse("channel", options.channel);
  if (!channel) return Unexpected{channel.error()};
  if (channel->is_literal() && !state::is_channel_name(options.channel)) {
    return wrong("channel", "\"" + options.channel + "\" is not a channel name: space:facet of a-z 0-9 _ . -");
  }
  decoder.channel_ = std::move(*channel);
  if (options.key) {
    auto key = parse("key", *options.key);
    if (!key) return Unexpected{key.error()};
    if (key->is_literal() && !state::is_key(*options.key))
      return wrong("key", "a key has 1 to 256 bytes without control characters");
    decoder.key_ = std::move(*key);
  }
  for (const auto& [name, field] : options.fields) {
    if (field.name.empty()) return wrong("fields." + name, "the field needs a name");
    if (field.scale && !std::isfinite(*field.scale))
      return wrong("fields." + name + ".scale", "the scale must be a finite number");
  }
  decoder.options_ = std::move(options);
  return decoder;
}

Result<void, DecodeError> MappingDecoder::decode(std::string_view topic, std::string_view payload, bool retained,
                                                 Timestamp, std::vector<state::Update>& updates) {
  if (payload.empty()) return {};
  std::optional<std::vector<std::string_view>> wildcards;
  for (const TopicFilter& filter : filters_) {
    wildcards = filter.match(topic);
    if (wildcards) break;
  }
  if (!wildcards) return fail(Reason::unexpected_topic);

  const auto object = object_of(payload);
  if (!object) return Unexpected{object.error()};
  state::Update update;
  update.operation = options_.operation;
  update.retained = retained;

  auto channel = channel_.fill(topic, *wildcards, *object);
  if (!channel || !state::is_channel_name(*channel)) return fail(Reason::bad_channel);
  update.channel = std::move(*channel);
  if (key_) {
    auto key = key_->fill(topic, *wildcards, *object);
    if (!key || !state::is_key(*key)) return fail(Reason::bad_key);
    update.key = std::move(*key);
  }
  auto location = location_of(*object);
  if (!location) return Unexpected{location.error()};
  update.location = *location;
  auto time = time_of(*object);
  if (!time) return Unexpected{time.error()};
  update.time = *time;
  auto fields = fields_of(*object);
  if (!fields) return Unexpected{fields.error()};
  update.data = std::move(*fields);

  updates.push_back(std::move(update));
  return {};
}

/// The payload as a compact object.
Result<std::string, DecodeError> MappingDecoder::object_of(std::string_view payload) const {
  const auto wrapped = [this](std::string_view value) {
    std::string object = "{";
    json::append_string(object, *options_.value);
    object += ':';
    object += value;
    object += '}';
    return object;
  };
  auto compact = json::compact(payload);
  if (!compact) {
    const std::string_view text = without_space(payload);
    const bool meant_as_json = text.empty() || std::string_view{"{[\""}.find(text.front()) != std::string_view::npos;
    if (!options_.value || meant_as_json || !is_utf8(text)) return fail(Reason::not_json);
    return wrapped(json::quoted(text));
  }
  switch (json::kind_of(*compact)) {
    case json::Kind::object:
      return std::move(*compact);
    case json::Kind::string:
    case json::Kind::number:
    case json::Kind::boolean:
      if (options_.value) return wrapped(*compact);
      break;
    case json::Kind::array:
    case json::Kind::null:
      break;
  }
  return fail(Reason::not_object);
}

Result<std::string, DecodeError> MappingDecoder::fields_of(std::string_view object) const {
  std::string fields = "{";
  for (const json::Member& member : json::Members{object}) {
    const std::string name = json::decode_inside(member.name);
    const auto listed = options_.fields.find(name);
    if (listed == options_.fields.end() && (options_.fields_only || name == options_.time)) continue;
    if (fields.size() > 1) fields += ',';
    json::append_string(fields, listed == options_.fields.end() ? name : listed->second.name);
    fields += ':';
    if (listed != options_.fields.end() && listed->second.scale && json::kind_of(member.value) != json::Kind::null) {
      if (json::kind_of(member.value) != json::Kind::number) return fail(Reason::wrong_type, name);
      fields += scaled(member.value, *listed->second.scale);
    } else {
      fields += member.value;
    }
  }
  fields += '}';
  return fields;
}

Result<state::Location, DecodeError> MappingDecoder::location_of(std::string_view object) const {
  if (!options_.location) return state::Location{};
  const auto& [latitude_name, longitude_name] = *options_.location;
  const auto latitude_value = json::find(object, latitude_name);
  const auto longitude_value = json::find(object, longitude_name);
  if (!latitude_value && !longitude_value) return state::Location{};
  if (!latitude_value) return fail(Reason::missing, latitude_name);
  if (!longitude_value) return fail(Reason::missing, longitude_name);

  const auto latitude_deg = degrees_of(object, latitude_name);
  if (!latitude_deg) return Unexpected{latitude_deg.error()};
  const auto longitude_deg = degrees_of(object, longitude_name);
  if (!longitude_deg) return Unexpected{longitude_deg.error()};
  if (!*latitude_deg && !*longitude_deg) return state::Location{state::NoLocation{}};
  if (!*latitude_deg) return fail(Reason::wrong_type, latitude_name);
  if (!*longitude_deg) return fail(Reason::wrong_type, longitude_name);
  const auto point = geo::Point::from(**latitude_deg, **longitude_deg);
  if (!point) return fail(Reason::out_of_range, std::isfinite(**longitude_deg) ? latitude_name : longitude_name);
  return state::Location{*point};
}

/// The number of a field that is there, scaled; nullopt for null.
Result<std::optional<double>, DecodeError> MappingDecoder::degrees_of(std::string_view object,
                                                                      const std::string& name) const {
  const std::string_view value = *json::find(object, name);
  if (json::kind_of(value) == json::Kind::null) return std::optional<double>{};
  if (json::kind_of(value) != json::Kind::number) return fail(Reason::wrong_type, name);
  const auto listed = options_.fields.find(name);
  if (listed == options_.fields.end() || !listed->second.scale) return json::number(value);
  return json::number(scaled(value, *listed->second.scale));
}

Result<std::optional<Timestamp>, DecodeError> MappingDecoder::time_of(std::string_view object) const {
  if (!options_.time) return std::optional<Timestamp>{};
  const auto value = json::find(object, *options_.time);
  if (!value) return std::optional<Timestamp>{};
  switch (json::kind_of(*value)) {
    case json::Kind::null:
      return std::optional<Timestamp>{};
    case json::Kind::string: {
      const auto time = parse_rfc3339(json::decode(*value));
      if (!time) return fail(Reason::out_of_range, *options_.time);
      return std::optional{*time};
    }
    case json::Kind::number: {
      const double number = *json::number(*value);
      const double milliseconds = std::abs(number) < kMillisecondsFrom ? number * 1000 : number;
      if (!(std::abs(milliseconds) <= kMillisecondsMax)) return fail(Reason::out_of_range, *options_.time);
      return std::optional{Timestamp{std::chrono::milliseconds{std::llround(milliseconds)}}};
    }
    case json::Kind::object:
    case json::Kind::array:
    case json::Kind::boolean:
      break;
  }
  return fail(Reason::wrong_type, *options_.time);
}

}  // namespace starling::sources::mapping
