/// @file
/// The native messages that are not about one subscription's state: written here (docs/PROTOCOL.md, server → client).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/protocol/error.hpp"

namespace starling::protocol {

struct Welcome {
  std::string session;
  std::string epoch;
  Timestamp time;
  Duration tick, heartbeat, timeout;
  std::size_t message_bytes, frame_bytes, subscriptions, channels_per_subscription, publish_per_second;
  std::string server;  ///< "starling/0.1.0"
};

[[nodiscard]] std::string write(const Welcome& welcome);
[[nodiscard]] std::string write(const Error& error);
/// `ref` is JSON text.
[[nodiscard]] std::string write_ok(const std::optional<std::string>& ref, std::uint64_t seq);
[[nodiscard]] std::string write_pong(const std::optional<std::string>& ref, Timestamp time);
/// The connection will be closed; the client is to come back after `reconnect`, in whole milliseconds.
[[nodiscard]] std::string write_bye(std::string_view reason, Duration reconnect);
[[nodiscard]] std::string write_unsubscribed(std::uint32_t id);
/// `at`: id and position.
[[nodiscard]] std::string write_progress(Timestamp time, const std::vector<std::pair<std::uint32_t, std::uint64_t>>& at);

}  // namespace starling::protocol
