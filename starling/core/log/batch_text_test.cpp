#include "starling/core/log/batch_text.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <map>

#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"

namespace starling::log {
namespace {

using state::Entity;
using state::EntityPtr;

ChannelOf channels_of(TestWorld& world) {
  return [&world](std::string_view name) -> const state::Channel* {
    const auto channel = world.channels().open(name);
    return channel ? *channel : nullptr;
  };
}

BatchesBack reader_at(TestWorld& world) {
  BatchesBack reader{channels_of(world)};
  for (const state::Space& space : world.state().spaces()) space.for_each([&](const EntityPtr& entity) { reader.begin_with(entity); });
  return reader;
}

std::string told(const EntityPtr& entity) { return entity ? entity->key() + ' ' + write_entity(*entity) : "nothing"; }

std::string told(const state::Change& change) {
  std::string text = told(change.before) + " -> " + told(change.after) + (change.is_announcement() ? " again" : "");
  if (!change.gone) return text;
  for (const state::Gone& gone : *change.gone) text += fmt::format(" {}:{}", gone.channel->name, static_cast<int>(gone.cause));
  return text;
}

std::string told(const state::Event& event) {
  const std::string where = event.location ? fmt::format("{},{}", event.location->latitude_deg, event.location->longitude_deg) : "";
  return fmt::format("{} {} {} {} {} {} {} {}", event.channel->name, event.key.value_or("-"), event.seq, event.n, event.time.time_since_epoch().count(), where,
                     event.data, told(event.entity));
}

std::string told(const Batch& batch) {
  std::string text = fmt::format("{} {}\n", batch.seq, batch.time.time_since_epoch().count());
  for (const state::Change& change : batch.changes) text += told(change) + '\n';
  for (const state::EventPtr& event : batch.events) text += told(*event) + '\n';
  return text;
}

TestWorld world_with_events() {
  state::ChannelDeclaration message;
  message.name = "mesh:message";
  message.kind = state::ChannelKind::event;
  return TestWorld{{message}};
}

/// What a random day of a small fleet leaves in the log.
std::vector<BatchPtr> random_day(TestWorld& world, Random& random, int batches) {
  const std::vector<std::string> channels{"mesh:position", "mesh:telemetry", "sdr:state"};
  std::vector<BatchPtr> log;
  for (int b = 0; b < batches; ++b) {
    for (std::uint64_t n = random.below(5); n > 0; --n) {
      const std::string& channel = channels[random.below(channels.size())];
      const std::string key = fmt::format("k\"{}", random.below(4));
      const EntityPtr held = world.find(channel, key);
      const bool has_facet = held && held->find(world.open(channel)) != nullptr;
      switch (random.below(5)) {
        case 0:
          if (has_facet) world.remove(channel, key, random.below(2) == 0 ? state::Cause::deleted : state::Cause::expired);
          break;
        case 1:
          if (has_facet) world.announce(channel, key);
          break;
        case 2: world.say("mesh:message", key, fmt::format(R"({{"n":{}}})", n), random.below(2) == 0 ? std::optional{geo::Point{0.1, -0.2}} : std::nullopt); break;
        default:
          world.set(channel, key, fmt::format(R"({{"a":{},"b":"\u0007"}})", random.below(100)),
                    random.below(2) == 0 ? std::optional{geo::Point{random.unit() * 90, random.unit() * -180}} : std::nullopt);
      }
    }
    log.push_back(world.close());
  }
  return log;
}

TEST_CASE("a log is read back from its newest batch to its oldest, as it was") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    TestWorld world = world_with_events();
    const std::vector<BatchPtr> log = random_day(world, random, 20);
    BatchesBack reader = reader_at(world);
    std::map<std::string, EntityPtr> now;  // what the batch after found
    for (auto batch = log.rbegin(); batch != log.rend(); ++batch) {
      const auto read = reader.read(write_batch(**batch));
      REQUIRE_MESSAGE(read, read.error());
      CHECK(told(**read) == told(**batch));
    }
  }
}

TEST_CASE("what two batches share is one object again") {
  TestWorld world;
  world.set("mesh:position", "!a", R"({"latitude":1})", geo::Point{1, 2});
  const BatchPtr first = world.close();
  world.set("mesh:telemetry", "!a", R"({"battery":1})");
  const BatchPtr second = world.close();
  BatchesBack reader = reader_at(world);
  const auto newer = reader.read(write_batch(*second));
  const auto older = reader.read(write_batch(*first));
  REQUIRE((newer && older));
  const EntityPtr between = (**older).changes[0].after;
  CHECK(between == (**newer).changes[0].before);
  CHECK((**newer).changes[0].after == world.find("mesh:position", "!a"));
  CHECK(between->facets[0] == (**newer).changes[0].after->facets[0]);
  CHECK_FALSE((**older).changes[0].before);
}

TEST_CASE("an entity's text is read as it was written, under a key of its own") {
  TestWorld world;
  world.set("mesh:position", "!a", R"({"latitude":0.1,"name":"\"x\""})", geo::Point{0.1, -180});
  const EntityPtr entity = world.find("mesh:position", "!a");
  const auto read = read_entity(write_entity(*entity), entity->identity->space_index, "!b", channels_of(world));
  REQUIRE(read);
  CHECK((*read)->key() == "!b");
  CHECK(write_entity(**read) == write_entity(*entity));
}

TEST_CASE("a text that cannot be is told, and nothing is made of it") {
  const std::string facet = R"({"seq":1,"time":2,"record":{}})";
  const std::string good = R"({"place":[1,2,"mesh:position"],"facets":{"mesh:position":)" + facet + "}}";
  const auto change = [](const std::string& text) { return R"({"seq":5,"time":1,"changes":[)" + text + R"(],"events":[]})"; };
  const auto event = [](const std::string& text) { return R"({"seq":5,"time":1,"changes":[],"events":[)" + text + "]}"; };
  const std::string of = R"({"of":"mesh:position","key":"!a",)";
  for (const std::string& text : {
           std::string{""}, std::string{"[]"}, std::string{"{"}, std::string{"{}"},
           std::string{R"({"seq":0,"time":1,"changes":[],"events":[]})"},
           std::string{R"({"seq":1.5,"time":1,"changes":[],"events":[]})"},
           std::string{R"({"seq":1,"time":1,"changes":{},"events":[]})"},
           change("1"), change("{}"), change(R"({"of":"nothing","key":"!a","was":null,"is":null})"),
           change(of + R"("was":null,"is":null})"), change(of + R"("was":null})"), change(of + R"("was":[],"is":null})"),
           change(R"({"of":"mesh:position","key":"","was":)" + good + R"(,"is":null})"),
           change(of + R"("again":true})"), change(of + R"("was":null,"is":["mesh:position"]})"),   // nobody has it now
           change(of + R"("was":{"place":null,"facets":{}},"is":null})"),                              // nothing was there
           change(of + R"("was":{"place":null},"is":null})"),
           change(of + R"("was":{"place":[1,2],"facets":{"mesh:position":)" + facet + R"(}},"is":null})"),
           change(of + R"("was":{"place":[91,2,"mesh:position"],"facets":{"mesh:position":)" + facet + R"(}},"is":null})"),
           change(of + R"("was":{"place":[1,2,"mesh:telemetry"],"facets":{"mesh:position":)" + facet + R"(}},"is":null})"),
           change(of + R"("was":{"place":null,"facets":{"sdr:state":)" + facet + R"(}},"is":null})"),  // of another space
           change(of + R"("was":{"place":null,"facets":{"mesh:message":)" + facet + R"(}},"is":null})"),
           change(of + R"("was":{"place":null,"facets":{"mesh:position":{"seq":-1,"time":2,"record":{}}}},"is":null})"),
           change(of + R"("was":{"place":null,"facets":{"mesh:position":{"seq":1,"time":2,"record":[]}}},"is":null})"),
           change(of + R"("was":)" + good + R"(,"is":null,"gone":{"x":"deleted"}})"),
           event("{}"), event(R"({"channel":"mesh:position","n":0,"time":1,"data":{}})"),
           event(R"({"channel":"mesh:message","n":-1,"time":1,"data":{}})"), event(R"({"channel":"mesh:message","n":0,"time":1,"data":1})"),
           event(R"({"channel":"mesh:message","n":4294967296,"time":1,"data":{}})"),
           event(R"({"channel":"mesh:message","key":"","n":0,"time":1,"data":{}})"),
           event(R"({"channel":"mesh:message","n":0,"time":1,"data":{},"location":[1]})"),
           event(R"({"channel":"mesh:message","n":0,"time":1,"data":{},"entity":)" + good + "}"),
       }) {
    CAPTURE(text);
    TestWorld world = world_with_events();
    BatchesBack reader{channels_of(world)};
    CHECK_FALSE(reader.read(text));
  }
  TestWorld world = world_with_events();
  BatchesBack reader{channels_of(world)};
  CHECK(reader.read(change(of + R"("was":)" + good + R"(,"is":null})")));
  CHECK_FALSE(reader.read(change(of + R"("was":)" + good + R"(,"is":null})")));  // it is there now
  CHECK_FALSE(reader.read(change(of + R"("was":)" + good + R"(,"is":["mesh:telemetry"]})")));  // it never had that
  CHECK_FALSE(reader.read(change(of + R"("was":{"place":null,"facets":{}},"is":["mesh:position"]})")));
}

}  // namespace
}  // namespace starling::log
