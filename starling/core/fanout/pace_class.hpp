/// @file
/// All audiences of one pace: one cursor, one index, and beats.
///
/// At a beat the log since the last beat is folded once, the fold is matched through the index, and each touched audience is
/// handed its matches: cost follows the matches, not viewers × changes. Between beats only two kinds are served: an audience that
/// was quiet (its first change goes at once), and one with an event or a critical change due. Those are then ahead of the class
/// until the beat ("led").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "starling/core/fanout/audience.hpp"
#include "starling/core/fanout/counters.hpp"
#include "starling/core/fanout/fold_cache.hpp"
#include "starling/core/view/index.hpp"

namespace starling::fanout {

/// What every class of a shard works with.
struct Desk {
  const log::Log& log;
  FoldCache& folds;
  Counters& counters;
  Duration tick;
  std::size_t frame_bytes_max;
};

class PaceClass {
 public:
  PaceClass(Period period, Desk desk) noexcept : period_(period), desk_(desk), cursor_(desk.log.head()) {}

  /// Takes in a viewer with a cursor and no job: into its audience if it stands where the class does, else among the laggards.
  void admit(Subscription& viewer, Instant now);
  /// Lets go of a viewer; its `cursor` says how far it was told.
  void dismiss(Subscription& viewer);

  /// To be called with every batch, after the log has it.
  void take(const log::Batch& batch, Instant now);
  /// Serves events that are due and, if a beat is due, all audiences; true if there was a beat: the laggards' turn.
  [[nodiscard]] bool on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  [[nodiscard]] const std::vector<Subscription*>& laggards() const noexcept { return laggards_; }
  /// Viewers who are owed a catch-up of their own now: their update was too large for one frame, or something critical happened while they
  /// waited for the beat. Empties the list.
  [[nodiscard]] std::vector<Subscription*> take_owed() noexcept { return std::exchange(owed_, {}); }
  [[nodiscard]] Seq position(const Subscription& member) const noexcept { return std::max(cursor_, member.audience->led); }
  [[nodiscard]] std::size_t audiences() const noexcept { return audiences_.size(); }

 private:
  enum class Said : std::uint8_t { nothing, something, too_much };

  [[nodiscard]] bool has_pending() const noexcept {
    return !laggards_.empty() || (!audiences_.empty() && desk_.log.head() > cursor_);
  }
  /// How long an event may wait; nullopt: until the beat, like state.
  [[nodiscard]] std::optional<Duration> pace_of(const state::Channel& channel) const noexcept;
  void hurry_laggards(const log::Batch& batch);
  void beat();
  void choose(Audience& audience);
  void serve_chosen();
  void tell(Audience& audience, const log::Fold& fold, const std::vector<std::uint32_t>* matches);
  [[nodiscard]] Said encode(Audience& audience, const log::Fold& fold, const std::vector<std::uint32_t>* matches);
  void become_laggard(Subscription& member);
  void expel(Audience& audience);

  Period period_;
  Desk desk_;
  Seq cursor_;
  std::int64_t beat_ = 0;  ///< number of the last beat that has passed
  std::unordered_map<std::string, std::unique_ptr<Audience>> audiences_;
  view::Index<Audience*> index_;
  std::vector<Audience*> chosen_;
  std::optional<Instant> event_due_;
  std::vector<Subscription*> laggards_;
  std::vector<Subscription*> owed_;
  std::vector<view::Difference> differences_;  // scratch
};

}  // namespace starling::fanout
