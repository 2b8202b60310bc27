// Who is there, as the hub says it.
#include "starling/core/hub/presence.hpp"

#include <doctest/doctest.h>

#include "starling/core/hub/test_hub.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::hub {
namespace {

using state::Cause;
using state::Operation;
using state::Refusal;
using namespace std::chrono_literals;

/// In the space `a` a key is offline after 100 s, in `b` nobody asks; `a:short` has a ttl of 10 s.
struct PresentHub : TestHub {
  explicit PresentHub(HubOptions options = {}) : TestHub(asking(std::move(options)), expiring()) {}
  static HubOptions asking(HubOptions options) {
    options.spaces = {{"b", {}}, {"a", 100s}};
    return options;
  }
  static std::vector<state::ChannelDeclaration> expiring() {
    std::vector<state::ChannelDeclaration> all(1);
    all[0].name = "a:short";
    all[0].ttl = 10s;
    return all;
  }
  void pass(Duration time) {
    now.instant += time;
    now.timestamp += std::chrono::duration_cast<std::chrono::milliseconds>(time);
    hub.on_time(now);
  }
  /// "online since 16:40", by the clock of the hub, which starts at 00:16:40; "offline since …", "nothing".
  std::string presence(std::string_view key = "k") const {
    const state::Facet* facet = this->facet("a:presence", key);
    if (!facet) return "nothing";
    const std::string_view text = facet->fields.text();
    const std::string heard{text.substr(text.size() - 12, 5)};
    const std::string want = R"({"online":)" + std::string{text.find("true") != text.npos ? "true" : "false"} + R"(,"heard":"1970-01-01T00:)" + heard + R"(.000Z"})";
    CHECK(text == want);
    return (text.find("true") != text.npos ? "online " : "offline ") + heard;
  }
};

state::Update retained(state::Update update) {
  update.retained = true;
  return update;
}

TEST_CASE("the channel is declared, hidden, of kind state, and only where somebody asks") {
  PresentHub hub;
  const state::Channel* channel = hub.hub.channels().find("a:presence");
  REQUIRE(channel != nullptr);
  CHECK(channel->declared);
  CHECK(channel->hidden);
  CHECK(channel->built_in);
  CHECK(channel->kind == state::ChannelKind::state);
  CHECK_FALSE(channel->ttl.has_value());
  CHECK(hub.hub.channels().find("b:presence") == nullptr);
}

TEST_CASE("nobody publishes to it, whatever the operation; elsewhere it is a name like others") {
  PresentHub hub;
  hub.ok(report("a:x", "k", "{}"));
  (void)hub.close();
  CHECK(hub.refused(report("a:presence", "k", R"({"online":false})")) == Refusal::forbidden);
  CHECK(hub.refused(report("a:presence", "k", "{}", Operation::replace)) == Refusal::forbidden);
  CHECK(hub.refused(removal("a:presence", "k")) == Refusal::forbidden);
  CHECK(hub.close() == nullptr);
  hub.ok(report("b:presence", "k", R"({"online":false})"));
  CHECK(hub.text("b:presence", "k") == R"({"online":false})");
}

TEST_CASE("a key is online with its first report, in the batch of that, and offline so long after the last: one below, at and one above") {
  for (const Duration off : {Duration{-1}, Duration{0}, Duration{1}}) {
    CAPTURE(off.count());
    PresentHub hub;
    hub.ok(report("a:x", "k", R"({"v":1})"));
    CHECK(hub.presence() == "online 16:40");
    const log::BatchPtr first = hub.close();
    REQUIRE(first->changes.size() == 2);
    CHECK(first->changes[0].after->facets.size() == 1);
    CHECK(first->changes[1].before == first->changes[0].after);
    CHECK(first->changes[1].after == hub.find("a:x", "k"));
    hub.pass(10s);
    CHECK(hub.ok(report("a:x", "k", R"({"v":1})")) == session::Applied{1, false});
    CHECK(hub.hub.next_due() == hub.now.instant + 100s);
    hub.pass(100s + off);
    CHECK(hub.presence() == (off.count() < 0 ? "online 16:40" : "offline 16:40"));  // what was heard last is still said
    CHECK((hub.close() != nullptr) == (off.count() >= 0));
    CHECK(hub.hub.next_due().has_value() == (off.count() < 0));
    CHECK(hub.text("a:x", "k") == R"({"v":1})");
  }
}

TEST_CASE("heard moves at most every 30 s, and at once when it comes online: one below, at and one above") {
  for (const Duration off : {Duration{-1'000}, Duration{0}, Duration{1'000}}) {
    CAPTURE(off.count());
    PresentHub hub;
    hub.now.timestamp += std::chrono::milliseconds{off < Duration{0} ? 1 : 0};
    hub.ok(report("a:x", "k", R"({"v":1})"));
    (void)hub.close();
    const state::Facet* first = hub.facet("a:presence", "k");
    hub.pass(30s + off);
    const session::Applied applied = hub.ok(report("a:x", "k", R"({"v":1})"));
    CHECK_FALSE(applied.changed);  // what was published was known
    CHECK((hub.facet("a:presence", "k") != first) == (off.count() >= 0));
    CHECK(applied.seq == (off.count() < 0 ? 1 : 2));  // its presence was not: the batch that shows it
    CHECK((hub.close() != nullptr) == (off.count() >= 0));
  }
  PresentHub hub;
  hub.ok(report("a:x", "k", R"({"v":1})"));
  hub.pass(29s);
  hub.ok(report("a:x", "k", R"({"v":2})"));
  CHECK(hub.presence() == "online 16:40");
  hub.pass(100s);
  CHECK(hub.presence() == "offline 16:40");
  hub.pass(1s);
  hub.ok(report("a:x", "k", R"({"v":1})"));
  CHECK(hub.presence() == "online 18:50");
}

TEST_CASE("what is a real report, and what is none") {
  struct Case {
    const char* name;
    state::Update update;
    bool is_real;
  };
  const auto late = [](state::Update update) {
    update.time = Timestamp{std::chrono::seconds{999}};
    return update;
  };
  for (const Case& c : {
           Case{"news", report("a:x", "k", R"({"v":2})"), true},
           Case{"a repeat", report("a:x", "k", R"({"v":1})"), true},
           Case{"another facet", report("a:y", "k", "{}"), true},
           Case{"a replacement", report("a:x", "k", "{}", Operation::replace), true},
           Case{"a late report", late(report("a:x", "k", R"({"v":2})")), true},
           Case{"a late replacement", late(report("a:x", "k", "{}", Operation::replace)), true},
           Case{"an event", event("a:e", "{}", "k"), true},
           Case{"a retained message", retained(report("a:x", "k", R"({"v":2})")), false},
           Case{"a retained repeat", retained(report("a:x", "k", R"({"v":1})")), false},
           Case{"a retained event", retained(event("a:e", "{}", "k")), false},
           Case{"a removal of another facet", removal("a:y", "k"), false},
           Case{"another key", report("a:x", "l", "{}"), false},
           Case{"an event of another key", event("a:e", "{}", "l"), false},
           Case{"an event of no key", event("a:e", "{}"), false},
           Case{"the key in another space", report("b:x", "k", "{}"), false},
       }) {
    CAPTURE(c.name);
    PresentHub hub;
    hub.ok(report("a:x", "k", R"({"v":1})"));
    hub.pass(50s);
    hub.ok(c.update);
    CHECK(hub.presence() == (c.is_real ? "online 17:30" : "online 16:40"));
    hub.pass(50s);
    CHECK(hub.presence().starts_with("online") == c.is_real);
    hub.pass(50s);
    CHECK(hub.presence().starts_with("offline"));
  }
  PresentHub hub;
  hub.ok(report("a:x", "k", R"({"v":1})"));
  hub.pass(50s);
  CHECK(hub.hub.announce("a:x", "k", hub.now).has_value());
  CHECK(hub.presence() == "online 16:40");
  (void)hub.refused(report("a:x", "k", std::string(70'000, ' ')));
  CHECK(hub.presence() == "online 16:40");
  hub.pass(50s);
  CHECK(hub.presence() == "offline 16:40");
}

TEST_CASE("a key of retained messages alone has no presence until it is heard, and one that only an event names has none") {
  PresentHub hub;
  hub.ok(retained(report("a:x", "k", R"({"v":1})")));
  CHECK(hub.presence() == "nothing");
  hub.ok(event("a:e", "{}", "ghost"));
  CHECK(hub.find("a:x", "ghost") == nullptr);
  CHECK(hub.hub.next_due() == std::nullopt);
  hub.ok(event("a:e", "{}", "k"));
  CHECK(hub.presence() == "online 16:40");
}

TEST_CASE("presence goes with the last other facet, for the same cause, and keeps nothing alive") {
  PresentHub hub;
  const state::Channel& presence = *hub.hub.channels().find("a:presence");
  hub.ok(report("a:x", "k", "{}"));
  hub.ok(report("a:y", "k", "{}"));
  hub.ok(removal("a:x", "k"));
  CHECK(hub.presence() == "online 16:40");
  (void)hub.close();
  hub.ok(removal("a:y", "k"));
  CHECK(hub.find("a:x", "k") == nullptr);
  const log::BatchPtr removed = hub.close();
  REQUIRE(removed->changes.size() == 1);
  CHECK(removed->changes[0].cause_of(presence) == Cause::deleted);
  CHECK(removed->changes[0].cause_of(*hub.hub.channels().find("a:y")) == Cause::deleted);
  CHECK(hub.hub.next_due() == std::nullopt);

  hub.ok(report("a:short", "k", "{}"));
  (void)hub.close();
  hub.pass(10s);
  const log::BatchPtr expired = hub.close();
  REQUIRE(expired->changes.size() == 1);
  CHECK(expired->changes[0].after == nullptr);
  CHECK(expired->changes[0].cause_of(presence) == Cause::expired);
  CHECK(hub.hub.next_due() == std::nullopt);
  CHECK(hub.hub.state_bytes() == 0);
}

TEST_CASE("of a key that expires when it would turn offline nobody hears that it is") {
  HubOptions options;
  options.spaces = {{"a", 10s}};
  TestHub hub(options, PresentHub::expiring());
  hub.ok(report("a:short", "k", "{}"));
  (void)hub.close();
  hub.now.instant += 10s;
  hub.hub.on_time(hub.now);
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch->changes.size() == 1);
  CHECK(batch->changes[0].after == nullptr);
}

TEST_CASE("it is located like its entity, and counted in no limit of keys") {
  HubOptions options;
  options.keys_per_space_max = 1;
  PresentHub hub(options);
  hub.ok(report("a:x", "k", R"({"latitude":5,"longitude":6})"));
  CHECK(hub.find("a:presence", "k")->place->point == geo::Point{5, 6});
  CHECK(hub.find("a:presence", "k")->place->owner->name == "a:x");
  CHECK(hub.refused(report("a:x", "l", "{}")) == Refusal::limit_keys);
  CHECK(hub.presence("l") == "nothing");
}

TEST_CASE("so many fall silent in one call") {
  HubOptions options;
  options.dues_per_call_max = 5;
  PresentHub hub(options);
  for (int i = 0; i < 6; ++i) hub.ok(report("a:x", std::to_string(i), "{}"));
  (void)hub.close();
  hub.pass(100s);
  CHECK(hub.close()->changes.size() == 5);
  CHECK(*hub.hub.next_due() <= hub.now.instant);
  hub.pass(0s);
  CHECK(hub.close()->changes.size() == 1);
}

TEST_CASE("an announcement is a change with the same entity on both sides, and none of what is not there") {
  PresentHub hub;
  hub.ok(report("a:x", "k", "{}"));
  (void)hub.close();
  const state::EntityPtr entity = hub.find("a:x", "k");
  const std::size_t bytes = hub.hub.state_bytes();
  CHECK(hub.hub.announce("a:y", "k", hub.now) == std::nullopt);
  CHECK(hub.hub.announce("a:gps", "k", hub.now) == std::nullopt);
  CHECK(hub.hub.announce("a:x", "nobody", hub.now) == std::nullopt);
  CHECK(hub.hub.announce("a:e", "k", hub.now) == std::nullopt);
  CHECK(hub.close() == nullptr);
  CHECK(hub.hub.announce("a:x", "k", hub.now) == 2);
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch->changes.size() == 1);
  CHECK(batch->changes[0].is_announcement());
  CHECK(batch->changes[0].after == entity);
  CHECK(hub.find("a:x", "k") == entity);
  CHECK(hub.hub.state_bytes() == bytes);
}

}  // namespace
}  // namespace starling::hub
