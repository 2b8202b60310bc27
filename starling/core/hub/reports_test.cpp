#include "starling/core/hub/reports.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace starling::hub {
namespace {

struct Known {
  Reports reports;
  state::Channel x, y;
  Instant now{};

  static state::IdentityPtr identity(const std::string& key) {
    return std::make_shared<const state::Identity>(state::Identity{0, key, state::Identity::hash_of(0, key)});
  }
  void reported(const std::string& key, const state::Channel& channel) { Reports::reported(reports.open(of(key)), channel, Timestamp{}); }
  void went(const std::string& key, const state::Channel& channel) { reports.went(reports.open(of(key)), channel, Timestamp{}, now); }
  state::IdentityPtr of(const std::string& key) {
    const Reports::Entity* entity = reports.find(0, key);
    return entity ? entity->identity : identity(key);
  }
  bool knows(const std::string& key, const state::Channel& channel) {
    Reports::Entity* entity = reports.find(0, key);
    return entity && entity->find(channel);
  }
};

TEST_CASE("so many facets that went are remembered: one below, at and one above") {
  for (const std::size_t count : {kTracesMax - 1, kTracesMax, kTracesMax + 1}) {
    CAPTURE(count);
    Known known;
    known.reported("first", known.x);
    known.went("first", known.x);
    for (std::size_t i = 1; i < count; ++i) known.went(std::to_string(i), known.x);
    CHECK(known.knows("first", known.x) == (count <= kTracesMax));
    CHECK((known.reports.find(0, "first") != nullptr) == (count <= kTracesMax));  // nothing stays behind
    CHECK(known.knows("1", known.x));
    CHECK(known.reports.traces() == std::min(count, kTracesMax));
  }
}

TEST_CASE("they are remembered for so long: one below, at and one above") {
  for (const int off_us : {-1, 0, 1}) {
    CAPTURE(off_us);
    Known known;
    known.went("k", known.x);
    known.reports.forget_old(known.now + kTraceAgeMax + Duration{off_us});
    CHECK(known.knows("k", known.x) == (off_us < 0));
  }
}

TEST_CASE("a facet that came back is not forgotten, nor one that went again since") {
  Known known;
  known.went("back", known.x);
  known.went("again", known.x);
  known.reported("back", known.x);
  known.reported("again", known.x);
  known.now += std::chrono::minutes{30};
  known.went("again", known.x);
  known.now += std::chrono::minutes{30};
  known.reports.forget_old(known.now);
  CHECK(known.knows("back", known.x));
  CHECK(known.knows("again", known.x));
  known.now += std::chrono::minutes{30};
  known.reports.forget_old(known.now);
  CHECK(known.knows("back", known.x));
  CHECK_FALSE(known.knows("again", known.x));
}

TEST_CASE("facets are forgotten one by one, and one that went and went again at one instant once") {
  Known known;
  known.reported("k", known.y);
  for (int i = 0; i < 3; ++i) {
    known.reported("k", known.x);
    known.went("k", known.x);
  }
  known.reports.forget_old(known.now + kTraceAgeMax);
  CHECK_FALSE(known.knows("k", known.x));
  CHECK(known.knows("k", known.y));
  CHECK(known.reports.traces() == 0);
}

TEST_CASE("a removal said again keeps its trace where it is and takes the newer time") {
  Known known;
  known.went("k", known.x);
  Reports::Entity& entity = *known.reports.find(0, "k");
  known.reports.went(entity, known.x, Timestamp{std::chrono::seconds{9}}, known.now + std::chrono::minutes{1});
  CHECK(entity.find(known.x)->time == Timestamp{std::chrono::seconds{9}});
  CHECK(known.reports.traces() == 1);
}

TEST_CASE("older is older, unless what is held lies further ahead than anything may") {
  const Timestamp now{std::chrono::seconds{1'000}};
  const auto at = [](std::int64_t ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  CHECK_FALSE(Reports::is_older(at(10), at(9), now));
  CHECK_FALSE(Reports::is_older(at(10), at(10), now));
  CHECK(Reports::is_older(at(10), at(11), now));
  CHECK(Reports::is_older(at(10), at(1'060'000), now));
  CHECK_FALSE(Reports::is_older(at(10), at(1'060'001), now));
}

}  // namespace
}  // namespace starling::hub
