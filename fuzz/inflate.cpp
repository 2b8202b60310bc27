/// @file
/// Whatever comes as compressed data is inflated as zlib does it in one go, within the limit, in whatever frames it comes; what we deflate is inflated
/// to what it was.
///
/// The first byte of an input says the limit, the others are the payload of a message, or said to our deflater.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/base/utf8.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader.hpp"

namespace starling::ws {
namespace {

constexpr std::array<std::size_t, 8> kLimits{0, 1, 29, 1'000, 32'767, 32'768, 65'536, 100'000};
// A string may have what fits into itself, doubled.
constexpr std::size_t kSmallString = 30;

/// A text, or why there is none.
struct Outcome {
  std::string text;
  std::optional<InflateError> error;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(Result<std::string, InflateError> result, std::size_t limit) {
  if (!result) return {{}, result.error()};
  STARLING_CHECK(result->size() <= limit, result->size(), limit);
  STARLING_CHECK(result->capacity() <= std::max(limit, kSmallString), result->capacity(), limit);
  return {std::move(*result), {}};
}

/// The same by zlib alone: every message into a buffer that has room for a byte more than the limit. The outcome of the first that fails, or the last.
Outcome reference(const std::vector<std::string_view>& messages, std::size_t limit) {
  z_stream stream{};
  STARLING_CHECK(inflateInit2(&stream, -15) == Z_OK);
  Outcome outcome;
  for (const std::string_view message : messages) {
    std::string out(limit + 1, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    bool is_between = true;
    bool is_broken = false;
    const auto feed = [&](std::string_view input) {
      stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
      stream.avail_in = static_cast<uInt>(input.size());
      while (stream.avail_in > 0 && stream.avail_out > 0 && !is_broken) {
        const int code = inflate(&stream, Z_NO_FLUSH);
        is_between = code == Z_STREAM_END || stream.data_type == 128;
        is_broken = code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR;
        if (code == Z_STREAM_END) inflateResetKeep(&stream);
      }
    };
    feed(message);
    if (!is_between) feed(std::string_view{"\x00\x00\xFF\xFF", 4});
    // What it holds back for want of room.
    if (stream.avail_out > 0 && !is_broken) inflate(&stream, Z_NO_FLUSH);
    outcome = {};
    if (stream.avail_out == 0) {
      outcome.error = InflateError::too_long;
    } else if (is_broken || !is_between) {
      outcome.error = InflateError::broken;
    } else {
      outcome.text = out.substr(0, out.size() - stream.avail_out);
    }
    if (outcome.error) break;
  }
  inflateEnd(&stream);
  return outcome;
}

/// What a reader makes of the payload as one message, cut into frames.
Event read(Inflater& inflater, Opcode opcode, std::string_view payload, std::size_t limit, Random& random) {
  std::string bytes;
  for (bool is_first = true, is_last = false; !is_last; is_first = false) {
    const auto size = std::min<std::size_t>(payload.size(), random.chance(0.3) ? payload.size() : random.below(40));
    is_last = size == payload.size();
    append_frame_header(bytes, is_first ? opcode : Opcode::continuation, is_last, size, std::nullopt, is_first);
    bytes += payload.substr(0, size);
    payload.remove_prefix(size);
  }
  MessageReader reader{Role::client, {.message_bytes_max = limit}, &inflater};
  std::optional<Event> event;
  for (std::string_view rest = bytes; !rest.empty() && !event;) {
    const std::string_view piece = rest.substr(0, 1 + random.below(200));
    rest.remove_prefix(piece.size());
    reader.receive(as_bytes(piece));
    event = reader.next();
  }
  STARLING_CHECK(event.has_value());
  STARLING_CHECK(reader.buffer_bytes() == 0);
  return std::move(*event);
}

Event event_of(Opcode opcode, const Outcome& outcome, std::size_t payload_bytes, std::size_t limit) {
  if (payload_bytes > limit) return Failure{close_code::kMessageTooBig, "message over the limit"};
  if (outcome.error == InflateError::too_long) return Failure{close_code::kMessageTooBig, "message inflates over the limit"};
  if (outcome.error == InflateError::broken) return Failure{close_code::kInvalidPayload, "compressed data is broken"};
  if (opcode == Opcode::binary) return BinaryMessage{outcome.text};
  if (is_utf8(outcome.text)) return TextMessage{outcome.text};
  Utf8Checker utf8;
  return Failure{close_code::kInvalidPayload, utf8.feed(outcome.text) ? "text ends inside a character" : "text is not UTF-8"};
}

void check(Inflater& inflater, Deflater& deflater, std::string_view payload, std::size_t limit, std::uint64_t seed) {
  Random random{seed};
  const Outcome want = reference({payload}, limit);
  for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
    STARLING_CHECK(read(inflater, opcode, payload, limit, random) == event_of(opcode, want, payload.size(), limit));
  }
  STARLING_CHECK(outcome_of(inflater.inflate(payload, limit), limit) == want);

  Inflater kept{Window::kept};
  STARLING_CHECK(outcome_of(kept.inflate(payload, limit), limit) == want);
  if (!want.error) STARLING_CHECK(outcome_of(kept.inflate(payload, limit), limit) == reference({payload, payload}, limit));

  if (const auto deflated = deflater.deflate(payload)) {
    STARLING_CHECK(deflated->size() < payload.size());
    STARLING_CHECK((outcome_of(inflater.inflate(*deflated, payload.size()), payload.size()) == Outcome{std::string{payload}, {}}));
  }
}

}  // namespace
}  // namespace starling::ws

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view payload = starling::as_text({bytes + 1, size - 1});
  std::uint64_t seed = size;
  for (const char c : payload) seed = seed * 31 + static_cast<unsigned char>(c);
  // A thread has one of each, whatever they were given before.
  static starling::ws::Inflater inflater;
  static starling::ws::Deflater deflater;
  starling::ws::check(inflater, deflater, payload, starling::ws::kLimits[bytes[0] % starling::ws::kLimits.size()], seed);
  return 0;
}
