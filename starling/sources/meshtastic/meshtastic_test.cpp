#include "starling/sources/meshtastic/meshtastic.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/json.hpp"
#include "starling/sources/meshtastic/names.hpp"
#include "starling/sources/meshtastic/packet.hpp"

namespace starling::sources::meshtastic {
namespace {

using Reason = DecodeError::Reason;

constexpr Timestamp kNow{std::chrono::milliseconds{1'795'251'600'000}};  // 2026-11-21T09:00:00Z
constexpr std::string_view kTopic = "msh/EU_868/2/json/LongFast/!da5ed0a0";

// As firmware 2.x writes them: members sorted, numbers unsigned.
constexpr std::string_view kNodeinfo =
    R"({"channel":0,"from":2130636288,"hop_start":3,"hops_away":1,"id":452664778,"payload":{"hardware":43,"id":"!7efeee00","longname":"base0 Süd","role":2,"shortname":"BA0"},"rssi":-61,"sender":"!da5ed0a0","snr":6.25,"timestamp":1795251590,"to":4294967295,"type":"nodeinfo"})";
constexpr std::string_view kPosition =
    R"({"channel":0,"from":2130636288,"hop_start":3,"hops_away":1,"id":452664779,"payload":{"PDOP":132,"altitude":113,"ground_speed":9,"ground_track":9012000,"latitude_i":387000001,"longitude_i":-91500000,"precision_bits":32,"sats_in_view":11,"time":1795251580},"rssi":-61,"sender":"!da5ed0a0","snr":6.25,"timestamp":1795251590,"to":4294967295,"type":"position"})";
constexpr std::string_view kDevice =
    R"({"channel":0,"from":2130636288,"id":452664780,"payload":{"air_util_tx":0.0386111103,"battery_level":101,"channel_utilization":5.35666656,"uptime_seconds":86400,"voltage":4.17500019},"sender":"!da5ed0a0","timestamp":1795251590,"to":4294967295,"type":"telemetry"})";
constexpr std::string_view kEnvironment =
    R"({"channel":0,"from":2130636288,"id":452664781,"payload":{"barometric_pressure":1013.25,"current":35.5,"gas_resistance":87.4,"iaq":53,"lux":120.5,"relative_humidity":41.2,"temperature":21.25,"voltage":12.6,"wind_direction":270,"wind_speed":3.1},"sender":"!da5ed0a0","timestamp":1795251590,"to":4294967295,"type":"telemetry"})";
constexpr std::string_view kText =
    R"({"channel":2,"from":2130636288,"hop_start":3,"hops_away":1,"id":452664782,"payload":{"text":"dünne Luft \"hier\""},"rssi":-61,"sender":"!da5ed0a0","snr":6.25,"timestamp":1795251590,"to":4294967295,"type":"text"})";

/// One that says nothing on mesh:raw.
MeshtasticDecoder plain_decoder() { return MeshtasticDecoder{{.raw = false}}; }

std::vector<state::Update> updates_of(MeshtasticDecoder& decoder, std::string_view payload,
                                      std::string_view topic = kTopic, Timestamp now = kNow, bool retained = false) {
  std::vector<state::Update> updates;
  REQUIRE(decoder.decode(topic, payload, retained, now, updates).has_value());
  return updates;
}

std::vector<state::Update> updates_of(std::string_view payload, std::string_view topic = kTopic) {
  MeshtasticDecoder decoder = plain_decoder();
  return updates_of(decoder, payload, topic);
}

state::Update one_update(std::string_view payload) {
  const auto updates = updates_of(payload);
  REQUIRE(updates.size() == 1);
  CHECK(json::compact(updates.front().data).value() == updates.front().data);
  return updates.front();
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string result{text};
  const std::size_t at = result.find(what);
  REQUIRE(at != std::string::npos);
  return result.replace(at, what.size(), by);
}

TEST_CASE("each kind of packet becomes one update of its originator, not of the gateway") {
  struct Case {
    std::string_view payload, channel, data;
  };
  for (
      const Case& c : {
          Case{
              kNodeinfo, "mesh:node",
              R"({"num":2130636288,"long_name":"base0 Süd","short_name":"BA0","hardware":"HELTEC_V3","role":"ROUTER"})"},
          Case{
              kPosition, "mesh:position",
              R"({"latitude":38.7000001,"longitude":-9.15,"altitude_m":113,"speed_mps":2.5,"bearing_deg":90.12,"satellites":11,"precision_bits":32,"packet_id":452664779})"},
          Case{
              kDevice, "mesh:telemetry",
              R"({"air_utilization_percent":0.0386111103,"battery_percent":101,"channel_utilization_percent":5.35666656,"uptime_s":86400,"voltage_v":4.17500019,"packet_id":452664780})"},
          Case{
              kEnvironment, "mesh:telemetry",
              R"({"pressure_hpa":1013.25,"sensor_current_ma":35.5,"gas_resistance":87.4,"iaq":53,"lux":120.5,"humidity_percent":41.2,"temperature_c":21.25,"sensor_voltage_v":12.6,"wind_direction_deg":270,"wind_speed_mps":3.1,"packet_id":452664781})"},
          Case{
              kText, "mesh:message",
              R"({"from":"!7efeee00","to":"!ffffffff","channel":2,"text":"dünne Luft \"hier\"","id":452664782,"gateway":"!da5ed0a0","rssi_dbm":-61,"snr_db":6.25,"hops_away":1})"},
      }) {
    CAPTURE(c.channel);
    const state::Update update = one_update(c.payload);
    CHECK(update.channel == c.channel);
    CHECK(update.key == "!7efeee00");
    CHECK(update.data == c.data);
    CHECK(std::holds_alternative<std::monostate>(update.location));
    CHECK_FALSE(update.retained);
  }
}

TEST_CASE("the same packet through another gateway gives the same record") {
  for (const std::string_view payload : {kNodeinfo, kPosition, kDevice, kEnvironment}) {
    CAPTURE(payload);
    std::string again = replaced(payload, R"("sender":"!da5ed0a0")", R"("sender":"!0badcafe")");
    if (payload.find("rssi") != std::string_view::npos) {
      again =
          replaced(replaced(replaced(again, "-61", "-110"), "6.25", "-12.5"), R"("hops_away":1)", R"("hops_away":3)");
    }
    CHECK(one_update(again).data == one_update(payload).data);
  }
}

TEST_CASE("from, to and id are read signed as unsigned, as old firmware writes them") {
  const std::string old =
      R"({"channel":0,"from":-1979711488,"id":-2,"payload":{"text":"hi"},"sender":"!da5ed0a0","timestamp":1795251590,"to":-1,"type":"text"})";
  const state::Update update = one_update(old);
  CHECK(update.key == "!8a000000");
  CHECK(update.data ==
        R"({"from":"!8a000000","to":"!ffffffff","channel":0,"text":"hi","id":4294967294,"gateway":"!da5ed0a0"})");
  CHECK(json::find(one_update(replaced(kPosition, "452664779", "-2")).data, "packet_id") == "4294967294");
  CHECK(one_update(replaced(old, "-1979711488", "2315255808")).key == "!8a000000");
  CHECK(one_update(replaced(old, R"("to":-1)", R"("to":1)")).data.find(R"("to":"!00000001")") != std::string::npos);
  CHECK(node_key(0x0A1B2C3D) == "!0a1b2c3d");
}

TEST_CASE("coordinates are written exactly") {
  struct Case {
    std::string_view latitude_i, longitude_i, data;
  };
  for (const Case& c : {
           Case{"0", "0", R"({"latitude":0,"longitude":0})"},
           Case{"1", "-1", R"({"latitude":0.0000001,"longitude":-0.0000001})"},
           Case{"900000000", "-1800000000", R"({"latitude":90,"longitude":-180})"},
           Case{"-900000000", "1799999999", R"({"latitude":-90,"longitude":179.9999999})"},
           Case{"-338688197", "1512092955", R"({"latitude":-33.8688197,"longitude":151.2092955})"},
       }) {
    CAPTURE(c.data);
    const std::string payload = R"({"from":7,"type":"position","payload":{"latitude_i":)" +
                                std::string{c.latitude_i} + R"(,"longitude_i":)" + std::string{c.longitude_i} + "}}";
    const state::Update update = one_update(payload);
    CHECK(update.data == c.data);
    CHECK(update.operation == state::Operation::replace);
  }
}

TEST_CASE("km/h become m/s in hundredths") {
  struct Case {
    std::string_view kmh, mps;
  };
  for (const Case& c :
       {Case{"0", "0"}, Case{"1", "0.28"}, Case{"9", "2.5"}, Case{"36", "10"}, Case{"100", "27.78"}}) {
    CAPTURE(c.kmh);
    const std::string payload =
        R"({"from":7,"type":"position","payload":{"latitude_i":0,"longitude_i":0,"ground_speed":)" +
        std::string{c.kmh} + "}}";
    CHECK(one_update(payload).data == R"({"latitude":0,"longitude":0,"speed_mps":)" + std::string{c.mps} + "}");
  }
}

TEST_CASE("the time is the fix's, else the gateway's, and never that of a clock that was not set") {
  const auto seconds = [](std::int64_t s) { return std::optional{Timestamp{std::chrono::seconds{s}}}; };
  CHECK(one_update(kPosition).time == seconds(1795251580));
  CHECK(one_update(replaced(kPosition, R"(,"time":1795251580)", "")).time == seconds(1795251590));
  CHECK(one_update(replaced(kPosition, R"("time":1795251580)", R"("time":0)")).time == seconds(1795251590));
  CHECK(one_update(kDevice).time == seconds(1795251590));
  CHECK_FALSE(one_update(replaced(kDevice, "1795251590", "0")).time.has_value());
  CHECK_FALSE(one_update(replaced(kDevice, "1795251590", "1577836799")).time.has_value());
  CHECK(one_update(replaced(kDevice, "1795251590", "1577836800")).time.has_value());
  CHECK_FALSE(one_update(replaced(kDevice, R"("timestamp":1795251590,)", "")).time.has_value());
}

TEST_CASE("a line that happens to be JSON is still a line") {
  struct Case {
    std::string_view payload, text;
  };
  for (const Case& c : {
           Case{R"({"text":"hi"})", R"("hi")"},
           Case{R"({"text":""})", R"("")"},
           Case{"42", R"("42")"},
           Case{"true", R"("true")"},
           Case{R"({"a":"b"})", R"("{\"a\":\"b\"}")"},
           Case{R"("hi")", R"("hi")"},
       }) {
    CAPTURE(c.payload);
    const state::Update update =
        one_update(R"({"from":7,"id":1,"type":"text","payload":)" + std::string{c.payload} + "}");
    CHECK(json::find(update.data, "text") == c.text);
  }
}

TEST_CASE("a packet without an id, or with 0, has none in its record") {
  for (const std::string_view id : {R"("id":452664779,)", R"("id":0,)", R"("id":null,)", ""}) {
    CAPTURE(id);
    const state::Update update = one_update(replaced(kPosition, R"("id":452664779,)", id));
    const auto packet_id = json::find(update.data, "packet_id");
    CHECK(packet_id.value_or("none") == (id.starts_with(R"("id":4)") ? "452664779" : "none"));
  }
}

TEST_CASE("a message heard through several gateways is told once, for ten minutes") {
  MeshtasticDecoder decoder = plain_decoder();
  const std::string other = replaced(kText, "!da5ed0a0", "!0badcafe");
  const auto count = [&](std::string_view payload, Timestamp now) {
    return updates_of(decoder, payload, kTopic, now).size();
  };
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  CHECK(count(kText, kNow) == 1);
  CHECK(count(other, kNow + milliseconds{300}) == 0);
  CHECK(count(replaced(kText, "452664782", "452664783"), kNow) == 1);
  CHECK(count(replaced(kText, "2130636288", "2130636289"), kNow) == 1);
  CHECK(count(other, kNow + minutes{10} - milliseconds{1}) == 0);
  CHECK(count(other, kNow + minutes{10}) == 1);
  const std::string no_id = replaced(kText, "452664782", "0");
  CHECK(count(no_id, kNow) == 1);
  CHECK(count(no_id, kNow) == 1);
}

TEST_CASE("only the newest 1024 messages are remembered") {
  MeshtasticDecoder decoder = plain_decoder();
  const auto count = [&](int id) {
    const std::string payload = R"({"from":7,"type":"text","payload":{"text":"x"},"id":)" + std::to_string(id) + "}";
    return updates_of(decoder, payload).size();
  };
  for (int id = 1; id <= 1024; ++id) REQUIRE(count(id) == 1);
  CHECK(count(1) == 0);
  CHECK(count(1025) == 1);
  CHECK(count(2) == 0);
  CHECK(count(1) == 1);
}

TEST_CASE("packets that say nothing to us give no updates and are no error") {
  struct Case {
    std::string_view name, topic, payload;
  };
  for (const Case& c : {
           Case{"protobuf", "msh/EU_868/2/e/LongFast/!da5ed0a0", "\x0a\x1f\x0d"},
           Case{"map report", "msh/EU_868/2/map/!da5ed0a0", "\x0a\x1f\x0d"},
           Case{"gateway's state", "msh/EU_868/2/stat/!da5ed0a0", "online"},
           Case{"downlink", "msh/EU_868/2/json/mqtt/", R"({"type":"sendtext","payload":"hi"})"},
           Case{"downlink without slash", "msh/EU_868/2/json/mqtt", R"({"type":"sendtext","payload":"hi"})"},
           Case{"downlink to a node", "msh/EU_868/2/json/mqtt/!da5ed0a0", R"({"type":"sendtext","payload":"hi"})"},
           Case{"no gateway", "msh/EU_868/2/json/LongFast/da5ed0a0", kPosition},
           Case{"gateway of nothing", "msh/EU_868/2/json/LongFast/!", kPosition},
           Case{"no root", "2/json/LongFast/!da5ed0a0", kPosition},
           Case{"other version", "msh/EU_868/3/json/LongFast/!da5ed0a0", kPosition},
           Case{"too short", "!da5ed0a0", kPosition},
           Case{"cleared retained message", kTopic, ""},
           Case{"unknown type", kTopic, R"({"from":7,"type":"traceroute","payload":{"route":["a","b"]}})"},
           Case{"port the gateway does not know", kTopic, R"({"from":7,"type":"","id":3})"},
           Case{"encrypted", kTopic, R"({"from":7,"id":3,"bytes":"00ff","size":2})"},
           Case{"position without a fix", kTopic, R"({"from":7,"type":"position","payload":{"time":1795251580}})"},
           Case{"empty telemetry", kTopic, R"({"from":7,"type":"telemetry","payload":{}})"},
       }) {
    CAPTURE(c.name);
    CHECK(updates_of(c.payload, c.topic).empty());
  }
}

TEST_CASE("the root of the topic may have any number of levels") {
  for (const std::string_view topic :
       {"msh/2/json/LongFast/!da5ed0a0", "msh/US/CA/SF/2/json/LongFast/!da5ed0a0", "my/mesh/2/json/2/!da5ed0a0"}) {
    CAPTURE(topic);
    CHECK(updates_of(kPosition, topic).size() == 1);
  }
}

TEST_CASE("a packet that cannot be read names the field at fault") {
  struct Case {
    std::string_view payload;
    Reason reason;
    std::string_view field;
  };
  for (const Case& c : {
           Case{"online", Reason::not_json, ""},
           Case{R"({"from":7,"type":"telemetry","payload":{"voltage":NaN}})", Reason::not_json, ""},
           Case{"[1]", Reason::not_object, ""},
           Case{R"({"from":7,"type":3})", Reason::wrong_type, "type"},
           Case{R"({"type":"text","payload":{"text":"hi"}})", Reason::missing, "from"},
           Case{R"({"from":"!7efeee00","type":"text","payload":{"text":"hi"}})", Reason::wrong_type, "from"},
           Case{R"({"from":4294967296,"type":"text","payload":{"text":"hi"}})", Reason::out_of_range, "from"},
           Case{R"({"from":-2147483649,"type":"text","payload":{"text":"hi"}})", Reason::out_of_range, "from"},
           Case{R"({"from":1.5,"type":"text","payload":{"text":"hi"}})", Reason::out_of_range, "from"},
           Case{R"({"from":0,"type":"text","payload":{"text":"hi"}})", Reason::out_of_range, "from"},
           Case{R"({"from":-1,"type":"text","payload":{"text":"hi"}})", Reason::out_of_range, "from"},
           Case{R"({"from":7,"type":"text"})", Reason::missing, "payload"},
           Case{R"({"from":7,"type":"text","payload":{"text":5}})", Reason::wrong_type, "payload.text"},
           Case{R"({"from":7,"type":"text","payload":{"text":"hi"},"to":"^all"})", Reason::wrong_type, "to"},
           Case{R"({"from":7,"type":"text","payload":{"text":"hi"},"id":"x"})", Reason::wrong_type, "id"},
           Case{R"({"from":7,"type":"telemetry","payload":{"voltage":4},"id":4294967296})", Reason::out_of_range,
                "id"},
           Case{R"({"from":7,"type":"text","payload":{"text":"hi"},"timestamp":"now"})", Reason::wrong_type,
                "timestamp"},
           Case{R"({"from":7,"type":"position","payload":[]})", Reason::wrong_type, "payload"},
           Case{R"({"from":7,"type":"position","payload":{"latitude_i":1}})", Reason::missing, "payload.longitude_i"},
           Case{R"({"from":7,"type":"position","payload":{"latitude_i":"1","longitude_i":1}})", Reason::wrong_type,
                "payload.latitude_i"},
           Case{R"({"from":7,"type":"position","payload":{"latitude_i":900000001,"longitude_i":1}})",
                Reason::out_of_range, "payload.latitude_i"},
           Case{R"({"from":7,"type":"position","payload":{"latitude_i":-900000001,"longitude_i":1}})",
                Reason::out_of_range, "payload.latitude_i"},
           Case{R"({"from":7,"type":"position","payload":{"latitude_i":1,"longitude_i":1,"altitude":"high"}})",
                Reason::wrong_type, "payload.altitude"},
           Case{R"({"from":7,"type":"telemetry","payload":{"voltage":"4.1"}})", Reason::wrong_type,
                "payload.voltage"},
           Case{R"({"from":7,"type":"nodeinfo","payload":{"longname":5}})", Reason::wrong_type, "payload.longname"},
           Case{R"({"from":7,"type":"nodeinfo","payload":{"role":[]}})", Reason::wrong_type, "payload.role"},
       }) {
    CAPTURE(c.payload);
    MeshtasticDecoder decoder = plain_decoder();
    std::vector<state::Update> updates;
    const auto decoded = decoder.decode(kTopic, c.payload, false, kNow, updates);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().reason == c.reason);
    CHECK(decoded.error().field == c.field);
    CHECK(updates.empty());
  }
}

TEST_CASE("numbers without a name of ours pass through under theirs, other values do not") {
  const state::Update update = one_update(
      R"({"from":7,"type":"telemetry","payload":{"voltage_ch1":5.10,"pm25":7,"name":"x","list":[1],"radiation":null,"temperature":null}})");
  CHECK(update.data == R"({"voltage_ch1":5.10,"pm25":7})");
}

TEST_CASE("boards and roles have names, newer ones their number, translators' names stay") {
  const auto node = [](std::string_view hardware, std::string_view role) {
    return one_update(R"({"from":7,"type":"nodeinfo","payload":{"hardware":)" + std::string{hardware} +
                      R"(,"role":)" + std::string{role} + "}}")
        .data;
  };
  CHECK(node("4", "0") == R"({"num":7,"hardware":"TBEAM","role":"CLIENT"})");
  CHECK(node("255", "12") == R"({"num":7,"hardware":"PRIVATE_HW","role":"CLIENT_BASE"})");
  CHECK(node("151", "13") == R"({"num":7,"hardware":"151","role":"13"})");
  CHECK(node(R"("T_ECHO")", R"("TRACKER")") == R"({"num":7,"hardware":"T_ECHO","role":"TRACKER"})");
  CHECK(node("null", "-1") == R"({"num":7,"role":"-1"})");
}

TEST_CASE("every message is repeated as it came, beside what it says, unless the broker kept it") {
  MeshtasticDecoder decoder;
  const auto both = updates_of(decoder, kPosition);
  REQUIRE(both.size() == 2);
  CHECK(both[0].channel == "mesh:position");
  CHECK(both[1].channel == "mesh:raw");
  CHECK(both[1].key == "!7efeee00");
  CHECK(json::find(both[1].data, "id") == "1");

  const auto again = updates_of(decoder, kText);
  REQUIRE(again.size() == 2);
  const auto repeat = updates_of(decoder, kText);  // told once, heard twice
  REQUIRE(repeat.size() == 1);
  CHECK(repeat[0].channel == "mesh:raw");
  CHECK(json::find(repeat[0].data, "id") == "3");

  CHECK(updates_of(decoder, kPosition, kTopic, kNow, true).size() == 1);
  CHECK(updates_of(decoder, "").empty());
  const auto protobuf = updates_of(decoder, "\x0a\x1f\x0d", "msh/EU_868/2/e/LongFast/!da5ed0a0");
  REQUIRE(protobuf.size() == 1);
  CHECK(json::find(protobuf[0].data, "id") == "4");
}

TEST_CASE("what cannot be read is repeated, and is an error all the same") {
  MeshtasticDecoder decoder;
  std::vector<state::Update> updates;
  CHECK_FALSE(decoder.decode(kTopic, "online", false, kNow, updates).has_value());
  CHECK_FALSE(decoder.decode(kTopic, R"({"from":7,"type":"position","payload":[]})", false, kNow, updates).has_value());
  REQUIRE(updates.size() == 2);
  CHECK(json::find(updates[0].data, "parsedType") == R"("unknown")");
  CHECK(json::find(updates[1].data, "nodeId") == R"("!00000007")");
}

TEST_CASE("what the broker kept is marked") {
  MeshtasticDecoder decoder = plain_decoder();
  CHECK(updates_of(decoder, kPosition, kTopic, kNow, true).front().retained);
}

}  // namespace
}  // namespace starling::sources::meshtastic
