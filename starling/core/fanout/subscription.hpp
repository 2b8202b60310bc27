/// @file
/// One viewer's cursor on the log: what it looks at, how far it has been told, and where the frames go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "starling/core/base/check.hpp"
#include "starling/core/fanout/encoder.hpp"
#include "starling/core/fanout/job.hpp"
#include "starling/core/fanout/link.hpp"
#include "starling/core/fanout/pace.hpp"
#include "starling/core/view/view.hpp"

namespace starling::fanout {

class Audience;

/// Where a viewer stands, and so who moves it next: its pace class (member, lagging), its socket (overdue, stalled, sending, given_up) or a cut that is
/// to be had (left_behind, awaiting_cut).
enum class Standing : std::uint8_t {
  idle,          ///< nowhere: not begun yet, paused, ended, or on its way between two of the others
  member,        ///< of an audience, which has the cursor
  lagging,       ///< one of its class's laggards: it is caught up at the next beat
  overdue,       ///< one of them whose socket was full when it was due: it is caught up when that drains, or at a beat after that
  stalled,       ///< as overdue, but in no class
  owed,          ///< its class has let go of it for a catch-up of its own, now
  sending,       ///< in the middle of a job
  left_behind,   ///< between two jobs: what it holds is of a cut that the log has passed; it waits for its socket, and for a later cut to be had
  awaiting_cut,  ///< its snapshot has not begun: the cuts there are would take it back, and a later one is not to be had yet
  given_up,      ///< its job made no progress and was taken back: it begins anew when its socket drains
};

/// What a viewer has only while it is in the middle of a job, or between two: most are in none.
struct Errand {
  std::unique_ptr<Job> job;  ///< sending
  StateCutPtr left_at;       ///< left behind: what it holds is of this
  Instant began_at{};        ///< of the job
  Instant progressed_at{};   ///< when it was last sent a part
};

/// Made by the session; what follows `period` is fan-out's. It goes from idle to any standing and back to idle, with nothing between: but a laggard
/// becomes overdue where it is.
struct Subscription {
  Subscription(Link& to, Encoder& how, std::uint32_t number, view::ViewPtr what, Period how_often)
      : link(to), encoder(how), id(number), view(std::move(what)), period(how_often) {}

  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  [[nodiscard]] Standing standing() const noexcept { return standing_; }

  void join(Audience& to, std::size_t index) {
    enter(Standing::member);
    audience = &to;
    list_at(index);
  }
  void lag(std::size_t index) {
    enter(Standing::lagging);
    list_at(index);
  }
  /// It was due while its socket was full.
  void become_overdue() {
    STARLING_CHECK(standing_ == Standing::lagging || standing_ == Standing::overdue);
    standing_ = Standing::overdue;
  }
  void stall() { enter(Standing::stalled); }
  void become_owed() { enter(Standing::owed); }
  void begin(std::unique_ptr<Job> what, Instant now) {
    STARLING_CHECK(what != nullptr);
    enter(Standing::sending);
    errand = std::make_unique<Errand>(Errand{std::move(what), nullptr, now, now});
  }
  /// After a job that it was sent the last part of now.
  void leave_behind(StateCutPtr at, Instant now) {
    STARLING_CHECK(at != nullptr);
    enter(Standing::left_behind);
    errand = std::make_unique<Errand>(Errand{nullptr, std::move(at), now, now});
  }
  void await_cut() { enter(Standing::awaiting_cut); }
  void give_up() { enter(Standing::given_up); }
  /// Leaves where it stands, and gives back what it held there. Who has it in a list takes it out.
  void rest() noexcept {
    standing_ = Standing::idle;
    audience = nullptr;
    errand.reset();
  }
  /// It has moved in the list it is in.
  void list_at(std::size_t index) noexcept { list_index = static_cast<std::uint32_t>(index); }
  /// What it is in the middle of; null unless it is sending.
  [[nodiscard]] Job* job() const noexcept { return errand ? errand->job.get() : nullptr; }

  Link& link;
  Encoder& encoder;
  std::uint32_t id;
  std::uint32_t recent = 0;  ///< so many events of each channel to begin with

  view::ViewPtr view;   ///< what it asks for
  view::ViewPtr shown;  ///< what it holds at its cursor; null before the first snapshot is complete
  Period period;

  Seq cursor = 0;           ///< holds everything up to here, while `shown` and not a member
  std::optional<Seq> told;  ///< position it was last told, by whatever message

  Audience* audience = nullptr;    ///< of a member
  std::unique_ptr<Errand> errand;  ///< sending or left behind
  std::uint32_t list_index = 0;    ///< of a member: in the audience; lagging or overdue: among its class's laggards; busy (in a job, or to get one): among those
  bool wants_snapshot = true;      ///< false: event channels only, nothing to begin with
  bool wants_restart = false;      ///< a snapshot is to follow the update that brings it up to date

 private:
  void enter(Standing next) {
    STARLING_CHECK(standing_ == Standing::idle, static_cast<int>(standing_), static_cast<int>(next));
    standing_ = next;
  }

  Standing standing_ = Standing::idle;
};
static_assert(sizeof(Subscription) <= 112);  // one a viewer at least, most of them members of an audience; what few need is elsewhere

}  // namespace starling::fanout
