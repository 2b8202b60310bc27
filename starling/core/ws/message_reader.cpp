#include "starling/core/ws/message_reader.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "starling/core/base/check.hpp"
#include "starling/core/ws/mask.hpp"

namespace starling::ws {
namespace {

Unexpected<Failure> protocol_error(std::string_view reason) noexcept {
  return Unexpected{Failure{close_code::kProtocolError, reason}};
}

/// Hands the string out and keeps none of its memory.
std::string take(std::string& text) noexcept { return std::exchange(text, std::string{}); }

Result<Close, Failure> read_close(std::string_view payload) noexcept {
  if (payload.empty()) return Close{};
  if (payload.size() == 1) return protocol_error("close frame of one byte");
  const Bytes bytes = as_bytes(payload);
  const auto code = static_cast<CloseCode>(bytes[0] << 8 | bytes[1]);
  if (!is_valid_on_wire(code)) return protocol_error("close code not allowed on the wire");
  const std::string_view reason = payload.substr(2);
  if (!is_utf8(reason)) return Unexpected{Failure{close_code::kInvalidPayload, "close reason is not UTF-8"}};
  return Close{code, std::string{reason}};
}

}  // namespace

void MessageReader::receive(Bytes chunk, std::uint64_t frames_max) noexcept {
  if (is_finished_) return;
  frames_left_ = frames_max;
  STARLING_CHECK(rest_.empty(), rest_.size());
  rest_ = chunk;
}

std::optional<Event> MessageReader::next() noexcept {
  const auto fail = [this](const Failure& failure) {
    finish();
    return Event{failure};
  };
  while (!is_finished_) {
    if (!frame_) {
      if (const auto begun = begin_frame(); !begun) return fail(begun.error());
      if (!frame_) return std::nullopt;
    }
    if (const auto read = read_payload(); !read) return fail(read.error());
    if (payload_left_ > 0) return std::nullopt;
    auto event = end_frame();
    if (!event) return fail(event.error());
    if (*event) return std::move(*event);
  }
  return std::nullopt;
}

std::size_t MessageReader::buffer_bytes() const noexcept {
  const std::size_t inside_the_object = std::string{}.capacity();
  return (message_.capacity() - inside_the_object) + (control_.capacity() - inside_the_object);
}

/// Sets `frame_` once its header is complete and allowed here.
Result<void, Failure> MessageReader::begin_frame() noexcept {
  if (frames_left_ == 0) return {};
  const std::size_t before = partial_header_bytes_;
  const std::size_t taken = std::min(rest_.size(), kFrameHeaderBytesMax - before);
  std::copy_n(rest_.begin(), taken, partial_header_.begin() + static_cast<std::ptrdiff_t>(before));

  const auto header = read_frame_header(Bytes{partial_header_}.first(before + taken), role_,
                                        inflater_ != nullptr ? Extensions::permessage_deflate : Extensions::none);
  if (!header) return protocol_error(describe(header.error()));
  if (!*header) {
    STARLING_CHECK(taken == rest_.size(), taken, rest_.size());  // else there were bytes enough for any header
    partial_header_bytes_ = static_cast<std::uint8_t>(before + taken);
    rest_ = {};
    return {};
  }
  --frames_left_;
  ++frames_;
  rest_ = rest_.subspan((*header)->header_bytes - before);
  partial_header_bytes_ = 0;

  if (!is_control((*header)->opcode)) {
    if (auto begun = begin_data_frame(**header); !begun) return begun;
  }
  frame_ = **header;
  payload_left_ = frame_->payload_bytes;
  return {};
}

Result<void, Failure> MessageReader::begin_data_frame(const FrameHeader& header) noexcept {
  const bool continues = header.opcode == Opcode::continuation;
  if (continues && !message_opcode_) return protocol_error("continuation of no message");
  if (!continues && message_opcode_) return protocol_error("new message inside a fragmented one");

  STARLING_CHECK(message_.size() <= limits_.message_bytes_max, message_.size());
  if (header.payload_bytes > limits_.message_bytes_max - message_.size()) {
    return Unexpected{Failure{close_code::kMessageTooBig, "message over the limit"}};
  }
  if (!continues) {
    message_opcode_ = header.opcode;
    is_message_compressed_ = header.compressed;
  }
  return {};
}

/// Moves what is there of the payload to where it belongs.
Result<void, Failure> MessageReader::read_payload() noexcept {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(rest_.size(), payload_left_));
  const bool control = is_control(frame_->opcode);
  std::string& payload = control ? control_ : message_;
  const std::size_t piece_at = payload.size();
  // Grown by what has come, never by what was declared: a peer must pay for the memory it takes.
  payload.append(as_text(rest_.first(taken)));
  if (frame_->masked) {
    mask({reinterpret_cast<std::uint8_t*>(payload.data()) + piece_at, taken}, frame_->mask,
         frame_->payload_bytes - payload_left_);
  }
  rest_ = rest_.subspan(taken);
  payload_left_ -= taken;

  const bool is_plain_text = !control && message_opcode_ == Opcode::text && !is_message_compressed_;
  if (is_plain_text && !utf8_.feed(std::string_view{payload}.substr(piece_at))) {
    return Unexpected{Failure{close_code::kInvalidPayload, "text is not UTF-8"}};
  }
  return {};
}

Result<std::optional<Event>, Failure> MessageReader::end_frame() noexcept {
  const FrameHeader header = *frame_;
  frame_.reset();
  switch (header.opcode) {
    case Opcode::continuation:
    case Opcode::text:
    case Opcode::binary:
      return header.fin ? end_message() : std::optional<Event>{};
    case Opcode::ping:
      return std::optional<Event>{Ping{take(control_)}};
    case Opcode::pong:
      return std::optional<Event>{Pong{take(control_)}};
    case Opcode::close: {
      auto close = read_close(control_);
      if (!close) return Unexpected{close.error()};
      finish();
      return std::optional<Event>{std::move(*close)};
    }
  }
  return std::optional<Event>{};
}

Result<std::optional<Event>, Failure> MessageReader::end_message() noexcept {
  const bool is_text = message_opcode_ == Opcode::text;
  message_opcode_.reset();
  if (is_message_compressed_) {
    if (const auto inflated = inflate_message(is_text); !inflated) return Unexpected{inflated.error()};
  }
  if (!is_text) return std::optional<Event>{BinaryMessage{take(message_)}};
  if (!utf8_.is_complete()) return Unexpected{Failure{close_code::kInvalidPayload, "text ends inside a character"}};
  utf8_.reset();
  return std::optional<Event>{TextMessage{take(message_)}};
}

Result<void, Failure> MessageReader::inflate_message(bool is_text) noexcept {
  auto inflated = inflater_->inflate(message_, limits_.message_bytes_max);
  if (!inflated) {
    switch (inflated.error()) {
      case InflateError::broken:
        // RFC 7692 names no code. The frames are right; what they bear is not what it is said to be (RFC 6455 §7.4.1, 1007).
        return Unexpected{Failure{close_code::kInvalidPayload, "compressed data is broken"}};
      case InflateError::too_long:
        return Unexpected{Failure{close_code::kMessageTooBig, "message inflates over the limit"}};
    }
  }
  message_ = std::move(*inflated);
  if (is_text && !utf8_.feed(message_)) return Unexpected{Failure{close_code::kInvalidPayload, "text is not UTF-8"}};
  return {};
}

/// Nothing is read after this, so nothing is kept.
void MessageReader::finish() noexcept {
  is_finished_ = true;
  rest_ = {};
  frame_.reset();
  take(control_);
  take(message_);
}

}  // namespace starling::ws
