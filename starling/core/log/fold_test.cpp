#include "starling/core/log/fold.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"

namespace starling::log {
namespace {

constexpr std::size_t kAll = 1'000'000;

struct Logged : TestWorld {
  Log log{1 << 30};
  void close() { log.append(TestWorld::close()); }
  Fold fold(Seq since) const { return *fold_since(log, since, kAll); }
};

TEST_CASE("a fold keeps what was first and what is last") {
  Logged world;
  world.set("a:x", "k", R"({"v":1})");
  world.close();
  const state::EntityPtr first = world.find("a:x", "k");
  world.set("a:x", "k", R"({"v":2})");
  world.set("a:x", "k", R"({"v":3})");
  world.close();
  world.set("a:x", "k", R"({"v":4})");
  world.close();
  const Fold fold = world.fold(1);
  CHECK(fold.after == 1);
  CHECK(fold.upto == 3);
  REQUIRE(fold.changes.size() == 1);
  CHECK(fold.changes[0].before == first);
  CHECK(fold.changes[0].after == world.find("a:x", "k"));
}

TEST_CASE("why a facet went is kept, whatever happens to the others, and its last time counts") {
  Logged world;
  world.set("a:x", "k", R"({"v":1})");
  world.set("a:y", "k", R"({"v":1})");
  world.close();
  world.remove("a:x", "k", state::Cause::deleted);
  world.close();
  world.set("a:x", "k", R"({"v":2})");
  world.remove("a:x", "k", state::Cause::expired);
  world.close();
  world.set("a:y", "k", R"({"v":2})");
  world.close();
  REQUIRE(world.fold(1).changes.size() == 1);
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:x")) == state::Cause::expired);
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:y")) == std::nullopt);
  world.remove("a:y", "k", state::Cause::deleted);
  world.close();
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:x")) == state::Cause::expired);
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:y")) == state::Cause::deleted);
  CHECK(world.fold(1).changes[0].after == nullptr);
}

TEST_CASE("an announcement alone stays one, and is lost in a change before or after it") {
  Logged world;
  world.set("a:x", "k", "{}");
  world.close();
  world.announce("a:x", "k");
  world.close();
  REQUIRE(world.fold(1).changes.size() == 1);
  CHECK(world.fold(1).changes[0].is_announcement());
  CHECK(world.fold(0).changes[0].before == nullptr);
  world.set("a:x", "k", R"({"v":1})");
  world.close();
  CHECK_FALSE(world.fold(1).changes[0].is_announcement());
  world.announce("a:x", "k");
  world.close();
  CHECK(world.fold(3).changes[0].is_announcement());
  CHECK_FALSE(world.fold(2).changes[0].is_announcement());
}

TEST_CASE("deleted and created again is the difference of the two, within a batch or over many") {
  for (const bool is_one_batch : {true, false}) {
    CAPTURE(is_one_batch);
    Logged world;
    world.set("a:x", "k", R"({"v":1})");
    world.close();
    const state::EntityPtr was = world.find("a:x", "k");
    world.remove("a:x", "k");
    if (!is_one_batch) world.close();
    world.set("a:x", "k", R"({"v":2})");
    world.close();
    const Fold fold = world.fold(1);
    REQUIRE(fold.changes.size() == 1);
    CHECK(fold.changes[0].before == was);
    CHECK(fold.changes[0].after == world.find("a:x", "k"));
  }
}

TEST_CASE("what came and went within the run is nothing") {
  Logged world;
  world.set("a:x", "stays", R"({})");
  world.set("a:x", "goes", R"({})");
  world.close();
  world.remove("a:x", "goes");
  world.close();
  const Fold fold = world.fold(0);
  REQUIRE(fold.changes.size() == 1);
  CHECK(fold.changes[0].identity().key == "stays");
  // Whoever stands in between is told.
  CHECK(world.fold(1).changes.size() == 1);
}

TEST_CASE("equal keys of two spaces are two entities") {
  Logged world;
  world.set("a:x", "k", R"({})");
  world.set("b:x", "k", R"({})");
  world.set("a:y", "k", R"({})");
  world.close();
  CHECK(world.fold(0).changes.size() == 2);
}

TEST_CASE("events follow each other, never merged") {
  Logged world;
  world.say("a:e", "k", R"({"n":1})");
  world.say("a:e", "k", R"({"n":1})");
  world.close();
  world.close();
  world.say("b:e", std::nullopt, R"({"n":2})");
  world.close();
  const Fold fold = world.fold(0);
  REQUIRE(fold.events.size() == 3);
  CHECK(fold.events[0]->seq == 1);
  CHECK(fold.events[0]->n == 0);
  CHECK(fold.events[1]->n == 1);
  CHECK(fold.events[2]->seq == 3);
  CHECK(fold.changes.empty());
  CHECK(world.fold(1).events.size() == 1);
}

TEST_CASE("a fold of nothing is empty and stands where it started") {
  Logged world;
  world.close();
  const Fold fold = world.fold(1);
  CHECK(fold.after == 1);
  CHECK(fold.upto == 1);
  CHECK(fold.changes.empty());
}

TEST_CASE("more changed entities than allowed is no fold: one below, at and one above") {
  for (const std::size_t changed : {std::size_t{4}, std::size_t{5}, std::size_t{6}}) {
    CAPTURE(changed);
    Logged world;
    for (std::size_t i = 0; i < changed; ++i) {
      world.set("a:x", std::to_string(i), R"({"v":1})");
      world.set("a:x", "0", R"({"v":1})");  // the same one again counts once
      world.close();
    }
    CHECK(fold_since(world.log, 0, 5).has_value() == (changed <= 5));
    CHECK(fold_since(world.log, 1, 5).has_value() == (changed <= 5));
  }
}

TEST_CASE("there is no fold from where the log does not reach") {
  TestWorld world;
  Log log(250);
  for (int i = 0; i < 5; ++i) {
    world.set("a:x", "k", "{\"v\":" + std::to_string(i) + '}');
    log.append(world.close(100));
  }
  CHECK_FALSE(fold_since(log, 0, kAll).has_value());
  CHECK_FALSE(fold_since(log, 2, kAll).has_value());
  CHECK(fold_since(log, 3, kAll).has_value());
  CHECK(fold_since(log, 5, kAll).has_value());
  CHECK_FALSE(fold_since(log, 6, kAll).has_value());
}

/// A fold with all it knows: also of what came and went, whose changes say nothing of who it was.
struct Piece {
  Fold fold;
  std::vector<state::IdentityPtr> who;  ///< of the changes
};

Piece fold_of(const Log& log, Seq after, Seq upto) {
  Folder folder{after};
  log.for_each_after(after, [&](const Batch& batch) {
    if (batch.seq <= upto) folder.add(batch);
  });
  Piece piece;
  for (std::size_t i = 0; i < folder.changes(); ++i) piece.who.push_back(folder.identity_of(i));
  piece.fold = folder.take_whole();
  return piece;
}

/// Folds `later`, which follows `piece`, into it: change by change, as a change is folded.
void join(Piece& piece, const Piece& later) {
  REQUIRE(piece.fold.upto == later.fold.after);
  piece.fold.upto = later.fold.upto;
  for (std::size_t i = 0; i < later.who.size(); ++i) {
    const auto found = std::find_if(piece.who.begin(), piece.who.end(), [&](const state::IdentityPtr& who) { return who->equals(*later.who[i]); });
    if (found != piece.who.end()) {
      piece.fold.changes[static_cast<std::size_t>(found - piece.who.begin())].fold(later.fold.changes[i]);
    } else {
      piece.who.push_back(later.who[i]);
      piece.fold.changes.push_back(later.fold.changes[i]);
    }
  }
  piece.fold.events.insert(piece.fold.events.end(), later.fold.events.begin(), later.fold.events.end());
}

/// The run grouped at random: cut into pieces, those cut again or folded, and neighbours folded together in any order until one is left.
Piece fold_in_groups(const Log& log, Seq after, Seq upto, Random& random) {
  if (upto - after < 2 || random.chance(0.2)) return fold_of(log, after, upto);
  std::vector<Piece> pieces;
  for (Seq from = after; from < upto;) {
    const Seq to = from + 1 + random.below(from == after ? upto - after - 1 : upto - from);  // two pieces at least
    pieces.push_back(fold_in_groups(log, from, to, random));
    from = to;
  }
  while (pieces.size() > 1) {
    const std::size_t at = random.below(pieces.size() - 1);
    join(pieces[at], pieces[at + 1]);
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  return std::move(pieces.front());
}

/// What was, written down as it happened: the entities at each seq, and when and why each facet went.
class History {
 public:
  static constexpr std::string_view kChannels[] = {"a:x", "a:y", "a:z", "b:x"};
  static constexpr std::size_t kKeys = 4;

  explicit History(std::uint64_t seed) : random_(seed) { remember(); }

  void close_batch() {
    for (std::uint64_t i = random_.below(6); i > 0; --i) happen();
    world_.close();
    ++head_;
    remember();
  }

  /// What the fold says to whom stands at its start is what there was, what there is, and why what he held is gone.
  void check(const Fold& fold) {
    std::size_t told = 0;
    for (const state::Change& change : fold.changes) {
      if (!change.before && !change.after) continue;
      ++told;
      const Who who{change.identity().space_index, change.identity().key};
      REQUIRE(change.before == at(fold.after, who));
      REQUIRE(change.after == at(fold.upto, who));
      REQUIRE(change.is_announcement() == (change.before == change.after));
      if (!change.before) continue;
      for (const state::FacetPtr& facet : change.before->facets) {
        if (change.after && change.after->find(*facet->channel)) continue;
        const auto why = change.cause_of(*facet->channel);
        REQUIRE(why.has_value());
        REQUIRE(*why == causes_.at({facet->channel, who.second}).lower_bound(fold.upto)->second);
        ++causes_checked_;
      }
    }
    // Nobody is left out.
    std::size_t different = 0, announced = 0;
    std::set<Who> everybody;
    for (const Seq seq : {fold.after, fold.upto}) {
      for (const auto& [who, entity] : states_[seq]) everybody.insert(who);
    }
    for (const Who& who : everybody) {
      const bool is_different = at(fold.after, who) != at(fold.upto, who);
      different += is_different;
      const auto said = announced_.find(who);
      announced += !is_different && said != announced_.end() && said->second.upper_bound(fold.after) != said->second.upper_bound(fold.upto);
    }
    REQUIRE(told == different + announced);
    REQUIRE(fold.events == std::vector<state::EventPtr>(events_.begin() + events_until_[fold.after], events_.begin() + events_until_[fold.upto]));
  }

  [[nodiscard]] const Log& log() const noexcept { return world_.log; }
  [[nodiscard]] const state::Channel& channel(std::string_view name) { return world_.open(name); }
  [[nodiscard]] Random& random() noexcept { return random_; }
  [[nodiscard]] Seq head() const noexcept { return head_; }
  [[nodiscard]] std::size_t causes_checked() const noexcept { return causes_checked_; }

 private:
  using Who = std::pair<std::uint32_t, std::string>;

  void happen() {
    const std::string_view channel = kChannels[random_.below(std::size(kChannels))];
    const std::string key = std::to_string(random_.below(kKeys));
    const state::EntityPtr entity = world_.find(channel, key);
    if (entity && entity->find(world_.open(channel)) && random_.chance(0.6)) {
      const state::Cause why = random_.chance(0.5) ? state::Cause::deleted : state::Cause::expired;
      world_.remove(channel, key, why);
      causes_[{&world_.open(channel), key}][head_ + 1] = why;  // the last within a batch counts
    } else if (entity && random_.chance(0.3)) {
      world_.announce(channel, key);
      announced_[{world_.open(channel).space_index, key}].insert(head_ + 1);
    } else {
      world_.set(channel, key, "{\"v\":" + std::to_string(random_.below(3)) + '}');
    }
    if (random_.chance(0.3)) world_.say("a:e", random_.chance(0.5) ? std::optional{key} : std::nullopt, "{}");
  }

  void remember() {
    auto& now = states_.emplace_back();
    for (const std::string_view channel : kChannels) {
      for (std::size_t key = 0; key < kKeys; ++key) {
        if (const state::EntityPtr entity = world_.find(channel, std::to_string(key))) now[{world_.open(channel).space_index, std::to_string(key)}] = entity;
      }
    }
    if (head_ > 0) {
      world_.log.for_each_after(head_ - 1, [this](const Batch& batch) { events_.insert(events_.end(), batch.events.begin(), batch.events.end()); });
    }
    events_until_.push_back(static_cast<std::ptrdiff_t>(events_.size()));
  }

  [[nodiscard]] state::EntityPtr at(Seq seq, const Who& who) const {
    const auto found = states_[seq].find(who);
    return found == states_[seq].end() ? nullptr : found->second;
  }

  Random random_;
  Logged world_;
  Seq head_ = 0;
  std::vector<std::map<Who, state::EntityPtr>> states_;  // by seq
  std::vector<state::EventPtr> events_;
  std::vector<std::ptrdiff_t> events_until_;  // by seq
  // By the seq of the batch, newest first, so that the first not after a seq is the last before it.
  std::map<std::pair<const state::Channel*, std::string>, std::map<Seq, state::Cause, std::greater<>>> causes_;
  std::map<Who, std::set<Seq>> announced_;
  std::size_t causes_checked_ = 0;
};

TEST_CASE("folding is associative: however a run is grouped, and its groups again, the fold says the same, and it is what happened") {
  const std::uint64_t seed = 31337;
  CAPTURE(seed);
  std::size_t causes = 0, came_and_went = 0;
  for (std::uint64_t round = 0; round < 600; ++round) {
    CAPTURE(round);
    History history{seed + round};
    Random& random = history.random();
    for (std::uint64_t batches = 1 + random.below(20); batches > 0; --batches) history.close_batch();
    const Seq since = random.below(history.head() + 1);
    const Piece whole = fold_of(history.log(), since, history.head());
    for (int grouping = 0; grouping < 3; ++grouping) {
      const Piece grouped = fold_in_groups(history.log(), since, history.head(), random);
      REQUIRE(grouped.fold.events == whole.fold.events);
      // In the same order too, and with all that is known of what came and went.
      REQUIRE(grouped.fold.changes.size() == whole.fold.changes.size());
      for (std::size_t i = 0; i < whole.fold.changes.size(); ++i) {
        const state::Change &one = grouped.fold.changes[i], &other = whole.fold.changes[i];
        REQUIRE(grouped.who[i]->equals(*whole.who[i]));
        REQUIRE(one.before == other.before);
        REQUIRE(one.after == other.after);
        for (const std::string_view name : History::kChannels) {
          REQUIRE(one.cause_of(history.channel(name)) == other.cause_of(history.channel(name)));
        }
        came_and_went += !other.before && !other.after;
      }
      history.check(grouped.fold);
    }
    history.check(*fold_since(history.log(), since, kAll));
    causes += history.causes_checked();
  }
  CHECK(causes > 1'500);
  CHECK(came_and_went > 400);
}

TEST_CASE("a fold that left out what came and went does not know the last reason, so it is the end of folding") {
  Logged world;
  world.set("a:x", "k", "{}");
  world.close();
  world.remove("a:x", "k", state::Cause::expired);
  world.close();
  world.set("a:x", "k", "{}");
  world.remove("a:x", "k", state::Cause::deleted);
  world.close();
  CHECK(world.fold(1).changes.at(0).cause_of(world.open("a:x")) == state::Cause::deleted);
  CHECK(world.fold(2).changes.empty());  // right for who stands there, and nothing to be folded into what was before
  Piece piece = fold_of(world.log, 1, 2);
  join(piece, fold_of(world.log, 2, 3));
  CHECK(piece.fold.changes.at(0).cause_of(world.open("a:x")) == state::Cause::deleted);
}

}  // namespace
}  // namespace starling::log
