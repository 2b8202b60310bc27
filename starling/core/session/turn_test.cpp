#include "starling/core/session/turn.hpp"

#include <doctest/doctest.h>

namespace starling::session {
namespace {

Turn::Message publish(std::string_view key = "k") {
  return protocol::read_client_message(R"({"type":"publish","channel":"a:b","data":{},"key":")" + std::string{key} + "\"}");
}
Turn::Message ping() { return protocol::read_client_message(R"({"type":"ping","ref":7})"); }
Turn::Message nonsense() { return protocol::read_client_message("nonsense"); }
protocol::Publish& publish_of(Turn::Message& message) { return std::get<protocol::Publish>(*message); }

/// Lets so many publishes come that will be answered later.
void await(Turn& turn, int count) {
  for (int i = 0; i < count; ++i) {
    Turn::Message message = publish();
    REQUIRE(turn.comes(message));
    turn.await();
  }
}

TEST_CASE("while nothing is awaited, every message has its turn at once") {
  Turn turn{2};
  for (Turn::Message message : {publish(), ping(), nonsense()}) {
    CHECK(turn.comes(message));
    CHECK(turn.is_ready());
    CHECK_FALSE(turn.is_awaiting());
  }
  CHECK(turn.take_behind() == nullptr);
  CHECK(turn.take_refused() == nullptr);
}

TEST_CASE("publishes follow each other: one below the bound more are read, at it none, and an answer makes room for one") {
  for (const int publishes_max : {1, 3}) {
    CAPTURE(publishes_max);
    Turn turn{static_cast<std::size_t>(publishes_max)};
    await(turn, publishes_max - 1);
    CHECK(turn.is_ready());
    await(turn, 1);
    CHECK_FALSE(turn.is_ready());
    turn.answered();
    CHECK(turn.is_ready());
    await(turn, 1);
    CHECK_FALSE(turn.is_ready());
    for (int i = 0; i < publishes_max; ++i) {
      CHECK(turn.is_awaiting());
      turn.answered();
    }
    CHECK(turn.is_ready());
    CHECK_FALSE(turn.is_awaiting());
  }
}

TEST_CASE("any other message, also one that cannot be read, is held until all publishes before it have been answered") {
  for (const bool is_readable : {true, false}) {
    CAPTURE(is_readable);
    Turn turn{10};
    await(turn, 2);
    Turn::Message message = is_readable ? ping() : nonsense();
    CHECK_FALSE(turn.comes(message));
    CHECK_FALSE(turn.is_ready());
    CHECK(turn.take_behind() == nullptr);
    CHECK(turn.take_refused() == nullptr);  // room is nothing to it
    turn.answered();
    CHECK(turn.take_behind() == nullptr);
    turn.answered();
    CHECK(turn.is_awaiting());
    const std::unique_ptr<Turn::Message> held = turn.take_behind();
    REQUIRE(held != nullptr);
    CHECK(held->has_value() == is_readable);
    if (is_readable) CHECK(std::get<protocol::Ping>(**held).ref == "7");
    CHECK(turn.take_behind() == nullptr);
    CHECK(turn.is_ready());
    CHECK_FALSE(turn.is_awaiting());
  }
}

TEST_CASE("a publish that found no room is held until there is some, however many before it are answered") {
  Turn turn{10};
  await(turn, 1);
  Turn::Message message = publish("late");
  REQUIRE(turn.comes(message));
  turn.hold(std::move(publish_of(message)));
  CHECK_FALSE(turn.is_ready());
  turn.answered();
  CHECK(turn.take_behind() == nullptr);
  CHECK_FALSE(turn.is_ready());
  CHECK(turn.is_awaiting());

  std::unique_ptr<Turn::Message> again = turn.take_refused();
  REQUIRE(again != nullptr);
  CHECK(publish_of(*again).update.key == "late");
  CHECK(turn.is_ready());
  turn.hold(std::move(publish_of(*again)));  // somebody was faster
  CHECK_FALSE(turn.is_ready());
  again = turn.take_refused();
  REQUIRE(again != nullptr);
  CHECK(publish_of(*again).update.key == "late");
  turn.await();
  CHECK(turn.is_ready());
  CHECK(turn.take_refused() == nullptr);
}

TEST_CASE("what is held and dropped never has its turn") {
  Turn turn{10};
  await(turn, 1);
  Turn::Message message = ping();
  REQUIRE_FALSE(turn.comes(message));
  turn.drop_held();
  turn.answered();
  CHECK(turn.take_behind() == nullptr);
  CHECK_FALSE(turn.is_awaiting());
}

}  // namespace
}  // namespace starling::session
