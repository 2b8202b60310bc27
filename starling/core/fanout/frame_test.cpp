#include "starling/core/fanout/frame.hpp"

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace starling::fanout
