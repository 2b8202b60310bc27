#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/fanout/test_link.hpp"
#include "starling/core/session/shard.hpp"

namespace starling::session {
namespace {

constexpr Moment kNow{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'790'000'000}}};

/// A hub elsewhere: takes so many publishes, and answers when it is told to.
class FarHub final : public Publisher {
 public:
  Offered offer(state::Update& update, Ticket& ticket, Moment) override {
    if (waiting.size() >= room) {
      refused.push_back(ticket.session);
      return Full{};
    }
    keys.push_back(*update.key);
    waiting.push_back(std::move(ticket));
    return Later{};
  }
  void catch_up(Moment) override {
    ++catch_ups;
    if (on_catch_up) on_catch_up();
  }

  /// Answers the oldest `count`.
  void answer(Shard& shard, std::size_t count = 1) {
    for (; count > 0; --count) {
      const Ticket ticket = std::move(waiting.front());
      waiting.pop_front();
      shard.answer(ticket, Applied{++seq, true}, kNow);
    }
  }

  std::size_t room = 1'000;
  std::deque<Ticket> waiting;
  std::vector<std::uint64_t> refused;
  std::vector<std::string> keys;
  state::Seq seq = 0;
  int catch_ups = 0;
  std::function<void()> on_catch_up;
};

class ListeningLink : public fanout::TestLink {
 public:
  void ready() override { ++readied; }
  void close(std::uint16_t code, std::string_view) override { closed_with = code; }
  int readied = 0;
  std::uint16_t closed_with = 0;
};

struct Stage {
  explicit Stage(SessionOptions options = {}) : shard({.fanout = {}, .session = options, .epoch = "e"}, channels, hub) {}

  Session& open(ListeningLink& link) {
    Session& session = shard.open(link, "s", kNow);
    (void)link.take();
    return session;
  }
  /// One batch without content, for seqs.
  log::BatchPtr next_batch() {
    auto batch = std::make_shared<log::Batch>();
    batch->seq = shard.fanout().log().head() + 1;
    return batch;
  }

  state::Channels channels{{}, {}};
  FarHub hub;
  Shard shard;
};

std::string publish(std::string_view key, std::string_view ref) {
  return R"({"type":"publish","channel":"a:b","key":")" + std::string{key} + R"(","data":{},"ref":)" + std::string{ref} + '}';
}
std::string ok(std::string_view ref, state::Seq seq) {
  return R"({"type":"ok","ref":)" + std::string{ref} + R"(,"seq":)" + std::to_string(seq) + '}';
}
constexpr std::string_view kPing = R"({"type":"ping","ref":"p"})";

TEST_CASE("publishes follow each other without waiting, and each is answered with its own ref") {
  Stage stage;
  ListeningLink link, other;
  Session& session = stage.open(link);
  Session& second = stage.open(other);
  session.receive(publish("1", "10"), kNow);
  second.receive(publish("2", "\"x\""), kNow);
  session.receive(publish("3", "11"), kNow);
  CHECK(stage.hub.keys == std::vector<std::string>{"1", "2", "3"});
  CHECK(link.take().empty());
  stage.hub.answer(stage.shard, 3);
  CHECK(link.take() == fanout::Lines{ok("10", 1), ok("11", 3)});
  CHECK(other.take() == fanout::Lines{ok("\"x\"", 2)});
}

TEST_CASE("who leaves is answered first, is given no more messages, and is told to come back once") {
  Stage stage;
  ListeningLink link, idle;
  Session& session = stage.open(link);
  stage.open(idle);
  session.receive(publish("1", "10"), kNow);
  session.receive(publish("2", "11"), kNow);
  Random random{1};
  stage.shard.leave(Duration{0}, random);
  const std::string bye = R"({"type":"bye","reason":"restart","reconnect_ms":0})";
  CHECK(idle.take() == fanout::Lines{bye});
  CHECK(idle.closed_with == 1012);
  CHECK(link.take().empty());
  CHECK(!session.is_ready());
  stage.shard.leave(Duration{0}, random);
  stage.hub.answer(stage.shard);
  CHECK(link.take() == fanout::Lines{ok("10", 1)});
  CHECK(link.closed_with == 0);
  stage.hub.answer(stage.shard);
  CHECK(link.take() == fanout::Lines{ok("11", 2), bye});
  CHECK(link.closed_with == 1012);
  stage.shard.leave(Duration{0}, random);
  CHECK(idle.take().empty());
}

TEST_CASE("who leaves with a publish that found no room has it taken and answered") {
  Stage stage;
  ListeningLink link;
  Session& session = stage.open(link);
  stage.hub.room = 0;
  session.receive(publish("1", "10"), kNow);
  Random random{1};
  stage.shard.leave(Duration{0}, random);
  CHECK(link.take().empty());
  stage.hub.room = 1;
  stage.shard.offer_again(session.number(), kNow);
  CHECK(link.take().empty());
  stage.hub.answer(stage.shard);
  CHECK(link.take() == fanout::Lines{ok("10", 1), R"({"type":"bye","reason":"restart","reconnect_ms":0})"});
}

TEST_CASE("viewers are asked to come back evenly over the spread, and never after it") {
  for (const std::size_t viewers : {1u, 2u, 10u, 100u}) {
    CAPTURE(viewers);
    Stage stage;
    std::deque<ListeningLink> links(viewers);
    for (ListeningLink& link : links) stage.open(link);
    Random random{20261121};
    stage.shard.leave(std::chrono::seconds{5}, random);
    std::vector<std::int64_t> waits_ms;
    for (ListeningLink& link : links) {
      const auto said = link.take();
      REQUIRE(said.size() == 1);
      waits_ms.push_back(json::integer(*json::find(said[0], "reconnect_ms")).value_or(-1));
    }
    std::sort(waits_ms.begin(), waits_ms.end());
    const auto part_ms = 5000.0 / static_cast<double>(viewers);
    for (std::size_t i = 0; i < viewers; ++i) {  // one in each part
      CHECK(static_cast<double>(waits_ms[i]) >= std::floor(part_ms * static_cast<double>(i)));
      CHECK(static_cast<double>(waits_ms[i]) < part_ms * static_cast<double>(i + 1));
    }
  }
}

TEST_CASE("a refusal that comes later is an error with its ref") {
  Stage stage;
  ListeningLink link;
  stage.open(link).receive(publish("1", "10"), kNow);
  stage.shard.answer(stage.hub.waiting.front(), Unexpected{state::Refusal::limit_keys}, kNow);
  const auto said = link.take();
  REQUIRE(said.size() == 1);
  CHECK(said[0].starts_with(R"({"type":"error","code":"limit_keys",)"));
  CHECK(said[0].find(R"("ref":10)") != std::string::npos);
}

TEST_CASE("what is no publish is held until all before it has been answered, and nothing is read behind it") {
  struct Case {
    std::string_view message, answer;
  };
  for (const Case& c : {Case{kPing, R"({"type":"pong","ref":"p")"}, Case{"nonsense", R"({"type":"error","code":"bad_message")"},
                        Case{R"({"type":"subscribe","id":1,"channels":["*"]})", R"({"type":"subscribed","id":1,)"}}) {
    CAPTURE(c.message);
    Stage stage;
    ListeningLink link;
    Session& session = stage.open(link);
    session.receive(publish("1", "10"), kNow);
    session.receive(publish("2", "11"), kNow);
    CHECK(session.is_ready());
    session.receive(c.message, kNow);
    CHECK_FALSE(session.is_ready());
    CHECK(link.take().empty());
    stage.hub.answer(stage.shard);
    CHECK(link.take() == fanout::Lines{ok("10", 1)});
    CHECK_FALSE(session.is_ready());
    CHECK(link.readied == 0);
    stage.hub.answer(stage.shard);
    const auto said = link.take();
    REQUIRE(said.size() >= 2);
    CHECK(said[0] == ok("11", 2));
    CHECK(said[1].starts_with(c.answer));
    CHECK(session.is_ready());
    CHECK(link.readied == 1);
  }
}

TEST_CASE("a connection has at most publishes_max publishes that wait: one below it reads on, at it no more, so there is never one above") {
  Stage stage{{.publishes_max = 3}};
  ListeningLink link;
  Session& session = stage.open(link);
  for (const std::string_view key : {"1", "2"}) session.receive(publish(key, key), kNow);
  CHECK(session.is_ready());
  session.receive(publish("3", "3"), kNow);
  CHECK_FALSE(session.is_ready());
  stage.hub.answer(stage.shard);
  CHECK(session.is_ready());
  CHECK(link.readied == 1);
  session.receive(publish("4", "4"), kNow);
  CHECK_FALSE(session.is_ready());
  stage.hub.answer(stage.shard, 3);
  CHECK(link.take() == fanout::Lines{ok("1", 1), ok("2", 2), ok("3", 3), ok("4", 4)});
  CHECK_FALSE(session.is_awaiting());
}

TEST_CASE("who waits for the last answer hears of it, though messages could be read all along") {
  Stage stage;
  ListeningLink link;
  Session& session = stage.open(link);
  for (const std::string_view key : {"1", "2"}) session.receive(publish(key, key), kNow);
  stage.hub.answer(stage.shard);
  CHECK(session.is_awaiting());
  CHECK(link.readied == 0);
  stage.hub.answer(stage.shard);
  CHECK_FALSE(session.is_awaiting());
  CHECK(link.readied == 1);
}

TEST_CASE("a publish that finds no room is offered again when there is some, before anything behind it") {
  Stage stage;
  ListeningLink link, other;
  Session& session = stage.open(link);
  Session& second = stage.open(other);
  stage.hub.room = 1;
  session.receive(publish("1", "10"), kNow);
  session.receive(publish("2", "11"), kNow);
  second.receive(publish("3", "12"), kNow);
  CHECK_FALSE(session.is_ready());
  CHECK_FALSE(second.is_ready());
  CHECK(stage.hub.refused == std::vector<std::uint64_t>{session.number(), second.number()});
  stage.hub.answer(stage.shard);
  CHECK(link.take() == fanout::Lines{ok("10", 1)});
  CHECK_FALSE(session.is_ready());
  CHECK(session.is_awaiting());
  stage.shard.offer_again(session.number(), kNow);
  CHECK(session.is_ready());
  CHECK(link.readied == 1);
  stage.shard.offer_again(second.number(), kNow);  // the room is gone
  CHECK_FALSE(second.is_ready());
  CHECK(stage.hub.refused.size() == 3);
  stage.hub.answer(stage.shard);
  stage.shard.offer_again(second.number(), kNow);
  stage.hub.answer(stage.shard);
  CHECK(stage.hub.keys == std::vector<std::string>{"1", "2", "3"});
  CHECK(link.take() == fanout::Lines{ok("11", 2)});
  CHECK(other.take() == fanout::Lines{ok("12", 3)});
}

TEST_CASE("an answer for a session that is gone, or closed, is nothing") {
  Stage stage{{.bad_messages_max = 0}};
  ListeningLink link, other;
  Session& gone = stage.open(link);
  Session& closed = stage.open(other);
  closed.receive(publish("2", "11"), kNow);
  closed.receive("nonsense", kNow);
  gone.receive(publish("1", "10"), kNow);
  stage.shard.close(gone);
  stage.hub.answer(stage.shard);  // lets the nonsense through, which closes it
  CHECK(other.closed_with == 4429);
  CHECK(closed.is_ready());
  CHECK_FALSE(closed.is_awaiting());
  (void)other.take();
  stage.hub.answer(stage.shard);
  stage.shard.answer({closed.number(), {}}, Applied{1, true}, kNow);
  stage.shard.offer_again(closed.number(), kNow);
  stage.shard.offer_again(99, kNow);
  CHECK(link.take().empty());
  CHECK(other.take().empty());
}

TEST_CASE("a session takes the batches that wait before it speaks of seqs: what another shard has told is not of our future") {
  Stage stage;
  ListeningLink link;
  Session& session = stage.open(link);
  session.receive(R"({"type":"subscribe","id":1,"channels":["*"]})", kNow);
  const auto first = link.take();
  const std::string view = json::decode(*json::find(first[0], "view"));
  stage.hub.on_catch_up = [&] {
    if (stage.shard.fanout().log().head() < 2) stage.shard.take(stage.next_batch(), kNow);
  };
  for (const auto& [seq, reason] : {std::pair{2, "\"resumed\":true"}, std::pair{3, R"("reason":"epoch")"}}) {
    session.receive(R"({"type":"unsubscribe","id":1})", kNow);
    (void)link.take();
    if (seq == 2) stage.shard.take(stage.next_batch(), kNow);
    session.receive(R"({"type":"subscribe","id":1,"channels":["*"],"since":{"epoch":"e","seq":)" + std::to_string(seq) + R"(,"view":")" + view + "\"}}", kNow);
    const auto said = link.take();
    CAPTURE(said[0]);
    CHECK(said[0].find(reason) != std::string::npos);
  }
  CHECK(stage.hub.catch_ups == 3);
}

TEST_CASE("a shard knows the channels that were declared, and those its batches brought") {
  std::vector<state::ChannelDeclaration> declarations(1);
  declarations[0].name = "a:b";
  state::Channels channels{{}, declarations};
  FarHub hub;
  Shard shard{{.fanout = {}, .session = {}, .epoch = "e"}, channels, hub};
  const state::Channel* made = *channels.open("c:d");
  CHECK(shard.channels().find("a:b") == channels.find("a:b"));
  CHECK(shard.channels().find("c:d") == nullptr);
  auto batch = std::make_shared<log::Batch>();
  batch->seq = 1;
  batch->channels = {made};
  shard.take(batch, kNow);
  CHECK(shard.channels().find("c:d") == made);
}

}  // namespace
}  // namespace starling::session
