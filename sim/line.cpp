#include "sim/line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/broken.hpp"
#include "sim/heap.hpp"
#include "starling/core/ws/close_code.hpp"
#include "starling/core/ws/frame_writer.hpp"

namespace starling::sim {
namespace {

/// What is on its way arrives, and then the server looks at its sessions, about every second.
constexpr Duration kSlack = std::chrono::seconds{5};

bool is_ready(const session::Session& session) { return session.is_ready(); }
bool is_ready(const session::DoorSession&) { return true; }
void drain(session::Session& session, Moment now) { session.drained(now.instant); }
void drain(session::DoorSession& session, Moment now) { session.drained(now); }

}  // namespace

Line::Line(StreamHabits habits, std::size_t gathered_bytes_max, const Moment& now, Dice& random, int viewer, Plant& plant)
    : now_(now), random_(random), viewer_(viewer), plant_(plant), down_(habits, random), up_(habits, random), heard_(now.instant), read_(now.instant), gathered_bytes_max_(gathered_bytes_max), waits_(now.instant) {}

void Line::send(fanout::FramePtr frame) {
  const ModelScope model;
  if (is_closed_) return;
  frames_ += frame->messages();
  if (viewer_ == kGuest) {
    if (plant_.loses_at_door()) return;
    down_.write(frame->wire(), now_.instant);
    note_waiting();
    return;
  }
  const std::optional<std::string> passed = plant_.frame(viewer_, frame->payload(), has_arrived() || is_waiting_);
  if (!passed) return;
  down_.write(*passed == frame->payload() ? frame->wire() : fanout::Frame::text(*passed)->wire(), now_.instant);
  note_waiting();
}

void Line::ping() {
  const ModelScope model;
  std::string wire;
  ws::append_frame(wire, ws::Opcode::ping, {});
  if (!is_closed_) down_.write(wire, now_.instant);
  note_waiting();
}

void Line::close(std::uint16_t code, std::string_view reason) {
  const ModelScope model;
  if (std::exchange(is_closed_, true)) return;
  silent_ = now_.instant - heard_;
  if (is_waiting_) stuck_ = now_.instant - std::max(waits_, read_);
  std::string wire;
  ws::append_close(wire, code, reason);
  down_.write(wire, now_.instant);
  close_code_ = code;
}

void Line::serve(session::Session& session) { serve_any(session); }
void Line::serve(session::DoorSession& session) { serve_any(session); }

template <class Session>
void Line::serve_any(Session& session) {
  while (!is_closed_) {
    for (; !kept_back_.empty() && is_ready(session); kept_back_.pop_front()) take(kept_back_.front(), session);
    if (!kept_back_.empty()) break;
    const std::string bytes = up_.read(now_.instant);
    if (bytes.empty()) break;
    heard_ = now_.instant;
    session.heard(now_.instant);
    from_viewer_.receive(as_bytes(bytes));
    while (auto event = from_viewer_.next()) kept_back_.push_back(std::move(*event));
  }
  if (!is_waiting_ || down_.waiting_bytes() > 0) return;
  is_waiting_ = false;
  waited_ = now_.instant;
  if (is_closed_ || !std::exchange(is_blocked_, false)) return;
  const ServerScope server;
  drain(session, now_);
}

void Line::note_waiting() {
  if (down_.waiting_bytes() == 0) return;
  if (!std::exchange(is_waiting_, true)) waits_ = now_.instant;
  is_blocked_ |= down_.waiting_bytes() > gathered_bytes_max_;
}

template <class Session>
void Line::take(ws::Event& event, Session& session) {
  if (const auto* message = std::get_if<ws::TextMessage>(&event)) {
    const ServerScope server;
    ++heard_messages_;
    session.receive(message->text, now_);
  } else if (!std::holds_alternative<ws::Pong>(event)) {
    throw Broken{"the server reads something else than what its viewer said"};
  }
}

void Line::say(std::string_view message) {
  std::string wire;
  const std::uint64_t mask = random_.next();
  ws::append_frame(wire, ws::Opcode::text, message,
                   ws::MaskingKey{static_cast<std::uint8_t>(mask), static_cast<std::uint8_t>(mask >> 8), static_cast<std::uint8_t>(mask >> 16), static_cast<std::uint8_t>(mask >> 24)});
  up_.write(wire, now_.instant);
}

std::optional<std::string> Line::deliver() {
  if (messages_.empty() && !is_over_) {
    const std::string bytes = down_.read(now_.instant);
    if (!bytes.empty()) read_ = now_.instant;
    from_server_.receive(as_bytes(bytes));
    while (auto event = from_server_.next()) {
      if (auto* message = std::get_if<ws::TextMessage>(&*event)) {
        messages_.push_back(std::move(message->text));
      } else if (std::holds_alternative<ws::Ping>(*event)) {
        std::string wire;
        ws::append_frame(wire, ws::Opcode::pong, {}, ws::MaskingKey{});
        up_.write(wire, now_.instant);
      } else if (std::holds_alternative<ws::Close>(*event)) {
        is_over_ = true;
      } else {
        throw Broken{"the server sent what is no frame"};
      }
    }
  }
  if (messages_.empty()) return std::nullopt;
  std::string message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

void Line::become_good() {
  down_.become_good(now_.instant);
  up_.become_good(now_.instant);
}

void Line::check_life(const session::SessionOptions& options) const {
  const Instant now = now_.instant;
  if (!is_closed_) {
    const bool is_silent = !is_waiting_ && now - std::max({heard_, read_, waited_}) > options.timeout + kSlack;
    const bool is_stuck = is_waiting_ && !down_.is_in_flight(now) && now - std::max(waits_, read_) > options.stall + kSlack;
    if (is_silent || is_stuck) throw Broken{fmt::format("it is kept, though it {} for too long", is_silent ? "was silent" : "did not read")};
    return;
  }
  // Whether its replies wait unread or it is abusive is judged by what was said and answered.
  if (close_code_ == ws::close_code::kTryAgainLater || close_code_ == ws::close_code::kAbuse) return;
  if (close_code_ != ws::close_code::kTimeout) throw Broken{fmt::format("it was closed with {}", close_code_)};
  // Whose bytes are stuck is alive as long as `stall`, however silent.
  if (silent_ < options.timeout && stuck_ < options.stall) throw Broken{"it was closed as dead, and was alive"};
}

}  // namespace starling::sim
