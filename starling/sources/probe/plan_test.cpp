#include "starling/sources/probe/plan.hpp"

#include <doctest/doctest.h>

namespace starling::sources::probe {
namespace {

using std::chrono::seconds;
using Begun = std::vector<std::size_t>;

constexpr Plan::Target kService{.is_service = true, .every = seconds{30}};
constexpr Plan::Target kReceiver{.is_service = false, .every = seconds{30}};

Instant at(int s) { return Instant{seconds{1000 + s}}; }

/// Finishes it; how many rounds were over.
std::size_t finish(Plan& plan, std::size_t target) {
  const auto over = plan.finish(target);
  for (const RoundDone& done : over) done(Findings{});
  return over.size();
}

TEST_CASE("each is asked at once, and again so long after it was asked") {
  Plan plan{{kService, {.is_service = true, .every = seconds{5}}}};
  CHECK(plan.next_due() <= at(0));
  CHECK(plan.begin(at(0)) == Begun{0, 1});
  CHECK(!plan.next_due());
  CHECK(plan.begin(at(9)).empty());
  finish(plan, 1);
  CHECK(plan.next_due() == at(5));
  CHECK(plan.begin(at(4)).empty());
  CHECK(plan.begin(at(5)) == Begun{1});
  finish(plan, 0);
  CHECK(plan.next_due() == at(30));
  CHECK(plan.begin(at(29)).empty());
  CHECK(plan.begin(at(30)) == Begun{0});
}

TEST_CASE("who takes longer than its time is asked again when it has answered, once") {
  Plan plan{{{.is_service = true, .every = seconds{1}}}};
  CHECK(plan.begin(at(0)) == Begun{0});
  CHECK(plan.begin(at(5)).empty());
  finish(plan, 0);
  CHECK(plan.begin(at(5)) == Begun{0});
  CHECK(plan.begin(at(5)).empty());
}

TEST_CASE("a round has all services asked that are not being asked, no receiver, and is over with the last of them") {
  Plan plan{{kService, kReceiver, kService}};
  CHECK(plan.begin(at(0)) == Begun{0, 1, 2});
  finish(plan, 0);
  finish(plan, 1);
  int over = 0;
  plan.ask_round([&](std::optional<Findings> found) { over += found ? 1 : 0; });
  CHECK(plan.begin(at(1)) == Begun{0});  // 2 is being asked already
  CHECK(finish(plan, 2) == 0);
  CHECK(plan.begin(at(2)).empty());
  CHECK(finish(plan, 0) == 1);
  CHECK(over == 1);
  CHECK(plan.next_due() == at(30));  // of the receiver and of 2; 0 was asked for the round
  CHECK(plan.begin(at(30)) == Begun{1, 2});
  CHECK(plan.begin(at(31)) == Begun{0});
}

TEST_CASE("a round is over, however often one of its services is asked before another has answered") {
  Plan plan{{kService, {.is_service = true, .every = seconds{1}}}};
  plan.ask_round([](const std::optional<Findings>&) {});
  CHECK(plan.begin(at(0)) == Begun{0, 1});
  for (int s = 1; s < 5; ++s) {
    CHECK(finish(plan, 1) == 0);
    CHECK(plan.begin(at(s)) == Begun{1});
  }
  CHECK(finish(plan, 0) == 1);
}

TEST_CASE("rounds that overlap are over each with its own services") {
  Plan plan{{kService, kService}};
  plan.ask_round([](const std::optional<Findings>&) {});
  CHECK(plan.begin(at(0)) == Begun{0, 1});
  CHECK(finish(plan, 0) == 0);
  plan.ask_round([](const std::optional<Findings>&) {});
  CHECK(plan.begin(at(0)) == Begun{0});
  CHECK(finish(plan, 1) == 1);
  CHECK(finish(plan, 0) == 1);
}

TEST_CASE("what is given up is told so, and forgotten") {
  Plan plan{{kService}};
  int given_up = 0;
  plan.ask_round([&](const std::optional<Findings>& found) { given_up += found ? 0 : 1; });
  for (const RoundDone& done : plan.give_up()) done(std::nullopt);
  CHECK(given_up == 1);
  CHECK(plan.give_up().empty());
}

TEST_CASE("so many receivers are asked at once, and services beside them") {
  for (const std::size_t receivers : {kReceiversAtOnceMax - 1, kReceiversAtOnceMax, kReceiversAtOnceMax + 1}) {
    CAPTURE(receivers);
    std::vector<Plan::Target> targets(receivers, kReceiver);
    targets.push_back(kService);
    Plan plan{targets};
    const bool is_over = receivers > kReceiversAtOnceMax;
    const Begun begun = plan.begin(at(0));
    CHECK(begun.size() == receivers + 1 - (is_over ? 1 : 0));
    CHECK(begun.back() == receivers);  // the service
    CHECK(!plan.next_due());
    finish(plan, 3);
    CHECK(plan.next_due().has_value());
    CHECK(plan.begin(at(0)) == (is_over ? Begun{kReceiversAtOnceMax} : Begun{}));
  }
}

}  // namespace
}  // namespace starling::sources::probe
