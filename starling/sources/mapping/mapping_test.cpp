#include "starling/sources/mapping/mapping.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <limits>

#include "starling/core/base/json.hpp"

namespace starling::sources::mapping {
namespace {

using Reason = DecodeError::Reason;

constexpr Timestamp kNow{std::chrono::milliseconds{1'795'251'600'000}};

MappingDecoder decoder_of(MappingOptions options, std::vector<std::string> topics = {"sensors/+/state"}) {
  auto decoder = MappingDecoder::from(std::move(options), topics);
  REQUIRE(decoder.has_value());
  return std::move(*decoder);
}

Result<std::vector<state::Update>, DecodeError> decoded(MappingDecoder& decoder, std::string_view topic,
                                                        std::string_view payload, bool retained = false) {
  std::vector<state::Update> updates;
  const auto read = decoder.decode(topic, payload, retained, kNow, updates);
  if (!read) {
    CHECK(updates.empty());
    return Unexpected{read.error()};
  }
  return updates;
}

state::Update one_update(MappingDecoder& decoder, std::string_view payload,
                         std::string_view topic = "sensors/cellar/state") {
  const auto updates = decoded(decoder, topic, payload);
  REQUIRE(updates.has_value());
  REQUIRE(updates->size() == 1);
  CHECK(json::compact(updates->front().data).has_value());
  return updates->front();
}

TEST_CASE("fields are renamed, the others pass through in the text they came in") {
  auto decoder = decoder_of({.channel = "site:state", .key = "{1}", .fields = {{"temp", {"temperature_c", {}}}}});
  const state::Update update =
      one_update(decoder, R"( { "temp" : 21.50, "hum":4e1, "tags": [ "a", {"b": null} ], "name\n":"x" } )");
  CHECK(update.channel == "site:state");
  CHECK(update.key == "cellar");
  CHECK(update.data == R"({"temperature_c":21.50,"hum":4e1,"tags":["a",{"b":null}],"name\n":"x"})");
  CHECK(update.operation == state::Operation::merge);
  CHECK(std::holds_alternative<std::monostate>(update.location));
  CHECK_FALSE(update.time.has_value());
  CHECK_FALSE(update.retained);
}

TEST_CASE("with fields_only just the listed fields are kept") {
  auto decoder = decoder_of(
      {.channel = "site:state", .key = "{1}", .fields = {{"temp", {"temperature_c", {}}}}, .fields_only = true});
  CHECK(one_update(decoder, R"({"hum":40,"temp":21.5,"x":1})").data == R"({"temperature_c":21.5})");
  CHECK(one_update(decoder, R"({"hum":40})").data == "{}");
}

TEST_CASE("a scale turns the sensor's unit into ours without float noise") {
  auto decoder = decoder_of({.channel = "site:state",
                             .key = "{1}",
                             .fields = {{"lat_i", {"latitude", 1e-7}},
                                        {"lon_i", {"longitude", 1e-7}},
                                        {"kmh", {"speed_mps", 0.2777777777777778}}},
                             .location = std::pair{"lat_i", "lon_i"}});
  const state::Update update = one_update(decoder, R"({"lat_i":387000001,"lon_i":-91500000,"kmh":36})");
  CHECK(update.data == R"({"latitude":38.7000001,"longitude":-9.15,"speed_mps":10})");
  REQUIRE(std::holds_alternative<geo::Point>(update.location));
  CHECK(std::get<geo::Point>(update.location) == geo::Point{38.7000001, -9.15});
  CHECK(one_update(decoder, R"({"kmh":null})").data == R"({"speed_mps":null})");
}

TEST_CASE("the place is set, kept, cleared or refused by the two fields named for it") {
  auto decoder = decoder_of({.channel = "site:state", .key = "{1}", .location = std::pair{"lat", "lon"}});
  CHECK(std::get<geo::Point>(one_update(decoder, R"({"lat":47.4,"lon":190})").location) == geo::Point{47.4, -170});
  CHECK(std::get<geo::Point>(one_update(decoder, R"({"lat":0,"lon":0})").location) == geo::Point{0, 0});
  CHECK(std::holds_alternative<std::monostate>(one_update(decoder, R"({"temp":1})").location));
  CHECK(std::holds_alternative<state::NoLocation>(one_update(decoder, R"({"lat":null,"lon":null})").location));

  struct Case {
    std::string_view payload;
    Reason reason;
    std::string_view field;
  };
  for (const Case& c : {
           Case{R"({"lat":1})", Reason::missing, "lon"},
           Case{R"({"lon":1})", Reason::missing, "lat"},
           Case{R"({"lat":null,"lon":1})", Reason::wrong_type, "lat"},
           Case{R"({"lat":1,"lon":null})", Reason::wrong_type, "lon"},
           Case{R"({"lat":"47.4","lon":8})", Reason::wrong_type, "lat"},
           Case{R"({"lat":90.0000001,"lon":8})", Reason::out_of_range, "lat"},
           Case{R"({"lat":1,"lon":1e999})", Reason::out_of_range, "lon"},
       }) {
    CAPTURE(c.payload);
    const auto updates = decoded(decoder, "sensors/cellar/state", c.payload);
    REQUIRE_FALSE(updates.has_value());
    CHECK(updates.error().reason == c.reason);
    CHECK(updates.error().field == c.field);
  }
}

TEST_CASE("the time is read in the three ways it is written, and is no field unless listed") {
  auto decoder = decoder_of({.channel = "site:state", .key = "{1}", .time = "when"});
  for (const std::string_view when : {R"("2026-11-21T09:00:00Z")", R"("2026-11-21T10:00:00.000+01:00")", "1795251600",
                                      "1795251600.0004", "1795251600000"}) {
    CAPTURE(when);
    const state::Update update = one_update(decoder, R"({"a":1,"when":)" + std::string{when} + "}");
    CHECK(update.data == R"({"a":1})");
    REQUIRE(update.time.has_value());
    CHECK(format_rfc3339(*update.time) == "2026-11-21T09:00:00.000Z");
  }
  CHECK_FALSE(one_update(decoder, R"({"a":1})").time.has_value());
  CHECK_FALSE(one_update(decoder, R"({"a":1,"when":null})").time.has_value());
  for (const std::string_view when : {"\"yesterday\"", "true", "{}", "1e300"}) {
    CAPTURE(when);
    const auto updates = decoded(decoder, "sensors/a/state", R"({"when":)" + std::string{when} + "}");
    REQUIRE_FALSE(updates.has_value());
    CHECK(updates.error().field == "when");
  }
  auto listed =
      decoder_of({.channel = "site:state", .key = "{1}", .fields = {{"when", {"reported", {}}}}, .time = "when"});
  CHECK(one_update(listed, R"({"when":1795251600})").data == R"({"reported":1795251600})");
}

TEST_CASE("channel and key come from the subscription that matched") {
  auto decoder = decoder_of({.channel = "{1}:state", .key = "{2}"}, {"site/+/+", "fleet/+/#"});
  CHECK(one_update(decoder, "{}", "site/lab/7").channel == "lab:state");
  CHECK(one_update(decoder, "{}", "site/lab/7").key == "7");
  CHECK(one_update(decoder, "{}", "fleet/air/uav/1").key == "uav/1");
  CHECK(decoded(decoder, "site/Lab/7", "{}").error().reason == Reason::bad_channel);
  CHECK(decoded(decoder, "fleet/air", "{}").error().reason == Reason::bad_key);
  CHECK(decoded(decoder, "other/air/7", "{}").error().reason == Reason::unexpected_topic);

  auto by_field = decoder_of({.channel = "fleet:position", .key = "{id}"}, {"fleet/positions"});
  CHECK(one_update(by_field, R"({"id":"uav-1","x":1})", "fleet/positions").key == "uav-1");
  CHECK(decoded(by_field, "fleet/positions", R"({"x":1})").error().reason == Reason::bad_key);

  auto event = decoder_of({.channel = "site:alarm", .key = {}}, {"alarms"});
  CHECK_FALSE(one_update(event, "{}", "alarms").key.has_value());
}

TEST_CASE("a bare value is taken only if the mapping gives it a name") {
  auto named = decoder_of(
      {.channel = "site:state", .key = "{1}", .fields = {{"reading", {"temperature_c", 0.1}}}, .value = "reading"});
  CHECK(one_update(named, "215").data == R"({"temperature_c":21.5})");
  auto text = decoder_of({.channel = "site:state", .key = "{1}", .value = "is"});
  CHECK(one_update(text, " \"on\" ").data == R"({"is":"on"})");
  CHECK(one_update(text, "true").data == R"({"is":true})");
  CHECK(one_update(text, "ON\n").data == R"({"is":"ON"})");
  CHECK(one_update(text, R"({"a":1})").data == R"({"a":1})");
  auto plain = decoder_of({.channel = "site:state", .key = "{1}"});

  struct Case {
    MappingDecoder& decoder;
    std::string_view payload;
    Reason reason;
  };
  for (const Case& c : {
           Case{plain, "21.5", Reason::not_object},
           Case{plain, "ON", Reason::not_json},
           Case{plain, "[]", Reason::not_object},
           Case{plain, R"({"a":1)", Reason::not_json},
           Case{plain, R"({"a":01})", Reason::not_json},
           Case{plain, R"({} {})", Reason::not_json},
           Case{plain, " ", Reason::not_json},
           Case{text, R"({"a":1)", Reason::not_json},
           Case{text, "[1]", Reason::not_object},
           Case{text, "null", Reason::not_object},
           Case{text, "\"on", Reason::not_json},
           Case{text, "\xFF", Reason::not_json},
       }) {
    CAPTURE(c.payload);
    const auto updates = decoded(c.decoder, "sensors/cellar/state", c.payload);
    REQUIRE_FALSE(updates.has_value());
    CHECK(updates.error().reason == c.reason);
  }
}

TEST_CASE("what the broker kept is marked, and an empty payload is no report") {
  auto decoder = decoder_of({.channel = "site:state", .key = "{1}"});
  const auto kept = decoded(decoder, "sensors/cellar/state", "{}", true);
  REQUIRE(kept.has_value());
  CHECK(kept->front().retained);
  const auto cleared = decoded(decoder, "sensors/cellar/state", "");
  REQUIRE(cleared.has_value());
  CHECK(cleared->empty());
}

TEST_CASE("a mapping that cannot work is refused with the option at fault") {
  struct Case {
    MappingOptions options;
    std::vector<std::string> topics;
    std::string_view option;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Case& c : std::initializer_list<Case>{
           {{.channel = "site", .key = "{1}"}, {"a/+"}, "channel"},
           {{.channel = "Site:state", .key = "{1}"}, {"a/+"}, "channel"},
           {{.channel = "site:{1", .key = "{1}"}, {"a/+"}, "channel"},
           {{.channel = "site:{2}", .key = "{1}"}, {"a/+"}, "channel"},
           {{.channel = "site:state", .key = "{2}"}, {"a/+/+", "b/+"}, "key"},
           {{.channel = "site:state", .key = ""}, {"a/+"}, "key"},
           {{.channel = "site:state", .key = "{1}"}, {"a/+b"}, "topics"},
           {{.channel = "site:state", .key = "{1}"}, {}, "topics"},
           {{.channel = "site:state", .key = "{1}", .fields = {{"t", {"", {}}}}}, {"a/+"}, "fields.t"},
           {{.channel = "site:state", .key = "{1}", .fields = {{"t", {"u", infinity}}}}, {"a/+"}, "fields.t.scale"},
       }) {
    CAPTURE(c.options.channel);
    const auto decoder = MappingDecoder::from(c.options, c.topics);
    REQUIRE_FALSE(decoder.has_value());
    CHECK(decoder.error().option == c.option);
    CHECK_FALSE(decoder.error().message.empty());
  }
}

}  // namespace
}  // namespace starling::sources::mapping
