#include "starling/core/fanout/frame.hpp"

#include "starling/core/base/check.hpp"
#include "starling/core/ws/frame_header.hpp"

namespace starling::fanout {

std::shared_ptr<const Frame> Frame::text(std::string_view payload) {
  std::string buffer;
  buffer.reserve(kHeadroom + payload.size());
  buffer.append(kHeadroom, '\0');
  buffer.append(payload);
  return text_behind_headroom(std::move(buffer));
}

std::shared_ptr<const Frame> Frame::text_behind_headroom(std::string buffer) {
  STARLING_CHECK(buffer.size() >= kHeadroom, buffer.size());
  std::string header;
  ws::append_frame_header(header, ws::Opcode::text, true, buffer.size() - kHeadroom, std::nullopt);
  STARLING_CHECK(header.size() <= kHeadroom, header.size());
  const std::size_t wire_at = kHeadroom - header.size();
  buffer.replace(wire_at, header.size(), header);
  return std::make_shared<const Frame>(std::move(buffer), wire_at);
}

}  // namespace starling::fanout
