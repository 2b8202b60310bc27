/// @file
/// What a client says, read and checked: one message a frame (docs/PROTOCOL.md, client → server).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/core/state/update.hpp"
#include "starling/core/view/query.hpp"

namespace starling::protocol {

/// How far a client got, in its own words.
struct Since {
  std::string epoch;
  std::uint64_t seq = 0;  ///< applied up to and including
  std::string view;
};

/// What was between two moments, told as if it were now.
struct Replay {
  Timestamp from;
  std::optional<Timestamp> to;  ///< absent: now
  double speed = 1;             ///< seconds of then a second, kReplaySpeedMin to kReplaySpeedMax
  bool operator==(const Replay&) const = default;
};

struct Hello {};
struct Subscribe {
  std::uint32_t id = 0;
  view::Query query;
  std::optional<double> rate;
  bool snapshot = true;
  std::uint32_t recent = 0;  ///< at most kRecentMax; more is that
  std::optional<Since> since;
  std::optional<std::string> ref = {};
  // At most one of these, and then no `since`.
  std::optional<Timestamp> at = {};  ///< the state as it was then, and nothing after
  std::optional<Replay> replay = {};
};
struct Unsubscribe {
  std::uint32_t id = 0;
  std::optional<std::string> ref = {};
};
struct SnapshotAgain {
  std::uint32_t id = 0;
  std::optional<std::string> ref = {};
};
struct Publish {
  state::Update update;
  std::optional<std::string> ref = {};
};
struct Ping {
  std::optional<std::string> ref = {};
};
struct Token {
  std::string token;
  std::optional<std::string> ref = {};
};

/// `ref` is kept as the JSON text it came in (a string or a number); `ok`, `pong` and errors bear it.
using ClientMessage = std::variant<Hello, Subscribe, Unsubscribe, SnapshotAgain, Publish, Ping, Token>;

inline constexpr std::size_t kChannelsPerSubscriptionMax = 256;
inline constexpr std::size_t kFilterKeysMax = 10'000;
inline constexpr std::size_t kFieldsShownMax = 256;
// What an answer repeats of a message is short, so that it is within `frame_bytes` whatever `message_bytes` is.
inline constexpr std::size_t kRefBytesMax = 256;        ///< as it is written, quotes included
inline constexpr std::size_t kNameShownBytesMax = 256;  ///< of a name in the `field` of an error; a longer one is cut
inline constexpr std::uint32_t kRecentMax = 10'000;  ///< no channel keeps more
inline constexpr double kReplaySpeedMin = 0.1, kReplaySpeedMax = 1'000;

/// Reads one text message. Fails naming the field at fault; unknown fields are ignored.
[[nodiscard]] Result<ClientMessage, Error> read_client_message(std::string_view text);

/// Reads an update from a publish message or an NDJSON envelope: `{channel, key?, data, op?, location?, time?}`.
///
/// `object` is compact JSON. `channel`, if given, is used where the envelope names none.
[[nodiscard]] Result<state::Update, Error> read_update(std::string_view object, std::string_view channel = {});

/// The messages as a client writes them.
[[nodiscard]] std::string write(const Subscribe& message);
[[nodiscard]] std::string write(const Unsubscribe& message);
[[nodiscard]] std::string write(const SnapshotAgain& message);
[[nodiscard]] std::string write(const Publish& message);
[[nodiscard]] std::string write(const Ping& message);

/// Reads the conditions of a `where` that stands by itself. Fields at fault are named `where` and `where.NAME`.
[[nodiscard]] Result<view::Where, Error> read_where(std::string_view text);

/// Reads one line (or body) of JSON into an object, as compact text.
[[nodiscard]] Result<std::string, Error> read_object(std::string_view text);
/// The same as a slice of `text` where that is compact already; else it stands in `room`.
[[nodiscard]] Result<std::string_view, Error> read_object(std::string_view text, std::string& room);

}  // namespace starling::protocol
