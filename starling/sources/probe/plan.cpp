#include "starling/sources/probe/plan.hpp"

#include <algorithm>

#include "starling/core/base/check.hpp"

namespace starling::sources::probe {

Plan::Plan(const std::vector<Target>& targets) {
  for (const Target& target : targets) targets_.push_back({.target = target});
}

void Plan::ask_round(RoundDone done) {
  Round round{.done = std::move(done), .missing = {}};
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    Planned& planned = targets_[i];
    if (!planned.target.is_service) continue;
    if (planned.due) planned.due = Instant{};
    round.missing.push_back(i);
  }
  STARLING_CHECK(!round.missing.empty());  // it would never be over
  rounds_.push_back(std::move(round));
}

std::vector<std::size_t> Plan::begin(Instant now) {
  std::vector<std::size_t> begun;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    Planned& planned = targets_[i];
    if (!may_begin(planned) || *planned.due > now) continue;
    planned.due.reset();
    planned.next = now + planned.target.every;
    receivers_asked_ += planned.target.is_service ? 0 : 1;
    begun.push_back(i);
  }
  return begun;
}

std::vector<RoundDone> Plan::finish(std::size_t target) {
  Planned& planned = targets_[target];
  STARLING_CHECK(!planned.due, target);
  planned.due = planned.next;
  receivers_asked_ -= planned.target.is_service ? 0 : 1;
  std::vector<RoundDone> over;
  std::erase_if(rounds_, [&](Round& round) {
    std::erase(round.missing, target);
    if (!round.missing.empty()) return false;
    over.push_back(std::move(round.done));
    return true;
  });
  return over;
}

std::vector<RoundDone> Plan::give_up() {
  std::vector<RoundDone> all;
  for (Round& round : rounds_) all.push_back(std::move(round.done));
  rounds_.clear();
  return all;
}

std::optional<Instant> Plan::next_due() const noexcept {
  std::optional<Instant> next;
  for (const Planned& planned : targets_) {
    if (may_begin(planned) && (!next || *planned.due < *next)) next = planned.due;
  }
  return next;
}

bool Plan::may_begin(const Planned& planned) const noexcept { return planned.due && (planned.target.is_service || receivers_asked_ < kReceiversAtOnceMax); }

}  // namespace starling::sources::probe
