/// @file
/// What the peer says, from the bytes it sends in whatever pieces they come.
///
///     reader.receive(chunk);
///     while (auto event = reader.next()) …
///
/// Messages come whole, however they were fragmented; control frames between the fragments come at once. What is
/// wrong is told at the first byte that shows it: a text that cannot become UTF-8 in the middle of a fragment, a
/// message over the limit by its declared length before the payload is there. A close or a failure is the last event.
///
/// A message that is deflated (RFC 7692) is gathered as it came, and inflated when it is complete: what one takes of a limit
/// is its larger size, and whether it is UTF-8 is known at its end.
///
/// Each payload byte is copied once, into the message it is handed out with, and unmasked there. Between messages a
/// reader owns no memory, because most connections are idle.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/result.hpp"
#include "starling/core/base/utf8.hpp"
#include "starling/core/ws/close_code.hpp"
#include "starling/core/ws/frame_header.hpp"
#include "starling/core/ws/inflater.hpp"

namespace starling::ws {

struct TextMessage {
  std::string text;  ///< UTF-8
  bool operator==(const TextMessage&) const = default;
};
struct BinaryMessage {
  std::string bytes;
  bool operator==(const BinaryMessage&) const = default;
};
/// To be answered with a pong of the same payload (RFC 6455 §5.5.2).
struct Ping {
  std::string payload;
  bool operator==(const Ping&) const = default;
};
struct Pong {
  std::string payload;
  bool operator==(const Pong&) const = default;
};
/// To be answered with a close of the same code, unless one was sent already (§5.5.1).
struct Close {
  CloseCode code = close_code::kNoStatusReceived;  ///< kNoStatusReceived if the frame was empty
  std::string reason;                              ///< UTF-8
  bool operator==(const Close&) const = default;
};
/// The peer broke the protocol or a limit: to be answered with a close of `code`.
struct Failure {
  CloseCode code = close_code::kProtocolError;  ///< kProtocolError, kInvalidPayload or kMessageTooBig
  std::string_view reason;                      ///< a constant that fits into a close frame
  bool operator==(const Failure&) const = default;
};

using Event = std::variant<TextMessage, BinaryMessage, Ping, Pong, Close, Failure>;

struct ReaderLimits {
  std::size_t message_bytes_max = 256 << 10;  ///< payload of one message, all fragments together; deflated and inflated
};

class MessageReader {
 public:
  /// `role` is ours: a server reads masked frames, a client frames that are not. `inflater` is given where permessage-deflate
  /// was agreed, and may be shared with other readers if no window is kept.
  explicit MessageReader(Role role, ReaderLimits limits = {}, Inflater* inflater = nullptr) noexcept
      : role_(role), limits_(limits), inflater_(inflater) {}

  /// Takes the next bytes from the peer. They are borrowed until `next` has returned nullopt; only then may more be
  /// given (checked), unless the reader is finished. Of them at most `frames_max` frames are begun; what is left then is for `take_unread`.
  void receive(Bytes chunk, std::uint64_t frames_max = std::numeric_limits<std::uint64_t>::max()) noexcept;
  /// What is left of the chunk: no further frame was to be begun, or the owner has not asked `next` to the end. It is to be received again.
  [[nodiscard]] Bytes take_unread() noexcept { return std::exchange(rest_, Bytes{}); }

  /// The next thing the peer said, or nullopt: more bytes are needed, or the last event has been.
  [[nodiscard]] std::optional<Event> next() noexcept;

  /// Whether a close or a failure has been handed out. Whatever is received afterwards is dropped.
  [[nodiscard]] bool is_finished() const noexcept { return is_finished_; }

  /// Nothing has been begun that is not complete, nor is it finished: a new reader would go on alike. So who has many connections keeps readers
  /// for those in the middle of something only.
  [[nodiscard]] bool is_between_messages() const noexcept {
    return !is_finished_ && !frame_ && !message_opcode_ && partial_header_bytes_ == 0 && rest_.empty();
  }

  /// Frames begun so far, of whatever kind.
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }

  /// Heap memory held for a message or control frame that is not complete yet.
  [[nodiscard]] std::size_t buffer_bytes() const noexcept;

 private:
  [[nodiscard]] Result<void, Failure> begin_frame() noexcept;
  [[nodiscard]] Result<void, Failure> begin_data_frame(const FrameHeader& header) noexcept;
  [[nodiscard]] Result<void, Failure> read_payload() noexcept;
  [[nodiscard]] Result<std::optional<Event>, Failure> end_frame() noexcept;
  [[nodiscard]] Result<std::optional<Event>, Failure> end_message() noexcept;
  [[nodiscard]] Result<void, Failure> inflate_message(bool is_text) noexcept;
  void finish() noexcept;

  Role role_;
  ReaderLimits limits_;
  Inflater* inflater_;
  bool is_finished_ = false;

  std::uint64_t frames_ = 0;
  std::uint64_t frames_left_ = 0;  ///< to be begun of this chunk

  Bytes rest_;  ///< of the chunk received last; borrowed until `next` has used it up

  std::uint8_t partial_header_bytes_ = 0;
  std::array<std::uint8_t, kFrameHeaderBytesMax> partial_header_{};

  std::optional<FrameHeader> frame_;  ///< whose payload is being read
  std::uint64_t payload_left_ = 0;    ///< of it, still to come
  std::string control_;               ///< its payload so far, if it is a control frame

  std::optional<Opcode> message_opcode_;  ///< text or binary while a message is being put together
  bool is_message_compressed_ = false;
  std::string message_;                   ///< its payload so far
  Utf8Checker utf8_;                      ///< has seen all of `message_`, if it is text and not compressed
};

static_assert(std::is_nothrow_move_constructible_v<Event>);

}  // namespace starling::ws
