#include "starling/server/routes/broadcast.hpp"

#include <doctest/doctest.h>

#include "starling/core/hub/hub.hpp"

namespace starling::routes {
namespace {

constexpr Moment kNow{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'790'000'000}}};

std::vector<state::ChannelDeclaration> declarations() {
  std::vector<state::ChannelDeclaration> channels(2);
  channels[0].name = "services:health";
  channels[1].name = "signals:detected";
  channels[1].kind = state::ChannelKind::event;
  return channels;
}

std::vector<protocol::DoorOptions> doors() {
  std::vector<protocol::DoorOptions> doors(2);
  doors[0] = {.path = "/ws", .dialect = protocol::DialectName::event_flat, .channels = {{"services:health", "services:health"}, {"websdrs:status", "websdrs_update"}, {"signals:detected", "signals:detected"}}};
  doors[1] = {.path = "/ws/updates", .dialect = protocol::DialectName::event, .channels = {{"localizations:updated", "localizations:updated"}}};
  return doors;
}

class Broadcasting {
 public:
  Result<std::vector<state::Update>, protocol::Error> read(std::string_view event_type, std::string_view body) {
    return read_broadcast(body, std::string{event_type}, names_, hub.channels(), hub.state());
  }
  void say(std::string_view event_type, std::string_view body) {
    auto updates = read(event_type, body);
    REQUIRE(updates);
    for (state::Update& update : *updates) REQUIRE(hub.publish(std::move(update), kNow));
  }
  std::string record(std::string_view channel, std::string_view key) const {
    const state::Channel* found = hub.channels().find(channel);
    const auto entity = found ? hub.state().find(found->space_index, key) : nullptr;
    const state::Facet* facet = entity ? entity->find(*found) : nullptr;
    return facet ? std::string{facet->fields.text()} : "";
  }

  hub::Hub hub{{}, declarations()};

 private:
  BroadcastNames names_{doors()};
};

TEST_CASE("a channel is found by its name, by what a door calls it, and by what the old backend called it") {
  const BroadcastNames names{doors()};
  struct Case { std::string_view name, want; };
  for (const Case c : {Case{"services:health", "services:health"}, Case{"websdrs:status", "websdrs:status"}, Case{"websdrs_update", "websdrs:status"}, Case{"health_status", "services:health"},
                       Case{"signal_detection", "signals:detected"}, Case{"localization_result", ""}, Case{"localizations:updated", ""}, Case{"mesh:node", ""}, Case{"", ""}}) {
    CAPTURE(c.name);
    const std::string* found = names.find(c.name);
    CHECK((found ? *found : "") == c.want);
  }
  CHECK(names.all() == "services:health, health_status, websdrs_update, websdrs:status, signals:detected, signal_detection");
  CHECK(BroadcastNames{{}}.all() == "none");
}

TEST_CASE("of an event channel the body is the event") {
  Broadcasting broadcasting;
  const auto updates = broadcasting.read("signal_detection", R"( {"frequency_mhz": 145.50, "services:health": {}} )");
  REQUIRE(updates);
  REQUIRE(updates->size() == 1);
  CHECK((*updates)[0].channel == "signals:detected");
  CHECK(!(*updates)[0].key);
  CHECK((*updates)[0].data == R"({"frequency_mhz":145.50,"services:health":{}})");
  CHECK((*updates)[0].operation == state::Operation::merge);
}

TEST_CASE("of a state channel it is the whole map: records are replaced, and what is not in it goes") {
  Broadcasting broadcasting;
  broadcasting.say("health_status", R"({"api":{"status":"healthy","since":1},"db":{"status":"healthy"}})");
  CHECK(broadcasting.record("services:health", "db") == R"({"status":"healthy"})");
  // Of the same space, and another channel's.
  state::Update other;
  other.channel = "services:owner";
  other.key = "db";
  other.data = "{}";
  REQUIRE(broadcasting.hub.publish(other, kNow));
  other.key = "web";
  REQUIRE(broadcasting.hub.publish(other, kNow));
  broadcasting.say("services:health", R"({"\u0061pi":{"status":"degraded"}})");
  CHECK(broadcasting.record("services:health", "api") == R"({"status":"degraded"})");
  CHECK(broadcasting.record("services:health", "db").empty());
  CHECK(broadcasting.record("services:owner", "db") == "{}");
  CHECK(broadcasting.record("services:owner", "web") == "{}");
  broadcasting.say("services:health", "{}");
  CHECK(broadcasting.record("services:health", "api").empty());
}

TEST_CASE("a channel that nobody has declared is one of state") {
  Broadcasting broadcasting;
  broadcasting.say("websdrs_update", R"({"7":{"status":"online"}})");
  CHECK(broadcasting.record("websdrs:status", "7") == R"({"status":"online"})");
}

TEST_CASE("what cannot be broadcast is refused with what there is") {
  Broadcasting broadcasting;
  const auto error = [&](std::string_view event_type, std::string_view body) {
    const auto updates = broadcasting.read(event_type, body);
    REQUIRE(!updates);
    return updates.error();
  };
  const auto unknown = error("nonsense", "{}");
  CHECK(unknown.code == protocol::ErrorCode::unknown_channel);
  CHECK(unknown.field == "event_type");
  CHECK(unknown.message.find("there is services:health, health_status, websdrs_update") != std::string::npos);
  CHECK(error("", "{}").field == "event_type");
  CHECK(read_broadcast("{}", std::nullopt, BroadcastNames{doors()}, broadcasting.hub.channels(), broadcasting.hub.state()).error().field == "event_type");
  for (const std::string_view body : {"", "[]", "none", "{\"a\":{}"}) CHECK(error("services:health", body).code == protocol::ErrorCode::bad_message);
  const auto no_record = error("services:health", R"({"api":{},"db":"healthy"})");
  CHECK(no_record.code == protocol::ErrorCode::bad_message);
  CHECK(no_record.field == "db");
  CHECK(error("services:health", R"({"api":{},"":{}})").code == protocol::ErrorCode::bad_key);
}

TEST_CASE("a broadcast has so many bytes, and says and removes so many keys, and no more") {
  Broadcasting broadcasting;
  const auto event_of = [](std::size_t bytes) { return R"({"a":")" + std::string(bytes - 8, 'x') + R"("})"; };
  for (const std::size_t bytes : {kBroadcastBytesMax - 1, kBroadcastBytesMax}) CHECK(broadcasting.read("signals:detected", event_of(bytes)));
  const auto too_long = broadcasting.read("signals:detected", event_of(kBroadcastBytesMax + 1));
  REQUIRE(!too_long);
  CHECK(too_long.error().code == protocol::ErrorCode::limit_message);

  const auto map_of = [](std::size_t keys) {
    std::string map = "{";
    for (std::size_t i = 0; i < keys; ++i) map += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":{}";
    return map + '}';
  };
  for (const std::size_t keys : {kBroadcastKeysMax - 1, kBroadcastKeysMax}) CHECK(broadcasting.read("services:health", map_of(keys)));
  CHECK(broadcasting.read("services:health", map_of(kBroadcastKeysMax + 1)).error().code == protocol::ErrorCode::limit_message);
  broadcasting.say("services:health", R"({"gone":{}})");
  CHECK(broadcasting.read("services:health", map_of(kBroadcastKeysMax - 1)));
  CHECK(broadcasting.read("services:health", map_of(kBroadcastKeysMax)).error().code == protocol::ErrorCode::limit_message);
}

}  // namespace
}  // namespace starling::routes
