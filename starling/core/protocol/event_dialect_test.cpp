#include "starling/core/protocol/event_dialect.hpp"

#include <doctest/doctest.h>

namespace starling::protocol {
namespace {

struct Door {
  explicit Door(EventForm form) : dialect(form, {{"a:x", "ax"}, {"a:y", "a:y"}}, {fanout, channels, times}) {}
  fanout::Fanout fanout{{}};
  state::KnownChannels channels;
  DialectTimes times;
  EventDialect dialect;
  std::vector<std::string> chosen;

  /// What is answered; "shows …" if it is shown something else from now on.
  std::string said(std::string_view text) {
    const Asked asked = dialect.read(text, chosen);
    if (const auto* say = std::get_if<Say>(&asked)) return say->text;
    const auto* look = std::get_if<Look>(&asked);
    if (look == nullptr) return "nothing";
    std::string shown = "shows";
    for (const Part& part : look->parts) {
      for (const std::string& channel : part.query.channels) shown += ' ' + channel;
    }
    return shown;
  }
};

TEST_CASE("nested: pings are answered, subscriptions narrow, and the last one that ends shows everything") {
  Door door{EventForm::nested};
  const auto subscribe = [](std::string_view verb, std::string_view name) { return R"({"event":")" + std::string{verb} + R"(","data":{"event_name":")" + std::string{name} + R"("}})"; };
  CHECK(door.said(R"({"event":"ping","data":{}})") == R"({"event":"pong","data":{},"timestamp":"1970-01-01T00:00:00.000Z"})");
  CHECK(door.said(subscribe("unsubscribe", "ax")) == "nothing");
  CHECK(door.said(subscribe("subscribe", "a:x")) == "nothing");  // it is not called that here
  CHECK(door.said(subscribe("subscribe", "ax")) == "shows a:x");
  CHECK(door.said(subscribe("subscribe", "ax")) == "nothing");
  CHECK(door.said(subscribe("subscribe", "a:y")) == "shows a:x a:y");
  CHECK(door.said(subscribe("unsubscribe", "ax")) == "shows a:y");
  CHECK(door.said(subscribe("unsubscribe", "a:y")) == "shows a:x a:y");
  CHECK(door.chosen.empty());
}

TEST_CASE("nested: what cannot be read is ignored") {
  Door door{EventForm::nested};
  for (const char* text : {"", "{", "5", "[]", "{}", R"({"event":1})", R"({"event":"subscribe"})", R"({"event":"subscribe","data":"ax"})", R"({"event":"subscribe","data":{"event_name":5}})",
                           R"({"type":"ping"})"}) {
    CAPTURE(text);
    CHECK(door.said(text) == "nothing");
  }
}

TEST_CASE("flat: it welcomes, answers, and tells of what is no JSON") {
  Door door{EventForm::flat};
  const view::View view{door.dialect.everything().parts.front().query, door.channels};
  CHECK(door.dialect.open(view).frame->payload() == R"({"event":"connected","timestamp":"1970-01-01T00:00:00.000Z","message":"Connected to Starling","version":"1.0"})");
  CHECK(door.said(R"({"event":"ping"})") == R"({"event":"pong","timestamp":"1970-01-01T00:00:00.000Z"})");
  CHECK(door.said(R"({"event":"subscribe","channels":["ax", "no \u0041"]})") == R"({"event":"subscribed","channels":["ax","no \u0041"],"timestamp":"1970-01-01T00:00:00.000Z"})");
  CHECK(door.said(R"({"event":"subscribe","channels":[]})") == R"({"event":"subscribed","channels":[],"timestamp":"1970-01-01T00:00:00.000Z"})");
  for (const char* text : {R"({"event":"subscribe"})", R"({"event":"subscribe","channels":"ax"})", R"({"event":"subscribe","channels":["ax",5]})"}) CHECK(door.said(text) == "nothing");
  CHECK(door.said("{") == R"({"event":"error","message":"Invalid JSON format","timestamp":"1970-01-01T00:00:00.000Z"})");
  CHECK(door.said("[]") == R"({"event":"error","message":"Invalid JSON format","timestamp":"1970-01-01T00:00:00.000Z"})");
  CHECK(door.said(R"({"event":"unsubscribe"})") == "nothing");
  CHECK(door.dialect.heartbeat() == R"({"event":"heartbeat","timestamp":"1970-01-01T00:00:00.000Z","message":"alive"})");
}

}  // namespace
}  // namespace starling::protocol
