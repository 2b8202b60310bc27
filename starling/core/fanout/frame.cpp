#include "starling/core/fanout/frame.hpp"

#include "starling/core/ws/frame_writer.hpp"

namespace starling::fanout {

std::shared_ptr<const Frame> Frame::text(std::string_view payload) {
  std::string bytes;
  bytes.reserve(payload.size() + 10);
  ws::append_frame(bytes, ws::Opcode::text, payload);
  const std::size_t payload_at = bytes.size() - payload.size();
  return std::make_shared<const Frame>(std::move(bytes), payload_at);
}

}  // namespace starling::fanout
