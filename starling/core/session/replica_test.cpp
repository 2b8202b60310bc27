// What a client owes the protocol: rules 3, 4, 6, 8 and 11 from its side. What servers never do with ours is tested here only.
#include "starling/core/session/replica.hpp"

#include <doctest/doctest.h>

namespace starling::session {
namespace {

struct Client {
  /// "held until it is whole", the fault, or "seq N".
  std::string hear(std::string_view message) {
    auto applied = replica.apply(message);
    if (!applied) return applied.error();
    step = applied->value_or(Replica::Step{});
    return *applied ? "seq " + std::to_string(step.seq) : "held until it is whole";
  }
  std::string held() const {
    std::string text;
    for (const auto& [channel, records] : replica.channels()) {
      for (const auto& [key, record] : records) text += (text.empty() ? "" : " ") + channel + '/' + key + '=' + std::string{record.text()};
    }
    return text;
  }
  std::string delivered() const {
    std::string text;
    for (const Replica::Event& event : step.events) text += (text.empty() ? "" : " ") + std::to_string(event.seq) + '.' + std::to_string(event.n);
    return text;
  }

  Replica replica;
  Replica::Step step;
};

constexpr std::string_view kOneKey = R"({"type":"snapshot","id":1,"seq":1,"channels":{"a:x":{"k":{"v":1}}},"more":false})";

TEST_CASE("a snapshot is shown when its last part is there, and what is not in it goes") {
  Client client;
  CHECK(client.hear(kOneKey) == "seq 1");
  CHECK(client.step.is_snapshot);
  CHECK(client.hear(R"({"type":"snapshot","id":1,"seq":5,"channels":{"a:x":{"l":{"v":2}}},"more":true})") == "held until it is whole");
  CHECK(client.held() == R"(a:x/k={"v":1})");
  CHECK(client.hear(R"({"type":"snapshot","id":1,"seq":5,"channels":{"a:y":{"l":{}}},"more":false})") == "seq 5");
  CHECK(client.held() == R"(a:x/l={"v":2} a:y/l={})");
  CHECK(client.hear(R"({"type":"snapshot","id":1,"seq":6,"channels":{},"more":false})") == "seq 6");
  CHECK(client.held().empty());
}

TEST_CASE("a part with another seq than the one before begins the snapshot again, and `subscribed` voids the parts there are") {
  for (const bool is_told : {false, true}) {
    CAPTURE(is_told);
    Client client;
    (void)client.hear(kOneKey);
    CHECK(client.hear(R"({"type":"snapshot","id":1,"seq":5,"channels":{"a:x":{"l":{"v":2}}},"more":true})") == "held until it is whole");
    if (is_told) client.replica.forget_parts();
    const int seq = is_told ? 5 : 6;  // told so, the seq may be the same
    CHECK(client.hear(R"({"type":"snapshot","id":1,"seq":)" + std::to_string(seq) + R"(,"channels":{"a:x":{"m":{"v":3}}},"more":false})") ==
          "seq " + std::to_string(seq));
    CHECK(client.held() == R"(a:x/m={"v":3})");
  }
}

TEST_CASE("the parts of an update are applied together, remove before set before patch, or not at all") {
  Client client;
  (void)client.hear(kOneKey);
  CHECK(client.hear(R"({"type":"update","id":1,"seq":2,"channels":{"a:x":{"set":{"l":{"v":1}},"patch":{"k":{"v":2}}}},"more":true})") ==
        "held until it is whole");
  CHECK(client.held() == R"(a:x/k={"v":1})");
  client.replica.forget_parts();
  CHECK(client.hear(R"({"type":"update","id":1,"seq":2,"channels":{"a:x":{"patch":{"k":{"w":"\u0041"}}}},"more":true})") == "held until it is whole");
  CHECK(client.hear(R"({"type":"update","id":1,"seq":2,"channels":{"a:y":{"set":{"k":{}}}}})") == "seq 2");
  CHECK(client.held() == R"(a:x/k={"v":1,"w":"\u0041"} a:y/k={})");
}

TEST_CASE("removing is idempotent, and every reason is alike") {
  Client client;
  (void)client.hear(kOneKey);
  for (const std::string_view reason : {"moved", "deleted", "revoked", "of a later version"}) {
    CHECK(client.hear(R"({"type":"update","id":1,"seq":2,"channels":{"a:x":{"remove":{"k":")" + std::string{reason} + R"("}}}})") == "seq 2");
    CHECK(client.held().empty());
    REQUIRE(client.step.removals.size() == 1);
    CHECK(client.step.removals[0].reason == reason);
  }
}

TEST_CASE("events are delivered in the order of their numbers over all channels, and those it has are ignored, until the epoch is another") {
  Client client;
  const std::string_view two = R"({"type":"update","id":1,"seq":3,"channels":{"a:e":{"gap":{"after":0,"before":3},"events":[{"seq":3,"n":1,"data":{}}]},)"
                               R"("b:e":{"events":[{"seq":3,"n":0,"data":{}}]}}})";
  CHECK(client.hear(two) == "seq 3");
  CHECK(client.delivered() == "3.0 3.1");
  REQUIRE(client.step.gaps.size() == 1);
  CHECK(client.step.gaps[0].channel == "a:e");
  CHECK(client.step.gaps[0].before == 3);
  CHECK(client.hear(two) == "seq 3");
  CHECK(client.delivered().empty());
  CHECK(client.hear(R"({"type":"update","id":1,"seq":4,"channels":{"a:e":{"events":[{"seq":3,"n":1,"data":{}},{"seq":3,"n":2,"data":{}}]}}})") == "seq 4");
  CHECK(client.delivered() == "3.2");
  client.replica.forget_events();
  CHECK(client.hear(two) == "seq 3");
  CHECK(client.delivered() == "3.0 3.1");
}

TEST_CASE("what no server sends is a fault that says what") {
  struct Case {
    std::string_view message, fault;
  };
  for (const Case& c : {
           Case{R"({"type":"update","id":1,"seq":2,"channels":{"a:x":{"patch":{"l":{"v":1}}}}})", "a patch for a:x l, which is not held"},
           Case{R"({"type":"update","id":1,"seq":2,"channels":{"a:y":{"patch":{"k":{"v":1}}}}})", "a patch for a:y k, which is not held"},
           Case{R"({"type":"snapshot","id":1,"seq":2,"channels":{"a:x":{"k":{},"\u006b":{}}},"more":false})", "a:x k stands in a snapshot twice"},
           Case{R"({"type":"snapshot","id":1,"seq":2,"channels":{"a:x":[]},"more":false})", "channel a:x of a snapshot is not an object"},
       }) {
    CAPTURE(c.message);
    Client client;
    (void)client.hear(kOneKey);
    CHECK(client.hear(c.message) == c.fault);
  }
  Client client;
  (void)client.hear(kOneKey);
  (void)client.hear(R"({"type":"update","id":1,"seq":2,"channels":{},"more":true})");
  CHECK(client.hear(R"({"type":"update","id":1,"seq":3,"channels":{}})") == "a part of seq 3 among the parts of seq 2");
}

TEST_CASE("what has another shape than a server gives it is refused, and the client lives on") {
  for (const std::string_view told : {"1", R"({"remove":1})", R"({"remove":{"k":1}})", R"({"set":[]})", R"({"set":{"k":[{"x":1}]}})", R"({"patch":"k"})", R"({"patch":{"k":1}})",
                                      R"({"gap":7})", R"({"events":{}})", R"({"events":[1]})"}) {
    CAPTURE(told);
    Client client;
    CHECK(client.hear(kOneKey) == "seq 1");
    CHECK(client.hear(R"({"type":"update","id":1,"seq":2,"channels":{"a:x":)" + std::string{told} + "}}").find("is not what it should be") != std::string::npos);
    CHECK(client.held() == R"(a:x/k={"v":1})");
  }
  Client client;
  CHECK(client.hear(R"({"type":"snapshot","id":1,"seq":5,"channels":{"a:x":{"l":[]}},"more":true})") == "a:x l of a snapshot is not an object");
  CHECK(client.hear(R"({"type":"snapshot","id":1,"seq":5,"channels":{"a:x":[]},"more":true})") == "channel a:x of a snapshot is not an object");
}

}  // namespace
}  // namespace starling::session
