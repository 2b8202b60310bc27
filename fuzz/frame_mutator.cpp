#include "fuzz/frame_mutator.hpp"

#include <algorithm>
#include <utility>

namespace starling::fuzz {
namespace {

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::array<std::uint8_t, 6> kOpcodes{0x0, 0x1, 0x2, 0x8, 0x9, 0xA};
/// Where the form of a length changes, where a control frame ends, and the limit that targets give a reader; one less and one more too.
constexpr std::array<std::size_t, 10> kSizes{0, 1, 124, 125, 126, 127, 130, 131, 65535, 65536};
constexpr std::array<std::string_view, 9> kPayloads{"\x03\xE8", "\x03\xE8why", "\x03\xE8\xFF", "\x03\xED", "\x0F\xA1", "\x03", "", "\xE2\x82", "\xAC"};

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

void turn_mask(std::string& payload, const std::array<std::uint8_t, 4>& mask) {
  for (std::size_t at = 0; at < payload.size(); ++at) payload[at] = static_cast<char>(static_cast<std::uint8_t>(payload[at]) ^ mask[at % 4]);
}

void append(std::string& wire, const WireFrame& frame) {
  wire += static_cast<char>(frame.first);
  const std::size_t size = frame.payload.size();
  const std::size_t needed = size < 126 ? 0 : size < 0x1'0000 ? 2 : 8;
  const std::size_t length_bytes = std::max<std::size_t>(frame.length_bytes, needed);
  const std::uint8_t masked = frame.is_masked ? kMasked : 0;
  wire += static_cast<char>(masked | (length_bytes == 0 ? size : length_bytes == 2 ? 126u : 127u));
  for (std::size_t at = length_bytes; at > 0; --at) wire += static_cast<char>(size >> (8 * (at - 1)) & 0xFF);
  std::string payload = frame.payload;
  if (frame.is_masked) {
    wire.append(frame.mask.begin(), frame.mask.end());
    turn_mask(payload, frame.mask);
  }
  wire += payload;
}

WireFrame new_frame(const std::vector<WireFrame>& frames, Random& random) {
  WireFrame frame;
  frame.first = static_cast<std::uint8_t>(kFin | kOpcodes[random.below(kOpcodes.size())]);
  frame.is_masked = !frames.empty() && frames.front().is_masked;
  if (frame.is_masked) {
    for (std::uint8_t& byte : frame.mask) byte = static_cast<std::uint8_t>(random.below(256));
  }
  frame.payload = kPayloads[random.below(kPayloads.size())];
  return frame;
}

void change(std::vector<WireFrame>& frames, Random& random, const std::function<std::string(std::string_view, Random&)>& change_payload) {
  const std::size_t at = random.below(frames.size());
  const auto there = frames.begin() + static_cast<std::ptrdiff_t>(at);
  WireFrame& frame = frames[at];
  switch (random.below(14)) {
    case 0:
      frame.first ^= static_cast<std::uint8_t>(1u << random.below(8));
      return;
    case 1:
      frame.first = static_cast<std::uint8_t>((frame.first & 0xF0) | kOpcodes[random.below(kOpcodes.size())]);
      return;
    case 2:
      frame.is_masked = !frame.is_masked;
      return;
    case 3:
      frame.length_bytes = random.chance(0.5) ? 2 : 8;
      return;
    case 4:
    case 5: {  // two fragments
      WireFrame rest = frame;
      const std::size_t cut = random.below(frame.payload.size() + 1);
      rest.payload = frame.payload.substr(cut);
      rest.first = static_cast<std::uint8_t>(frame.first & 0xF0);
      frame.payload.resize(cut);
      frame.first = static_cast<std::uint8_t>(frame.first & ~kFin);
      frames.insert(there + 1, std::move(rest));
      return;
    }
    case 6:
    case 7:
      frames.insert(there + static_cast<std::ptrdiff_t>(random.below(2)), new_frame(frames, random));
      return;
    case 8:
      frames.insert(there, WireFrame{frame});
      return;
    case 9:
      if (frames.size() > 1) frames.erase(there);
      return;
    case 10:
      std::swap(frame, frames[random.below(frames.size())]);
      return;
    case 11:
      frame.payload.resize(kSizes[random.below(kSizes.size())], 'x');
      return;
    case 12:
    case 13:
      frame.payload = change_payload(frame.payload, random);
      return;
  }
}

}  // namespace

std::vector<WireFrame> frames_of(std::string_view wire) {
  std::vector<WireFrame> frames;
  const auto take = [&wire](std::uint64_t bytes) {
    const std::string_view taken = wire.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes, wire.size())));
    wire.remove_prefix(taken.size());
    return taken;
  };
  while (wire.size() >= 2) {
    WireFrame frame;
    const auto second = static_cast<std::uint8_t>(wire[1]);
    frame.first = static_cast<std::uint8_t>(wire[0]);
    frame.is_masked = (second & kMasked) != 0;
    std::uint64_t size = second & 0x7F;
    take(2);
    if (size >= 126) {
      frame.length_bytes = size == 126 ? 2 : 8;
      size = big_endian(take(frame.length_bytes));
    }
    if (frame.is_masked) {
      const std::string_view mask = take(frame.mask.size());
      std::copy(mask.begin(), mask.end(), frame.mask.begin());
    }
    frame.payload = take(size);
    if (frame.is_masked) turn_mask(frame.payload, frame.mask);
    const bool is_needed = frame.payload.size() >= (frame.length_bytes == 2 ? 126u : 0x1'0000u);
    if (is_needed) frame.length_bytes = 0;
    frames.push_back(std::move(frame));
  }
  return frames;
}

std::string wire_of(const std::vector<WireFrame>& frames) {
  std::string wire;
  for (const WireFrame& frame : frames) append(wire, frame);
  return wire;
}

std::string mutate_frames(std::string_view wire, Random& random, std::size_t bytes_max,
                          const std::function<std::string(std::string_view payload, Random& random)>& change_payload) {
  std::vector<WireFrame> frames = frames_of(wire);
  if (frames.empty()) {
    WireFrame frame = new_frame(frames, random);
    frame.is_masked = random.chance(0.5);
    frames.push_back(std::move(frame));
  }
  for (auto changes = 1 + random.below(3); changes > 0; --changes) change(frames, random, change_payload);
  std::string changed = wire_of(frames);
  if (random.below(16) == 0) changed.resize(random.below(changed.size() + 1));
  return changed.size() <= bytes_max ? changed : std::string{};
}

}  // namespace starling::fuzz
