/// @file
/// A door's dialect: how clients that know nothing of the native protocol are spoken to (docs/DOORS.md).
///
/// What they are shown is a view like any other, and what they are told is written by an encoder like any other, shared by all who see the same. Beside that a dialect
/// decides what is said first, what is said in silence, and what a message of the client's asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "starling/core/fanout/fanout.hpp"

namespace starling::protocol {

struct DialectTimes {
  Timestamp now{};
  Timestamp batch{};  ///< of the newest batch
};

/// What a dialect reads of its shard.
struct DialectSurroundings {
  const fanout::Fanout& fanout;
  const state::KnownChannels& channels;
  const DialectTimes& times;
};

/// One of the subscriptions that a client at a door is. `number` is the subscription's: who has another is told in other words.
struct Part {
  view::Query query;
  std::uint32_t number = 1;
  /// Of what the query shows, what it is told in words of its own; absent: all. Who asks for something else afterwards has been told no more.
  std::optional<view::Query> told = {};
};
/// What a client is shown from now on. Of one dialect all have the same number of parts.
struct Look {
  std::vector<Part> parts;
};
/// The state it is shown, once more.
struct Again {};
/// An answer and nothing else.
struct Say {
  std::string text;
};
/// Nothing: it is no message of this dialect, or one that needs no answer.
struct Nothing {};
using Asked = std::variant<Nothing, Say, Look, Again>;

/// Of a shard. All doors of one have one.
class Dialect {
 public:
  virtual ~Dialect() = default;

  [[nodiscard]] virtual fanout::Encoder& encoder() noexcept = 0;
  /// What a client is shown that has asked for nothing.
  [[nodiscard]] virtual Look everything() const = 0;

  /// What is said first, null: nothing. Who got it holds everything up to `seq`.
  struct Opening {
    fanout::FramePtr frame;
    state::Seq seq;
  };
  [[nodiscard]] virtual Opening open(const view::View& view) = 0;
  /// The state that the view of the first part shows now; null where there is no word for that.
  [[nodiscard]] virtual fanout::FramePtr state(const view::View& /*view*/, std::uint32_t /*number*/) { return nullptr; }
  /// Said unasked with every heartbeat.
  [[nodiscard]] virtual std::string heartbeat() const = 0;
  /// What a message asks for. `chosen`: what this client has subscribed to so far, by name; kept for it by its session.
  [[nodiscard]] virtual Asked read(std::string_view text, std::vector<std::string>& chosen) const = 0;
};


}  // namespace starling::protocol
