#include "starling/server/config/read_source.hpp"

#include <fmt/format.h>

#include <tuple>

#include "starling/server/config/section.hpp"

namespace starling::config {
namespace {

using std::chrono::seconds;

// What MQTT's two bytes of keep-alive can say, and less than libmosquitto takes.
constexpr seconds kKeepaliveMin{5};
constexpr seconds kKeepaliveMax{65'535};

std::optional<FieldMappingConfig> read_field(const Entry& entry, ErrorList& errors) {
  const std::string path = fmt::format("source.mapping.fields.{}", entry.key);
  if (const auto* name = std::get_if<Text>(&entry.value.held); name != nullptr && !name->value.empty()) {
    return FieldMappingConfig{name->value, std::nullopt};
  }
  const auto* table = std::get_if<Table>(&entry.value.held);
  if (table == nullptr) {
    if (!std::holds_alternative<Faulty>(entry.value.held)) {
      errors.add(entry.value.place, fmt::format(R"({} must be a name, or {{ name = "…", scale = … }})", path));
    }
    return std::nullopt;
  }
  Section section{path, fmt::format("[{}]", path), *table, errors};
  FieldMappingConfig field{needed_text(section, "name", entry.value.place, "temperature_c"), section.number("scale")};
  section.finish();
  return field;
}

MappingConfig read_mapping(const Table& table, Place place, ErrorList& errors) {
  Section section{"source.mapping", "[source.mapping]", table, errors};
  MappingConfig mapping;
  mapping.channel = needed_text(section, "channel", place, "site:state");
  mapping.key = text_of(section, "key");
  if (const Table* fields = section.table("fields")) {
    for (const Entry& entry : *fields) {
      if (auto field = read_field(entry, errors)) mapping.fields.emplace(entry.key, std::move(*field));
    }
  }
  mapping.fields_only = section.boolean("fields_only").value_or(mapping.fields_only);
  mapping.location = read_location(section);
  mapping.time = text_of(section, "time");
  mapping.value = text_of(section, "value");
  section.finish();
  return mapping;
}

/// Json needs a mapping, Meshtastic has its own, and says what came beside it.
void read_decode(Section& section, SourceConfig& source, ErrorList& errors) {
  source.decode =
      section.one_of<SourceDecode>("decode", {{"json", SourceDecode::json}, {"meshtastic", SourceDecode::meshtastic}})
          .value_or(source.decode);
  source.raw = section.boolean("raw").value_or(source.raw);
  if (const Value* raw = section.find("raw"); raw != nullptr && source.decode != SourceDecode::meshtastic)
    section.fail(raw->place, "raw", R"(is for decode = "meshtastic" only)");
  const Table* mapping = section.table("mapping");
  if (source.decode == SourceDecode::meshtastic) {
    if (mapping != nullptr) section.fail(section.find("mapping")->place, "mapping", R"(is for decode = "json" only)");
  } else if (mapping != nullptr) {
    source.mapping = read_mapping(*mapping, section.find("mapping")->place, errors);
  } else if (section.find("mapping") == nullptr) {
    section.fail(source.place, "mapping", R"(is missing; write one like { channel = "site:state", key = "{1}" })");
  }
}

std::vector<std::string> read_topics(Section& section, Place place) {
  std::vector<std::string> topics;
  const Value* value = section.find("topics");
  if (value == nullptr) {
    section.fail(place, "topics", R"(is missing; write some like ["sensors/+/state"])");
    return topics;
  }
  const auto texts = section.texts("topics");
  if (!texts) return topics;
  if (std::get<List>(value->held).empty())
    section.fail(value->place, "topics", R"(must not be empty; write some like ["sensors/+/state"])");
  for (const PlacedText& topic : *texts) topics.push_back(topic.text.value);
  return topics;
}

/// Whether this version can read the rest: what the other keys mean depends on the type.
bool is_mqtt(Section& section, Place place, ErrorList& errors) {
  enum class Type : std::uint8_t { mqtt, later };
  const Value* value = section.find("type");
  if (value == nullptr) {
    section.fail(place, "type", R"(is missing; write type = "mqtt")");
    return true;
  }
  const auto type = section.one_of<Type>("type", {{"mqtt", Type::mqtt},
                                                  {"gpsd", Type::later},
                                                  {"kismet", Type::later},
                                                  {"hackrf", Type::later},
                                                  {"lines", Type::later},
                                                  {"http", Type::later}});
  if (type == Type::later) {
    errors.add(value->place,
               fmt::format("source.type {}: not in this version", quoted(std::get<Text>(value->held).written)));
  }
  return type == Type::mqtt;
}

void note_places(const Table& table, const std::string& prefix, SourceConfig& source) {
  for (const Entry& entry : table) {
    source.places.emplace(prefix + entry.key, entry.value.place);
    if (const auto* inner = std::get_if<Table>(&entry.value.held))
      note_places(*inner, prefix + entry.key + ".", source);
  }
}

}  // namespace

SourceConfig read_source(const Table& table, Place place, ErrorList& errors) {
  Section section{"source", "[[source]]", table, errors};
  SourceConfig source;
  source.place = place;
  note_places(table, "", source);
  if (!is_mqtt(section, place, errors)) return source;

  // Without a relay there is one instance, and "one" and "each" are the same.
  std::ignore = section.one_of<bool>("run", {{"one", true}, {"each", true}});
  source.url = needed_text(section, "url", place, "mqtt://127.0.0.1:1883");
  source.topics = read_topics(section, place);
  read_decode(section, source, errors);
  if (const auto qos = section.integer("qos", {0, 2})) source.qos = static_cast<int>(*qos);
  source.username = text_of(section, "username").value_or("");
  source.password = text_of(section, "password").value_or("");
  source.client_id = text_of(section, "client_id").value_or("");
  source.ca_file = text_of(section, "ca_file").value_or("");
  source.cert = text_of(section, "cert").value_or("");
  source.key = text_of(section, "key").value_or("");
  source.insecure = section.boolean("insecure").value_or(false);
  if (const auto keepalive = section.duration("keepalive", {kKeepaliveMin, kKeepaliveMax})) {
    source.keepalive = std::chrono::floor<seconds>(*keepalive);
    if (*source.keepalive != *keepalive)
      section.fail(section.find("keepalive")->place, "keepalive", "must be whole seconds");
  }
  section.finish();
  return source;
}

}  // namespace starling::config
