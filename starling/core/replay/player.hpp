/// @file
/// One viewer's travel through what was: a fleet of its own, a fan-out of its own and a clock of its own, told to the viewer as live ones are.
///
///     history ── rows ──▶ world ── batches ──▶ fan-out ──▶ the viewer's link
///                           as its clock comes to them
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "starling/core/fanout/fanout.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/native_encoder.hpp"
#include "starling/core/replay/world.hpp"

namespace starling::replay {

/// Of a moment alone, or of the time from it to another.
struct Plan {
  Timestamp from;
  std::optional<Timestamp> to;  ///< absent: of the moment alone
  double speed = 1;             ///< seconds of then a second
};

/// How it is told: as the subscription asks.
struct Telling {
  std::uint32_t id = 1;
  view::ViewPtr view;
  fanout::Period period;
  bool wants_snapshot = true;
};

class Player {
 public:
  /// Of rows that have not been told yet; more is asked for when there are fewer. Those of one moment may be more: they are told together.
  static constexpr std::size_t kRowsAhead = 500;

  /// Answers `subscribed`, and tells the state as it was. The channels and the link must outlive it.
  Player(const state::KnownChannels& channels, fanout::Link& link, Telling telling, Plan plan, fanout::FanoutOptions options, const std::vector<Row>& state,
         Moment now);
  ~Player() { fanout_.unsubscribe(viewer_); }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// Whether rows are to be asked for, behind `cursor`.
  [[nodiscard]] bool wants_rows() const noexcept { return has_more_ && (rows_.size() < kRowsAhead || !is_next_whole()); }
  [[nodiscard]] std::optional<std::uint64_t> cursor() const noexcept { return cursor_; }
  void add(CoursePage page, Instant now);

  /// Tells what is due. To be called at `next_due`.
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const;
  /// The link takes frames again.
  void drained(Instant now);
  /// The snapshot again, as of where it is.
  void restart(Instant now) { fanout_.restart(viewer_, now); }
  /// To be called about every second.
  void tend(Instant now) { fanout_.tend_jobs(now); }
  /// All has been told: the end, too.
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

 private:
  /// The time it is there.
  [[nodiscard]] Timestamp then(Instant now) const;
  [[nodiscard]] Instant when(Timestamp then) const;
  [[nodiscard]] Timestamp time_of(state::Seq seq) const;
  [[nodiscard]] bool is_all_told() const;
  /// Whether all rows of the next moment are here.
  [[nodiscard]] bool is_next_whole() const noexcept { return !rows_.empty() && (!has_more_ || rows_.front().at < rows_.back().at); }
  void play(Instant now);
  void end_if_told();

  Plan plan_;
  fanout::Link& link_;
  Instant began_at_;
  World world_;
  fanout::Fanout fanout_;
  protocol::NativeEncoder encoder_;
  fanout::Subscription viewer_;
  std::deque<Row> rows_;  // not told yet
  std::optional<std::uint64_t> cursor_;
  bool has_more_;
  bool has_reached_end_ = false;  ///< its clock has
  bool is_over_ = false;
};

}  // namespace starling::replay
