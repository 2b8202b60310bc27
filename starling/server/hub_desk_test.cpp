#include "starling/server/hub_desk.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

#include "starling/io/net/system_clock.hpp"

namespace starling {
namespace {

state::Update update(std::string key, int n = 0) {
  state::Update made;
  made.channel = "a:b";
  made.key = std::move(key);
  made.data = "{\"n\":" + std::to_string(n) + "}";
  return made;
}

/// A desk whose shards take batches while there is room, and what was answered.
class Desk final : public AnswerTaker {
 public:
  void take_answer(Answer answer) override { answers.push_back(std::move(answer)); }

  /// Turns, till nothing more happens by itself.
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
  Request request(std::vector<state::Update> updates) {
    return {.updates = std::move(updates), .to = session::Ticket{}, .bytes = 0, .from = this};
  }
  std::string record(std::string_view key) const {
    const state::Channel* channel = desk.hub().channels().find("a:b");
    const auto entity = channel ? desk.hub().state().find(channel->space_index, key) : nullptr;
    return entity ? std::string{entity->find(*channel)->fields.text()} : "";
  }

  net::EventLoop loop;
  std::size_t room = 1'000;
  std::deque<log::BatchPtr> batches;
  std::vector<Answer> answers;
  HubDesk desk{loop, {.input = {.updates_max = 4}}, [this](const log::BatchPtr& batch, Moment) {
                 if (batches.size() >= room) return false;
                 batches.push_back(batch);
                 return true;
               }};
};

TEST_CASE("a request is applied in one go, and answered once its batch has been handed on") {
  Desk desk;
  desk.desk.ask(desk.request({update("1"), update(""), update("2")}));
  desk.run();
  REQUIRE(desk.answers.size() == 1);
  const auto& outcomes = desk.answers[0].outcomes;
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0]->seq == 1);
  CHECK(outcomes[1].error() == state::Refusal::bad_key);
  CHECK(outcomes[2]->seq == 1);
  REQUIRE(desk.batches.size() == 1);
  CHECK(desk.batches[0]->changes.size() == 2);
}

TEST_CASE("what changes nothing is answered without a batch") {
  Desk desk;
  desk.desk.ask(desk.request({update("1")}));
  desk.run();
  desk.desk.ask(desk.request({update("1")}));
  desk.run();
  REQUIRE(desk.answers.size() == 2);
  CHECK_FALSE(desk.answers[1].outcomes[0]->changed);
  CHECK(desk.answers[1].outcomes[0]->seq == 1);
  CHECK(desk.batches.size() == 1);
}

TEST_CASE("a channel is announced behind the updates of its request, each key that there is of it, in the same batch") {
  Desk desk;
  desk.desk.ask(desk.request({update("1"), update("2")}));
  state::Update other = update("3");
  other.channel = "a:c";
  desk.desk.ask(desk.request({other}));
  desk.run();
  desk.batches.clear();
  Request request = desk.request({update("1", 7), update("4")});
  request.announced = "a:b";
  desk.desk.ask(std::move(request));
  desk.run();
  REQUIRE(desk.batches.size() == 1);
  std::string told;
  for (const state::Change& change : desk.batches[0]->changes) told += change.identity().key + (change.is_announcement() ? "! " : " ");
  CHECK(told == "1 4 1! 2! 4! ");

  desk.batches.clear();
  request = desk.request({});
  request.announced = "nobody:knows";
  desk.desk.ask(std::move(request));
  desk.run();
  CHECK(desk.batches.empty());
  CHECK(desk.answers.size() == 4);
}

TEST_CASE("late reports are handed on behind the batch that they came in, and before their answers; without one too") {
  net::EventLoop loop;
  std::string order;
  bool has_room = true;
  class Taker final : public AnswerTaker {
   public:
    explicit Taker(std::string& order) : order_(order) {}
    void take_answer(Answer) override { order_ += "answer "; }

   private:
    std::string& order_;
  } taker{order};
  HubDesk desk{loop,
               {.hub = {.keeps_late = true}, .hand_on_late = [&](const log::LateReportsPtr& late) { order += "late" + std::to_string(late->reports.size()) + "of" + std::to_string(late->seq) + ' '; }},
               [&](const log::BatchPtr& batch, Moment) {
                 if (has_room) order += "batch" + std::to_string(batch->seq) + ' ';
                 return has_room;
               }};
  const Moment now = net::now();
  const auto say = [&](int n, std::chrono::seconds ago) {
    state::Update said = update("1", n);
    said.time = now.timestamp - ago;
    Request request{.updates = {}, .to = session::Ticket{}, .bytes = 0, .from = &taker};
    request.updates.push_back(std::move(said));
    desk.apply(std::move(request), now);
  };
  say(1, std::chrono::seconds{0});
  say(2, std::chrono::seconds{5});
  desk.after_turn(true, now);
  CHECK(order == "batch1 late1of1 answer answer ");
  order.clear();
  say(3, std::chrono::seconds{5});
  say(4, std::chrono::seconds{9});
  desk.after_turn(true, now);
  CHECK(order == "late2of1 answer answer ");
  order.clear();
  has_room = false;
  say(5, std::chrono::seconds{0});
  say(6, std::chrono::seconds{5});
  desk.after_turn(true, now);
  CHECK(order.empty());
  has_room = true;
  desk.after_turn(true, now);
  CHECK(order == "batch2 late1of2 answer answer ");
}

TEST_CASE("a batch that finds no room stops everything: no answer, nothing applied, and the input fills as it does") {
  Desk desk;
  desk.room = 0;
  desk.desk.ask(desk.request({update("1")}));
  desk.run();
  CHECK(desk.answers.empty());
  CHECK_FALSE(desk.desk.is_settled());
  CHECK_FALSE(desk.desk.next_due());  // no clock helps
  desk.desk.ask(desk.request({update("2")}));
  for (int n = 1; n <= 10; ++n) desk.desk.input().offer({update("3", n)});
  desk.run();
  CHECK(desk.record("2").empty());
  CHECK(desk.record("3").empty());
  CHECK(desk.desk.input().counters().conflated == 6);  // of ten, four fit in
  CHECK(desk.desk.input().counters().dropped == 0);

  desk.room = 1;
  desk.desk.room_made();
  desk.run();
  REQUIRE(desk.batches.size() == 1);
  REQUIRE(desk.answers.size() == 1);  // that of the first: the others are in a batch that finds no room again
  CHECK(desk.record("3") == "{\"n\":10}");
  desk.room = 9;
  desk.desk.room_made();
  desk.run();
  REQUIRE(desk.batches.size() == 2);
  CHECK(desk.batches[1]->seq == 2);
  REQUIRE(desk.answers.size() == 2);
  CHECK(desk.answers[1].outcomes[0]->seq == 2);
  CHECK(desk.desk.is_settled());
}

TEST_CASE("what time does to the state is a batch like any other, and waits for room like any other") {
  net::EventLoop loop;
  state::ChannelDeclaration fleeting;
  fleeting.name = "a:b";
  fleeting.ttl = std::chrono::seconds{60};
  std::vector<log::BatchPtr> batches;
  bool has_room = true;
  HubDesk desk{loop, {.channels = {fleeting}}, [&](const log::BatchPtr& batch, Moment) {
                 if (has_room) batches.push_back(batch);
                 return has_room;
               }};
  Moment now = net::now();
  REQUIRE(desk.hub().publish(update("1"), now));
  desk.after_turn(true, now);
  REQUIRE(batches.size() == 1);
  CHECK(desk.next_due() == now.instant + std::chrono::seconds{60});
  has_room = false;
  REQUIRE(desk.hub().publish(update("2"), now));
  desk.after_turn(true, now);
  now.instant += std::chrono::seconds{60};
  desk.after_turn(true, now);
  CHECK(desk.hub().counters().expired == 0);
  has_room = true;
  desk.after_turn(true, now);
  CHECK(desk.hub().counters().expired == 2);
  REQUIRE(batches.size() == 3);
  CHECK(batches[2]->changes.size() == 2);
}

TEST_CASE("what comes in while other things are being applied is applied as well") {
  Desk desk;
  constexpr int kRequests = 3'000;
  for (int n = 0; n < kRequests; ++n) desk.desk.ask(desk.request({update("1", n)}));
  for (int n = 0; n < 20; ++n) {
    desk.loop.post([] {});
    desk.loop.run([&](bool is_idle) {
      desk.desk.after_turn(is_idle, net::now());
      desk.loop.stop();
    });
    desk.desk.input().offer({update("2", n)});
    desk.desk.ask(desk.request({update("3", n)}));
  }
  desk.run();
  CHECK(desk.record("1") == "{\"n\":2999}");
  CHECK(desk.record("2") == "{\"n\":19}");
  CHECK(desk.record("3") == "{\"n\":19}");
  CHECK(desk.answers.size() == kRequests + 20);
}

}  // namespace
}  // namespace starling
