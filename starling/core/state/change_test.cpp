#include "starling/core/state/change.hpp"

#include <doctest/doctest.h>

namespace starling::state {
namespace {

struct Run {
  Channel x, y;
  EntityPtr a = std::make_shared<const Entity>(), b = std::make_shared<const Entity>(), c = std::make_shared<const Entity>();
};

TEST_CASE("a change in which nothing went has no list of it, and folding such changes makes none") {
  Run run;
  Change change{run.a, run.b};
  CHECK(change.gone == nullptr);
  CHECK(change.cause_of(run.x) == std::nullopt);
  change.fold({run.b, run.c});
  CHECK(change.gone == nullptr);
  CHECK(change.before == run.a);
  CHECK(change.after == run.c);
}

TEST_CASE("folding keeps why each facet went, and the later word on a channel counts") {
  Run run;
  struct Case {
    const char* name;
    GonePtr first, later;
    std::optional<Cause> want_x, want_y;
  };
  for (const Case& c : {
           Case{"went first", gone(run.x, Cause::expired), nullptr, Cause::expired, std::nullopt},
           Case{"went later", nullptr, gone(run.x, Cause::expired), Cause::expired, std::nullopt},
           Case{"two of them", gone(run.x, Cause::expired), gone(run.y, Cause::deleted), Cause::expired, Cause::deleted},
           Case{"one of them twice", gone(run.x, Cause::expired), gone(run.x, Cause::deleted), Cause::deleted, std::nullopt},
           Case{"one of them twice, the other way round", gone(run.x, Cause::deleted), gone(run.x, Cause::expired), Cause::expired, std::nullopt},
           Case{"one of them twice for the same cause", gone(run.x, Cause::deleted), gone(run.x, Cause::deleted), Cause::deleted, std::nullopt},
       }) {
    CAPTURE(c.name);
    Change change{run.a, run.b, c.first};
    change.fold({run.b, run.c, c.later});
    CHECK(change.cause_of(run.x) == c.want_x);
    CHECK(change.cause_of(run.y) == c.want_y);
    CHECK(change.gone->size() == (c.want_x ? 1U : 0U) + (c.want_y ? 1U : 0U));
  }
}

TEST_CASE("a fold shares lists with the batches and never writes to them") {
  Run run;
  const GonePtr first = gone(run.x, Cause::expired);
  Change change{run.a, run.b, first};
  change.fold({run.b, run.c});
  CHECK(change.gone == first);
  change.fold({run.c, run.a, gone(run.y, Cause::deleted)});
  CHECK(first->size() == 1);
}

TEST_CASE("the same entity before and after is an announcement, until something changes") {
  Run run;
  Change change{run.a, run.a};
  CHECK(change.is_announcement());
  change.fold({run.a, run.a});
  CHECK(change.is_announcement());
  change.fold({run.a, run.b});
  CHECK_FALSE(change.is_announcement());
}

}  // namespace
}  // namespace starling::state
