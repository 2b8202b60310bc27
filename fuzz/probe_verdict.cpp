/// @file
/// What a service answers is judged: only a whole JSON object whose last `status` says so makes a 2xx anything but healthy, and any other status is unhealthy whatever
/// the body says.
///
/// An input is the body.
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/json_mutator.hpp"
#include "starling/core/base/json.hpp"
#include "starling/sources/probe/verdict.hpp"

namespace starling::sources::probe {
namespace {

void require(bool fact) {
  if (!fact) std::abort();
}

constexpr std::array<std::string_view, 5> kTexts{R"({"status":"degraded"})", R"({"status":"unhealthy","checks":{"db":{"status":"healthy"}}})", R"({"status":"healthy","status":"degraded"})",
                                                 R"({"\u0073tatus":"degrad\u0065d"})", R"([{"status":"degraded"}])"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kMembers{
    {{"status", R"("degraded")"}, {"status", R"("unhealthy")"}, {"status", R"("healthy")"}, {"status", "null"}, {"data", "{}"}, {"Status", R"("degraded")"}}};
constexpr std::array<std::string_view, 5> kStrings{"degraded", "unhealthy", "healthy", "unreachable", "status"};
constexpr std::array<std::size_t, 1> kLimits{64};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

std::string changed(std::string_view text, Random& random, std::size_t bytes_max) { return fuzz::mutate_json(text, random, bytes_max, kVocabulary); }

}  // namespace
}  // namespace starling::sources::probe

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace starling;
  using namespace starling::sources::probe;
  const std::string_view body{reinterpret_cast<const char*>(bytes), size};
  const Health health = judge(200, body);
  require(judge(299, body) == health && judge(199, body) == Health::unhealthy && judge(300, body) == Health::unhealthy);
  require(health != Health::unreachable);
  const auto compact = json::compact(body);
  const bool is_object = compact && json::kind_of(*compact) == json::Kind::object;
  require(is_object || health == Health::healthy);
  if (!is_object) return 0;
  std::string said;
  for (const json::Member& member : json::Members{*compact}) {
    if (member.is_called("status")) said = json::kind_of(member.value) == json::Kind::string ? json::decode(member.value) : "";
  }
  require((said == "degraded") == (health == Health::degraded));
  require((said == "unhealthy") == (health == Health::unhealthy));
  require(judge(200, *compact) == health);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, starling::sources::probe::changed);
}
