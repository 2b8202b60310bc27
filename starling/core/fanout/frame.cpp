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

FramePtr Frame::texts(const std::vector<std::string>& payloads, FrameStage stage, std::uint64_t seq) {
  STARLING_CHECK(!payloads.empty());
  if (payloads.size() == 1) return text(payloads.front(), stage, seq);
  std::size_t bytes = 0;
  for (const std::string& payload : payloads) bytes += kHeadroom + payload.size();
  std::string buffer;
  buffer.reserve(bytes);
  for (const std::string& payload : payloads) {
    ws::append_frame_header(buffer, ws::Opcode::text, true, payload.size(), std::nullopt);
    buffer += payload;
  }
  return std::make_shared<const Frame>(std::move(buffer), 0, stage, seq, static_cast<std::uint32_t>(payloads.size()));
}

std::string_view Frame::wire_deflated(ws::Deflater& deflater) const {
  if (wire().size() < ws::Deflater::kPayloadBytesMin) return wire();
  if (!deflated_) {
    std::string& made = deflated_.emplace();
    std::string_view as_it_is = wire();  // from what has not been taken over yet
    for (std::string_view rest = wire(); !rest.empty();) {
      const std::string_view whole = rest;
      const std::string_view payload = take_payload(rest);
      const auto deflated = payload.size() < ws::Deflater::kPayloadBytesMin ? std::nullopt : deflater.deflate(payload);
      if (!deflated) continue;
      made.reserve(made.size() + as_it_is.size() - whole.size() + kHeadroom + deflated->size());
      made.append(as_it_is.substr(0, as_it_is.size() - whole.size()));
      ws::append_frame_header(made, static_cast<ws::Opcode>(whole.front() & 0x0F), true, deflated->size(), std::nullopt, true);
      made.append(*deflated);
      as_it_is = rest;
    }
    if (!made.empty()) made.append(as_it_is);
  }
  return deflated_->empty() ? wire() : std::string_view{*deflated_};
}

std::string_view Frame::take_payload(std::string_view& rest) noexcept {
  const auto header = ws::read_frame_header(as_bytes(rest), ws::Role::client);
  STARLING_CHECK(header && *header);  // what stands there has been written here
  const std::string_view payload = rest.substr((*header)->header_bytes, (*header)->payload_bytes);
  rest.remove_prefix((*header)->header_bytes + payload.size());
  return payload;
}

}  // namespace starling::fanout
