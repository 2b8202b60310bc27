/// @file
/// What a peer says does not depend on the pieces it comes in, is within the limits, and said again is read again: for a server and for a client.
///
/// An input is the bytes of a connection after its handshake. Where it is cut follows from the bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/frame_mutator.hpp"
#include "fuzz/json_mutator.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader.hpp"

namespace starling::ws {
namespace {

using Events = std::vector<Event>;

/// Gives the bytes to a reader in pieces as long as `next_size` says, each in memory of its own, gone once it is read.
Events read(Role role, ReaderLimits limits, Inflater* inflater, std::string_view bytes, const std::function<std::size_t()>& next_size) {
  MessageReader reader{role, limits, inflater};
  Events events;
  while (!bytes.empty()) {
    const auto piece = std::make_unique<std::string>(bytes.substr(0, next_size()));
    bytes.remove_prefix(piece->size());
    reader.receive(as_bytes(*piece));
    while (auto event = reader.next()) {
      STARLING_CHECK(!(events.size() > 0 && (std::holds_alternative<Close>(events.back()) || std::holds_alternative<Failure>(events.back()))));
      events.push_back(std::move(*event));
    }
    const bool is_over = !events.empty() && (std::holds_alternative<Close>(events.back()) || std::holds_alternative<Failure>(events.back()));
    STARLING_CHECK(reader.is_finished() == is_over);
    STARLING_CHECK(!is_over || reader.buffer_bytes() == 0);
    // A string grows by doubling, and a control frame may stand between fragments.
    STARLING_CHECK(reader.buffer_bytes() <= 2 * limits.message_bytes_max + 2 * kControlBytesMax, reader.buffer_bytes());
  }
  return events;
}

/// What is handed out is what may be.
struct Allowed {
  ReaderLimits limits;
  void operator()(const TextMessage& event) const {
    STARLING_CHECK(event.text.size() <= limits.message_bytes_max);
    STARLING_CHECK(is_utf8(event.text));
  }
  void operator()(const BinaryMessage& event) const { STARLING_CHECK(event.bytes.size() <= limits.message_bytes_max); }
  void operator()(const Ping& event) const { STARLING_CHECK(event.payload.size() <= kControlBytesMax); }
  void operator()(const Pong& event) const { STARLING_CHECK(event.payload.size() <= kControlBytesMax); }
  void operator()(const Close& event) const {
    STARLING_CHECK(event.reason.size() <= kCloseReasonBytesMax);
    STARLING_CHECK(is_utf8(event.reason));
    STARLING_CHECK(event.code != close_code::kNoStatusReceived || event.reason.empty());
  }
  void operator()(const Failure& event) const {
    STARLING_CHECK(event.code == close_code::kProtocolError || event.code == close_code::kInvalidPayload || event.code == close_code::kMessageTooBig, event.code);
    STARLING_CHECK(!event.reason.empty() && event.reason.size() <= kCloseReasonBytesMax);
  }
};

/// The same said by whom we are the peer of, each message in one frame. A failure is nothing anybody says.
struct Again {
  std::string& out;
  std::optional<MaskingKey> mask;
  void operator()(const TextMessage& event) const { append_frame(out, Opcode::text, event.text, mask); }
  void operator()(const BinaryMessage& event) const { append_frame(out, Opcode::binary, event.bytes, mask); }
  void operator()(const Ping& event) const { append_frame(out, Opcode::ping, event.payload, mask); }
  void operator()(const Pong& event) const { append_frame(out, Opcode::pong, event.payload, mask); }
  void operator()(const Close& event) const { append_close(out, event.code, event.reason, mask); }
  void operator()(const Failure&) const {}
};

void check(Role role, ReaderLimits limits, Inflater* inflater, std::string_view bytes, std::uint64_t seed) {
  Random random{seed};
  const auto everything = [&bytes] { return bytes.size(); };
  Events events = read(role, limits, inflater, bytes, everything);
  STARLING_CHECK(events == read(role, limits, inflater, bytes, [] { return std::size_t{1}; }));
  STARLING_CHECK(events == read(role, limits, inflater, bytes, [&random] { return 1 + random.below(random.chance(0.5) ? 4 : 40); }));

  std::string again;
  const MaskingKey mask{0x37, 0xFA, 0x21, static_cast<std::uint8_t>(seed)};
  for (const Event& event : events) {
    std::visit(Allowed{limits}, event);
    std::visit(Again{again, role == Role::server ? std::optional{mask} : std::nullopt}, event);
  }
  if (!events.empty() && std::holds_alternative<Failure>(events.back())) events.pop_back();
  STARLING_CHECK(read(role, limits, inflater, again, [&again] { return again.size(); }) == events);
}

}  // namespace
}  // namespace starling::ws

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = starling::as_text({bytes, size});
  std::uint64_t seed = size;
  for (const char c : text) seed = seed * 31 + static_cast<unsigned char>(c);
  static starling::ws::Inflater inflater;  // a thread has one, for all its connections
  for (const starling::ws::Role role : {starling::ws::Role::server, starling::ws::Role::client}) {
    for (const std::size_t message_bytes_max : {std::size_t{130}, std::size_t{1} << 20}) {
      starling::ws::check(role, {message_bytes_max}, nullptr, text, seed);
      starling::ws::check(role, {message_bytes_max}, &inflater, text, seed);  // permessage-deflate was agreed
    }
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  using starling::Random;
  // Characters of every length, whole and in parts: a text's end may cut one.
  const auto change_payload = [](std::string_view payload, Random& random) {
    constexpr std::string_view kCharacters = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\xA6\xED\xA0\x80\xF4\x90\x80\x80";
    std::string changed{payload};
    const std::size_t from = random.below(kCharacters.size());
    changed.insert(random.below(changed.size() + 1), kCharacters.substr(from, 1 + random.below(4)));
    return changed;
  };
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, [&](std::string_view text, Random& random, std::size_t most) {
    return starling::fuzz::mutate_frames(text, random, most, change_payload);
  });
}
