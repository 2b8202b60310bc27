/// @file
/// One viewer's cursor on the log: what it looks at, how far it has been told, and where the frames go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "starling/core/fanout/encoder.hpp"
#include "starling/core/fanout/job.hpp"
#include "starling/core/fanout/link.hpp"
#include "starling/core/fanout/pace.hpp"
#include "starling/core/view/view.hpp"

namespace starling::fanout {

class Audience;

/// At any time it is one of: a member of an audience (which has the cursor), in the middle of a job or waiting for one, lagging (with a cursor of
/// its own, waiting for its socket or for a beat), or paused. Made by the session; what follows `period` is fan-out's.
struct Subscription {
  Subscription(Link& to, Encoder& how, std::uint32_t number, view::ViewPtr what, Period how_often)
      : link(to), encoder(how), id(number), view(std::move(what)), period(how_often) {}

  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  Link& link;
  Encoder& encoder;
  std::uint32_t id;
  bool wants_snapshot = true;  ///< false: event channels only, nothing to begin with
  std::size_t recent = 0;      ///< so many events of each channel to begin with

  view::ViewPtr view;   ///< what it asks for
  view::ViewPtr shown;  ///< what it holds at its cursor; null before the first snapshot is complete
  Period period;

  Seq cursor = 0;                   ///< holds everything up to here, while `shown` and no audience
  std::unique_ptr<Job> job;
  StateCutPtr left_at;         ///< between two jobs: what it holds is of this, the log has gone past it, and a later cut is not to be had yet
  bool awaits_cut = false;     ///< its snapshot has not begun: the cuts there are would take it back, and a later one is not to be had yet
  Instant began_at{};          ///< when its job began
  Instant progressed_at{};     ///< when its job last sent a part
  Audience* audience = nullptr;
  bool is_lagging = false;
  std::size_t list_index = 0;  ///< in the audience's members or the class's laggards
  bool is_overdue = false;     ///< it is to be brought on when its socket drains: a beat passed, or a catch-up was due, while that was full
  bool owes_update = false;    ///< exactly one update must follow, also an empty one
  bool is_abandoned = false;   ///< its job made no progress and was given up: when its socket drains, it begins anew
  bool wants_restart = false;  ///< a snapshot is to follow the update that brings it up to date
  std::optional<Seq> told;     ///< position it was last told, by whatever message
};

}  // namespace starling::fanout
