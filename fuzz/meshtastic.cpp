/// @file
/// What a gateway of the mesh publishes is read the same however it is spaced, as what a hub takes; a message heard again is left out, and only that.
///
/// An input is the payload of one packet.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/json_mutator.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/sources/meshtastic/meshtastic.hpp"

namespace starling::sources::meshtastic {
namespace {

void require(bool fact) {
  if (!fact) std::abort();
}

constexpr std::string_view kTopic = "msh/EU_868/2/json/LongFast/!da5ed0a0";
constexpr Moment kNow{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'795'251'600}}};

struct Told {
  std::vector<state::Update> updates;
  std::optional<std::string> error;
};

Told told_by(MeshtasticDecoder& decoder, std::string_view payload, Timestamp now = kNow.timestamp) {
  Told told;
  if (const auto decoded = decoder.decode(kTopic, payload, false, now, told.updates); !decoded) told.error = describe(decoded.error());
  return told;
}

Told told(std::string_view payload, bool raw) {
  MeshtasticDecoder decoder{{.raw = raw}};
  return told_by(decoder, payload);
}

bool is_same(const state::Update& a, const state::Update& b) {
  return a.channel == b.channel && a.key == b.key && a.data == b.data && a.operation == b.operation && a.time == b.time && a.retained == b.retained;
}

/// But for what stands for the message as it came.
bool is_same(const Told& a, const Told& b) {
  if (a.error != b.error || a.updates.size() != b.updates.size()) return false;
  for (std::size_t i = 0; i < a.updates.size(); ++i) {
    if (!is_same(a.updates[i], b.updates[i])) return false;
  }
  return true;
}

std::vector<state::ChannelDeclaration> declarations() {
  std::vector<state::ChannelDeclaration> channels(2);
  channels[0].name = "mesh:message";
  channels[1].name = "mesh:raw";
  for (state::ChannelDeclaration& channel : channels) channel.kind = state::ChannelKind::event;
  return channels;
}

/// A record may be too large for a hub, and nothing else may be wrong with it.
void require_taken(const std::vector<state::Update>& updates) {
  hub::Hub hub{{}, declarations()};
  for (const state::Update& update : updates) {
    require(json::compact(update.data).value() == update.data);
    require(json::kind_of(update.data) == json::Kind::object);
    const session::Outcome outcome = hub.publish(update, kNow);
    require(outcome || outcome.error() == state::Refusal::limit_record || outcome.error() == state::Refusal::limit_fields);
  }
}

constexpr std::array<std::string_view, 6> kTexts{
    R"({"channel":0,"from":2130636288,"id":452664778,"payload":{"hardware":43,"id":"!7efeee00","longname":"base0 Süd","role":2,"shortname":"BA0"},"sender":"!da5ed0a0","timestamp":1795251590,"to":4294967295,"type":"nodeinfo"})",
    R"({"from":2130636288,"id":452664779,"payload":{"altitude":113,"ground_speed":9,"ground_track":9012000,"latitude_i":387000001,"longitude_i":-91500000,"precision_bits":32,"sats_in_view":11,"time":1795251580},"type":"position"})",
    R"({"from":2130636288,"id":452664780,"payload":{"air_util_tx":0.0386111103,"battery_level":101,"channel_utilization":5.35666656,"uptime_seconds":86400,"voltage":4.17500019},"timestamp":1795251590,"type":"telemetry"})",
    R"({"from":2130636288,"id":452664781,"payload":{"barometric_pressure":1013.25,"current":35.5,"iaq":53,"relative_humidity":41.2,"voltage":12.6},"type":"telemetry"})",
    R"({"channel":2,"from":2130636288,"hops_away":1,"id":452664782,"payload":{"text":"dünne Luft \"hier\""},"rssi":-61,"snr":6.25,"to":4294967295,"type":"text"})",
    R"({"from":2130636288,"id":452664783,"payload":42,"type":"text"})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kMembers{
    {{"type", R"("nodeinfo")"}, {"type", R"("position")"}, {"type", R"("telemetry")"}, {"type", R"("text")"}, {"type", R"("")"}, {"from", "4294967295"}, {"from", "-1"},
     {"from", "0"}, {"id", "0"}, {"id", "4294967296"}, {"to", "-1"}, {"timestamp", "1577836799"}, {"time", "1577836800"}, {"latitude_i", "900000000"},
     {"latitude_i", "-900000001"}, {"longitude_i", "-1800000001"}, {"battery_percent", "7"}, {"voltage", "null"}, {"hardware", R"("TBEAM")"}, {"role", "99"},
     {"ground_speed", "-2147483648"}, {"payload", R"({"text":"hi"})"}}};
constexpr std::array<std::string_view, 6> kStrings{"nodeinfo", "position", "telemetry", "text", "!7efeee00", "BA0"};
constexpr std::array<std::size_t, 2> kLimits{1'024, kRawBytesMax};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

std::string changed(std::string_view text, Random& random, std::size_t bytes_max) { return fuzz::mutate_json(text, random, bytes_max, kVocabulary); }

}  // namespace
}  // namespace starling::sources::meshtastic

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace starling;
  using namespace starling::sources::meshtastic;
  const std::string_view payload{reinterpret_cast<const char*>(bytes), size};
  Told plain = told(payload, false);
  require(plain.updates.size() <= 1 && (!plain.error || plain.updates.empty()));
  require_taken(plain.updates);
  if (const auto compact = json::compact(payload)) require(is_same(told(*compact, false), plain));

  // Repeated as it came it stands behind what was made of it, whether that was something or not.
  Told raw = told(payload, true);
  require_taken(raw.updates);
  if (!raw.updates.empty() && raw.updates.back().channel == "mesh:raw") raw.updates.pop_back();
  require(is_same(raw, plain));

  MeshtasticDecoder decoder{{.raw = false}};
  require(is_same(told_by(decoder, payload), plain));
  const bool is_message = !plain.updates.empty() && plain.updates.front().channel == "mesh:message";
  const bool has_id = is_message && json::find(plain.updates.front().data, "id").value_or("0") != "0";
  const Told again = told_by(decoder, payload, kNow.timestamp + std::chrono::minutes{10} - std::chrono::milliseconds{1});
  if (has_id) plain.updates.clear();
  require(is_same(again, plain));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, starling::sources::meshtastic::changed);
}
