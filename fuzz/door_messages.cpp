/// @file
/// Whatever a client says at a door of any dialect: what is answered is compact JSON, what it is shown is within what the door shows, the same text asks for the same again, and what
/// it has chosen is of the door and there once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "fuzz/json_mutator.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/dialects.hpp"
#include "starling/core/protocol/mesh_dialect.hpp"

namespace starling::protocol {
namespace {

struct Place {
  fanout::Fanout fanout{{}};
  state::KnownChannels channels;
  DialectTimes times;
  std::vector<DoorOptions> doors = default_doors();
  std::vector<std::unique_ptr<Dialect>> dialects;

  Place() {
    for (const DoorOptions& door : doors) dialects.push_back(make_dialect(door, {fanout, channels, times}));
  }
};

/// As a text, to be compared.
std::string described(const Asked& asked) {
  if (const auto* say = std::get_if<Say>(&asked)) return "say " + say->text;
  if (std::holds_alternative<Again>(asked)) return "again";
  const auto* look = std::get_if<Look>(&asked);
  if (look == nullptr) return "nothing";
  std::string text = "look";
  for (const Part& part : look->parts) text += ' ' + std::to_string(part.number) + view::normalised_text(part.query);
  return text;
}

void check(const Dialect& dialect, const DoorOptions& door, std::string_view text) {
  std::vector<std::string> chosen;
  const Asked asked = dialect.read(text, chosen);
  for (const std::string& name : chosen) {
    STARLING_CHECK(std::ranges::count(chosen, name) == 1, name);
    STARLING_CHECK(std::ranges::find(door.channels, name, &DoorChannel::event_name) != door.channels.end(), name);
  }
  if (const auto* say = std::get_if<Say>(&asked)) {
    const auto compact = json::compact(say->text);
    STARLING_CHECK(compact && *compact == say->text, say->text);
  }
  if (const auto* look = std::get_if<Look>(&asked)) {
    const Look everything = dialect.everything();
    STARLING_CHECK(look->parts.size() == everything.parts.size());
    for (std::size_t i = 0; i < look->parts.size(); ++i) {
      const Part &part = look->parts[i], &all = everything.parts[i];
      STARLING_CHECK((part.number & ~all.number) == 0, part.number);
      for (const std::string& channel : part.query.channels) STARLING_CHECK(std::ranges::find(all.query.channels, channel) != all.query.channels.end(), channel);
      if (part.query.filter.keys) STARLING_CHECK(!part.query.filter.keys->empty() && part.query.filter.keys->size() <= kMeshNodeIdsMax);
      if (part.told) STARLING_CHECK(part.told->channels.size() <= part.query.channels.size());
    }
  }
  // From the same beginning.
  std::vector<std::string> again;
  STARLING_CHECK(described(dialect.read(text, again)) == described(asked));
  STARLING_CHECK(again == chosen);
}

// ---- What the mutator knows ----------------------------------------------------------------------------------------------

constexpr std::string_view kTexts[] = {R"({"event":"ping","data":{}})", R"({"event":"subscribe","data":{"event_name":"services:health"}})", R"({"event":"subscribe","channels":["websdrs_update"]})",
                                       R"({"type":"ping"})", R"({"type":"subscribe","filter":{"nodeIds":["!0a1b2c3d"],"bounds":{"north":1,"south":-1,"east":-170,"west":170},"messageTypes":["node"]}})",
                                       R"({"type":"request_snapshot"})", R"({"type":"unsubscribe"})"};
constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
    {"event", R"("unsubscribe")"}, {"data", R"({"event_name":"signals:detected"})"}, {"event_name", R"("websdrs:status")"}, {"channels", "[]"}, {"type", R"("subscribe")"}, {"filter", "null"},
    {"nodeIds", R"(["!ffffffff"])"}, {"bounds", R"({"north":90,"south":-90,"east":180,"west":-180})"}, {"north", "-91"}, {"south", "90.5"}, {"east", "1e400"}, {"west", "540"}, {"messageTypes", R"(["message","telemetry"])"}};
constexpr std::string_view kStrings[] = {"ping", "subscribe", "unsubscribe", "request_snapshot", "services:health", "websdrs:status", "websdrs_update", "signals:detected", "node", "position", "telemetry", "message", "raw"};
constexpr std::size_t kLimits[] = {kMeshNodeIdsMax};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

}  // namespace
}  // namespace starling::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const starling::protocol::Place place;
  const std::string_view text = starling::as_text({bytes, size});
  for (std::size_t i = 0; i < place.doors.size(); ++i) starling::protocol::check(*place.dialects[i], place.doors[i], text);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, [](std::string_view text, starling::Random& random, std::size_t at_most) {
    return starling::fuzz::mutate_json(text, random, at_most, starling::protocol::kVocabulary);
  });
}
