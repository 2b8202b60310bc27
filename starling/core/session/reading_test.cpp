// Readers over HTTP: streams of events and polls, byte by byte as they stand in a body, and how they go on.
#include "starling/core/session/reading.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "starling/core/base/json.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/protocol/cursor.hpp"
#include "starling/core/session/shard.hpp"

namespace starling::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds{1'790'000'000}};
Moment at(Duration since_start) { return {Instant{since_start}, kStart + std::chrono::duration_cast<milliseconds>(since_start)}; }

/// Nobody publishes here. Batches that were closed wait until somebody catches up.
class NoHub final : public Publisher {
 public:
  Offered offer(state::Update&, Ticket&, Moment) override { return Outcome{Unexpected{state::Refusal::forbidden}}; }
  void catch_up(Moment) override { ++caught_up; }
  int caught_up = 0;
};

class TestOutlet final : public fanout::Outlet {
 public:
  [[nodiscard]] bool is_writable() const noexcept override { return !is_over && room > 0; }
  void write(std::string before, fanout::FramePtr frame, std::string after) override {
    REQUIRE(!is_over);
    if (room > 0) --room;
    body += before;
    if (frame) body += frame->payload();
    body += after;
  }
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return 0; }
  [[nodiscard]] bool is_stalled() const noexcept override { return stalls; }
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override { return takes ? body.size() : 0; }
  void end() override { is_over = true; }
  void drop() override { is_over = is_dropped = true; }

  std::string take() { return std::exchange(body, {}); }

  static constexpr std::size_t kEndless = ~std::size_t{0} >> 1;
  std::size_t room = kEndless;  ///< writes it takes before it is full
  bool takes = true;            ///< its machine lives
  bool stalls = false;
  std::string body;
  bool is_over = false, is_dropped = false;
};

std::vector<state::ChannelDeclaration> channels() {
  std::vector<state::ChannelDeclaration> all(1);
  all[0].name = "a:e";
  all[0].kind = state::ChannelKind::event;
  all[0].event_pace = Duration{0};
  return all;
}

protocol::Subscribe asked(std::vector<std::string> names, std::string_view since = {}) {
  protocol::Subscribe message{.id = 1, .query = {.channels = std::move(names), .filter = {}, .fields = {}}, .rate = {}, .since = {}};
  if (!since.empty()) message.since = protocol::read_cursor(since);
  return message;
}

/// A shard whose clock is wound by hand.
struct Stage {
  explicit Stage(fanout::FanoutOptions fanout = {}, SessionOptions session = {}) : shard({.fanout = fanout, .session = session, .epoch = "e"}, world.channels(), hub) {}

  void set(std::string_view key, int v) {
    world.set("a:x", key, "{\"v\":" + std::to_string(v) + '}');
    batch();
  }
  void say(int n) {
    world.say("a:e", std::nullopt, "{\"n\":" + std::to_string(n) + '}');
    batch();
  }
  void batch() { shard.take(world.close(100), at(now)); }
  void pass(Duration time) {
    const Duration until = now + time;
    for (auto due = shard.next_due(); due && *due <= Instant{until}; due = shard.next_due()) {
      now = std::max(now, due->time_since_epoch());
      shard.on_time(at(now));
    }
    now = until;
  }
  Reading& stream(TestOutlet& out, protocol::Subscribe what) { return shard.stream(out, std::move(what), at(now)); }
  Reading& poll(TestOutlet& out, protocol::Subscribe what, Duration wait = {}) { return shard.poll(out, std::move(what), wait, at(now)); }
  /// What a poll that need not wait is answered.
  std::string answer(protocol::Subscribe what) {
    TestOutlet out;
    Reading& reading = poll(out, std::move(what));
    reading.settle();
    CHECK(out.is_over);
    shard.close(reading);
    CHECK(json::compact(out.body).has_value());
    return out.take();
  }
  std::string since(const std::string& body) const { return json::decode(*json::find(body, "since")); }

  log::TestWorld world{channels()};
  NoHub hub;
  Shard shard;
  Duration now = seconds{1};
};

std::string view_of(Stage& stage, std::vector<std::string> names) { return view::View({.channels = std::move(names), .filter = {}, .fields = {}}, stage.world.channels()).name(); }

TEST_CASE("a stream is the frames of a subscription, an event each, and the cursor where a seq is complete") {
  Stage stage;
  stage.set("k", 1);
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:*"}));
  const std::string view = view_of(stage, {"a:*"});
  CHECK(out.take() == R"(data: {"type":"subscribed","id":1,"seq":1,"view":")" + view + R"(","resumed":false,"reason":"new"})" + "\n\n" +
                          R"(data: {"type":"snapshot","id":1,"seq":1,"channels":{"a:x":{"k":{"v":1}}},"more":false})" + "\nid: e:1:" + view + "\n\n");
  stage.pass(milliseconds{250});
  stage.set("k", 2);
  CHECK(out.take() == R"(data: {"type":"update","id":1,"seq":2,"channels":{"a:x":{"patch":{"k":{"v":2}}}}})" "\nid: e:2:" + view + "\n\n");
  stage.shard.close(reading);
  stage.set("k", 3);
  CHECK(out.take().empty());
}

TEST_CASE("parts have no cursor, the last of them has") {
  Stage stage{{.part_bytes = 1, .listed_max = 100}};
  stage.set("k", 1);
  stage.set("l", 1);
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:x"}));
  const std::string body = out.take();
  const std::size_t first = body.find("\"more\":true}\n\n"), last = body.find("\"more\":false}\nid: e:2:q");
  CHECK(first != std::string::npos);
  CHECK(last != std::string::npos);
  CHECK(first < last);
  CHECK(body.find("id: ") == last + 14);
  stage.shard.close(reading);
}

TEST_CASE("a stream goes on after its cursor: it says so, and one update with all that differs") {
  Stage stage;
  stage.set("k", 1);
  stage.set("l", 1);
  const std::string view = view_of(stage, {"a:*"});
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:*"}, "e:1:" + view));
  CHECK(out.take() == R"(data: {"type":"subscribed","id":1,"seq":2,"view":")" + view + R"(","resumed":true,"reason":"resumed"})" + "\n\n" +
                          R"(data: {"type":"update","id":1,"seq":2,"channels":{"a:x":{"set":{"l":{"v":1}}}}})" + "\nid: e:2:" + view + "\n\n");
  stage.shard.close(reading);
  CHECK(stage.hub.caught_up == 1);
}

TEST_CASE("a cursor of another life, of the future, or of another query begins anew, and says why") {
  Stage stage;
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:*"});
  struct Case {
    std::string cursor, reason;
  };
  for (const Case& c : {Case{"other:1:" + view, "epoch"}, Case{"e:2:" + view, "epoch"}, Case{"e:1:q", "query"}}) {
    CAPTURE(c.cursor);
    TestOutlet out;
    Reading& reading = stage.stream(out, asked({"a:*"}, c.cursor));
    CHECK(out.body.find("\"reason\":\"" + c.reason + '"') != std::string::npos);
    CHECK(out.body.find(R"("type":"snapshot")") != std::string::npos);
    stage.shard.close(reading);
    const std::string polled = stage.answer(asked({"a:*"}, c.cursor));
    CHECK(polled.find("\"reason\":\"" + c.reason + '"') != std::string::npos);
    CHECK(stage.since(polled) == "e:1:" + view);
  }
}

TEST_CASE("progress comes with every heartbeat: with the seq and the cursor that nothing was told of, or to say that we live") {
  Stage stage{{}, {.heartbeat = seconds{4}, .timeout = seconds{60}}};
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:e"});
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:e"}));
  (void)out.take();
  stage.pass(seconds{3});
  stage.set("k", 2);  // which it does not see
  CHECK(out.take().empty());
  stage.pass(seconds{2});
  const std::string moved = out.take();
  CHECK(moved.starts_with(R"(data: {"type":"progress","time":")"));
  CHECK(moved.ends_with(R"("at":{"1":2}})" "\nid: e:2:" + view + "\n\n"));
  stage.pass(seconds{4});
  CHECK(out.take().ends_with(R"("at":{}})" "\nid: e:2:" + view + "\n\n"));
  stage.shard.close(reading);
}

TEST_CASE("progress comes sooner where the log could forget the cursor") {
  Stage stage{{.log_bytes = 1'000}, {.heartbeat = seconds{30}, .timeout = seconds{60}}};
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:e"}));
  (void)out.take();
  for (int i = 0; i < 2; ++i) stage.set("k", i);
  stage.pass(seconds{2});
  CHECK(out.take().empty());
  stage.set("k", 2);
  stage.pass(seconds{2});
  CHECK(out.take().find(R"("at":{"1":3})") != std::string::npos);
  stage.shard.close(reading);
}

TEST_CASE("a stream whose peer is gone, or takes nothing for too long, is dropped; one that takes something stays") {
  struct Case {
    bool takes, stalls;
    Duration lives_until;
  };
  const SessionOptions options{.heartbeat = seconds{4}, .timeout = seconds{10}, .stall = seconds{40}};
  for (const Case& c : {Case{false, false, options.timeout}, Case{true, true, options.stall}, Case{false, true, options.stall}}) {
    CAPTURE(c.takes);
    CAPTURE(c.stalls);
    Stage stage{{}, options};
    TestOutlet out;
    Reading& reading = stage.stream(out, asked({"a:*"}));
    out.takes = c.takes;
    if (c.stalls) {
      out.stalls = true;
      out.room = 0;
    }
    stage.pass(c.lives_until - seconds{1});
    CHECK(!out.is_dropped);
    stage.pass(seconds{5});
    CHECK(out.is_dropped);
    CHECK(reading.is_over());
    stage.set("k", 1);  // nobody is told any more
    stage.shard.close(reading);
  }
  Stage stage{{}, options};
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:*"}));
  stage.pass(seconds{300});
  CHECK(!out.is_dropped);
  stage.shard.close(reading);
}

TEST_CASE("a stream that is full costs its cursor: when it drains it gets what differs, once") {
  Stage stage;
  stage.set("k", 1);
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:*"}));
  (void)out.take();
  stage.pass(milliseconds{250});
  out.room = 0;
  for (int i = 0; i < 5; ++i) {
    stage.set("k", 10 + i);
    stage.pass(milliseconds{150});
  }
  CHECK(out.take().empty());
  out.room = TestOutlet::kEndless;
  reading.drained(at(stage.now).instant);
  const std::string body = out.take();
  CHECK(body.find(R"("patch":{"k":{"v":14}})") != std::string::npos);
  CHECK(std::count(body.begin(), body.end(), '\n') == 3);
  stage.shard.close(reading);
}

TEST_CASE("when the server goes, a stream is told when to come back, and ends") {
  Stage stage;
  TestOutlet out;
  Reading& reading = stage.stream(out, asked({"a:*"}));
  (void)out.take();
  reading.leave(milliseconds{1'234});
  CHECK(out.take() == "retry: 1234\ndata: {\"type\":\"bye\",\"reason\":\"restart\",\"reconnect_ms\":1234}\n\n");
  CHECK(out.is_over);
  stage.set("k", 1);
  reading.leave(milliseconds{1});
  CHECK(out.take().empty());
  stage.shard.close(reading);
}

TEST_CASE("readers and viewers come back spread over the same time") {
  Stage stage;
  std::vector<TestOutlet> outs(4);
  std::vector<Reading*> readings;
  for (TestOutlet& out : outs) readings.push_back(&stage.stream(out, asked({"a:*"})));
  Random random{1};
  stage.shard.leave(seconds{4}, random);
  for (std::size_t i = 0; i < outs.size(); ++i) {
    CHECK(outs[i].is_over);
    const std::size_t retry = outs[i].body.find("retry: ");
    REQUIRE(retry != std::string::npos);
    CHECK(std::stoul(outs[i].body.substr(retry + 7)) / 1'000 == i);  // each in a second of its own
    stage.shard.close(*readings[i]);
  }
}

TEST_CASE("a poll without a cursor is answered with the snapshot, and a cursor") {
  Stage stage;
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:*"});
  CHECK(stage.answer(asked({"a:*"})) == R"({"frames":[{"type":"subscribed","id":1,"seq":1,"view":")" + view + R"(","resumed":false,"reason":"new"},)" +
                                            R"({"type":"snapshot","id":1,"seq":1,"channels":{"a:x":{"k":{"v":1}}},"more":false}],"since":"e:1:)" + view + "\"}");
}

TEST_CASE("a poll with a cursor is answered with the one update of all that differs, or with none") {
  Stage stage;
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:x"});
  stage.set("k", 2);
  stage.set("k", 3);
  CHECK(stage.answer(asked({"a:x"}, "e:1:" + view)) ==
        R"({"frames":[{"type":"update","id":1,"seq":3,"channels":{"a:x":{"patch":{"k":{"v":3}}}}}],"since":"e:3:)" + view + "\"}");
  stage.say(1);
  stage.say(2);  // which it does not see
  CHECK(stage.answer(asked({"a:x"}, "e:3:" + view)) == R"({"frames":[],"since":"e:5:)" + view + "\"}");
}

TEST_CASE("a poll that waits is answered by the next change it sees") {
  Stage stage;
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:x"});
  TestOutlet out;
  Reading& reading = stage.poll(out, asked({"a:x"}, "e:1:" + view), seconds{30});
  reading.settle();
  CHECK(out.body.empty());
  stage.pass(seconds{5});
  stage.say(1);
  reading.settle();
  CHECK(out.body.empty());
  stage.set("k", 2);
  CHECK(!out.is_over);  // the turn goes on
  reading.settle();
  CHECK(out.is_over);
  CHECK(out.take() == R"({"frames":[{"type":"update","id":1,"seq":3,"channels":{"a:x":{"patch":{"k":{"v":2}}}}}],"since":"e:3:)" + view + "\"}");
  stage.shard.close(reading);
  CHECK(stage.shard.readings() == 0);
}

TEST_CASE("a poll that waited in vain is answered when it wanted to be, with a cursor that has moved") {
  Stage stage;
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:x"});
  TestOutlet out;
  Reading& reading = stage.poll(out, asked({"a:x"}, "e:1:" + view), milliseconds{2'500});
  stage.say(1);
  stage.pass(milliseconds{2'499});
  CHECK(out.body.empty());
  stage.pass(milliseconds{1});
  CHECK(out.is_over);
  CHECK(out.take() == R"({"frames":[],"since":"e:2:)" + view + "\"}");
  stage.shard.close(reading);
}

TEST_CASE("a poll that is let go before its wait is over leaves nothing behind") {
  Stage stage;
  const std::string view = view_of(stage, {"a:x"});
  TestOutlet out;
  stage.shard.close(stage.poll(out, asked({"a:x"}, "e:0:" + view), seconds{30}));
  CHECK(stage.shard.readings() == 0);
  stage.pass(seconds{60});
  CHECK(out.body.empty());
  CHECK(!stage.shard.next_due());
}

TEST_CASE("an answer that does not fit at once goes on when there is room, and whoever waits for it is told that we live") {
  Stage stage{{.part_bytes = 1, .listed_max = 100}, {.heartbeat = seconds{4}, .timeout = seconds{60}}};
  for (const char* key : {"k", "l", "m"}) stage.set(key, 1);
  TestOutlet out;
  out.room = 2;
  Reading& reading = stage.poll(out, asked({"a:x"}), seconds{1});
  reading.settle();
  stage.pass(seconds{10});  // longer than it wants to wait for news: it has some
  CHECK(!out.is_over);
  out.room = 1;
  stage.pass(seconds{1});
  CHECK(out.body.ends_with("\n"));
  CHECK(out.room == 0);
  out.room = TestOutlet::kEndless;
  reading.drained(at(stage.now).instant);
  reading.settle();
  CHECK(out.is_over);
  const auto whole = json::compact(out.body);
  REQUIRE(whole);
  std::size_t frames = 0;
  for (const std::string_view frame : json::Elements{*json::find(*whole, "frames")}) frames += !frame.empty();
  CHECK(frames == 4);
  CHECK(stage.since(*whole).starts_with("e:3:q"));
  stage.shard.close(reading);
}

TEST_CASE("recent events come in the same answer as the snapshot") {
  Stage stage;
  stage.set("k", 1);
  stage.say(1);
  stage.say(2);
  protocol::Subscribe message = asked({"a:*"});
  message.recent = 1;
  const std::string body = stage.answer(std::move(message));
  CHECK(body.find(R"("type":"snapshot")") < body.find(R"("events":[{"seq":3,"n":0)"));
  CHECK(body.find(R"("events")") != std::string::npos);
}

TEST_CASE("of events alone nothing is owed to begin with: the cursor is there at once") {
  Stage stage;
  stage.say(1);
  const std::string view = view_of(stage, {"a:e"});
  const auto bare = [&](std::string_view since = {}) {
    protocol::Subscribe message = asked({"a:e"}, since);
    message.snapshot = false;
    return message;
  };
  const std::string body = stage.answer(bare());
  CHECK(body.find(R"("type":"snapshot")") == std::string::npos);
  CHECK(stage.since(body) == "e:1:" + view);
  TestOutlet out;
  Reading& reading = stage.stream(out, bare());
  CHECK(out.take().ends_with(R"("reason":"new"})" "\nid: e:1:" + view + "\n\n"));
  stage.say(2);
  CHECK(out.take().find(R"("events":[{"seq":2)") != std::string::npos);
  stage.shard.close(reading);
  CHECK(stage.answer(bare("e:1:" + view)).find(R"("events":[{"seq":2)") != std::string::npos);
}

TEST_CASE("a poll whose cursor has left the log gets the reason, the gaps and the snapshot") {
  Stage stage{{.log_bytes = 250}};
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:*"});
  stage.say(1);
  for (int i = 0; i < 4; ++i) stage.set("k", i);
  const std::string body = stage.answer(asked({"a:*"}, "e:1:" + view));
  CHECK(body.find(R"("resumed":false,"reason":"expired","gaps":{"a:e":{"after":1,"before":7}}})") != std::string::npos);
  CHECK(body.find(R"("type":"snapshot")") != std::string::npos);
  CHECK(stage.since(body) == "e:6:" + view);
}

TEST_CASE("when the server goes, who waits is answered, and who is being answered is told the rest") {
  Stage stage{{.part_bytes = 1, .listed_max = 100}};
  stage.set("k", 1);
  stage.set("l", 1);
  const std::string view = view_of(stage, {"a:x"});
  TestOutlet waiting, begun;
  begun.room = 2;
  Reading& one = stage.poll(waiting, asked({"a:x"}, "e:2:" + view), seconds{30});
  Reading& other = stage.poll(begun, asked({"a:x"}), seconds{30});
  Random random{1};
  stage.shard.leave(seconds{1}, random);
  CHECK(waiting.take() == R"({"frames":[],"since":"e:2:)" + view + "\"}");
  CHECK(!begun.is_over);
  begun.room = TestOutlet::kEndless;
  other.drained(at(stage.now).instant);
  other.settle();
  CHECK(begun.is_over);
  CHECK(begun.body.ends_with("\"since\":\"e:2:" + view + "\"}"));
  stage.shard.close(one);
  stage.shard.close(other);
}

TEST_CASE("who is paused is told what differs when it asks, and nothing after") {
  Stage stage;
  stage.set("k", 1);
  const std::string view = view_of(stage, {"a:x"});
  const auto paused = [&](std::string_view since) {
    protocol::Subscribe message = asked({"a:x"}, since);
    message.rate = 0;
    return message;
  };
  CHECK(stage.since(stage.answer(paused(""))) == "e:1:" + view);
  stage.set("k", 2);
  CHECK(stage.since(stage.answer(paused("e:1:" + view))) == "e:2:" + view);
  TestOutlet out;
  Reading& reading = stage.poll(out, paused("e:2:" + view), seconds{5});
  stage.set("k", 3);
  stage.pass(seconds{5});
  CHECK(out.take() == R"({"frames":[],"since":"e:2:)" + view + "\"}");
  stage.shard.close(reading);
}

}  // namespace
}  // namespace starling::session
