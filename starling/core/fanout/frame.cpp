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

FramePtr with_header(ws::Opcode opcode, std::string buffer, FrameStage stage = FrameStage::none, std::uint64_t seq = 0) {
  constexpr std::size_t kHeadroom = Frame::kHeadroom;
  STARLING_CHECK(buffer.size() >= kHeadroom, buffer.size());
  std::string header;
  ws::append_frame_header(header, opcode, true, buffer.size() - kHeadroom, std::nullopt);
  STARLING_CHECK(header.size() <= kHeadroom, header.size());
  const std::size_t wire_at = kHeadroom - header.size();
  buffer.replace(wire_at, header.size(), header);
  return std::make_shared<const Frame>(std::move(buffer), wire_at, stage, seq);
}

}  // namespace

FramePtr Frame::text(std::string_view payload, FrameStage stage, std::uint64_t seq) { return text_behind_headroom(behind_headroom(payload), stage, seq); }

FramePtr Frame::text_behind_headroom(std::string buffer, FrameStage stage, std::uint64_t seq) { return with_header(ws::Opcode::text, std::move(buffer), stage, seq); }

FramePtr Frame::binary(std::string_view payload) { return with_header(ws::Opcode::binary, behind_headroom(payload)); }

std::string_view Frame::wire_deflated(ws::Deflater& deflater) const {
  if (payload().size() < ws::Deflater::kPayloadBytesMin) return wire();
  if (!deflated_) {
    deflated_.emplace();
    if (const auto deflated = deflater.deflate(payload())) {
      deflated_->reserve(kHeadroom + deflated->size());
      const auto opcode = static_cast<ws::Opcode>(wire().front() & 0x0F);
      ws::append_frame_header(*deflated_, opcode, true, deflated->size(), std::nullopt, true);
      deflated_->append(*deflated);
    }
  }
  return deflated_->empty() ? wire() : std::string_view{*deflated_};
}

}  // namespace starling::fanout
