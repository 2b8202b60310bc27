#include <doctest/doctest.h>

#include "starling/core/hub/test_hub.hpp"

namespace starling::hub {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// What a store would have kept of this hub: the state, in no order to rely on.
log::Past past_of(const TestHub& earlier, Hub& later) {
  log::Past past{.seq = earlier.hub.seq(), .entities = {}, .events = {}, .batches = {}};
  for (const state::Space& space : earlier.hub.state().spaces()) {
    space.for_each([&](const state::EntityPtr& entity) {
      auto taken = std::make_shared<state::Entity>();
      for (const state::FacetPtr& facet : entity->facets) {
        const state::Channel* channel = later.open_channel(facet->channel->name);
        REQUIRE(channel != nullptr);
        if (!taken->identity) {
          const std::size_t hash = state::Identity::hash_of(channel->space_index, entity->key());
          taken->identity = std::make_shared<const state::Identity>(state::Identity{channel->space_index, entity->key(), hash});
        }
        taken->facets.push_back(std::make_shared<const state::Facet>(state::Facet{channel, facet->fields, facet->seq, facet->time}));
      }
      if (entity->place) taken->place = state::Place{entity->place->point, later.channels().find(entity->place->owner->name)};
      past.entities.push_back(std::move(taken));
    });
  }
  return past;
}

HubOptions with_presence() {
  HubOptions options;
  options.spaces = {{"a", hours{1}}};
  return options;
}

std::vector<state::ChannelDeclaration> with_ttl() {
  std::vector<state::ChannelDeclaration> more(1);
  more[0].name = "a:short";
  more[0].ttl = minutes{10};
  return more;
}

/// A hub that goes on where `earlier` ended, `away` after it.
struct Later : TestHub {
  Later(const TestHub& earlier, Duration away) : TestHub(with_presence(), with_ttl()) {
    log::Past past = past_of(earlier, hub);
    hub.take_up(past, away, now);
  }
};

TEST_CASE("what was taken up is there, weighs what it weighed, and the next batch has the next number") {
  TestHub earlier(with_presence(), with_ttl());
  earlier.ok(report("a:gps", "k", R"({"lat":1,"lon":2})"));
  earlier.ok(report("a:other", "k", R"({"x":1})"));
  earlier.ok(report("b:undeclared", "z", R"({"y":1})"));
  earlier.close();
  earlier.ok(report("a:gps", "k", R"({"lat":3})"));
  earlier.close();
  Later later(earlier, Duration{0});
  CHECK(later.hub.seq() == 2);
  CHECK(later.hub.state_bytes() <= earlier.hub.state_bytes());  // texts that were merged have some slack
  CHECK(later.text("a:gps", "k") == R"({"lat":3,"lon":2})");
  CHECK(later.find("a:gps", "k")->place->point == geo::Point{3, 2});
  CHECK(later.text("b:undeclared", "z") == R"({"y":1})");
  CHECK_FALSE(later.hub.close_due());
  // A report of what is known makes no batch, and another one the next.
  CHECK(later.ok(report("b:undeclared", "z", R"({"y":1})")) == session::Applied{2, false});
  CHECK(later.ok(report("b:undeclared", "z", R"({"y":2})")) == session::Applied{3, true});
  const log::BatchPtr batch = later.close();
  CHECK(batch->seq == 3);
  CHECK(batch->channels.empty());  // all that there were are known
  REQUIRE(batch->changes.size() == 1);
  CHECK(batch->changes[0].before->slot == batch->changes[0].after->slot);
  // And what goes takes its weight with it.
  for (const auto& [channel, key] : {std::pair{"a:gps", "k"}, std::pair{"a:other", "k"}, std::pair{"b:undeclared", "z"}}) later.ok(removal(channel, key));
  CHECK(later.hub.state_bytes() == 0);
}

TEST_CASE("a report older than what was taken up comes late, for its record and for its place") {
  TestHub earlier(with_presence(), with_ttl());
  earlier.ok(report("a:gps", "k", R"({"lat":1,"lon":2})"));
  earlier.close();
  Later later(earlier, Duration{0});
  state::Update update = report("a:gps", "k", R"({"lat":50,"late":true})");
  update.time = later.now.timestamp - seconds{1};
  later.ok(std::move(update));
  CHECK(later.text("a:gps", "k") == R"({"lat":1,"lon":2,"late":true})");
  CHECK(later.find("a:gps", "k")->place->point == geo::Point{1, 2});
}

TEST_CASE("a ttl goes on over the time away: one below, at and one above") {
  for (const auto& [away, is_there] : {std::pair{minutes{10} - Duration{1}, true}, std::pair{Duration{minutes{10}}, false}, std::pair{minutes{10} + Duration{1}, false}}) {
    CAPTURE(away.count());
    TestHub earlier(with_presence(), with_ttl());
    earlier.ok(report("a:short", "k", R"({"x":1})"));
    earlier.ok(report("a:other", "k", R"({"x":1})"));
    earlier.close();
    Later later(earlier, away);
    later.hub.on_time(later.now);
    CHECK((later.facet("a:short", "k") != nullptr) == is_there);
    CHECK(later.facet("a:other", "k") != nullptr);
    if (!is_there) CHECK(later.close()->changes[0].cause_of(*later.hub.channels().find("a:short")) == state::Cause::expired);
  }
}

TEST_CASE("who was online is offline once it has been silent for so long, the time away counted") {
  for (const auto& [away, is_online] : {std::pair{hours{1} - Duration{1}, true}, std::pair{Duration{hours{1}}, false}}) {
    CAPTURE(away.count());
    TestHub earlier(with_presence(), with_ttl());
    earlier.ok(report("a:other", "k", R"({"x":1})"));
    earlier.close();
    Later later(earlier, away);
    later.hub.on_time(later.now);
    CHECK(later.text("a:presence", "k").starts_with(is_online ? R"({"online":true)" : R"({"online":false)"));
    // A report puts it off, or brings it back.
    later.now.instant += minutes{30};
    later.ok(report("a:other", "k", R"({"x":2})"));
    later.hub.on_time(later.now);
    CHECK(later.text("a:presence", "k").starts_with(R"({"online":true)"));
  }
}

}  // namespace
}  // namespace starling::hub
