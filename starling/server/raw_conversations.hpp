/// @file
/// The raw doors of a shard: what goes on over their connections, and that those of the dead are closed.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "starling/core/session/options.hpp"
#include "starling/io/net/conversation.hpp"
#include "starling/server/raw.hpp"

namespace starling {

class RawConversation;

class RawConversations {
 public:
  /// Heartbeat, time-outs and how long a viewer may read nothing are those of sessions.
  RawConversations(std::map<std::string, RawDoor> doors, const session::SessionOptions& options) : doors_(std::move(doors)), options_(options) {}

  /// Null if there is none at this path.
  [[nodiscard]] const RawDoor* find(const std::string& path) const noexcept;
  /// Begins one at a door of `find`.
  [[nodiscard]] std::unique_ptr<net::Conversation> open(const RawDoor& door, fanout::Link& link, Moment now);
  /// Closes all of them.
  void close_all(std::uint16_t code, std::string_view reason);
  /// To be called at `next_due`: pings, and closes with 4001 whom nothing was heard of.
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

 private:
  friend class RawConversation;

  std::map<std::string, RawDoor> doors_;
  session::SessionOptions options_;
  Duration sweep_period_ = std::min<Duration>(options_.heartbeat / 4, std::chrono::seconds{1});
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, RawConversation*> open_;  // each takes itself out
  std::optional<Instant> swept_at_;
};

}  // namespace starling
