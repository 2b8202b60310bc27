// Rights come with the session: whoever opens it says what its viewer may see.
#include <doctest/doctest.h>

#include "starling/core/fanout/test_link.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/session/shard.hpp"

namespace starling::session {
namespace {

using fanout::Lines;

constexpr Moment kNow{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'790'000'000}}};

/// Nobody publishes here.
class NoHub final : public Publisher {
 public:
  Offered offer(state::Update&, Ticket&, Moment) override { return Outcome{Unexpected{state::Refusal::forbidden}}; }
};

view::RightsPtr no_battery() {
  view::Grant grant;
  grant.hidden_fields = {"battery"};
  return std::make_shared<const view::Rights>(std::move(grant));
}

/// What a session within these rights is told when it subscribes, after `welcome`.
Lines told(Shard& shard, const view::RightsPtr& rights, const std::string& since = {}) {
  fanout::TestLink link;
  Session& session = shard.open(link, "s", kNow, rights);
  (void)link.take();
  session.receive(R"({"type":"subscribe","id":1,"channels":["a:*"])" + since + '}', kNow);
  Lines lines = link.take();
  shard.close(session);
  return lines;
}

std::string view_in(const std::string& subscribed) {
  const std::size_t start = subscribed.find(R"("view":")") + 8;
  return subscribed.substr(start, subscribed.find('"', start) - start);
}

TEST_CASE("two who ask the same are shown what each may see, and neither goes on with what the other held") {
  log::TestWorld world;
  NoHub hub;
  Shard shard({.fanout = {}, .session = {}, .epoch = "e"}, world.channels(), hub);
  world.set("a:x", "k", R"({"battery":80,"name":"Ann"})");
  shard.take(world.close(100), kNow);

  const Lines all = told(shard, view::Rights::everything());
  const Lines some = told(shard, no_battery());
  REQUIRE(all.size() == 2);
  REQUIRE(some.size() == 2);
  CHECK(all[1] == R"({"type":"snapshot","id":1,"seq":1,"channels":{"a:x":{"k":{"battery":80,"name":"Ann"}}},"more":false})");
  CHECK(some[1] == R"({"type":"snapshot","id":1,"seq":1,"channels":{"a:x":{"k":{"name":"Ann"}}},"more":false})");

  const auto since = [](const Lines& held) { return R"(,"since":{"epoch":"e","seq":1,"view":")" + view_in(held[0]) + "\"}"; };
  CHECK(told(shard, no_battery(), since(some))[0].find(R"("resumed":true)") != std::string::npos);
  for (const auto& [rights, held] : {std::pair{no_battery(), all}, std::pair{view::Rights::everything(), some}}) {
    const Lines anew = told(shard, rights, since(held));
    CHECK(anew[0].find(R"("resumed":false,"reason":"rights")") != std::string::npos);
    CHECK(anew.size() == 2);
  }
}

}  // namespace
}  // namespace starling::session
