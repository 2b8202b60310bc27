// What stands in history of a run of batches, where some of it is left out, not kept, or late.
#include "starling/core/store/batch_rows.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "starling/core/log/test_world.hpp"

namespace starling::store {
namespace {

using std::chrono::milliseconds;
using Lines = std::vector<std::string>;

/// Whose n-th batch closes at n ms: `car:gps` is thinned to a row in 10 ms, or 50 m, `car:name` is not, and of `car:debug` there is no history.
class Fleet {
 public:
  void set(std::string_view channel, std::string_view key, int n, std::optional<geo::Point> place = {}) {
    world.set(channel, key, "{\"n\":" + std::to_string(n) + "}", place);
  }
  void close() { rows.add(world.close()); }
  void pass(int batches) {
    for (int i = 0; i < batches; ++i) close();
  }
  Lines history() {
    Lines lines;
    for (const HistoryRow& row : rows.transaction().history) {
      constexpr std::array kKinds{"set", "removed", "event", "late", "gap"};
      lines.push_back(std::string{kKinds[static_cast<std::size_t>(row.kind)]} + " " + std::string{row.channel} + " " + std::string{row.key.value_or("-")} + " " + std::string{row.text} +
                      " of " + std::to_string(row.seq) + " at " + std::to_string(row.at.time_since_epoch().count()) + " time " + std::to_string(row.time.time_since_epoch().count()));
    }
    return lines;
  }
  std::size_t facets() { return rows.transaction().facets.size(); }

  log::TestWorld world{declarations()};
  BatchRows rows{[](const state::Channel& channel) { return channel.history != Duration::zero(); }};

 private:
  static std::vector<state::ChannelDeclaration> declarations() {
    std::vector<state::ChannelDeclaration> all(3);
    all[0].name = "car:gps";
    all[0].history_every = milliseconds{10};
    all[0].history_distance_m = 50;
    all[1].name = "car:name";
    all[2].name = "car:debug";
    all[2].history = Duration::zero();
    return all;
  }
};

TEST_CASE("of a thinned channel rows are left out, of one that is not kept all are; the state is whole") {
  Fleet fleet;
  for (int n = 1; n <= 12; ++n) {
    for (const char* channel : {"car:gps", "car:name", "car:debug"}) fleet.set(channel, "a", n);
    fleet.close();
  }
  Lines want;
  for (int n = 1; n <= 12; ++n) {
    const std::string seq = std::to_string(n), rest = " a {\"n\":" + seq + "} of " + seq + " at " + seq + " time " + seq;
    if (n == 1 || n == 11) want.push_back("set car:gps" + rest);
    want.push_back("set car:name" + rest);
  }
  CHECK(fleet.history() == want);
  CHECK(fleet.facets() == 3);
}

TEST_CASE("what was left out is written in its order, with the moment at which it is") {
  Fleet fleet;
  fleet.set("car:gps", "a", 1);
  fleet.close();
  fleet.set("car:gps", "a", 2);
  fleet.close();
  fleet.pass(9);
  CHECK(fleet.history().size() == 1);
  fleet.set("car:name", "a", 7);
  fleet.close();
  CHECK(fleet.history() == Lines{R"(set car:gps a {"n":1} of 1 at 1 time 1)", R"(set car:gps a {"n":2} of 2 at 11 time 2)", R"(set car:name a {"n":7} of 12 at 12 time 12)"});
  fleet.set("car:gps", "a", 3);
  fleet.close();
  CHECK(fleet.facets() == 2);
  fleet.rows.clear();  // it was written
  fleet.rows.add_due(Timestamp{milliseconds{20}});
  CHECK(fleet.rows.is_empty());
  fleet.rows.add_due(Timestamp{milliseconds{30}});
  CHECK_FALSE(fleet.rows.is_empty());
  CHECK_FALSE(fleet.rows.has_batches());
  CHECK(fleet.history() == Lines{R"(set car:gps a {"n":3} of 13 at 21 time 13)"});
  CHECK(fleet.facets() == 0);  // the state is written
}

TEST_CASE("a removal is always written, behind what was left out before it, and so is the first record after it") {
  Fleet fleet;
  fleet.set("car:gps", "a", 1);
  fleet.set("car:gps", "a", 2);
  fleet.world.remove("car:gps", "a", state::Cause::expired);
  fleet.set("car:gps", "a", 3);
  fleet.world.remove("car:gps", "a");
  fleet.close();
  CHECK(fleet.history() == Lines{R"(set car:gps a {"n":1} of 1 at 1 time 1)", R"(set car:gps a {"n":2} of 1 at 1 time 1)", "removed car:gps a expired of 1 at 1 time 1",
                                 R"(set car:gps a {"n":3} of 1 at 1 time 1)", "removed car:gps a deleted of 1 at 1 time 1"});
  CHECK(fleet.rows.thinning().size() == 0);
  fleet.pass(20);
  CHECK(fleet.history().size() == 5);  // nothing of it comes back
}

TEST_CASE("a place that moves alone is thinned with the record of its channel, and is where it was when that was so") {
  Fleet fleet;
  fleet.set("car:gps", "a", 1, geo::Point{0, 0});
  fleet.set("car:gps", "a", 2, geo::Point{0.0001, 0});
  fleet.set("car:gps", "a", 3, geo::Point{0.001, 0});
  fleet.set("car:gps", "a", 4, geo::Point{0.0011, 0});
  fleet.world.clear_place("car:gps", "a");
  fleet.close();
  std::string places;
  for (const HistoryRow& row : fleet.rows.transaction().history) places += row.place ? std::to_string(row.place->latitude_deg) + " " : "nowhere ";
  CHECK(places == "0.000000 0.001000 nowhere ");
}

TEST_CASE("what was left out is written with the place of its moment, and with whose place that is") {
  Fleet fleet;
  const auto places = [&fleet] {
    std::string text;
    for (const HistoryRow& row : fleet.rows.transaction().history) {
      text += std::string{row.channel} + (row.place ? " " + std::to_string(row.place->latitude_deg) : "") + (row.n == kPlacing ? " placing, " : ", ");
    }
    return text;
  };
  fleet.set("car:gps", "a", 1, geo::Point{1, 0});
  fleet.set("car:gps", "a", 2);  // left out
  fleet.set("car:name", "a", 3, geo::Point{2, 0});
  fleet.close();
  CHECK(places() == "car:gps 1.000000 placing, car:name 2.000000 placing, ");
  fleet.pass(11);
  CHECK(places() == "car:gps 1.000000 placing, car:name 2.000000 placing, car:gps 2.000000, ");
}

TEST_CASE("an announcement is no record") {
  Fleet fleet;
  fleet.set("car:gps", "a", 1);
  fleet.close();
  fleet.world.announce("car:gps", "a");
  fleet.close();
  CHECK(fleet.history().size() == 1);
  CHECK_FALSE(fleet.rows.thinning().has_left_out());
}

TEST_CASE("late reports stand behind the batch that they name, as they are, but for channels that are not kept") {
  Fleet fleet;
  fleet.set("car:gps", "a", 1);
  fleet.set("car:debug", "a", 1);
  fleet.close();
  auto late = std::make_shared<log::LateReports>();
  late->seq = 1;
  late->at = Timestamp{milliseconds{5}};
  for (const char* channel : {"car:gps", "car:debug", "car:gps"}) {
    late->reports.push_back({.channel = &fleet.world.open(channel), .identity = fleet.world.find("car:gps", "a")->identity, .time = Timestamp{milliseconds{-3}}, .point = geo::Point{4, 5}, .data = R"({"n":0})"});
  }
  fleet.rows.add(std::move(late));
  CHECK(fleet.history() == Lines{R"(set car:gps a {"n":1} of 1 at 1 time 1)", R"(late car:gps a {"n":0} of 1 at 5 time -3)", R"(late car:gps a {"n":0} of 1 at 5 time -3)"});
  CHECK(fleet.rows.transaction().history.back().place == geo::Point{4, 5});
  CHECK(fleet.rows.transaction().seq == 1);
  CHECK(fleet.rows.transaction().at == Timestamp{milliseconds{5}});
  CHECK(fleet.facets() == 2);
}

TEST_CASE("at the end all that was left out can be written") {
  Fleet fleet;
  for (int n = 1; n <= 3; ++n) fleet.set("car:gps", n == 3 ? "b" : "a", n);
  fleet.set("car:gps", "b", 4);
  fleet.close();
  fleet.rows.clear();
  fleet.rows.add_left_out(Timestamp{milliseconds{7}});
  CHECK(fleet.history().size() == 2);
  CHECK_FALSE(fleet.rows.thinning().has_left_out());
  fleet.rows.clear();
  fleet.rows.forget_thinning();
  fleet.set("car:gps", "a", 5);
  fleet.close();
  CHECK(fleet.history().size() == 1);
}

}  // namespace
}  // namespace starling::store
