#include "starling/core/fanout/roster.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

constexpr auto kAnywhere = [](const Audience&) { return true; };
constexpr auto kElsewhere = [](const Audience&) { return false; };

TEST_CASE("who sees the same under the same number joins the audience that stands there, else begins one") {
  Stage stage;
  Roster roster;
  Subscription &first = stage.viewer().subscription, &alike = stage.viewer().subscription, &apart = stage.viewer().subscription;
  Subscription& other = stage.viewer(query({"a:x"})).subscription;
  Audience& audience = roster.audience_for(first, 0, kAnywhere);
  CHECK(audience.members.empty());
  audience.join(first);
  CHECK(&roster.audience_for(alike, 0, kAnywhere) == &audience);
  audience.join(alike);
  for (Subscription* viewer : {&apart, &other}) {
    Audience& own = roster.audience_for(*viewer, 0, kElsewhere);
    CHECK(&own != &audience);
    own.join(*viewer);
  }
  CHECK(roster.busy().size() == 3);
  CHECK(roster.members().size() == 4);

  // Once all stand at the same place, those who see the same are one again.
  roster.merge_twins();
  CHECK(roster.busy().size() == 2);
  CHECK(apart.audience == &audience);
  CHECK(other.audience != &audience);
  for (Subscription* viewer : {&first, &alike, &apart, &other}) {
    CHECK(roster.has_audiences());
    roster.remove(*viewer);
    CHECK(viewer->standing() == Standing::idle);
  }
  CHECK_FALSE(roster.has_audiences());
  CHECK(roster.busy().empty());
}

TEST_CASE("an audience that was sent nothing since before the beat is quiet, until it takes in a twin that is busy") {
  Stage stage;
  Roster roster;
  Subscription &old = stage.viewer().subscription, &young = stage.viewer().subscription;
  Audience& first = roster.audience_for(old, 1, kAnywhere);
  first.join(old);
  Audience& second = roster.audience_for(young, 2, kElsewhere);
  second.join(young);
  roster.find_quiet(1);
  CHECK_FALSE(first.is_quiet);
  roster.find_quiet(2);
  CHECK(first.is_quiet);
  CHECK(roster.busy() == std::vector<Audience*>{&second});
  CHECK_FALSE(roster.quiet_index().empty());
  roster.merge_twins();
  CHECK_FALSE(first.is_quiet);
  CHECK(first.sent_beat == 2);
  CHECK(roster.busy() == std::vector<Audience*>{&first});
  CHECK(roster.quiet_index().empty());
  roster.remove(old);
  roster.remove(young);
}

TEST_CASE("laggards leave in any order") {
  Stage stage;
  Roster roster;
  std::vector<Subscription*> viewers;
  for (int i = 0; i < 3; ++i) {
    viewers.push_back(&stage.viewer().subscription);
    roster.add_laggard(*viewers.back());
  }
  viewers[1]->become_overdue();
  roster.remove(*viewers[0]);
  CHECK(roster.laggards() == std::vector<Subscription*>{viewers[2], viewers[1]});
  roster.remove(*viewers[1]);
  CHECK(roster.laggards() == std::vector<Subscription*>{viewers[2]});
  roster.remove(*viewers[2]);
  CHECK(roster.laggards().empty());
}

TEST_CASE("who is about to be served is listed once, and not at all once it has gone") {
  Stage stage;
  Roster roster;
  Subscription &stays = stage.viewer().subscription, &goes = stage.viewer().subscription;
  Audience &first = roster.audience_for(stays, 0, kAnywhere), &second = roster.audience_for(goes, 0, kElsewhere);
  first.join(stays);
  second.join(goes);
  for (int i = 0; i < 2; ++i) {
    for (Audience* audience : {&first, &second}) {
      roster.touch(*audience);
      roster.choose(*audience);
      roster.wait(*audience);
    }
  }
  roster.remove(goes);
  const std::vector<Audience*> left{&first};
  CHECK(roster.take_touched() == left);
  CHECK(roster.chosen() == left);
  CHECK(roster.take_chosen() == left);
  CHECK(roster.take_waiting() == left);
  CHECK(roster.take_touched().empty());
  CHECK_FALSE((first.is_touched || first.is_chosen || first.is_waiting));
  roster.remove(stays);
}

}  // namespace
}  // namespace starling::fanout
