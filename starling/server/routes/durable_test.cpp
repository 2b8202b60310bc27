#include "starling/server/routes/durable.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "starling/io/http/awaited.hpp"
#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

using http::Response;

/// A store that has a batch when the test says so.
struct Waiting final : Durability {
  struct One {
    state::Seq seq;
    std::function<void(bool)> done;
  };
  void await(state::Seq seq, std::function<void(bool)> done) override {
    if (is_known) {
      done(*is_known);
    } else {
      waiting.push_back({seq, std::move(done)});
    }
  }
  std::vector<One> waiting;
  std::optional<bool> is_known;
};

Response accepted() { return {.status = 200, .headers = {}, .body = R"({"accepted":1,"seq":7})"}; }

Given query(std::string_view text) { return *Given::read(route_of(RouteId::publish), text); }

TEST_CASE("durable is true or false, and true needs a store") {
  Waiting store;
  for (const auto& [text, is_asked] : {std::pair{"", false}, std::pair{"durable=false", false}, std::pair{"durable=true", true}}) {
    CAPTURE(text);
    const auto read = is_durable(query(text), &store);
    REQUIRE(read);
    CHECK(*read == is_asked);
  }
  CHECK(*is_durable(query("durable=false"), nullptr) == false);
  for (const char* text : {"durable=", "durable=1", "durable=True", "durable"}) {
    CAPTURE(text);
    const auto read = is_durable(query(text), &store);
    REQUIRE_FALSE(read);
    CHECK(read.error().status == 400);
    CHECK(read.error().body.find(R"("field":"durable")") != std::string::npos);
  }
  const auto without = is_durable(query("durable=true"), nullptr);
  REQUIRE_FALSE(without);
  CHECK(without.error().status == 503);
  CHECK(without.error().body.find("store.url") != std::string::npos);
}

TEST_CASE("what was accepted is answered once the store has it, whether that is known at once or later") {
  for (const bool is_early : {true, false}) {
    CAPTURE(is_early);
    Waiting store;
    if (is_early) store.is_known = true;
    const http::ResponseSlot slot;
    DurableAnswer answer{std::make_unique<http::AwaitedResponse>(slot), store, [] { return state::Seq{9}; }};
    int woken = 0;
    answer.on_wake([&] { ++woken; });
    CHECK(answer.is_waiting());
    slot.put(accepted());
    CHECK(woken == 1);
    CHECK_FALSE(answer.is_waiting());
    auto response = answer.step();
    if (!is_early) {
      CHECK_FALSE(response);
      CHECK(answer.is_waiting());
      REQUIRE(store.waiting.size() == 1);
      CHECK(store.waiting[0].seq == 9);
      store.waiting[0].done(true);
      CHECK(woken == 2);
      CHECK_FALSE(answer.is_waiting());
      response = answer.step();
    }
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == accepted().body);
  }
}

TEST_CASE("what was refused is not kept waiting; what was accepted and cannot be stored now is 503") {
  Waiting store;
  DurableAnswer refused{Response{.status = 400, .headers = {}, .body = "no"}, store, [] { return state::Seq{9}; }};
  CHECK_FALSE(refused.is_waiting());
  CHECK(refused.step()->status == 400);
  CHECK(store.waiting.empty());
  store.is_known = false;
  DurableAnswer lost{accepted(), store, [] { return state::Seq{9}; }};
  const auto response = lost.step();
  REQUIRE(response);
  CHECK(response->status == 503);
  CHECK(response->body.find("accepted") != std::string::npos);
}

TEST_CASE("an answer that comes when the connection has gone does nothing") {
  Waiting store;
  {
    DurableAnswer gone{accepted(), store, [] { return state::Seq{9}; }};
    CHECK_FALSE(gone.step());
  }
  store.waiting[0].done(true);
}

}  // namespace
}  // namespace starling::routes
