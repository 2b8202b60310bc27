#include "starling/core/protocol/native_encoder.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"

namespace starling::protocol {
namespace {

using fanout::SubscribedReason;
using log::TestWorld;
using view::View;

struct Written {
  TestWorld fleet;
  View all{{{"*"}, {}, std::nullopt}, fleet.channels()};
  NativeEncoder encoder;

  View with_fields(std::vector<std::string> fields) { return View({{"*"}, {}, std::move(fields)}, fleet.channels()); }
  void add(const state::Change& change, const View& shown) {
    view::for_each_transition(shown, shown, change, [&](const view::Transition& transition) { add(change.identity().key, transition, shown); });
  }
  void add(std::string_view key, const view::Transition& transition, const View& shown) {
    std::string fragment;
    if (const auto told = encoder.write(fragment, key, transition, shown, shown)) {
      encoder.add(*transition.channel, *told, fragment);
    } else {
      CHECK(fragment.empty());
    }
  }
  void add(const state::Event& event, const View& shown) {
    std::string fragment;
    encoder.write(fragment, event, shown);
    encoder.add_event(*event.channel, fragment);
  }
  void add(const state::Change& change) { add(change, all); }
  std::string update(state::Seq seq = 7, bool more = false) { return std::string{encoder.finish_update(seq, more)->payload()}; }
  std::string snapshot(state::Seq seq = 7, bool more = false) { return std::string{encoder.finish_snapshot(seq, more)->payload()}; }
};

TEST_CASE("subscribed says which view, whether it resumes, and why") {
  Written written;
  const std::string view = written.all.name();
  struct Case {
    SubscribedReason reason;
    const char* want;
  };
  for (const Case& c : {
           Case{SubscribedReason::fresh, R"("resumed":false,"reason":"new"})"},
           Case{SubscribedReason::replaced, R"("resumed":false,"reason":"replaced"})"},
           Case{SubscribedReason::resumed, R"("resumed":true,"reason":"resumed"})"},
           Case{SubscribedReason::epoch, R"("resumed":false,"reason":"epoch"})"},
           Case{SubscribedReason::expired, R"("resumed":false,"reason":"expired"})"},
           Case{SubscribedReason::query, R"("resumed":false,"reason":"query"})"},
           Case{SubscribedReason::rights, R"("resumed":false,"reason":"rights"})"},
       }) {
    CHECK(written.encoder.subscribed(3, 12, written.all, c.reason, {})->payload() ==
          R"({"type":"subscribed","id":3,"seq":12,"view":")" + view + "\"," + c.want);
  }
  const state::Channel &chat = written.fleet.open("a:chat"), &alerts = written.fleet.open("a:alerts");
  CHECK(written.encoder.subscribed(3, 12, written.all, SubscribedReason::expired, {{&chat, 4, 13}, {&alerts, 4, 13}})->payload() ==
        R"({"type":"subscribed","id":3,"seq":12,"view":")" + view +
            R"(","resumed":false,"reason":"expired","gaps":{"a:chat":{"after":4,"before":13},"a:alerts":{"after":4,"before":13}}})");
}

TEST_CASE("an update: a channel's remove, set, patch, gap and events, in that order, channels as they came") {
  Written written;
  TestWorld& world = written.fleet;
  world.set("a:x", "p", R"({"v":1,"w":2})");
  world.set("a:x", "r", "{}");
  (void)world.close();
  written.encoder.begin(1);
  CHECK(written.encoder.is_empty());
  CHECK(written.encoder.bytes() == 0);
  world.set("a:x", "p", R"({"v":1,"w":3})");
  written.add(world.last_change());
  world.remove("a:x", "r");
  written.add(world.last_change());
  world.set("a:x", "s", R"({"n":-0.10,"t":"\u00e9"})");
  written.add(world.last_change());
  world.set("b:y", "s", "{}");
  written.add(world.last_change());
  world.say("a:x", "p", R"({"text":"hi"})");
  written.add(*world.close()->events[0], written.all);
  written.encoder.add(fanout::Gap{&world.open("a:x"), 3, 9});
  CHECK_FALSE(written.encoder.is_empty());
  CHECK(written.update() ==
        R"({"type":"update","id":1,"seq":7,"channels":{"a:x":{"remove":{"r":"deleted"},"set":{"s":{"n":-0.10,"t":"\u00e9"}},)"
        R"("patch":{"p":{"w":3}},"gap":{"after":3,"before":9},)"
        R"("events":[{"seq":2,"n":0,"key":"p","time":"1970-01-01T00:00:00.002Z","data":{"text":"hi"}}]},"b:y":{"set":{"s":{}}}}})");
}

TEST_CASE("an update with more parts to follow, and one of nothing") {
  Written written;
  written.encoder.begin(4'294'967'295);
  CHECK(written.update(18'446'744'073'709'551'615u, true) ==
        R"({"type":"update","id":4294967295,"seq":18446744073709551615,"channels":{},"more":true})");
  written.encoder.begin(1);
  CHECK(written.update(0) == R"({"type":"update","id":1,"seq":0,"channels":{}})");
}

TEST_CASE("a snapshot says whether more follows, always") {
  Written written;
  TestWorld& world = written.fleet;
  written.encoder.begin(1);
  CHECK(written.snapshot(0, false) == R"({"type":"snapshot","id":1,"seq":0,"channels":{},"more":false})");
  written.encoder.begin(1);
  for (const char* key : {"k", "l"}) world.set("a:x", key, R"({"v":1})"), written.add(world.last_change());
  world.set("b:y", "k", "{}");
  written.add(world.last_change());
  CHECK(written.snapshot(5, true) ==
        R"({"type":"snapshot","id":1,"seq":5,"channels":{"a:x":{"k":{"v":1},"l":{"v":1}},"b:y":{"k":{}}},"more":true})");
}

TEST_CASE("each reason for a removal") {
  Written written;
  TestWorld& world = written.fleet;
  const state::Channel& channel = world.open("a:x");
  written.encoder.begin(1);
  using view::RemoveReason;
  for (const auto reason : {RemoveReason::moved, RemoveReason::filtered, RemoveReason::deleted, RemoveReason::expired}) {
    written.add(to_text(reason), {&channel, view::Told::remove, reason, nullptr, nullptr, nullptr, nullptr}, written.all);
  }
  CHECK(written.update() == R"({"type":"update","id":1,"seq":7,"channels":{"a:x":{"remove":)"
                            R"({"moved":"moved","filtered":"filtered","deleted":"deleted","expired":"expired"}}}})");
}

TEST_CASE("keys are written with the fewest escapes") {
  Written written;
  written.encoder.begin(1);
  written.fleet.set("a:x", "\"\\/\xC3\xA9", "{}");
  written.add(written.fleet.last_change());
  CHECK(written.update() == "{\"type\":\"update\",\"id\":1,\"seq\":7,\"channels\":{\"a:x\":{\"set\":{\"\\\"\\\\/\xC3\xA9\":{}}}}}");
}

TEST_CASE("only the fields asked for, in records, patches and events") {
  Written written;
  TestWorld& world = written.fleet;
  const View some = written.with_fields({"v", "z"}), none = written.with_fields({});
  written.encoder.begin(1);
  world.set("a:x", "k", R"({"h":1,"v":2,"z":3})");
  written.add(world.last_change(), some);
  written.add(world.last_change(), none);
  world.say("a:e", std::nullopt, R"({"v":1,"h":2})");
  const state::EventPtr event = world.close()->events[0];
  written.add(*event, some);
  written.add(*event, none);
  CHECK(written.update() == R"({"type":"update","id":1,"seq":7,"channels":{"a:x":{"set":{"k":{"v":2,"z":3},"k":{}}},)"
                            R"("a:e":{"events":[{"seq":1,"n":0,"time":"1970-01-01T00:00:00.001Z","data":{"v":1}},)"
                            R"({"seq":1,"n":0,"time":"1970-01-01T00:00:00.001Z","data":{}}]}}})");
  written.encoder.begin(1);
  world.set("a:x", "k", R"({"h":9,"v":2,"z":4})");
  written.add(world.last_change(), some);
  CHECK(written.update() == R"({"type":"update","id":1,"seq":7,"channels":{"a:x":{"patch":{"k":{"z":4}}}}})");
  written.encoder.begin(1);
  world.set("a:x", "k", R"({"h":10,"v":2,"z":4})");
  written.add(world.last_change(), some);
  CHECK(written.encoder.is_empty());
}

TEST_CASE("an event with a location of its own says it") {
  Written written;
  TestWorld& world = written.fleet;
  world.say("a:e", "k", "{}", geo::Point{40.7, -74});
  world.say("a:e", std::nullopt, "{}", geo::Point{0, 0.1});
  const log::BatchPtr batch = world.close();
  written.encoder.begin(1);
  for (const state::EventPtr& event : batch->events) written.add(*event, written.all);
  CHECK(written.update() == R"({"type":"update","id":1,"seq":7,"channels":{"a:e":{"events":[)"
                            R"({"seq":1,"n":0,"key":"k","time":"1970-01-01T00:00:00.001Z","location":{"latitude":40.7,"longitude":-74},"data":{}},)"
                            R"({"seq":1,"n":1,"time":"1970-01-01T00:00:00.001Z","location":{"latitude":0,"longitude":0.1},"data":{}}]}}})");
}

TEST_CASE("nothing of a message is left in the next") {
  Written written;
  TestWorld& world = written.fleet;
  written.encoder.begin(1);
  for (const char* channel : {"a:x", "a:y", "a:z"}) world.set(channel, "k", R"({"v":1})"), written.add(world.last_change());
  written.encoder.add(fanout::Gap{&world.open("a:e"), 1, 2});
  (void)written.update();
  written.encoder.begin(2);
  CHECK(written.encoder.is_empty());
  world.remove("a:z", "k");
  written.add(world.last_change());
  CHECK(written.update() == R"({"type":"update","id":2,"seq":7,"channels":{"a:z":{"remove":{"k":"deleted"}}}})");
}

TEST_CASE("bytes is never less than what the message takes, and not much more") {
  const std::uint64_t seed = 262'144;
  CAPTURE(seed);
  Random random{seed};
  Written written;
  TestWorld& world = written.fleet;
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    written.encoder.begin(4'294'967'295);
    for (std::uint64_t i = 1 + random.below(20); i > 0; --i) {
      const std::string channel = "a:" + std::to_string(random.below(4));
      const std::string key(1 + random.below(30), random.chance(0.3) ? '"' : 'k');
      switch (random.below(5)) {
        case 0: written.encoder.add(fanout::Gap{&world.open(channel), ~state::Seq{0}, ~state::Seq{0}}); break;
        case 1:
          world.say(channel, key, R"({"text":"hi"})", geo::Point{random.unit(), -random.unit()});
          written.add(*world.close()->events.back(), written.all);
          break;
        case 2:
          if (world.find(channel, key) && world.find(channel, key)->find(world.open(channel))) world.remove(channel, key);
          else world.set(channel, key, "{}");
          written.add(world.last_change());
          break;
        default:
          world.set(channel, key, "{\"v\":" + std::to_string(random.next()) + '}');
          written.add(world.last_change());
      }
    }
    const std::size_t bytes = written.encoder.bytes();
    const bool is_snapshot = random.chance(0.5);
    const std::string text = is_snapshot ? written.snapshot(~state::Seq{0}, true) : written.update(~state::Seq{0}, true);
    REQUIRE(text.size() <= bytes);
    if (!is_snapshot) REQUIRE(bytes <= text.size() + 96 + 4 * 64);
    if (!is_snapshot) REQUIRE(json::compact(text).has_value());
  }
}

TEST_CASE("what stands around one record is within 4 KiB, however long its names are: so much the configuration leaves for it in a frame") {
  const std::string channel = std::string(128, 's') + ':' + std::string(128, 'f'), key(256, '"'), record = R"({"v":1})";
  REQUIRE(state::is_channel_name(channel));
  REQUIRE(state::is_key(key));
  const state::Seq seq = ~state::Seq{0};
  Written written;
  TestWorld& world = written.fleet;
  world.set(channel, key, record, geo::Point{-12.3456789012345, -123.456789012345});
  const auto begin = [&] { written.encoder.begin(4'294'967'295); };
  begin();
  written.add(world.last_change());
  CHECK(written.snapshot(seq, true).size() <= record.size() + 4'096);
  begin();
  world.say(channel, key, record, geo::Point{-12.3456789012345, -123.456789012345});
  written.encoder.add(fanout::Gap{&world.open(channel), seq, seq});
  written.add(*world.close()->events.back(), written.all);
  CHECK(written.encoder.bytes() <= record.size() + 4'096);
  CHECK(written.update(seq, true).size() <= record.size() + 4'096);
}

}  // namespace
}  // namespace starling::protocol
