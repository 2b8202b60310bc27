/// @file
/// One subscription of a model viewer, judged after every complete seq.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/broken.hpp"
#include "sim/client.hpp"
#include "sim/truth.hpp"

namespace starling::sim {

/// What was asked for, within which rights, with the name its view has on the wire.
struct Asked {
  PlainView plain;
  std::string view;
  std::size_t recent = 0;
  bool is_bare = false;        ///< no snapshot to begin with
  std::optional<double> rate;  ///< frames a second; 0: paused
  std::int64_t at_us = 0;      ///< when it was asked
  bool is_foreign = false;  ///< with a cursor that its server cannot know
  std::optional<std::uint64_t> since;  ///< the seq of its cursor
  std::string since_view;              ///< and the view
};

/// What its server knows that decides what may be said.
struct Knowledge {
  std::function<bool(std::uint64_t)> reaches;  ///< whether its log still does
  bool is_little = false;                      ///< folds and missed events are bounded so low that it may run out of them at once
  bool has_crossed = false;                    ///< it has brought viewers on from one cut to another
  bool has_critical = false;                   ///< there is a channel that is told of at once
  std::int64_t now_us = 0;
};

class Watch {
 public:
  Watch(std::uint32_t id, const Client& client, const Truth& truth) : id_(id), client_(client), truth_(truth) {}

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
  /// The last it asked for.
  [[nodiscard]] const Asked& query() const noexcept { return query_; }
  [[nodiscard]] std::optional<std::uint64_t> position() const { return client_.position(id_); }
  /// What it holds has to be what this shows at its position.
  [[nodiscard]] const PlainView& held_view() const noexcept { return held_.plain; }

  void asks(Asked asked) {
    is_owed_snapshot_ = false;
    query_ = asked;
    asked_.push_back(std::move(asked));
  }
  /// The line was lost, and with it the answers that were under way. The same is asked for again, perhaps within other rights.
  void asks_anew(Asked asked) {
    asked_.clear();
    may_restart_ = false;
    asks(std::move(asked));
  }
  /// What it asked for last goes on after its cursor, and nothing but what comes says so (a poll).
  void goes_on();
  /// `unsubscribed` has come: nothing more is due until it asks again.
  void ends() {
    is_owed_snapshot_ = may_restart_ = may_update_ = may_be_of_cut_ = awaits_first_ = false;
    asked_.clear();
    events_from_.reset();
    replaced_.reset();
    recent_from_.reset();
    last_event_.reset();
  }
  /// For the snapshot, of what it asked for last.
  void asks_again() noexcept { is_owed_snapshot_ = may_restart_ = true; }
  /// `position` is where it was before the message.
  void take_answer(const Client::Subscribed& subscribed, std::optional<std::uint64_t> position, const Knowledge& server);
  /// Whether it could be judged.
  bool take_progress();
  /// The same.
  void judge(const Client::Step& step, std::optional<std::uint64_t> position, const Knowledge& server);
  /// Throws unless it holds the state at the truth's head. `must_know`: a heartbeat has passed, and it has to know that it does.
  void check_current(bool must_know) const;
  [[nodiscard]] std::uint64_t judged() const noexcept { return judged_; }

 private:
  void judge_removals(const Client::Step& step, bool is_of_cuts) const;
  void judge_events(const Client::Step& step, const Knowledge& server);
  void judge_reason(const Client::Subscribed& subscribed, const Asked& asked, const Knowledge& server) const;
  /// Whether they are what `recent` brings after the snapshot at this seq.
  void judge_recent(const Client::Step& step);
  void judge_recent(const Client::Step& step, const std::string& channel) const;
  /// Of events a replaced query left behind, only those it showed itself were due.
  void drop_never_due(std::vector<const SaidEvent*>& events, std::uint64_t after, std::uint64_t upto) const;
  /// That each lies between these seqs, and something was said in it.
  void check_gaps(const std::vector<Client::Gap>& gaps, std::uint64_t after, std::uint64_t upto) const;
  [[nodiscard]] bool is_as_said(const SaidEvent& said, const Client::Event& got) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::uint32_t id_;
  const Client& client_;
  const Truth& truth_;
  Asked query_;
  Asked held_;                                // what it holds is judged by this: changes when the answer comes
  std::optional<std::uint64_t> events_from_;  // events after this were due
  std::optional<Asked> replaced_;             // the query before, until the first complete seq of the new one
  std::optional<std::uint64_t> recent_from_;  // a snapshot of this seq has come, and what `recent` asked for has not
  bool is_owed_snapshot_ = false;             // asked for again, and none has come since
  bool may_restart_ = false;                  // on this line it has asked for the snapshot again, whenever that comes
  bool may_update_ = false;                   // once more, though it is paused
  bool may_be_of_cut_ = false;                // what it holds may be of a cut, from which it goes on to another
  std::uint64_t updates_ = 0;                 // since the last answer
  bool awaits_first_ = false;                 // snapshot since the last answer that begins anew
  std::optional<std::pair<std::uint64_t, std::uint64_t>> last_event_;
  std::deque<Asked> asked_;                   // whose `subscribed` has not come yet
  std::uint64_t judged_ = 0;
};

}  // namespace starling::sim
