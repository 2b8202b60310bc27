#include "starling/core/fanout/frame.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"
#include "starling/core/ws/frame_header.hpp"
#include "starling/core/ws/inflater.hpp"

namespace starling::fanout {
namespace {

TEST_CASE("a frame is its payload behind an unmasked header, at each length where the header grows") {
  struct Case {
    std::size_t payload;
    std::string header;
  };
  for (const Case& c : {
           Case{0, std::string{"\x81\x00", 2}},
           Case{125, "\x81\x7D"},
           Case{126, std::string{"\x81\x7E\x00\x7E", 4}},
           Case{65'535, "\x81\x7E\xFF\xFF"},
           Case{65'536, std::string{"\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10}},
       }) {
    CAPTURE(c.payload);
    const std::string payload(c.payload, 'x');
    const FramePtr frame = Frame::text(payload);
    CHECK(frame->payload() == payload);
    CHECK(frame->wire() == c.header + payload);
  }
}

TEST_CASE("who agreed on deflate is sent the same text, smaller, from 512 bytes on") {
  ws::Deflater deflater;
  ws::Inflater inflater;
  for (const std::size_t size : {0u, 511u, 512u, 513u, 65'535u, 65'536u, 300'000u}) {
    CAPTURE(size);
    const std::string payload(size, 'x');
    const FramePtr frame = Frame::text(payload);
    const std::string_view wire = frame->wire_deflated(deflater);
    CHECK((wire == frame->wire()) == (size < 512));
    const auto header = ws::read_frame_header(as_bytes(wire), ws::Role::client, ws::Extensions::permessage_deflate);
    REQUIRE(header);
    REQUIRE(header->has_value());
    CHECK((*header)->fin);
    CHECK((*header)->opcode == ws::Opcode::text);
    CHECK((*header)->compressed == (size >= 512));
    if ((*header)->compressed) {
      const auto inflated = inflater.inflate(wire.substr((*header)->header_bytes), size);
      REQUIRE(inflated);
      CHECK(*inflated == payload);
      CHECK((*header)->payload_bytes == wire.size() - (*header)->header_bytes);
    }
    CHECK(frame->payload() == payload);
  }
}

TEST_CASE("a frame is deflated once, by the first who wants it so, and it is tried once where it is no use") {
  ws::Deflater deflater;
  const FramePtr frame = Frame::text(std::string(1'000, 'x'));
  CHECK(deflater.counters().messages == 0);
  const std::string_view first = frame->wire_deflated(deflater);
  const std::string_view second = frame->wire_deflated(deflater);
  CHECK(first.data() == second.data());
  CHECK(deflater.counters().messages == 1);

  std::string noise;
  for (Random random{1}; noise.size() < 1'000;) noise += static_cast<char>(random.below(256));
  const FramePtr noisy = Frame::text(noise);
  CHECK(noisy->wire_deflated(deflater).data() == noisy->wire().data());
  CHECK(noisy->wire_deflated(deflater).data() == noisy->wire().data());
  CHECK(deflater.counters().messages == 1);
}

TEST_CASE("several messages are one frame, in order, each behind a header of its own") {
  const std::vector<std::string> payloads{"a", "", std::string(200, 'b'), std::string(70'000, 'c')};
  const FramePtr frame = Frame::texts(payloads, FrameStage::complete, 9);
  CHECK(frame->messages() == 4);
  CHECK(frame->stage() == FrameStage::complete);
  CHECK(frame->seq() == 9);
  std::vector<std::string> read;
  frame->for_each_payload([&](std::string_view payload) { read.emplace_back(payload); });
  CHECK(read == payloads);
  std::string wire;
  for (const std::string& payload : payloads) wire += Frame::text(payload)->wire();
  CHECK(frame->wire() == wire);

  const FramePtr one = Frame::texts({"only"});
  CHECK(one->messages() == 1);
  CHECK(one->payload() == "only");
}

TEST_CASE("of several messages those are deflated that become smaller by it") {
  ws::Deflater deflater;
  const std::string large(1'000, 'x');
  const FramePtr frame = Frame::texts({"small", large, "end"});
  const std::string want = std::string{Frame::text("small")->wire()} + std::string{Frame::text(large)->wire_deflated(deflater)} + std::string{Frame::text("end")->wire()};
  CHECK(frame->wire_deflated(deflater) == want);
  const FramePtr none = Frame::texts({std::string(300, 'a'), std::string(300, 'b')});
  CHECK(none->wire_deflated(deflater).data() == none->wire().data());
}

}  // namespace
}  // namespace starling::fanout
