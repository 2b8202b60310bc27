// Limits of the hub: at one below, at and one above, and nothing stored by who is refused.
#include <doctest/doctest.h>

#include "starling/core/hub/test_hub.hpp"

namespace starling::hub {
namespace {

using state::Operation;
using state::Refusal;

/// All that a refused update must not have touched.
struct Untouched {
  explicit Untouched(const TestHub& hub) : hub_(hub), channels_(hub.hub.channels().all().size()), bytes_(hub.hub.state_bytes()) {}
  void check() const {
    CHECK(hub_.hub.channels().all().size() == channels_);
    CHECK(hub_.hub.state_bytes() == bytes_);
    CHECK(hub_.hub.close_due() == std::nullopt);
  }

 private:
  const TestHub& hub_;
  std::size_t channels_, bytes_;
};

TEST_CASE("record_bytes: of what is sent, and of what a merge makes") {
  // {"v":"…"} is 8 bytes around the text.
  const auto record = [](std::size_t bytes) { return R"({"v":")" + std::string(bytes - 8, 'x') + R"("})"; };
  HubOptions options;
  options.record_bytes_max = 100;
  for (const bool is_event : {false, true}) {
    CAPTURE(is_event);
    TestHub hub(options);
    const auto sent = [&](std::size_t bytes) { return is_event ? event("a:e", record(bytes)) : report("a:x", "k", record(bytes)); };
    const Untouched untouched(hub);
    CHECK(hub.refused(sent(101)) == Refusal::limit_record);
    untouched.check();
    hub.ok(sent(99));
    hub.ok(sent(100));
  }
  TestHub hub(options);
  hub.ok(report("a:x", "k", record(50)));
  (void)hub.close();
  const Untouched untouched(hub);
  // A merge adds `,"w":"…"`: 7 bytes around the text.
  const auto more = [](std::size_t bytes) { return R"({"w":")" + std::string(bytes - 7, 'x') + R"("})"; };
  CHECK(hub.refused(report("a:x", "k", more(51))) == Refusal::limit_record);
  CHECK(hub.text("a:x", "k") == record(50));
  untouched.check();
  hub.ok(report("a:x", "k", more(49)));
  hub.ok(report("a:x", "k", more(50)));
  hub.ok(report("a:x", "k", more(51), Operation::replace));  // by itself it fits
  CHECK(hub.refused(report("a:x", "k", record(101), Operation::replace)) == Refusal::limit_record);
}

TEST_CASE("fields_per_record: of what is sent, and of what a merge makes") {
  const auto record = [](int first, int count) {
    std::string text = "{";
    for (int i = first; i < first + count; ++i) text += (i > first ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
    return text + '}';
  };
  HubOptions options;
  options.fields_per_record_max = 10;
  for (const bool is_event : {false, true}) {
    CAPTURE(is_event);
    TestHub hub(options);
    const auto sent = [&](int count) { return is_event ? event("a:e", record(0, count)) : report("a:x", "k", record(0, count)); };
    const Untouched untouched(hub);
    CHECK(hub.refused(sent(11)) == Refusal::limit_fields);
    untouched.check();
    hub.ok(sent(9));
    hub.ok(sent(10));
  }
  TestHub hub(options);
  hub.ok(report("a:x", "k", record(0, 6)));
  (void)hub.close();
  const Untouched untouched(hub);
  CHECK(hub.refused(report("a:x", "k", record(4, 7))) == Refusal::limit_fields);
  CHECK(hub.text("a:x", "k") == record(0, 6));
  untouched.check();
  hub.ok(report("a:x", "k", record(4, 6)));
  CHECK(hub.text("a:x", "k") == record(0, 10));
  hub.ok(report("a:x", "k", R"({"f0":1,"f0":1,"f0":1,"f0":1,"f0":1,"f0":1,"f0":1,"f0":1,"f0":1,"f0":1,"f0":1})"));  // one name
}

TEST_CASE("keys_per_space: known keys go on, other spaces have keys of their own, a removal makes room") {
  HubOptions options;
  options.keys_per_space_max = 3;
  TestHub hub(options);
  for (const char* key : {"1", "2", "3"}) hub.ok(report("a:x", key, "{}"));
  (void)hub.close();
  const Untouched untouched(hub);
  CHECK(hub.refused(report("a:x", "4", "{}")) == Refusal::limit_keys);
  CHECK(hub.refused(report("a:new", "4", "{}")) == Refusal::limit_keys);
  CHECK(hub.find("a:x", "4") == nullptr);
  untouched.check();
  hub.ok(report("a:y", "3", "{}"));
  hub.ok(report("a:x", "3", R"({"v":1})"));
  hub.ok(report("b:x", "4", "{}"));
  hub.ok(event("a:e", "{}", "4"));
  hub.ok(removal("a:x", "1"));
  hub.ok(report("a:x", "4", "{}"));
  CHECK(hub.refused(report("a:x", "1", "{}")) == Refusal::limit_keys);
}

TEST_CASE("channels: known ones go on") {
  HubOptions options;
  options.channels.channels_max = 4;  // two are declared
  TestHub hub(options);
  hub.ok(report("a:1", "k", "{}"));
  hub.ok(report("b:2", "k", "{}"));
  (void)hub.close();
  const Untouched untouched(hub);
  CHECK(hub.refused(report("a:3", "k", "{}")) == Refusal::limit_channels);
  CHECK(hub.refused(report("c:3", "k", "{}")) == Refusal::limit_channels);
  untouched.check();
  CHECK(hub.hub.channels().find("a:3") == nullptr);
  hub.ok(report("a:1", "l", "{}"));
  hub.ok(report("a:gps", "l", "{}"));
}

TEST_CASE("state_bytes: what is held is weighed, at one byte below, at and above, and what fits goes on") {
  struct Step {
    const char* name;
    std::vector<state::Update> before;
    state::Update last;
  };
  const std::string long_key(200, 'k'), text = R"({"v":"a text that is longer than a string holds in itself"})";
  for (const Step& step : {
           Step{"a new entity", {}, report("a:new", "k", text)},
           Step{"one with a long key", {}, report("a:new", long_key, text)},
           Step{"a short record", {}, report("a:new", "k", "{}")},
           Step{"a new facet", {report("a:x", "k", text), report("a:y", "k", text)}, report("a:new", "k", text)},
           Step{"a merge that grows", {report("a:x", "k", text)}, report("a:x", "k", R"({"w":"another text that is quite long as well, and longer"})")},
           Step{"a replacement that grows", {report("a:x", "k", "{}")}, report("a:x", "k", text, Operation::replace)},
       }) {
    CAPTURE(step.name);
    const auto after_all = [&](std::size_t state_bytes_max) {
      HubOptions options;
      options.state_bytes_max = state_bytes_max;
      auto hub = std::make_unique<TestHub>(options);
      for (const state::Update& update : step.before) hub->ok(update);
      (void)hub->close();
      return hub;
    };
    const auto measured = after_all(1 << 20);
    measured->ok(step.last);
    const std::size_t weight = measured->hub.state_bytes();

    for (const std::size_t limit : {weight, weight + 1}) {
      const auto hub = after_all(limit);
      hub->ok(step.last);
      CHECK(hub->hub.state_bytes() == weight);
    }
    const auto hub = after_all(weight - 1);
    const Untouched untouched(*hub);
    CHECK(hub->refused(step.last) == Refusal::limit_state);
    untouched.check();
    for (const state::Update& update : step.before) CHECK_FALSE(hub->ok(update).changed);
  }
}

TEST_CASE("a full state still takes what makes it no larger, and events") {
  const std::string text = R"({"v":"a text that is longer than a string holds in itself"})";
  const std::string other = R"({"v":"a text that is longer than a string takes in itself"})";
  TestHub measured;
  measured.ok(report("a:x", "k", text));
  HubOptions options;
  options.state_bytes_max = measured.hub.state_bytes();
  TestHub hub(options);
  hub.ok(report("a:x", "k", text));
  hub.ok(report("a:x", "k", other, Operation::replace));
  hub.ok(event("a:e", text));
  CHECK(hub.refused(report("a:x", "l", "{}")) == Refusal::limit_state);
  hub.ok(report("a:x", "k", "{}", Operation::replace));
  hub.ok(removal("a:x", "k"));
  hub.ok(report("a:x", "l", text));
}

TEST_CASE("what goes gives back all it weighed") {
  TestHub hub;
  hub.ok(report("a:x", "k", R"({"v":1})"));
  hub.ok(report("a:y", "k", R"({"v":2,"w":"0123456789012345678901234567890123456789"})"));
  hub.ok(report("a:x", "k", R"({"latitude":1,"longitude":2})"));
  hub.ok(report("b:x", std::string(256, 'k'), R"({})"));
  hub.ok(removal("a:x", "k"));
  hub.ok(removal("b:x", std::string(256, 'k')));
  hub.ok(removal("a:y", "k"));
  CHECK(hub.hub.state_bytes() == 0);
}

TEST_CASE("a record of very many names is refused without reading it through") {
  HubOptions options;
  options.record_bytes_max = 65'536;
  TestHub hub(options);
  std::string data = "{";
  for (int i = 0; i < 60'000; ++i) data += '"' + std::to_string(i) + "\":1,";
  data.back() = '}';
  CHECK(hub.refused(report("a:x", "k", data)) == Refusal::limit_record);
}

}  // namespace
}  // namespace starling::hub
