/// @file
/// Reports for a fleet over one connection, so many a second, and counts what was accepted.
#pragma once

#include <cstdint>
#include <string>

#include "starling/load/line.hpp"
#include "tests/storm/fleet.hpp"

namespace starling::soak {

class Publisher {
 public:
  Publisher(net::EventLoop& loop, const load::Door& door, storm::Fleet& fleet);

  /// Reports where each of the fleet is; once it is open.
  void report_all();
  /// Reports until `count` have been reported since `report_all`, unless the server is too far behind: then it is for a later call.
  void report_up_to(std::uint64_t count);

  [[nodiscard]] bool is_open() const noexcept { return line_.state() == load::Line::State::open; }
  [[nodiscard]] std::uint64_t reported() const noexcept { return reported_; }
  /// Everything that was sent has been answered.
  [[nodiscard]] bool is_settled() const noexcept { return answered_ == sent_; }
  /// What must not be: a refusal, or the loss of the line. Empty if nothing was.
  [[nodiscard]] std::string fault() const;

 private:
  void send(const state::Update& update);
  void receive(const std::string& text);

  storm::Fleet& fleet_;
  std::uint64_t sent_ = 0, answered_ = 0, reported_ = 0;
  std::string refusal_;
  load::Line line_;
};

}  // namespace starling::soak
