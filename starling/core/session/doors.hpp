/// @file
/// The doors of a shard, and the sessions at them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "starling/core/base/numbered.hpp"
#include "starling/core/protocol/dialects.hpp"
#include "starling/core/session/door_session.hpp"

namespace starling::session {

/// Of the clients that are there now.
struct DoorCounts {
  std::uint64_t connections = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t bytes_sent = 0;  ///< that their machines have taken
};

class Doors {
 public:
  /// What is given must outlive it.
  Doors(const std::vector<protocol::DoorOptions>& options, const Surroundings& surroundings);

  /// Its number; nullopt: no door is at this path.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view path) const noexcept;
  [[nodiscard]] const protocol::DoorOptions& options(std::size_t door) const noexcept { return *doors_[door].options; }

  /// The shard has taken every batch there is.
  DoorSession& open(std::size_t door, fanout::Link& link, view::RightsPtr rights, Moment now);
  void close(DoorSession& session);

  // What it is now, and when the newest batch was closed: dialects say it.
  void tell_time(Timestamp now) noexcept { times_.now = now; }
  void tell_batch_time(Timestamp time) noexcept { times_.batch = time; }
  void missed(Duration time, Instant now);
  void on_time(Moment now);
  void leave();

  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }
  /// At all doors of this dialect.
  [[nodiscard]] DoorCounts counts(protocol::DialectName dialect) const;

 private:
  struct Door {
    const protocol::DoorOptions* options;
    std::unique_ptr<protocol::Dialect> dialect;
  };
  struct Visitor {
    Visitor(const Surroundings& surroundings, const Door& at, protocol::DialectTimes& times, fanout::Link& link, std::uint64_t number, view::RightsPtr rights, Moment now)
        : door(at), session(surroundings, *at.dialect, times, link, number, std::move(rights), now) {}
    const Door& door;
    DoorSession session;
  };

  const Surroundings& at_;
  protocol::DialectTimes times_;
  std::vector<Door> doors_;
  Numbered<Visitor> sessions_;
};

}  // namespace starling::session
