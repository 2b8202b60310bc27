/// @file
/// What the hub knows of each entity beside what it is: when each facet was last reported, and its place last said.
///
/// With several gateways a report may come after one that is newer. A facet has one time, that of its newest report; what is older only fills fields
/// it lacks, and an older replacement or removal does nothing. A place has the time of the report that set or cleared it.
///
/// These times stand beside the state, not in it. Entities are immutable and shared with the shards, and a report that says what is known moves its facet's
/// time all the same: in the facet it would cost a copy of the entity, and the log, a batch, for something that no viewer is told.
///
/// A facet that went leaves its time behind, or a report older than the removal would bring it back. Such traces are bounded: kTracesMax of them, the
/// oldest go first, and none stays longer than kTraceAgeMax. A report that is older than a removal forgotten so makes the facet anew.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/hub/deadlines.hpp"
#include "starling/core/state/entity.hpp"

namespace starling::hub {

/// A time further ahead of now than this is taken as this far ahead: a source whose clock is wrong must not silence the others for long.
inline constexpr std::chrono::milliseconds kAheadMax{60'000};
inline constexpr std::size_t kTracesMax = 16'384;
inline constexpr Duration kTraceAgeMax = std::chrono::hours{1};

class Reports {
 public:
  struct Facet {
    const state::Channel* channel;
    Timestamp time;                      ///< of its newest report; where it was removed, of the removal
    std::optional<std::uint64_t> trace;  ///< it is not there: this is a trace, and its number
    Deadlines::Handle expiry = {};       ///< while it is there and its channel has a `ttl`
  };
  struct Entity {
    state::IdentityPtr identity;
    std::vector<Facet> facets;
    std::optional<Timestamp> place_time;  ///< of the report that set or cleared the place
    std::uint32_t slot = state::kNoSlot;  ///< where the state holds it, while it does
    Instant heard_at = {};                     ///< when its presence last said that it was heard
    std::optional<Deadlines::Handle> silence;  ///< while it is online

    [[nodiscard]] Facet* find(const state::Channel& channel) noexcept;
  };

  /// A search reads what it finds and little else: there are twice as many buckets as entities.
  Reports() { entities_.max_load_factor(0.5F); }

  /// Null if nothing is known of it, not even that it went.
  [[nodiscard]] Entity* find(std::uint32_t space_index, std::string_view key) noexcept;
  [[nodiscard]] Entity* find(const state::Identity& identity) noexcept;
  [[nodiscard]] Entity& open(const state::IdentityPtr& identity);

  /// The facet has been reported, by something that is not late: it is there.
  static Facet& reported(Entity& entity, const state::Channel& channel, Timestamp time);
  /// The facet went, or was not there to go. `time` is that of the removal; nullopt leaves the time of its newest report.
  void went(Entity& entity, const state::Channel& channel, std::optional<Timestamp> time, Instant now);
  /// Forgets the traces that are old enough.
  void forget_old(Instant now);

  /// Whether something of `time` comes too late to stand up to what has `held`.
  ///
  /// No time further ahead than kAheadMax is ever kept. One that is now can only be of before our own clock was set back, and says nothing any more.
  [[nodiscard]] static bool is_older(Timestamp time, Timestamp held, Timestamp now) noexcept { return time < held && held <= now + kAheadMax; }
  /// `time` as it counts.
  [[nodiscard]] static Timestamp clamped(Timestamp time, Timestamp now) noexcept { return std::min(time, now + kAheadMax); }

  [[nodiscard]] std::size_t traces() const noexcept { return traces_.size(); }
  /// What an entity costs here that has `facets`, about. Traces are not weighed: they have a bound of their own.
  [[nodiscard]] static std::size_t bytes_of(std::size_t facets) noexcept { return sizeof(Entity) + 32 + facets * sizeof(Facet); }

 private:
  void forget_oldest();

  struct Trace {
    state::IdentityPtr identity;
    const state::Channel* channel;
    std::uint64_t number;
    Instant left_at;
  };
  /// Who an entity is, while nobody knows whether it has an identity.
  struct Who {
    std::uint32_t space_index;
    std::string_view key;
    std::size_t hash;
  };
  /// May throw, says its signature: so libstdc++ keeps hashes beside the keys, and a search reads no identity but the one it finds.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const state::Identity* identity) const { return identity->hash; }
    std::size_t operator()(const Who& who) const { return who.hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const state::Identity* a, const state::Identity* b) const noexcept { return a->equals(*b); }
    bool operator()(const Who& a, const state::Identity* b) const noexcept { return a.hash == b->hash && a.space_index == b->space_index && a.key == b->key; }
  };
  std::unordered_map<const state::Identity*, Entity, Hash, Equal> entities_;  // the keys stand in the entities
  std::deque<Trace> traces_;  // in the order they were left, also of facets that came back since
  std::uint64_t traces_ever_ = 0;
};

}  // namespace starling::hub
