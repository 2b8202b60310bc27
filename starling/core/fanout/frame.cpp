#include "starling/core/fanout/frame.hpp"

#include "starling/core/base/check.hpp"
#include "starling/core/ws/frame_header.hpp"

namespace starling::fanout {
namespace {

std::string behind_headroom(std::string_view payload) {
  std::string buffer;
  buffer.reserve(Frame::kHeadroom + payload.size());
  buffer.append(Frame::kHeadroom, '\0');
  buffer.append(payload);
  return buffer;
}

FramePtr with_header(ws::Opcode opcode, std::string buffer) {
  constexpr std::size_t kHeadroom = Frame::kHeadroom;
  STARLING_CHECK(buffer.size() >= kHeadroom, buffer.size());
  std::string header;
  ws::append_frame_header(header, opcode, true, buffer.size() - kHeadroom, std::nullopt);
  STARLING_CHECK(header.size() <= kHeadroom, header.size());
  const std::size_t wire_at = kHeadroom - header.size();
  buffer.replace(wire_at, header.size(), header);
  return std::make_shared<const Frame>(std::move(buffer), wire_at);
}

}  // namespace

FramePtr Frame::text(std::string_view payload) { return text_behind_headroom(behind_headroom(payload)); }

FramePtr Frame::text_behind_headroom(std::string buffer) { return with_header(ws::Opcode::text, std::move(buffer)); }

FramePtr Frame::binary(std::string_view payload) { return with_header(ws::Opcode::binary, behind_headroom(payload)); }

}  // namespace starling::fanout
