/// @file
/// The client of the protocol as its page describes it, three lines and what they need: what it holds is what a simulation judges.
///
/// It shares nothing with the library but the reading of JSON; the library's own client is held against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/truth.hpp"

namespace starling::sim {

class Client {
 public:
  struct Gap {
    std::string channel;
    std::uint64_t after = 0, before = 0;
  };
  struct Subscribed {
    std::uint32_t id = 0;
    bool resumed = false;
    std::string reason, view;
    std::uint64_t seq = 0;
    std::vector<Gap> gaps;
  };
  struct Removal {
    std::string channel, key, reason;
  };
  struct Event {
    std::string channel;
    std::uint64_t seq = 0, n = 0;
    std::optional<std::string> key;
    std::string time;  ///< RFC 3339
    std::optional<Place> location;
    Record data;
  };
  /// What one complete seq brought.
  struct Step {
    std::uint32_t id = 0;
    std::uint64_t seq = 0;
    bool is_snapshot = false;
    std::vector<Removal> removals;
    std::vector<Gap> gaps;
    std::vector<Event> events;   ///< those it had not, in order
    std::size_t events_had = 0;  ///< that it was told again
  };
  struct Progress {};
  using Notice = std::variant<std::monostate, Subscribed, Step, Progress>;

  /// A message of the server. Throws `Broken` on what none may send.
  Notice take(std::string_view message);
  /// Under this id it always asks for no snapshot to begin with: with the answer it holds nothing, and that is all there is.
  void begin_bare(std::uint32_t id) { bare_.insert(id); }
  /// The subscription has ended, and its id is free.
  void end(std::uint32_t id) { held_.erase(id); }
  /// A new connection: what was not complete is void.
  void connect();

  [[nodiscard]] const Shown& held(std::uint32_t id) const { return held_.at(id).shown; }
  /// Up to which seq that is complete; nullopt before the first snapshot.
  [[nodiscard]] std::optional<std::uint64_t> position(std::uint32_t id) const;

 private:
  struct Held {
    Shown shown, staged;
    std::vector<std::string> parts;  // of an update
    std::optional<std::uint64_t> position;
    bool is_on_new_line = true;
    std::uint64_t floor = 0;  // it has held this seq, and is never taken back behind it in one life of the server
    std::optional<std::pair<std::uint64_t, std::uint64_t>> last_event;
  };
  Notice take_subscribed(std::string_view message);
  Notice take_snapshot(std::string_view message);
  Notice take_update(std::string_view message);
  void apply(std::string_view part, Held& held, Step& step);
  Step complete(Step step, Held& held);
  static void move(Held& held, std::uint64_t to);

  std::string epoch_;
  std::map<std::uint32_t, Held> held_;
  std::set<std::uint32_t> bare_;
};

}  // namespace starling::sim
