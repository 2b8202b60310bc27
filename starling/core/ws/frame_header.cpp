#include "starling/core/ws/frame_header.hpp"

#include <algorithm>

#include "starling/core/base/check.hpp"

namespace starling::ws {
namespace {

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kCompressed = 0x40;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

std::optional<Opcode> opcode_of(unsigned bits) noexcept {
  switch (bits) {
    case 0x0:
      return Opcode::continuation;
    case 0x1:
      return Opcode::text;
    case 0x2:
      return Opcode::binary;
    case 0x8:
      return Opcode::close;
    case 0x9:
      return Opcode::ping;
    case 0xA:
      return Opcode::pong;
  }
  return std::nullopt;
}

bool begins_message(Opcode opcode) noexcept { return opcode == Opcode::text || opcode == Opcode::binary; }

void append_big_endian(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((number >> shift) & 0xFF));
}

}  // namespace

bool is_control(Opcode opcode) noexcept {
  switch (opcode) {
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      return true;
    case Opcode::continuation:
    case Opcode::text:
    case Opcode::binary:
      return false;
  }
  return false;
}

std::string_view describe(FrameError error) noexcept {
  switch (error) {
    case FrameError::reserved_bits:
      return "reserved bits set without an extension";
    case FrameError::unknown_opcode:
      return "unknown opcode";
    case FrameError::compressed_inside:
      return "compression bit on a control frame or a continuation";
    case FrameError::control_fragmented:
      return "fragmented control frame";
    case FrameError::control_too_long:
      return "control frame over 125 bytes";
    case FrameError::mask_missing:
      return "frame from a client is not masked";
    case FrameError::mask_present:
      return "frame from a server is masked";
    case FrameError::length_too_long:
      return "frame of 2^63 bytes or more";
    case FrameError::length_not_minimal:
      return "frame length not in its shortest form";
  }
  return "";
}

Result<std::optional<FrameHeader>, FrameError> read_frame_header(Bytes input, Role receiver, Extensions agreed) noexcept {
  static constexpr std::optional<FrameHeader> kMoreToCome;
  FrameHeader header;

  if (input.empty()) return kMoreToCome;
  const std::uint8_t first = input[0];
  const std::uint8_t without_meaning = agreed == Extensions::permessage_deflate ? kReserved & ~kCompressed : kReserved;
  if ((first & without_meaning) != 0) return Unexpected{FrameError::reserved_bits};
  const auto opcode = opcode_of(first & 0x0F);
  if (!opcode) return Unexpected{FrameError::unknown_opcode};
  header.fin = (first & kFin) != 0;
  header.opcode = *opcode;
  header.compressed = (first & kCompressed) != 0;
  if (header.compressed && !begins_message(*opcode)) return Unexpected{FrameError::compressed_inside};
  if (!header.fin && is_control(*opcode)) return Unexpected{FrameError::control_fragmented};

  if (input.size() < 2) return kMoreToCome;
  const std::uint8_t second = input[1];
  const std::uint8_t length = second & 0x7F;
  if (length > kControlBytesMax && is_control(*opcode)) return Unexpected{FrameError::control_too_long};
  header.masked = (second & kMasked) != 0;
  if (header.masked != (receiver == Role::server)) {
    return Unexpected{header.masked ? FrameError::mask_present : FrameError::mask_missing};
  }

  header.payload_bytes = length;
  if (length == kLength16 || length == kLength64) {
    const std::size_t length_bytes = length == kLength16 ? 2 : 8;
    header.header_bytes += length_bytes;
    if (input.size() < header.header_bytes) return kMoreToCome;
    header.payload_bytes = 0;
    for (const std::uint8_t byte : input.subspan(2, length_bytes))
      header.payload_bytes = header.payload_bytes << 8 | byte;
    if (header.payload_bytes >> 63 != 0) return Unexpected{FrameError::length_too_long};
    const std::uint64_t shortest = length == kLength16 ? kLength16 : 0x1'0000;
    if (header.payload_bytes < shortest) return Unexpected{FrameError::length_not_minimal};
  }

  if (header.masked) {
    const std::size_t mask_at = header.header_bytes;
    header.header_bytes += header.mask.size();
    if (input.size() < header.header_bytes) return kMoreToCome;
    std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(mask_at), header.mask.size(), header.mask.begin());
  }
  return std::optional{header};
}

void append_frame_header(std::string& out, Opcode opcode, bool fin, std::uint64_t payload_bytes,
                         std::optional<MaskingKey> mask, bool compressed) {
  STARLING_CHECK(payload_bytes >> 63 == 0, payload_bytes);
  STARLING_CHECK(!is_control(opcode) || (fin && payload_bytes <= kControlBytesMax), payload_bytes);
  STARLING_CHECK(!compressed || begins_message(opcode));

  const auto opcode_bits = static_cast<unsigned>(opcode);
  const unsigned masked = mask ? kMasked : 0u;
  out.push_back(static_cast<char>((fin ? kFin : 0u) | (compressed ? kCompressed : 0u) | opcode_bits));
  if (payload_bytes < kLength16) {
    out.push_back(static_cast<char>(masked | payload_bytes));
  } else if (payload_bytes < 0x1'0000) {
    out.push_back(static_cast<char>(masked | kLength16));
    append_big_endian(out, payload_bytes, 2);
  } else {
    out.push_back(static_cast<char>(masked | kLength64));
    append_big_endian(out, payload_bytes, 8);
  }
  if (mask) out.append(mask->begin(), mask->end());
}

}  // namespace starling::ws
