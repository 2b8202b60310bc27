/// @file
/// One thread's share of the viewers: sessions, clients of doors and readings around one fan-out. It routes batches and time.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "starling/core/base/numbered.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/session/doors.hpp"
#include "starling/core/session/reading.hpp"
#include "starling/core/session/session.hpp"

namespace starling::session {

class Shard {
 public:
  /// `declared` are the channels there are before the first batch; they are copied, and outlive the shard.
  Shard(ShardOptions options, const state::KnownChannels& declared, Publisher& publisher);

  /// Begins a viewer's session on its link, which must outlive it. `name` is told in `welcome`.
  Session& open(fanout::Link& link, std::string_view name, Moment now, view::RightsPtr rights = view::Rights::everything(), std::uint32_t messages_per_second = 0);
  /// Ends it; its link is not used after.
  void close(Session& session);

  /// Begins a client's session at a door (`doors`) on its link, which must outlive it.
  DoorSession& open_door(std::size_t door, fanout::Link& link, Moment now, view::RightsPtr rights = view::Rights::everything());
  /// Ends it; its link is not used after.
  void close(DoorSession& session) { doors_.close(session); }

  /// Begins a reader's stream of events on its outlet, which must outlive it. What is asked for has been checked (`refuse_bare`).
  Reading& stream(fanout::Outlet& out, protocol::Subscribe asked, Moment now, view::RightsPtr rights = view::Rights::everything());
  /// The same for one answer, for which it waits so long if there is no news.
  Reading& poll(fanout::Outlet& out, protocol::Subscribe asked, Duration wait, Moment now, view::RightsPtr rights = view::Rights::everything());
  /// Ends it; its outlet is not used after.
  void close(Reading& reading);

  /// Who tells what was. It must outlive the shard; before it is set, there is no history.
  void set_history(replay::History& history) noexcept { replays_.set_history(history); }
  /// Before the first batch: goes on from there.
  void take_up(const log::Past& past) { fanout_.take_up(past, channels_.all()); }
  /// A closed batch, as the hub made it.
  void take(log::BatchPtr batch, Moment now);
  /// The answer to a publish that was to be answered later, in the order of the offers. The session may be gone.
  void answer(const Ticket& ticket, const Outcome& outcome, Moment now);
  /// There is room again for the session whose publish found none. It may find none again, or be gone.
  void offer_again(std::uint64_t session, Moment now);
  /// The server goes: everybody is told to come back, each at another time within `spread` (`Session::leave`).
  void leave(Duration spread, Random& random);
  /// To be called at `next_due`; earlier does nothing.
  void on_time(Moment now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  [[nodiscard]] const fanout::Fanout& fanout() const noexcept { return fanout_; }
  /// Those declared and those of the batches taken.
  [[nodiscard]] const state::KnownChannels& channels() const noexcept { return channels_; }
  [[nodiscard]] const Doors& doors() const noexcept { return doors_; }
  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }
  [[nodiscard]] std::size_t readings() const noexcept { return readings_.size(); }
  /// Subscriptions to what was that have not been told to their end.
  [[nodiscard]] std::size_t replays() const { return replays_.running(); }
  [[nodiscard]] const ShardOptions& options() const noexcept { return options_; }

 private:
  template <class Make>
  Reading& open_reading(Make&& make, Moment now);
  void sweep(Moment now);

  ShardOptions options_;
  fanout::Fanout fanout_;
  protocol::NativeEncoder encoder_;
  state::KnownChannels channels_;
  Replays replays_;
  Surroundings surroundings_;
  Doors doors_;
  Numbered<Session> sessions_;
  Numbered<Reading> readings_;
  std::set<std::pair<Instant, std::uint64_t>> waits_;  // when which reading's wait is over
  Duration sweep_period_;
  std::optional<Instant> swept_at_;
  std::size_t bytes_since_sweep_ = 0;
};

}  // namespace starling::session
