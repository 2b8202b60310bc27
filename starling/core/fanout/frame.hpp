/// @file
/// What is said to viewers at once, in one contiguous buffer, shared by everybody it goes to: one message, or, in dialects that say one thing a message,
/// several.
///
/// Who agreed on permessage-deflate is sent another wire of the same message. It is made when the first of them is, kept with the
/// frame, and shared likewise: an audience costs one deflate, however many are in it (docs/decisions/0006-shared-deflate.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/ws/deflater.hpp"

namespace starling::fanout {

/// What a frame is to the subscription that it is sent to, for who has to know it without reading the frame.
enum class FrameStage : std::uint8_t {
  none,      ///< an answer or the like: nothing of its state
  anew,      ///< it begins again, as of this seq: what has come of it and is not complete is void
  part,      ///< others of the same seq follow
  complete,  ///< with it everything up to its seq is there
};

/// Messages, each with its WebSocket header in front (server to client: unmasked, FIN, no extension).
class Frame {
 public:
  /// What a payload is written behind, so that the header goes before it without moving it: the longest header there is.
  static constexpr std::size_t kHeadroom = 10;

  /// Takes the payload and puts the header before it.
  [[nodiscard]] static std::shared_ptr<const Frame> text(std::string_view payload, FrameStage stage = FrameStage::none, std::uint64_t seq = 0);
  [[nodiscard]] static std::shared_ptr<const Frame> binary(std::string_view payload);
  /// `text` of a buffer whose first `kHeadroom` bytes are free and whose payload follows them: nothing is copied.
  [[nodiscard]] static std::shared_ptr<const Frame> text_behind_headroom(std::string buffer, FrameStage stage = FrameStage::none, std::uint64_t seq = 0);

  /// Several text messages, which is at least one.
  [[nodiscard]] static std::shared_ptr<const Frame> texts(const std::vector<std::string>& payloads, FrameStage stage = FrameStage::none, std::uint64_t seq = 0);

  /// Headers and payloads: what goes on a WebSocket.
  [[nodiscard]] std::string_view wire() const noexcept { return std::string_view{buffer_}.substr(wire_at_); }
  /// What goes on a WebSocket where permessage-deflate was agreed (RFC 7692, no context takeover by the server): the same as
  /// `wire` if it is short or would not become smaller. Only of frames that were made by one of the above.
  ///
  /// A frame is made, sent and let go by one shard, on its thread: that is why what is filled in late needs no lock.
  [[nodiscard]] std::string_view wire_deflated(ws::Deflater& deflater) const;
  /// The payload of the only message: what goes elsewhere.
  [[nodiscard]] std::string_view payload() const noexcept { return std::string_view{buffer_}.substr(kHeadroom); }
  [[nodiscard]] std::uint32_t messages() const noexcept { return messages_; }
  /// Calls `visit(std::string_view payload)` for each.
  template <class Visit>
  void for_each_payload(Visit&& visit) const {
    for (std::string_view rest = wire(); !rest.empty();) visit(take_payload(rest));
  }

  [[nodiscard]] FrameStage stage() const noexcept { return stage_; }
  /// Of its stage; 0 where that has none.
  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }

  Frame(std::string buffer, std::size_t wire_at, FrameStage stage = FrameStage::none, std::uint64_t seq = 0, std::uint32_t messages = 1) noexcept
      : buffer_(std::move(buffer)), seq_(seq), wire_at_(static_cast<std::uint32_t>(wire_at)), messages_(messages), stage_(stage) {}

 private:
  /// Of the first message; `rest` is what follows it.
  [[nodiscard]] static std::string_view take_payload(std::string_view& rest) noexcept;

  std::string buffer_;
  std::uint64_t seq_;
  std::uint32_t wire_at_;
  std::uint32_t messages_;
  FrameStage stage_;
  mutable std::optional<std::string> deflated_;  // empty: it was tried, and is no use
};

using FramePtr = std::shared_ptr<const Frame>;

}  // namespace starling::fanout
