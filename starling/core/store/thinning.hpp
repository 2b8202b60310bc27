/// @file
/// Which records of a thinned channel get a row of history, and which are left out.
///
/// A record is written if, since the row before it of its key, `history_every` has passed, by the server's time or by the reports', or if its entity has moved
/// `history_distance_m`: either is enough. So what stands still is written now and then, what moves as it moves, and what a tracker had gathered while it had no
/// network and tells all at once is as dense as if it had told it in time. Where neither record has a place there is no distance: then `history_every` alone
/// thins, and without it nothing does. A place that came or went is a move.
///
/// What was left out last is held here: it is written when `history_every` has passed, and before the removal of its facet. So no key is further behind what is than
/// that, and a trail ends where it ended. A facet costs one entry while it is there; without one, as at a start, its next record is written.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "starling/core/log/fold.hpp"

namespace starling::store {

/// What a set row says. Its text is the facet's, its key the identity's.
struct SetRecord {
  state::IdentityPtr identity;
  state::FacetPtr facet;
  std::optional<state::Place> place;  ///< of the entity
  state::Seq seq = 0;                 ///< the batch that made it so
};

class Thinning {
 public:
  /// A record that was left out, and the moment at which it is written after all.
  struct Due {
    SetRecord record;
    Timestamp at;
  };

  /// Whether anything of this channel may be left out.
  [[nodiscard]] static bool concerns(const state::Channel& channel) noexcept { return channel.history_every || channel.history_distance_m; }

  /// A facet of such a channel became this at `at`, which does not run backwards but where a clock is set. True: its row is written. False: it is left out for now.
  [[nodiscard]] bool lets_through(SetRecord record, Timestamp at);
  /// The entity is elsewhere, whichever facet says so: what was left out of it is written with the place of the moment at which it is, as every row is.
  void moved(const state::Entity& entity) noexcept;
  /// The facet went: what was left out last, to be written before that.
  [[nodiscard]] std::optional<SetRecord> removed(const state::Channel& channel, const state::Identity& identity);

  /// When the next record that was left out is to be written.
  [[nodiscard]] std::optional<Timestamp> next_due() const noexcept;
  /// Those due by `now`, in the order of their moments.
  [[nodiscard]] std::vector<Due> take_due(Timestamp now);
  /// All that were left out last, to be written at `at`, whenever they are due; by distance alone they never are.
  [[nodiscard]] std::vector<SetRecord> take_all(Timestamp at);
  [[nodiscard]] bool has_left_out() const noexcept { return left_out_ > 0; }

  /// Begins anew: what is told next is written.
  void forget() noexcept;
  /// Facets that are remembered.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct Entry;
  using Dues = std::multimap<Timestamp, Entry*>;
  /// Of the row written last, and what came after it.
  struct Entry {
    Timestamp at;
    Timestamp time;  // of its report; further on where the server's time let it through, so that the other does not let the next one through again
    std::optional<geo::Point> place;
    std::optional<SetRecord> left_out;
    std::optional<Dues::iterator> due;  // with `left_out`, where the channel has `history_every`
  };
  using Entries = std::unordered_map<state::IdentityPtr, Entry, log::IdentityHash, log::IdentityEqual>;

  /// Null: nothing is remembered of it.
  [[nodiscard]] Entry* find(const state::Channel& channel, const state::Identity& identity) noexcept;
  static void write_down(Entry& entry, const SetRecord& record, Timestamp at) noexcept;
  void leave_out(Entry& entry, SetRecord record);
  /// What was left out of it, which is no longer.
  std::optional<SetRecord> take_left_out(Entry& entry) noexcept;

  std::unordered_map<const state::Channel*, Entries> entries_;
  Dues dues_;
  std::size_t left_out_ = 0;
};

}  // namespace starling::store
