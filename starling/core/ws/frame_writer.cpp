#include "starling/core/ws/frame_writer.hpp"

#include "starling/core/base/check.hpp"

namespace starling::ws {
namespace {

/// The longest front of `text` that ends between characters and has at most `bytes_max` bytes.
std::string_view cut_between_characters(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  const auto continues_a_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; };
  std::size_t end = bytes_max;
  while (end > 0 && continues_a_character(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload, std::optional<MaskingKey> mask, bool compressed) {
  append_frame_header(out, opcode, true, payload.size(), mask, compressed);
  const std::size_t payload_at = out.size();
  out.append(payload);
  if (mask) ws::mask({reinterpret_cast<std::uint8_t*>(out.data()) + payload_at, payload.size()}, *mask);
}

void append_close(std::string& out, CloseCode code, std::string_view reason, std::optional<MaskingKey> mask) {
  if (code == close_code::kNoStatusReceived) return append_frame(out, Opcode::close, {}, mask);
  STARLING_CHECK(is_valid_on_wire(code), code);
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += cut_between_characters(reason, kCloseReasonBytesMax);
  append_frame(out, Opcode::close, payload, mask);
}

}  // namespace starling::ws
