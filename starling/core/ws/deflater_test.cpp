#include "starling/core/ws/deflater.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"
#include "starling/core/ws/inflater.hpp"

namespace starling::ws {
namespace {

std::string noise(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

/// Between noise and one letter: runs and repetitions of what was said.
std::string something(Random& random) {
  std::string text;
  const std::size_t size = random.below(200'000) >> random.below(18);
  while (text.size() < size) {
    switch (random.below(4)) {
      case 0:
        text += noise(random, random.below(60));
        break;
      case 1:
        text.append(random.below(400), static_cast<char>('a' + random.below(3)));
        break;
      case 2:
        text += "{\"latitude\":" + std::to_string(random.below(1'000'000)) + "}";
        break;
      default:
        if (!text.empty()) text += text.substr(random.below(text.size()), random.below(500));
    }
  }
  return text;
}

TEST_CASE("what is deflated inflates to what it was, at every level, and is smaller") {
  constexpr std::uint64_t kSeed = 20'261'121;
  CAPTURE(kSeed);
  Random random{kSeed};
  Inflater inflater;
  for (int level = 1; level <= 9; ++level) {
    Deflater deflater{level};
    std::size_t smaller = 0;
    for (int i = 0; i < 60; ++i) {
      CAPTURE(level);
      CAPTURE(i);
      const std::string text = something(random);
      const auto deflated = deflater.deflate(text);
      if (!deflated) continue;
      ++smaller;
      CHECK(deflated->size() < text.size());
      const auto inflated = inflater.inflate(*deflated, text.size());
      REQUIRE(inflated.has_value());
      CHECK((*inflated == text));
    }
    CHECK(smaller > 20);
    CHECK(deflater.counters().messages == smaller);
  }
}

TEST_CASE("a message is deflated by itself: the same one gives the same bytes, whatever came before") {
  Deflater deflater;
  const std::string text(1'000, 'x');
  const std::string first{deflater.deflate(text).value()};
  CHECK(deflater.deflate(std::string(300'000, 'y')).has_value());
  CHECK(deflater.deflate(text).value() == first);
  CHECK(deflater.counters().bytes_before == 302'000);
}

TEST_CASE("what would not become smaller is not deflated, and not counted") {
  Deflater deflater;
  Random random{3};
  CHECK_FALSE(deflater.deflate("").has_value());
  CHECK_FALSE(deflater.deflate("x").has_value());
  for (const std::size_t size : {2u, 5u, 11u, 100u, 512u, 65'536u, 300'000u}) {
    CAPTURE(size);
    CHECK_FALSE(deflater.deflate(noise(random, size)).has_value());
  }
  CHECK(deflater.counters().messages == 0);
  CHECK(deflater.counters().bytes_before == 0);
  // The least there is to win: one byte. A run of n letters is 5 bytes or so.
  std::size_t least = 1'000;
  for (std::size_t size = 1; size < 40; ++size) {
    const std::string text(size, 'x');
    const auto deflated = deflater.deflate(text);
    CHECK((!deflated || deflated->size() < size));
    if (deflated) least = std::min(least, size - deflated->size());
  }
  CHECK(least == 1);
}

}  // namespace
}  // namespace starling::ws
