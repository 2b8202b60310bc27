// Those who look back: what they hold at every step of a replay is what there was then, however slowly they read.
#include "starling/core/session/replays.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/fanout/test_link.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/replay/test_history.hpp"
#include "starling/core/session/replica.hpp"
#include "starling/core/session/shard.hpp"

namespace starling::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds{1'790'000'000}};

class NoHub final : public Publisher {
 public:
  Offered offer(state::Update&, Ticket&, Moment) override { return Outcome{Unexpected{state::Refusal::forbidden}}; }
};

std::vector<state::ChannelDeclaration> channels() {
  std::vector<state::ChannelDeclaration> all(4);
  all[0].name = "a:e";
  all[0].kind = state::ChannelKind::event;
  all[1].name = "a:alarm";
  all[1].priority = state::Priority::critical;
  all[2].name = "a:x";
  all[3].name = "a:y";
  return all;
}

struct Known {
  std::map<std::string, std::string> records;  // by channel
  std::optional<geo::Point> place;
};
/// What there is, by key.
using Truth = std::map<std::string, Known>;

/// A fleet with a past, and a shard whose clock is wound by hand.
struct Stage {
  explicit Stage(ShardOptions options = {}) : shard(with_epoch(std::move(options)), world.channels(), hub) { shard.set_history(history); }

  static ShardOptions with_epoch(ShardOptions options) {
    options.epoch = "e";
    return options;
  }
  [[nodiscard]] Moment at() const { return {Instant{now}, time()}; }
  [[nodiscard]] Timestamp time() const { return kStart + std::chrono::duration_cast<milliseconds>(now); }

  /// Closes what the world said as a batch of now.
  void batch() {
    auto batch = std::make_shared<log::Batch>(*world.close());
    batch->time = time();
    history.keep(*batch);
    shard.take(batch, at());
    Truth& truth = truths[time()];
    if (world.state().spaces().empty()) return;
    truth.clear();
    world.state().spaces()[0].for_each([&](const state::EntityPtr& entity) {
      Known& known = truth[entity->key()];
      for (const state::FacetPtr& facet : entity->facets) known.records[facet->channel->name] = facet->fields.text();
      if (entity->place) known.place = entity->place->point;
    });
    history.tell(at());
  }
  void pass(Duration time) {
    const Duration until = now + time;
    for (auto due = shard.next_due(); due && *due <= Instant{until}; due = shard.next_due()) {
      now = std::max(now, due->time_since_epoch());
      shard.on_time(at());
      history.tell(at());
    }
    now = until;
  }
  [[nodiscard]] const Truth& truth_at(Timestamp when) const {
    const auto next = truths.upper_bound(when);
    REQUIRE_MESSAGE(next != truths.begin(), format_rfc3339(when) << " is before " << format_rfc3339(truths.begin()->first));
    return std::prev(next)->second;
  }

  log::TestWorld world{channels()};
  NoHub hub;
  replay::TestHistory history;
  std::map<Timestamp, Truth> truths;
  Shard shard;
  Duration now = seconds{1};
};

/// A client that applies what it is told, as any does.
struct Viewer {
  explicit Viewer(Stage& on) : stage(on), session(on.shard.open(link, "s1", on.at())) { (void)link.take(); }
  ~Viewer() { stage.shard.close(session); }

  void say(const std::string& text) {
    session.receive(text, stage.at());
    stage.history.tell(stage.at());
  }
  /// Applies what came. `is_right` is asked at each step with its time.
  template <class IsRight>
  void read(IsRight&& is_right) {
    for (const std::string& text : link.take()) {
      if (json::find(text, "type") == R"("subscribed")") {
        REQUIRE(json::find(text, "replay") == "true");
        REQUIRE(!json::find(text, "view"));
        told = *parse_rfc3339(json::decode(*json::find(text, "time")));
        ended = json::find(text, "reason") == R"("ended")";
        replica.forget_parts();
        continue;
      }
      REQUIRE_MESSAGE(!ended, text);
      if (const auto time = json::find(text, "time")) {
        const Timestamp then = *parse_rfc3339(json::decode(*time));
        REQUIRE(then >= told);
        told = then;
      }
      const auto step = replica.apply(text);
      REQUIRE_MESSAGE(step, text);
      if (!*step) continue;
      for (const Replica::Event& event : (*step)->events) events.push_back(std::string{*json::find(event.text, "data")});
      ++steps;
      is_right(told);
    }
  }

  Stage& stage;
  fanout::TestLink link;
  Session& session;
  Replica replica;
  Timestamp told;
  std::vector<std::string> events;
  int steps = 0;
  bool ended = false;
};

/// Records by channel and key.
using Held = std::map<std::string, std::string>;
std::string text_of(const Held& held) {
  std::string text;
  for (const auto& [whose, record] : held) text += whose + '=' + record + ' ';
  return text;
}

/// What a view of these shows of the truth: naively.
std::string shown(const Truth& truth, const std::vector<std::string>& channels, const std::optional<geo::Box>& box) {
  Held all;
  for (const auto& [key, known] : truth) {
    if (box && !(known.place && box->contains(*known.place))) continue;
    for (const std::string& channel : channels) {
      if (const auto record = known.records.find(channel); record != known.records.end()) all.emplace(channel + ' ' + key, record->second);
    }
  }
  return text_of(all);
}

std::string held(const Replica& replica) {
  Held all;
  for (const auto& [channel, records] : replica.channels()) {
    for (const auto& [key, fields] : records) all.emplace(channel + ' ' + key, fields.text());
  }
  return text_of(all);
}

/// A past of some seconds, from nothing on. What events said, with their times.
std::vector<std::pair<Timestamp, std::string>> live(Stage& stage, Random& random, int batches) {
  std::vector<std::pair<Timestamp, std::string>> said;
  const std::vector<std::string> facets{"a:x", "a:y", "a:alarm"};
  for (int i = 0; i < batches; ++i) {
    stage.pass(milliseconds{random.below(400)});
    for (std::uint64_t n = random.below(4) + 1; n > 0; --n) {
      const std::string key = "k" + std::to_string(random.below(5));
      const std::string& facet = facets[random.below(facets.size())];
      const state::EntityPtr entity = stage.world.find(facet, key);
      const std::string record = "{\"v\":" + std::to_string(random.below(3)) + (random.below(4) == 0 ? ",\"w\":1}" : "}");
      const std::uint64_t what = random.below(10);
      if (what < 6) {
        // Of a place one facet speaks: who has two that do is told of by hand, below.
        const bool is_placed = facet == "a:x" && random.below(2) == 0;
        stage.world.set(facet, key, record, is_placed ? std::optional{geo::Point{static_cast<double>(random.below(4)), 1}} : std::nullopt);
      } else if (what < 8) {
        if (entity && entity->find(stage.world.open(facet))) stage.world.remove(facet, key, random.below(2) == 0 ? state::Cause::deleted : state::Cause::expired);
      } else if (what == 8) {
        if (entity && entity->place) stage.world.clear_place(facet, key);
      } else {
        said.emplace_back(stage.time(), "{\"n\":" + std::to_string(said.size()) + '}');
        stage.world.say("a:e", key, said.back().second);
      }
    }
    stage.batch();
  }
  return said;
}

std::string replay_of(const std::vector<std::string>& channels, const std::optional<geo::Box>& box, Timestamp from, Timestamp to, double speed, double rate) {
  protocol::Subscribe message{.id = 1, .query = {.channels = channels, .filter = {}, .fields = {}}, .rate = rate, .since = {}};
  message.query.filter.bounds = box;
  message.replay = protocol::Replay{from, to, speed};
  return protocol::write(message);
}

}  // namespace

TEST_CASE("at every step of a replay a viewer holds what there was then, and hears every event") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    ShardOptions options;
    if (random.below(3) == 0) options.replay.log_bytes = 200;  // who is slow gets snapshots
    Stage stage{options};
    const auto said = live(stage, random, 60);
    const Timestamp begin = stage.truths.begin()->first, end = stage.time();
    const Timestamp from = begin + milliseconds{random.below(static_cast<std::uint64_t>((end - begin).count()))};
    const Timestamp to = from + milliseconds{1 + random.below(static_cast<std::uint64_t>((end - from).count()) + 1)};
    const double speeds[] = {0.5, 1, 7, 60, 1000}, rates[] = {1000, 5, 1};
    const double speed = speeds[random.below(5)];
    const std::vector<std::string> names = random.below(2) == 0 ? std::vector<std::string>{"a:y"} : std::vector<std::string>{"a:alarm", "a:e", "a:x", "a:y"};
    const auto box = random.below(2) == 0 ? std::optional{geo::Box::from(2.5, 0, 2, 0)} : std::nullopt;
    const bool is_slow = random.below(2) == 0;

    Viewer viewer{stage};
    viewer.say(replay_of(names, box, from, to, speed, rates[random.below(3)]));
    const auto is_right = [&](Timestamp when) { CHECK(held(viewer.replica) == shown(stage.truth_at(when), names, box)); };
    for (int turn = 0; turn < 100'000 && !viewer.ended; ++turn) {
      if (is_slow && random.below(3) == 0) viewer.link.room = random.below(3);
      viewer.read(is_right);
      stage.pass(milliseconds{random.below(300)});
      if (viewer.link.room < 3 && random.below(2) == 0) {
        viewer.link.room = fanout::TestLink::kEndless;
        viewer.session.drained(Instant{stage.now});
      }
      stage.history.tell(stage.at());
    }
    viewer.read(is_right);
    REQUIRE(viewer.ended);
    CHECK(viewer.steps > 0);
    is_right(to);
    CHECK(stage.shard.replays() == 0);
    if (box || names.size() == 1 || options.replay.log_bytes == 200) continue;
    std::vector<std::string> expected;
    for (const auto& [time, data] : said) {
      if (time > from && time <= to) expected.push_back(data);
    }
    CHECK(viewer.events == expected);
  }
}

TEST_CASE("a moment is told as it was, and then nothing of it is kept") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    Stage stage;
    (void)live(stage, random, 40);
    const Timestamp begin = stage.truths.begin()->first;
    const Timestamp when = begin + milliseconds{random.below(static_cast<std::uint64_t>((stage.time() - begin).count()))};
    Viewer viewer{stage};
    const std::vector<std::string> names{"a:alarm", "a:x", "a:y"};
    viewer.say(R"({"type":"subscribe","id":1,"channels":["a:alarm","a:x","a:y"],"at":")" + format_rfc3339(when) + "\"}");
    viewer.read([&](Timestamp then) {
      CHECK(then == when);
      CHECK(held(viewer.replica) == shown(stage.truth_at(when), names, std::nullopt));
    });
    CHECK(viewer.steps == 1);
    CHECK(stage.shard.replays() == 0);
    stage.pass(seconds{5});
    CHECK(viewer.link.take().empty());
  }
}

TEST_CASE("so many replays are played at once on a shard; one that is replaced makes room for itself, and one that has ended does too") {
  ShardOptions options;
  options.replay.replays_max = 2;
  Stage stage{options};
  stage.world.set("a:x", "k", R"({"v":1})");
  stage.batch();
  stage.pass(seconds{10});
  const auto replay = [&](int id) {
    return R"({"type":"subscribe","id":)" + std::to_string(id) + R"(,"channels":["a:x"],"replay":{"from":")" + format_rfc3339(kStart + seconds{5}) + R"("}})";
  };
  Viewer viewer{stage};
  viewer.say(replay(1));
  CHECK(stage.shard.replays() == 1);
  viewer.say(replay(2));
  CHECK(stage.shard.replays() == 2);
  (void)viewer.link.take();
  viewer.say(replay(3));
  const fanout::Lines refused = viewer.link.take();
  REQUIRE(refused.size() == 1);
  CHECK(json::find(refused[0], "code") == R"("unavailable")");
  CHECK(json::find(refused[0], "id") == "3");
  viewer.say(replay(2));
  CHECK(viewer.link.take().size() == 2);
  CHECK(stage.shard.replays() == 2);
  viewer.say(R"({"type":"unsubscribe","id":2})");
  CHECK(stage.shard.replays() == 1);
  viewer.say(replay(3));
  CHECK(stage.shard.replays() == 2);
  stage.pass(seconds{10});
  CHECK(stage.shard.replays() == 0);
}

TEST_CASE("the state one begins with is bounded in bytes") {
  const auto told = [](std::size_t bytes_max) {
    ShardOptions options;
    options.replay.state_bytes_max = bytes_max;
    Stage stage{options};
    stage.world.set("a:x", "k", R"({"v":1})");  // 1 and 7 bytes
    stage.batch();
    Viewer viewer{stage};
    viewer.say(R"({"type":"subscribe","id":1,"channels":["a:x"],"at":")" + format_rfc3339(stage.time()) + "\"}");
    return json::decode(*json::find(viewer.link.take()[0], "type"));
  };
  CHECK(told(7) == "error");
  CHECK(told(8) == "subscribed");
  CHECK(told(9) == "subscribed");
}

TEST_CASE("history that fails midway is said once, and the id is free") {
  Stage stage;
  stage.world.set("a:x", "k", R"({"v":1})");
  stage.batch();
  stage.pass(seconds{1});
  stage.history.fails = true;
  Viewer viewer{stage};
  viewer.say(R"({"type":"subscribe","id":1,"channels":["a:x"],"ref":5,"replay":{"from":")" + format_rfc3339(kStart + seconds{1}) + R"("}})");
  const fanout::Lines told = viewer.link.take();
  REQUIRE(told.size() == 3);
  CHECK(told[2] == R"({"type":"error","code":"unavailable","message":"the store cannot be read now","retry":"later","ref":5,"id":1,"field":"replay"})");
  CHECK(stage.shard.replays() == 0);
  viewer.say(R"({"type":"subscribe","id":1,"channels":["a:x"]})");
  CHECK(json::find(viewer.link.take()[0], "reason") == R"("new")");
}

TEST_CASE("a session that ends while history is asked is not told any more") {
  Stage stage;
  stage.world.set("a:x", "k", R"({"v":1})");
  stage.batch();
  fanout::TestLink link;
  Session& session = stage.shard.open(link, "s1", stage.at());
  session.receive(R"({"type":"subscribe","id":1,"channels":["a:x"],"at":")" + format_rfc3339(stage.time()) + "\"}", stage.at());
  CHECK(stage.history.asked() == 1);
  (void)link.take();
  stage.shard.close(session);
  stage.history.tell(stage.at());
  CHECK(link.take().empty());
  CHECK(stage.shard.replays() == 0);
}

}  // namespace starling::session
