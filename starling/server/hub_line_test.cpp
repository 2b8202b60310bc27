#include "starling/server/hub_line.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_link.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling {
namespace {

/// Both ends of the line on one loop, so that every turn is the same.
class Ends {
 public:
  explicit Ends(HubLineOptions options = {}) : line(loop, desk, ring, 0, options) {
    line.connect(shard);
  }

  void run() {
    for (int idle = 0; idle < 3;) {
      loop.post([] {});
      loop.run([&](bool is_idle) {
        desk.after_turn(is_idle, net::now());
        idle = is_idle ? idle + 1 : 0;
        loop.stop();
      });
    }
  }
  /// Only the hub's end: the shard is busy.
  void close_batch() { desk.after_turn(true, net::now()); }

  net::EventLoop loop;
  BatchRing ring{1, {.entries_max = 8}};
  HubDesk desk{loop, {}, [this](const log::BatchPtr& batch, Moment) {
                 if (!ring.push(batch)) return false;
                 line.batches_came();
                 return true;
               }};
  HubLine line;
  session::Shard shard{{.fanout = {}, .session = {}, .epoch = "e"}, desk.hub().channels(), line};
};

std::string publish(int n, std::size_t bytes = 1) {
  return R"({"type":"publish","channel":"a:b","key":"k","data":{"n":)" + std::to_string(n) + R"(,"x":")" + std::string(bytes, 'x') +
         R"("},"ref":)" + std::to_string(n) + '}';
}

fanout::Lines oks(int from, int to, state::Seq seq) {
  fanout::Lines lines;
  for (int n = from; n <= to; ++n) lines.push_back(R"({"type":"ok","ref":)" + std::to_string(n) + R"(,"seq":)" + std::to_string(seq) + '}');
  return lines;
}

TEST_CASE("a publish goes to the hub, and its answer comes when the shard has the batch that shows it") {
  Ends ends;
  fanout::TestLink link;
  session::Session& session = ends.shard.open(link, "s", net::now());
  (void)link.take();
  session.receive(publish(1), net::now());
  CHECK(link.take().empty());
  ends.run();
  CHECK(link.take() == oks(1, 1, 1));
  CHECK(ends.shard.fanout().log().head() == 1);
}

TEST_CASE("a run is answered when the shard has its batch") {
  Ends ends;
  std::vector<state::Update> run(2);
  for (state::Update& update : run) update = {.channel = "a:b", .key = "k", .data = "{}", .location = {}, .time = {}};
  state::Seq head_when_done = 0;
  ends.line.publish(std::move(run), [&](const std::vector<session::Outcome>& outcomes) {
    CHECK(outcomes.size() == 2);
    head_when_done = ends.shard.fanout().log().head();
  });
  CHECK(head_when_done == 0);
  ends.run();
  CHECK(head_when_done == 1);
}

TEST_CASE("catching up takes everything that was handed on, at once") {
  Ends ends;
  for (int n = 1; n <= 3; ++n) {
    REQUIRE(ends.desk.hub().publish({.channel = "a:b", .key = std::to_string(n), .data = "{}", .location = {}, .time = {}}, net::now()));
    ends.close_batch();
  }
  CHECK(ends.shard.fanout().log().head() == 0);
  ends.line.catch_up(net::now());
  CHECK(ends.shard.fanout().log().head() == 3);
}

TEST_CASE("a shard that has not taken what the ring holds stops the hub, and starts it again by taking") {
  Ends ends;
  for (int n = 1; n <= 10; ++n) {
    const bool is_open = ends.desk.is_settled();
    if (is_open) REQUIRE(ends.desk.hub().publish({.channel = "a:b", .key = std::to_string(n), .data = "{}", .location = {}, .time = {}}, net::now()));
    ends.close_batch();
    CHECK(is_open == (n <= 9));
  }
  CHECK(ends.ring.head() == 8);
  ends.run();
  CHECK(ends.ring.head() == 9);
  CHECK(ends.shard.fanout().log().head() == 9);
  CHECK(ends.desk.is_settled());
}

TEST_CASE("so many publishes wait, or bytes, of which the last may go beyond: one below, at and one above") {
  const auto update = [] { return state::Update{.channel = "a:b", .key = "k", .data = "{}", .location = {}, .time = {}}; };
  const std::size_t weight = update().bytes();
  struct Case {
    HubLineOptions options;
    int taken;
  };
  for (const Case& c : {Case{{.publishes_max = 2}, 2}, Case{{.publishes_max = 3}, 3}, Case{{.bytes_max = 2 * weight - 1}, 2},
                        Case{{.bytes_max = 2 * weight}, 2}, Case{{.bytes_max = 2 * weight + 1}, 3}}) {
    CAPTURE(c.options.publishes_max);
    CAPTURE(c.options.bytes_max);
    Ends ends{c.options};
    int taken = 0;
    for (bool is_taken = true; is_taken; taken += is_taken) {
      state::Update one = update();
      session::Ticket ticket{1, std::nullopt};
      is_taken = std::holds_alternative<session::Later>(ends.line.offer(one, ticket, net::now()));
    }
    CHECK(taken == c.taken);
    ends.run();
  }
}

TEST_CASE("the line is full at publishes_max, or bytes_max; whoever then publishes waits in turn, and is not read from") {
  struct Case {
    HubLineOptions options;
    std::size_t publish_bytes;
  };
  for (const Case& c : {Case{{.publishes_max = 3}, 1}, Case{{.publishes_max = 100, .bytes_max = 3'000}, 900}}) {
    CAPTURE(c.publish_bytes);
    Ends ends{c.options};
    fanout::TestLink links[3];
    std::vector<session::Session*> sessions;
    for (fanout::TestLink& link : links) {
      sessions.push_back(&ends.shard.open(link, "s", net::now()));
      (void)link.take();
    }
    for (int n = 1; n <= 3; ++n) {
      CHECK(sessions[0]->is_ready());
      sessions[0]->receive(publish(n, c.publish_bytes), net::now());
    }
    CHECK(sessions[0]->is_ready());
    sessions[0]->receive(publish(4), net::now());
    CHECK_FALSE(sessions[0]->is_ready());
    sessions[1]->receive(publish(5), net::now());
    sessions[2]->receive(publish(6), net::now());
    CHECK_FALSE(sessions[1]->is_ready());
    ends.run();
    for (const session::Session* session : sessions) CHECK(session->is_ready());
    const auto said = links[0].take();
    REQUIRE(said.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(said[i].starts_with(R"({"type":"ok","ref":)" + std::to_string(i + 1) + ','));
    CHECK(links[1].take().size() == 1);
    CHECK(links[2].take().size() == 1);
    const state::Channel* channel = ends.desk.hub().channels().find("a:b");
    CHECK(ends.desk.hub().state().find(channel->space_index, "k")->find(*channel)->fields.find("n") == "6");
  }
}

TEST_CASE("a session that goes while it waits for room does not hold up those behind it") {
  Ends ends{{.publishes_max = 1}};
  fanout::TestLink links[3];
  std::vector<session::Session*> sessions;
  for (fanout::TestLink& link : links) sessions.push_back(&ends.shard.open(link, "s", net::now()));
  for (int n = 0; n < 3; ++n) sessions[static_cast<std::size_t>(n)]->receive(publish(n), net::now());
  ends.shard.close(*sessions[0]);  // its publish is under way
  ends.shard.close(*sessions[1]);  // its publish waits for room
  (void)links[2].take();
  ends.run();
  CHECK(links[2].take() == oks(2, 2, 2));
  CHECK(ends.desk.hub().counters().updates == 2);
}

}  // namespace
}  // namespace starling
