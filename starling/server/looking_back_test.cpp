// An hour out of a real store, replayed by a whole server: what a viewer holds at every step is what there was at that time.
#include <doctest/doctest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/session/replica.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/store_for_test.hpp"
#include "starling/server/client_for_test.hpp"

namespace starling {
namespace {

using std::chrono::seconds;

constexpr int kSeconds = 3'600;

struct Car {
  std::string record;
  geo::Point place;
};
using Fleet = std::map<std::string, Car>;

/// An hour of forty cars that drive, come and go, a batch each second: written into the store, and what there was after each.
std::map<Timestamp, Fleet> live_an_hour(store::Store& store, Timestamp begin) {
  Random random{1};
  std::map<Timestamp, Fleet> fleets;
  Fleet fleet;
  for (int second = 0; second <= kSeconds; ++second) {
    const Timestamp at = begin + seconds{second};
    std::deque<std::string> texts;
    store::Transaction transaction{.seq = static_cast<store::Seq>(second) + 1, .at = at};
    for (int i = 0; i < 5; ++i) {
      const std::string& key = texts.emplace_back("car-" + std::to_string(random.below(40)));
      store::HistoryRow row{.channel = "road:car", .key = key, .seq = transaction.seq, .at = at, .time = at};
      if (random.below(10) == 0) {
        if (!fleet.contains(key)) continue;
        row.kind = store::HistoryKind::removed;
        row.text = random.below(2) == 0 ? "expired" : "deleted";
        fleet.erase(key);
      } else {
        const geo::Point place{static_cast<double>(random.below(100)), static_cast<double>(random.below(100))};
        row.n = store::kPlacing;
        row.text = texts.emplace_back("{\"second\":" + std::to_string(second) + ",\"i\":" + std::to_string(i) + '}');
        row.place = place;
        fleet[key] = {std::string{row.text}, place};
      }
      transaction.history.push_back(row);
    }
    REQUIRE(store.write(transaction));
    fleets[at] = fleet;
  }
  return fleets;
}

std::string shown(const Fleet& fleet, const geo::Box& box) {
  std::string text;
  for (const auto& [key, car] : fleet) {
    if (box.contains(car.place)) text += key + car.record + '\n';
  }
  return text;
}

std::string held(const session::Replica& replica) {
  std::string text;
  if (const auto* records = replica.find("road:car")) {
    for (const auto& [key, fields] : *records) text += key + std::string{fields.text()} + '\n';
  }
  return text;
}

}  // namespace

// At 1,000 times its speed, and at that of STARLING_REPLAY_SPEED.
TEST_CASE("an hour out of the store is told in its time, and at every step it is what was") {
  const char* const asked = std::getenv("STARLING_REPLAY_SPEED");
  const double speed = asked ? std::atof(asked) : 1'000;
  const store::TestFolder folder;
  const Timestamp end = net::now().timestamp - seconds{10}, begin = end - seconds{kSeconds};
  std::map<Timestamp, Fleet> fleets;
  {
    const auto opened = store::open_store("sqlite:s.db", {.folder = folder.path()});
    REQUIRE(opened);
    REQUIRE((*opened)->begin_life("before", 0, begin));
    fleets = live_an_hour(**opened, begin);
  }
  ServerOptions options{.shards = 2};
  options.channels.emplace_back().name = "road:car";
  options.store = {.url = "sqlite:s.db", .folder = folder.path(), .history = std::chrono::hours{24 * 365}};
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()};
  (void)viewer.hear("welcome");
  const geo::Box box = *geo::Box::from(60, 0, 60, 0);
  const Moment began = net::now();
  viewer.say(R"({"type":"subscribe","id":1,"channels":["road:*"],"filter":{"bounds":{"north":60,"south":0,"east":60,"west":0}},"replay":{"from":")" + format_rfc3339(begin) +
             R"(","to":")" + format_rfc3339(end) + R"(","speed":)" + std::to_string(speed) + "}}");
  session::Replica replica;
  Timestamp then = begin;
  int steps = 0;
  for (bool has_ended = false; !has_ended;) {
    const auto event = viewer.next();
    REQUIRE(event);
    if (const auto* ping = std::get_if<ws::Ping>(&*event)) viewer.say(ws::Opcode::pong, ping->payload);
    const auto* message = std::get_if<ws::TextMessage>(&*event);
    if (message == nullptr) continue;
    const auto type = json::find(message->text, "type");
    REQUIRE_MESSAGE(type != R"("error")", message->text);
    has_ended = json::find(message->text, "reason") == R"("ended")";
    if (type != R"("snapshot")" && type != R"("update")") continue;
    if (const auto time = json::find(message->text, "time")) then = *parse_rfc3339(json::decode(*time));
    const auto step = replica.apply(message->text);
    REQUIRE_MESSAGE(step, message->text);
    if (!*step) continue;
    ++steps;
    REQUIRE(held(replica) == shown(std::prev(fleets.upper_bound(then))->second, box));
  }
  CHECK(held(replica) == shown(fleets.at(end), box));
  const double took_s = static_cast<double>((net::now().instant - began.instant).count()) / 1e6;
  MESSAGE(steps << " steps in " << took_s << " s at " << speed << " times the speed");
  CHECK(took_s >= kSeconds / speed);
  CHECK(took_s < kSeconds / speed + 5);
  CHECK(steps > kSeconds / speed * 5);  // ten beats a second
}

}  // namespace starling
