#include "starling/core/fanout/matching.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "starling/core/base/random.hpp"
#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

/// All that was told: seq and item of every message, in order.
std::multiset<std::string> items(const Lines& lines) {
  std::multiset<std::string> all;
  for (const std::string& line : lines) {
    const std::size_t start = line.find(": ") + 2;
    const std::string seq = line.substr(line.find('#'), start - line.find('#'));
    for (std::size_t at = start; at < line.size();) {
      const std::size_t end = std::min(line.find(", ", at), line.size());
      all.insert(seq + line.substr(at, end - at));
      at = end + 2;
    }
  }
  return all;
}

TEST_CASE("who looks at a box is told the same, however he is found") {
  const std::uint64_t seed = 4242;
  CAPTURE(seed);
  std::size_t told = 0, many = 0, few = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    CAPTURE(round);
    Random random{seed + round};
    Stage stage;
    const auto place = [&] { return geo::Point{random.unit() * 10, random.unit() * 10}; };
    std::vector<std::string> keys;
    for (int i = 0; i < 40; ++i) keys.push_back(std::to_string(i));
    // One of each pair stands under his box, the other under his keys, which are all there are.
    struct Pair {
      Stage::Viewer *by_box, *by_keys;
    };
    std::vector<Pair> pairs;
    for (std::uint32_t i = 0; i < 1 + random.below(20); ++i) {
      const geo::Point corner = place();
      view::Filter filter = in_box(corner.latitude_deg + random.unit() * 8, corner.latitude_deg, corner.longitude_deg + random.unit() * 8, corner.longitude_deg);
      filter.unlocated = random.chance(0.2);
      const std::vector<std::string> channels = random.chance(0.5) ? std::vector<std::string>{"a:*"} : std::vector<std::string>{"a:x"};
      view::Query by_box = query(channels, filter);
      if (random.chance(0.2)) by_box.fields = std::vector<std::string>{"w"};
      view::Query by_keys = by_box;
      by_keys.filter.keys = keys;
      Stage::Viewer& first = stage.subscribed(by_box, std::chrono::milliseconds{100}, 2 * i + 1);
      pairs.push_back({&first, &stage.subscribed(by_keys, std::chrono::milliseconds{100}, 2 * i + 2)});
    }
    for (int beat = 1; beat < 20; ++beat) {
      CAPTURE(beat);
      const bool is_busy = random.chance(0.6);
      for (std::uint64_t i = is_busy ? 40 : 1 + random.below(3); i > 0; --i) {
        const std::string& key = keys[random.below(keys.size())];
        const std::string channel = random.chance(0.7) ? "a:x" : "a:y";
        const state::EntityPtr entity = stage.world.find(channel, key);
        if (entity && entity->find(stage.world.open(channel)) && random.chance(0.1)) {
          stage.world.remove(channel, key);
        } else {
          const std::string record = "{\"v\":" + std::to_string(random.below(5)) + ",\"w\":" + std::to_string(random.below(5)) + '}';
          stage.world.set(channel, key, record, random.chance(0.8) ? std::optional{place()} : std::nullopt);
        }
        if (random.chance(0.3)) stage.batch();
      }
      stage.batch();
      stage.go(beat * 100 + static_cast<int>(random.below(100)));
      for (const Pair& pair : pairs) {
        const auto by_box = items(pair.by_box->take());
        REQUIRE(by_box == items(pair.by_keys->take()));
        told += by_box.size();
        (is_busy ? many : few) += by_box.size();
      }
    }
  }
  CHECK(told > 20'000);
  CHECK(many > 10'000);
  CHECK(few > 500);
}

}  // namespace
}  // namespace starling::fanout
