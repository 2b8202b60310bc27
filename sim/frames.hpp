/// @file
/// What viewers send and receive, and what they have to hold then, written down for who tests another client by it: one JSON object a line.
#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>

#include "sim/truth.hpp"

namespace starling::sim {

class Frames {
 public:
  /// `out` has to stay.
  explicit Frames(std::ostream& out) noexcept : out_(out) {}

  void connected(int viewer) { say(viewer, "connected"); }
  void cut(int viewer) { say(viewer, "cut"); }
  /// A message as it came is a value; what is no JSON, as some say by mistake, stands as a string under `text`.
  void sent(int viewer, std::string_view message) { say(viewer, "sent", message); }
  void received(int viewer, std::string_view message) { say(viewer, "received", message); }
  /// A seq of a subscription is complete: this is what its query shows of the truth at it.
  void holds(int viewer, std::uint32_t id, std::uint64_t seq, const Shown& shown);

 private:
  void say(int viewer, std::string_view event);
  void say(int viewer, std::string_view event, std::string_view message);

  std::ostream& out_;
};

}  // namespace starling::sim
