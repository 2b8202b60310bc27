/// @file
/// A viewer that comes and goes: it remembers what it holds, and takes it up again when it returns.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "starling/core/session/client_session.hpp"
#include "starling/load/line.hpp"
#include "tests/storm/fleet.hpp"

namespace starling::soak {

/// What happened to viewers, for the table.
struct Story {
  std::uint64_t messages = 0, subscribed_new = 0, resumed = 0, replaced = 0, expired = 0, other_query = 0;
  std::uint64_t failed_joins = 0;  ///< given up by the server before they were open: of a machine that is too busy
  std::string fault;  ///< the first thing that must not be
};

class Viewer {
 public:
  /// Looks at the box; at everything without one.
  Viewer(net::EventLoop& loop, const load::Door& door, std::optional<storm::PlainBox> box, Story& story) : loop_(loop), door_(door), box_(box), story_(story) {}

  /// Connects, and resumes if it holds something.
  void join();
  void leave(load::Line::Ending ending);
  /// Leaves, and forgets all it held; returns to look at another box.
  void forget(std::optional<storm::PlainBox> box);
  /// Looks at another box, where it stands.
  void look_at(const storm::PlainBox& box);
  void stall();
  void unstall();
  /// Finds out whether the server has closed it, which is a fault once it was open.
  void check();

  [[nodiscard]] bool is_there() const noexcept { return line_ != nullptr; }
  [[nodiscard]] bool is_open() const noexcept { return line_ && line_->state() == load::Line::State::open; }
  [[nodiscard]] bool is_stalled() const noexcept { return is_stalled_; }
  [[nodiscard]] bool sees_everything() const noexcept { return !box_; }
  /// How what it holds differs from what the fleet's truth shows it; nullopt if it holds just that.
  [[nodiscard]] std::optional<std::string> difference(const storm::Fleet& fleet) const;

 private:
  static constexpr std::uint32_t kId = 1;
  [[nodiscard]] std::string subscribe();
  void receive(const std::string& text);

  net::EventLoop& loop_;
  const load::Door& door_;
  std::optional<storm::PlainBox> box_;
  Story& story_;
  std::unique_ptr<load::Line> line_;
  std::optional<session::ClientSession> session_;
  bool is_stalled_ = false;
};

}  // namespace starling::soak
