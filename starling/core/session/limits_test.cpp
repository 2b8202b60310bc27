// Limits of one connection: at one below, at and one above, and what reaching them does.
#include <doctest/doctest.h>

#include "starling/core/fanout/test_link.hpp"
#include "starling/core/protocol/server_message.hpp"
#include "starling/core/session/shard.hpp"
#include "starling/core/ws/close_code.hpp"

namespace starling::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds{1'790'000'000}};
Moment at(Duration since_start) { return {Instant{since_start}, kStart + std::chrono::duration_cast<milliseconds>(since_start)}; }
constexpr Duration kNow = seconds{1};

/// Nobody publishes here.
class NoHub final : public Publisher {
 public:
  Offered offer(state::Update&, Ticket&, Moment) override { return Outcome{Unexpected{state::Refusal::forbidden}}; }
};

class FullLink : public fanout::TestLink {
 public:
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return waiting; }
  void close(std::uint16_t code, std::string_view) override { closed_with = code; }
  std::size_t waiting = 0;  ///< in front of what is sent
  std::uint16_t closed_with = 0;
};

struct Stage {
  explicit Stage(SessionOptions session = {}, fanout::FanoutOptions fanout = {})
      : shard({.fanout = fanout, .session = session, .epoch = "e"}, channels, hub), viewer(shard.open(link, "s", at(kNow))) {
    (void)link.take();
  }
  ~Stage() { shard.close(viewer); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// What is said to a message; empty if nothing is.
  std::string say(std::string_view message, Duration when = kNow) {
    viewer.receive(message, at(when));
    const fanout::Lines answers = link.take();
    return answers.empty() ? "" : answers.front();
  }
  std::string subscribe(int id) { return say(R"({"type":"subscribe","channels":["a:b"],"id":)" + std::to_string(id) + '}'); }
  /// A batch without content that weighs so much, when a beat has passed: everybody is quiet, and so knows of it.
  void batch(std::size_t bytes) {
    const Moment now = at(kNow + milliseconds{250});
    shard.on_time(now);
    auto made = std::make_shared<log::Batch>();
    made->seq = shard.fanout().log().head() + 1;
    made->bytes = bytes;
    shard.take(made, now);
  }

  state::Channels channels{{}, {}};
  NoHub hub;
  FullLink link;
  Shard shard;
  Session& viewer;
};

constexpr std::string_view kSubscribed = R"({"type":"subscribed",)";

TEST_CASE("subscriptions: one below and at the limit they begin, one above is refused, and replacing one is none more") {
  Stage stage{{.subscriptions_max = 3}};
  for (const int id : {1, 2, 3}) CHECK(stage.subscribe(id).starts_with(kSubscribed));
  CHECK(stage.subscribe(4).starts_with(R"({"type":"error","code":"limit_subscriptions",)"));
  CHECK(stage.viewer.subscriptions() == 3);
  CHECK(stage.subscribe(3).find(R"("reason":"replaced")") != std::string::npos);
  CHECK(stage.say(R"({"type":"unsubscribe","id":1})") == R"({"type":"unsubscribed","id":1})");
  CHECK(stage.subscribe(4).starts_with(kSubscribed));
  CHECK(stage.subscribe(1).starts_with(R"({"type":"error","code":"limit_subscriptions",)"));
}

TEST_CASE("backlog_bytes: a reply that fits waits, one byte more is `error backlog` and the end") {
  constexpr std::size_t kBacklog = 1'000;
  const std::size_t pong = protocol::write_pong(std::nullopt, at(kNow).timestamp).size();
  struct Case {
    std::string_view message, answer;
    std::size_t waiting;
    bool fits;
  };
  constexpr std::string_view kPing = R"({"type":"ping"})", kSubscribe = R"({"type":"subscribe","id":1,"channels":["a:b"]})";
  for (const Case& c : {
           Case{kPing, R"({"type":"pong",)", kBacklog - pong - 1, true},
           Case{kPing, R"({"type":"pong",)", kBacklog - pong, true},
           Case{kPing, R"({"type":"pong",)", kBacklog - pong + 1, false},
           // `subscribed` is not weighed beforehand: what waits already is.
           Case{kSubscribe, kSubscribed, kBacklog - 1, true},
           Case{kSubscribe, kSubscribed, kBacklog, true},
           Case{kSubscribe, kSubscribed, kBacklog + 1, false},
       }) {
    CAPTURE(c.message);
    CAPTURE(c.waiting);
    Stage stage{{.backlog_bytes = kBacklog}};
    stage.link.waiting = c.waiting;
    CHECK(stage.say(c.message).starts_with(c.fits ? c.answer : R"({"type":"error","code":"backlog",)"));
    CHECK(stage.link.closed_with == (c.fits ? 0 : ws::close_code::kTryAgainLater));
    CHECK(stage.viewer.is_closed() == !c.fits);
  }
}

TEST_CASE("backlog_bytes holds for progress as well: if it fits it is told, one byte more is `error backlog` and the end") {
  constexpr std::size_t kBacklog = 1'000;
  const std::size_t progress = protocol::write_progress(at(kNow).timestamp, {{1, 1}}).size();
  for (const std::size_t above : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    CAPTURE(above);
    fanout::FanoutOptions fanout;
    fanout.log_bytes = 400;
    Stage stage{{.backlog_bytes = kBacklog}, fanout};
    (void)stage.subscribe(1);
    (void)stage.link.take();
    stage.link.waiting = kBacklog - progress - 1 + above;
    stage.batch(200);  // half of the log: progress is due before the heartbeat
    const fanout::Lines told = stage.link.take();
    REQUIRE(told.size() == 1);
    CHECK(told.front().starts_with(above <= 1 ? R"({"type":"progress",)" : R"({"type":"error","code":"backlog",)"));
    CHECK(stage.link.closed_with == (above <= 1 ? 0 : ws::close_code::kTryAgainLater));
    CHECK(stage.viewer.subscriptions() == (above <= 1 ? 1 : 0));
  }
}

TEST_CASE("bad messages: one below and at the limit are answered, one above within 10 s is the end as well") {
  struct Case {
    std::size_t first, then;  ///< so many at once, and so many later
    Duration later;
    bool ends;
  };
  for (const Case& c : {
           Case{19, 0, {}, false},
           Case{20, 0, {}, false},
           Case{21, 0, {}, true},
           Case{1, 19, milliseconds{9'999}, false},
           Case{1, 20, milliseconds{9'999}, true},
           Case{1, 20, milliseconds{10'000}, false},
           Case{1, 20, milliseconds{10'001}, false},
           Case{1, 21, milliseconds{10'000}, true},
       }) {
    CAPTURE(c.first);
    CAPTURE(c.then);
    CAPTURE(c.later.count());
    Stage stage;
    for (std::size_t i = 0; i < c.first + c.then; ++i) {
      REQUIRE(stage.link.closed_with == 0);
      const std::string answer = stage.say(i % 2 == 0 ? "nonsense" : R"({"type":"dance"})", i < c.first ? kNow : kNow + c.later);
      CHECK(answer.starts_with(R"({"type":"error",)"));
    }
    CHECK(stage.link.closed_with == (c.ends ? ws::close_code::kAbuse : 0));
  }
}

TEST_CASE("progress comes before the heartbeat when more than a quarter of the log has not been told: one byte below, at and above") {
  for (const std::size_t bytes : {std::size_t{99}, std::size_t{100}, std::size_t{101}}) {
    CAPTURE(bytes);
    fanout::FanoutOptions fanout;
    fanout.log_bytes = 400;
    Stage stage{{}, fanout};
    (void)stage.subscribe(1);
    stage.batch(bytes);
    const fanout::Lines told = stage.link.take();
    REQUIRE(told.size() == (bytes > 100 ? 1 : 0));
    if (!told.empty()) CHECK(told.front().find(R"("at":{"1":1})") != std::string::npos);
  }
}

}  // namespace
}  // namespace starling::session
