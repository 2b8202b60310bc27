#include "starling/core/ws/mask.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/ws/hex_test.hpp"

namespace starling::ws {
namespace {

using Masking = void (*)(std::span<std::uint8_t>, MaskingKey, std::uint64_t) noexcept;

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST_CASE("the masked Hello of RFC 6455 §5.7 unmasks, and masks back") {
  const MaskingKey key{0x37, 0xFA, 0x21, 0x3D};
  for (const Masking masking : {Masking{mask}, Masking{mask_plain}}) {
    auto payload = bytes_of(from_hex("7F 9F 4D 51 58"));
    masking(payload, key, 0);
    CHECK(payload == bytes_of("Hello"));
    masking(payload, key, 0);
    CHECK(payload == bytes_of(from_hex("7F 9F 4D 51 58")));
  }
}

TEST_CASE("wide masking equals plain masking at every length, alignment and offset") {
  const std::uint64_t seed = 6455;
  CAPTURE(seed);
  Random random{seed};
  for (std::size_t alignment = 0; alignment < 8; ++alignment) {
    for (std::size_t length = 0; length <= 40; ++length) {
      for (std::uint64_t offset = 0; offset < 8; ++offset) {
        CAPTURE(alignment);
        CAPTURE(length);
        CAPTURE(offset);
        MaskingKey key;
        for (auto& byte : key) byte = static_cast<std::uint8_t>(random.next());
        std::vector<std::uint8_t> wide(alignment + length + 8);
        for (auto& byte : wide) byte = static_cast<std::uint8_t>(random.next());
        auto plain = wide;
        mask(std::span{wide}.subspan(alignment, length), key, offset);
        mask_plain(std::span{plain}.subspan(alignment, length), key, offset);
        REQUIRE(wide == plain);  // the bytes around the payload too
      }
    }
  }
}

TEST_CASE("masking in pieces equals masking at once, wherever the pieces end") {
  const std::uint64_t seed = 20261121;
  CAPTURE(seed);
  Random random{seed};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    MaskingKey key;
    for (auto& byte : key) byte = static_cast<std::uint8_t>(random.next());
    std::vector<std::uint8_t> whole(random.below(3000));
    for (auto& byte : whole) byte = static_cast<std::uint8_t>(random.next());
    auto pieces = whole;
    mask(whole, key);
    for (std::size_t at = 0; at < pieces.size();) {
      const auto length = std::min<std::size_t>(1 + random.below(100), pieces.size() - at);
      mask(std::span{pieces}.subspan(at, length), key, at);
      at += length;
    }
    REQUIRE(pieces == whole);
  }
}

TEST_CASE("an offset beyond 32 bits turns the key as any other") {
  const MaskingKey key{1, 2, 3, 4};
  std::vector<std::uint8_t> payload(9, 0);
  mask(payload, key, (std::uint64_t{1} << 62) + 3);
  CHECK(payload == std::vector<std::uint8_t>{4, 1, 2, 3, 4, 1, 2, 3, 4});
}

}  // namespace
}  // namespace starling::ws
