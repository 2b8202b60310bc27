#include "sim/body.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/broken.hpp"
#include "sim/heap.hpp"

namespace starling::sim {
namespace {

/// What is on its way arrives, and then the server looks at its readings, about every second.
constexpr Duration kSlack = std::chrono::seconds{5};

}  // namespace

Body::Body(StreamHabits habits, std::size_t gathered_bytes_max, const Moment& now, Dice& random)
    : now_(now), down_(habits, random), gathered_bytes_max_(gathered_bytes_max), opened_(now.instant), waits_(now.instant), waited_(now.instant) {}

void Body::write(std::string before, fanout::FramePtr frame, std::string after) {
  const ModelScope model;
  if (is_ended_) throw Broken{"something is written behind the end of a body"};
  if (frame) before += frame->payload();
  down_.write(before + after, now_.instant);
  if (down_.waiting_bytes() == 0) return;
  if (!std::exchange(is_waiting_, true)) waits_ = now_.instant;
  is_blocked_ |= down_.waiting_bytes() > gathered_bytes_max_;
}

void Body::drop() {
  is_ended_ = is_dropped_ = true;
  silent_ = now_.instant - std::max(arrived_at(), opened_);
  if (is_waiting_) stuck_ = now_.instant - std::max(waits_, arrived_at());
}

void Body::serve(session::Reading& reading) {
  const ServerScope server;
  reading.settle();
  if (!is_waiting_ || down_.waiting_bytes() > 0) return;
  is_waiting_ = false;
  waited_ = now_.instant;
  if (!std::exchange(is_blocked_, false) || is_ended_) return;
  reading.drained(now_.instant);
  reading.settle();
}

void Body::check_life(const session::SessionOptions& options, bool is_told) const {
  if (is_dropped_) {
    if (silent_ < options.timeout && stuck_ < options.stall) throw Broken{"its body was dropped, and it was there"};
    return;
  }
  if (is_ended_) return;
  const Instant now = now_.instant;
  const bool is_stuck = is_stalled() && now - std::max(waits_, arrived_at()) > options.stall + kSlack;
  if (is_stuck) throw Broken{"its body is kept, though it read nothing for too long"};
  const bool is_forgotten = is_told && !is_waiting_ && now - std::max({arrived_at(), opened_, waited_}) > options.heartbeat + kSlack;
  if (is_forgotten) throw Broken{"its heartbeats do not come"};
}

Instant Body::arrived_at() const noexcept { return down_.arrived_at(now_.instant).value_or(opened_); }

}  // namespace starling::sim
