/// @file
/// What a viewer holds of one subscription: the three-line client of the protocol, with parts put together.
///
/// `remove` deletes the key, `set` assigns the record, `patch` assigns each field. A snapshot is shown when its last part is there, an
/// update when all parts of its seq are: so what is held is always the view of one seq.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::session {

class Replica {
 public:
  using Records = std::map<std::string, state::Fields>;  ///< by key

  struct Removal {
    std::string channel, key, reason;
  };
  struct Event {
    std::string channel;
    std::uint64_t seq = 0, n = 0;
    std::string text;  ///< the event as it stands on the wire, a JSON object
  };
  struct Gap {
    std::string channel;
    std::uint64_t after = 0, before = 0;
  };
  /// What one complete seq brought.
  struct Step {
    std::uint64_t seq = 0;
    bool is_snapshot = false;
    std::vector<Removal> removals;
    std::vector<Gap> gaps;
    std::vector<Event> events;  ///< new ones only, in (seq, n) order
  };

  /// `message` is a compact `snapshot` or `update` of this subscription. A step when it completed a seq; fails, saying why, on what no
  /// server sends.
  [[nodiscard]] Result<std::optional<Step>, std::string> apply(std::string_view message);
  /// A `subscribed` came: parts of anything unfinished are void.
  void forget_parts();
  /// Another epoch: seqs start anew.
  void forget_events() noexcept { last_event_.reset(); }

  [[nodiscard]] const std::map<std::string, Records>& channels() const noexcept { return channels_; }
  [[nodiscard]] const Records* find(std::string_view channel) const;

 private:
  [[nodiscard]] Result<std::optional<Step>, std::string> apply_snapshot(std::string_view message, std::uint64_t seq, bool more);
  [[nodiscard]] Result<std::optional<Step>, std::string> apply_update(std::string_view message, std::uint64_t seq, bool more);
  [[nodiscard]] std::optional<std::string> assign(std::string_view message, Step& step);

  std::map<std::string, Records> channels_;
  std::map<std::string, Records> staged_;                 // the snapshot under way
  std::vector<std::string> parts_;                        // of the update under way
  std::optional<std::uint64_t> staged_seq_, parts_seq_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> last_event_;
};

}  // namespace starling::session
