/// @file
/// All audiences of one pace: one cursor, one fold, and beats. It decides when who is told what; who stands where, the roster knows.
///
/// The class gathers what happens since its cursor into one fold. At a beat whom the fold concerns is found (`matching`), and each touched
/// audience is handed its matches: cost follows the matches, not viewers × changes, whatever the pace. Between beats only two kinds are served:
/// an audience that was quiet (its first change goes at once, found through an index of the quiet ones alone), and one with an event or a critical
/// change due. Those are then ahead of the class until the beat ("led"), and keep what they were sent, which the class's fold cannot know.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "starling/core/fanout/counters.hpp"
#include "starling/core/fanout/fragments.hpp"
#include "starling/core/fanout/news.hpp"
#include "starling/core/fanout/roster.hpp"
#include "starling/core/fanout/sheets.hpp"

namespace starling::fanout {

/// What every class of a shard works with.
struct Desk {
  const log::Log& log;
  Counters& counters;
  FoldMap& map;  ///< of the fold of the beat that is going on, and its sheets
  Sheets& sheets;
  Duration tick;
  std::size_t frame_bytes_max;
  std::size_t event_bytes_max;  ///< held for a beat; over it everybody of the pace is told by the log, if that still has them
};

/// A viewer to be brought on by a job of its own.
struct Owed {
  Subscription* viewer;
  log::FoldPtr fold;  ///< from where it stands; null: it is to be made
};

class PaceClass {
 public:
  PaceClass(Period period, Desk desk) noexcept : period_(period), desk_(desk), cursor_(desk.log.head()), folder_(cursor_) {}

  /// Takes in a viewer with a cursor and no job: into an audience if it stands at the head of the log, else among the laggards.
  void admit(Subscription& viewer, Instant now);
  /// Lets go of a viewer; its `cursor` says how far it was told.
  void dismiss(Subscription& viewer);

  /// To be called with every batch, after the log has it.
  void take(News& news, Instant now);
  /// Serves events that are due and, if a beat is due, all audiences; true if there was a beat: the laggards' turn.
  [[nodiscard]] bool on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  [[nodiscard]] const std::vector<Subscription*>& laggards() const noexcept { return roster_.laggards(); }
  /// Viewers who are owed a catch-up of their own now: their update was too large for one frame, or something critical happened while they
  /// waited for the beat. Empties the list.
  [[nodiscard]] std::vector<Owed> take_owed() noexcept { return std::exchange(owed_, {}); }
  /// Up to where its members hold everything. It never goes back.
  [[nodiscard]] Seq position(const Audience& audience) const noexcept;

 private:
  enum class Occasion : std::uint8_t {
    leading,  ///< a batch, to those that were quiet: they know all that was before it
    due,      ///< the class's fold as far as it has come, to those who are ahead of the beat from here on
    beat,     ///< the class's fold, to everybody
  };
  /// A fold as it is handed out, and what has been written down of it.
  struct Handout {
    const log::Fold& fold;
    Fragments& fragments;
    Occasion occasion;
    log::FoldPtr shared = nullptr;  ///< the fold, if it may be kept
  };

  /// A new audience, that has been told everything up to `at`.
  void begin(Audience& audience, Seq at);
  [[nodiscard]] bool has_pending() const noexcept { return !roster_.laggards().empty() || (roster_.has_audiences() && desk_.log.head() > cursor_); }

  void choose_critical(const News& news);
  void hear_events(const News& news, Instant now);
  void hear_announcements(const News& news);
  void lead(News& news);
  void beat();
  void serve_chosen();
  void match_waiting();
  /// What an audience ahead of the class holds is its own `before`: the fold's may lie outside its view, and its `after` too.
  void match_kept(Audience& audience, const log::Fold& fold);
  /// Of a slower class, events wait for the beat as state does, and only then is it found whom they concern: what each audience has heard since would be
  /// as much as all they are told.
  [[nodiscard]] bool keeps_what_is_heard() const noexcept { return period_ <= desk_.tick; }
  /// The events it shows that it has not been told, for an audience that stands at `told`.
  void match_events(Audience& audience, const log::Fold& fold, Seq told);
  /// How long an event may wait; nullopt: until the beat, like state.
  [[nodiscard]] std::optional<Duration> pace_of(const state::Channel& channel) const noexcept;
  void await_event(Audience& audience, Instant due);

  /// Tells the members who keep up what their audience matches, in one frame; the others become laggards. Empties the matches.
  void tell(Audience& audience, const Handout& handout);
  /// False: it would be over the largest frame.
  [[nodiscard]] bool encode(Audience& audience, const Handout& handout);

  void hurry_laggards(const News& news);
  /// Dismisses it, to be caught up when its socket drains.
  void become_laggard(Subscription& member);
  /// Dismisses it, to be caught up now. `fold`: from where it stands, if there is one.
  void become_owed(Subscription& viewer, log::FoldPtr fold);
  void expel_all();

  Period period_;
  Desk desk_;
  Seq cursor_;
  log::Folder folder_;           // what happened since the cursor, while there are audiences
  std::size_t event_bytes_ = 0;  // of the events in it
  Fragments fragments_;          // of it, while it is handed out
  std::vector<std::uint32_t> matches_;  // of the audience being told
  std::int64_t beat_ = 0;  // number of the last beat that has passed
  Roster roster_;
  std::optional<Instant> event_due_;
  std::vector<Owed> owed_;
};

}  // namespace starling::fanout
