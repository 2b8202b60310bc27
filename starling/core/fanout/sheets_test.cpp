#include "starling/core/fanout/sheets.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

const geo::Box kEverywhere = *geo::Box::from(90, -90, 180, -180);

/// So many nodes, all at their places before and after one batch in which `channels` channels of each changed.
struct Moved {
  explicit Moved(int nodes, int channels = 1, std::size_t record_bytes = 1) : stage() {
    const auto say = [&](char digit) {
      for (int node = 0; node < nodes; ++node) {
        for (int channel = 0; channel < channels; ++channel) {
          const std::string record = "{\"v\":" + std::string(record_bytes, digit) + '}';
          stage.world.set("a:" + std::to_string(channel), std::to_string(node), record, geo::Point{0, static_cast<double>(node)});
        }
      }
      return stage.world.close();
    };
    (void)say('1');
    const log::BatchPtr batch = say('2');
    log::Folder folder{batch->seq - 1};
    folder.add(*batch);
    fold = folder.take_whole();
    map.lay_out(fold);
    sheets.begin(map);
    column = fragments.column_of(stage.encoder, view);
  }
  /// What is told to one who looks at a box; nullopt: it is to be told change by change.
  std::optional<std::string> told(const geo::Box& box, std::size_t bytes_max = 1 << 30) {
    std::vector<std::uint32_t> half;
    const FoldMap::Runs runs = map.find(box, half);
    stage.encoder.begin(1);
    if (!sheets.add(stage.encoder, column, *view, runs, bytes_max)) {
      CHECK(stage.encoder.is_empty());
      return std::nullopt;
    }
    return std::string{stage.encoder.finish_update(2, false)->payload()};
  }

  Stage stage;
  log::Fold fold;
  FoldMap map;
  Fragments fragments;
  Sheets sheets;
  view::ViewPtr view = stage.view_of(query({"*"}, {std::nullopt, kEverywhere, false}));
  Column column = 0;
};

TEST_CASE("what a run says is what each of its changes says, one after the other") {
  Moved moved(3);
  moved.sheets.expect(moved.column, 3);
  CHECK(moved.told(kEverywhere) == R"(update 1 #2: a:0 0+"v":2, a:0 1+"v":2, a:0 2+"v":2)");
  CHECK(moved.told(*geo::Box::from(1, -1, 1.5, 0.5)) == R"(update 1 #2: a:0 1+"v":2)");
  CHECK(moved.told(*geo::Box::from(1, -1, -5, -6)) == "update 1 #2:");
}

TEST_CASE("of its channels, only those that the view shows are said") {
  Moved moved(1, 3);
  moved.sheets.expect(moved.column, 1);
  moved.view = moved.stage.view_of(query({"a:0", "a:2"}, {std::nullopt, kEverywhere, false}));
  CHECK(moved.told(kEverywhere) == R"(update 1 #2: a:0 0+"v":2, a:2 0+"v":2)");
}

TEST_CASE("sheets are written where each change is told once at least") {
  Moved moved(3);
  CHECK_FALSE(moved.told(kEverywhere));  // nobody said that they would be wanted
  moved.sheets.expect(moved.column, 2);
  CHECK_FALSE(moved.told(kEverywhere));
  moved.sheets.expect(moved.column, 1);
  CHECK(moved.told(kEverywhere));
  moved.sheets.begin(moved.map);
  CHECK_FALSE(moved.told(kEverywhere));
}

TEST_CASE("they are written of so many channels and no more") {
  for (const int more : {-1, 0, 1}) {
    CAPTURE(more);
    Moved moved(1, static_cast<int>(Sheets::kChannelsMax) + more);
    moved.sheets.expect(moved.column, 1);
    CHECK(moved.told(kEverywhere).has_value() == (more <= 0));
  }
}

TEST_CASE("all sheets of a fold together have so many bytes and no more") {
  // One fragment is `a:0 0+"v":2…, `: so many bytes around the twos, in one record.
  constexpr std::size_t kAround = std::string_view{R"(a:0 0+"v":, )"}.size();
  for (const int more : {-1, 0, 1}) {
    CAPTURE(more);
    constexpr std::size_t kEnds = 3 * sizeof(std::uint32_t);  // where the one change ends in each of three lists
    Moved moved(1, 1, Sheets::kBytesMax - kAround - kEnds + static_cast<std::size_t>(more));
    moved.sheets.expect(moved.column, 1);
    CHECK(moved.told(kEverywhere).has_value() == (more <= 0));
    CHECK(moved.told(kEverywhere).has_value() == (more <= 0));  // and so it stays
  }
}

TEST_CASE("sheets in which nothing is said weigh, too") {
  Moved moved(20'000);
  std::size_t written = 0;
  for (int i = 0; i < 100; ++i) {  // as many ways of seeing nothing
    view::Query nothing = query({"*"}, {std::nullopt, kEverywhere, false});
    nothing.fields = std::vector<std::string>{"none" + std::to_string(i)};
    moved.view = moved.stage.view_of(std::move(nothing));
    moved.column = moved.fragments.column_of(moved.stage.encoder, moved.view);
    moved.sheets.expect(moved.column, 20'000);
    written += moved.told(kEverywhere).has_value();
  }
  CHECK(written == Sheets::kBytesMax / (3 * sizeof(std::uint32_t) * 20'000));
}

TEST_CASE("it stops with the run that makes the message too large") {
  Moved moved(40);
  moved.sheets.expect(moved.column, 40);
  const auto whole = moved.told(kEverywhere);
  REQUIRE(whole);
  CHECK(moved.told(kEverywhere, 1) == whole);  // one run
  // All but some in the middle are two runs at least, and the first is too large already.
  const auto around_the_world = moved.told(*geo::Box::from(1, -1, 10, 30), 1);
  REQUIRE(around_the_world);
  CHECK(moved.stage.encoder.bytes() > 1);
  CHECK(around_the_world->size() < moved.told(*geo::Box::from(1, -1, 10, 30))->size());
}

}  // namespace
}  // namespace starling::fanout
