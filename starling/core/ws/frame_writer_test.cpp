#include "starling/core/ws/frame_writer.hpp"

#include <doctest/doctest.h>

#include "starling/core/ws/hex_test.hpp"

namespace starling::ws {
namespace {

constexpr MaskingKey kKey{0x37, 0xFA, 0x21, 0x3D};

TEST_CASE("the frames of RFC 6455 §5.7 are written byte for byte") {
  const auto frame = [](Opcode opcode, std::string_view payload, std::optional<MaskingKey> key = std::nullopt) {
    std::string out;
    append_frame(out, opcode, payload, key);
    return out;
  };
  CHECK(frame(Opcode::text, "Hello") == from_hex("81 05 48 65 6c 6c 6f"));
  CHECK(frame(Opcode::text, "Hello", kKey) == from_hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
  CHECK(frame(Opcode::ping, "Hello") == from_hex("89 05 48 65 6c 6c 6f"));
  CHECK(frame(Opcode::pong, "Hello", kKey) == from_hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"));
  CHECK(frame(Opcode::binary, std::string(256, 'b')) == from_hex("82 7E 0100") + std::string(256, 'b'));
  CHECK(frame(Opcode::binary, std::string(65536, 'b')) ==
        from_hex("82 7F 0000000000010000") + std::string(65536, 'b'));

  std::string fragments;
  append_frame_header(fragments, Opcode::text, false, 3);
  fragments += "Hel";
  append_frame_header(fragments, Opcode::continuation, true, 2);
  fragments += "lo";
  CHECK(fragments == from_hex("01 03 48 65 6c 80 02 6c 6f"));
}

TEST_CASE("frames are appended: what was there stays, and is not masked") {
  std::string out = "before";
  append_frame(out, Opcode::text, "Hello", kKey);
  append_frame(out, Opcode::text, "");
  CHECK(out == "before" + from_hex("81 85 37 fa 21 3d 7f 9f 4d 51 58 81 00"));
}

TEST_CASE("a close frame is the code in network order and the reason, or nothing at all") {
  const auto close = [](CloseCode code, std::string_view reason, std::optional<MaskingKey> key = std::nullopt) {
    std::string out;
    append_close(out, code, reason, key);
    return out;
  };
  CHECK(close(1000, "") == from_hex("88 02 03E8"));
  CHECK(close(1001, "bye") == from_hex("88 05 03E9") + "bye");
  CHECK(close(4429, "abuse") == from_hex("88 07 114D") + "abuse");
  CHECK(close(1000, "", kKey) == from_hex("88 82 37FA213D 3412"));
  CHECK(close(close_code::kNoStatusReceived, "not sent") == from_hex("88 00"));
}

TEST_CASE("a close reason of 123 bytes fits, a longer one is cut between characters") {
  struct Case {
    std::string_view name;
    std::string reason;
    std::size_t want_bytes;
  };
  const std::string euro = "\xE2\x82\xAC";
  const std::string emoji = "\xF0\x9F\x90\xA6";
  for (const Case& c : {
           Case{"122 bytes", std::string(122, 'a'), 122},
           Case{"123 bytes", std::string(123, 'a'), 123},
           Case{"124 bytes", std::string(124, 'a'), 123},
           Case{"a character of three bytes ends at 123", std::string(120, 'a') + euro + "b", 123},
           Case{"a character of three bytes ends at 124", std::string(121, 'a') + euro, 121},
           Case{"a character of three bytes ends at 125", std::string(122, 'a') + euro, 122},
           Case{"a character of four bytes ends at 124", std::string(120, 'a') + emoji, 120},
           Case{"a character of four bytes starts at 123", std::string(123, 'a') + emoji, 123},
       }) {
    CAPTURE(c.name);
    std::string out;
    append_close(out, close_code::kNormalClosure, c.reason);
    CHECK(out.size() == 4 + c.want_bytes);
    CHECK(static_cast<std::size_t>(out[1]) == 2 + c.want_bytes);
    CHECK(out.substr(4) == c.reason.substr(0, c.want_bytes));
  }
}

}  // namespace
}  // namespace starling::ws
