#include "starling/core/base/utf8.hpp"

#include <doctest/doctest.h>

#include <string>

#include "starling/core/base/random.hpp"

namespace starling {
namespace {

/// The plain twin: decodes each character to its code point, then asks the questions of RFC 3629 §3 of the number.
bool is_utf8_plainly(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
    const unsigned first = byte(at);
    std::size_t bytes = 0;
    unsigned point = 0;
    if (first < 0x80) {
      bytes = 1, point = first;
    } else if (first >> 5 == 0x6) {
      bytes = 2, point = first & 0x1F;
    } else if (first >> 4 == 0xE) {
      bytes = 3, point = first & 0x0F;
    } else if (first >> 3 == 0x1E) {
      bytes = 4, point = first & 0x07;
    } else {
      return false;
    }
    if (text.size() - at < bytes) return false;
    for (std::size_t i = 1; i < bytes; ++i) {
      if (byte(at + i) >> 6 != 0x2) return false;
      point = point << 6 | (byte(at + i) & 0x3F);
    }
    const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[bytes] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    at += bytes;
  }
  return true;
}

/// What the checker says of `text` in pieces of `piece_bytes`; `failed_at` is how much it had been fed when it gave
/// up.
struct Verdict {
  bool complete;
  std::size_t failed_at;
};
Verdict check_in_pieces(std::string_view text, std::size_t piece_bytes) {
  Utf8Checker checker;
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    const std::string_view piece = text.substr(at, piece_bytes);
    if (!checker.feed(piece)) return {checker.is_complete(), at + piece.size()};
  }
  return {checker.is_complete(), std::string_view::npos};
}

void check_all_ways(std::string_view text) {
  const bool want = is_utf8_plainly(text);
  bool same = is_utf8(text) == want;
  for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{3}, std::size_t{9}, text.size() + 1}) {
    same = same && check_in_pieces(text, piece_bytes).complete == want;
  }
  if (!same) {  // asked once, so that millions of texts cost no millions of assertions
    std::string hex;
    for (const char byte : text) hex += std::to_string(static_cast<unsigned char>(byte)) + ' ';
    CAPTURE(hex);
    CHECK(same);
  }
}

TEST_CASE("characters at the edges of RFC 3629 are UTF-8 or not, whole and in pieces") {
  struct Case {
    const char* name;
    std::string_view text;
    bool want;
    std::size_t hopeless;  ///< bytes until no continuation can mend it; 0 if that never happens
  };
  for (const Case& c : {
           Case{"nothing", "", true, 0},
           Case{"NUL", {"\0", 1}, true, 0},
           Case{"the last of one byte", "\x7F", true, 0},
           Case{"the first of two", "\xC2\x80", true, 0},
           Case{"the last of two", "\xDF\xBF", true, 0},
           Case{"the first of three", "\xE0\xA0\x80", true, 0},
           Case{"the last before the surrogates", "\xED\x9F\xBF", true, 0},
           Case{"the first after the surrogates", "\xEE\x80\x80", true, 0},
           Case{"the last of three", "\xEF\xBF\xBF", true, 0},
           Case{"the first of four", "\xF0\x90\x80\x80", true, 0},
           Case{"the last of all, U+10FFFF", "\xF4\x8F\xBF\xBF", true, 0},
           Case{"a byte order mark is a character", "\xEF\xBB\xBF", true, 0},
           Case{"a continuation that continues nothing", "\x80", false, 1},
           Case{"C0: NUL in two bytes", "\xC0\x80", false, 1},
           Case{"C1: DEL in two bytes", "\xC1\xBF", false, 1},
           Case{"overlong in three", "\xE0\x9F\xBF", false, 2},
           Case{"the first surrogate", "\xED\xA0\x80", false, 2},
           Case{"the last surrogate", "\xED\xBF\xBF", false, 2},
           Case{"overlong in four", "\xF0\x8F\xBF\xBF", false, 2},
           Case{"U+110000", "\xF4\x90\x80\x80", false, 2},
           Case{"F5 starts nothing", "\xF5\x80\x80\x80", false, 1},
           Case{"FF starts nothing", "\xFF", false, 1},
           Case{"two bytes, one there", "\xC3", false, 0},
           Case{"three bytes, two there", "\xE2\x82", false, 0},
           Case{"four bytes, three there", "\xF0\x9F\x9B", false, 0},
           Case{"a letter where the second byte should be", "\xC3(", false, 2},
           Case{"a letter where the third byte should be", "\xE2\x82(", false, 3},
           Case{"a letter where the fourth byte should be", "\xF0\x9F\x9B(", false, 4},
           Case{"a first byte inside a character", "\xE2\xE2\x82\xAC", false, 2},
       }) {
    CAPTURE(c.name);
    // In front of it: nothing, and enough ASCII that it falls on every place of the eight bytes looked at together.
    for (std::size_t before = 0; before < 18; ++before) {
      CAPTURE(before);
      const std::string text = std::string(before, 'a') + std::string{c.text};
      CHECK(is_utf8(text) == c.want);
      CHECK(is_utf8(text + "and after") == c.want);
      CHECK(check_in_pieces(text, text.size() + 1).complete == c.want);
      const Verdict byte_by_byte = check_in_pieces(text, 1);
      CHECK(byte_by_byte.complete == c.want);
      CHECK(byte_by_byte.failed_at == (c.hopeless == 0 ? std::string_view::npos : before + c.hopeless));
    }
  }
}

TEST_CASE("the character at the front is measured, whatever follows") {
  CHECK(utf8_character_bytes("") == 0);
  CHECK(utf8_character_bytes("a\xFF") == 1);
  CHECK(utf8_character_bytes("\xC3\xA9\xFF") == 2);
  CHECK(utf8_character_bytes("\xE2\x82\xAC\xFF") == 3);
  CHECK(utf8_character_bytes("\xF0\x9F\x9B\xB0\xFF") == 4);
  CHECK(utf8_character_bytes("\xF0\x9F\x9B") == 0);
  CHECK(utf8_character_bytes("\xA9") == 0);
}

TEST_CASE("the checker stays false after a fault, and is new after a reset") {
  Utf8Checker checker;
  CHECK(checker.is_complete());
  CHECK_FALSE(checker.feed("\xFF"));
  CHECK_FALSE(checker.feed("fine"));
  CHECK_FALSE(checker.is_complete());
  checker.reset();
  CHECK(checker.feed("\xE2\x82"));
  CHECK_FALSE(checker.is_complete());
  CHECK(checker.feed(""));
  CHECK_FALSE(checker.is_complete());
  CHECK(checker.feed("\xAC"));
  CHECK(checker.is_complete());
}

TEST_CASE("the fast way agrees with the plain one on every second byte and on every three-byte form") {
  std::string text;
  for (unsigned first = 0; first < 0x100; ++first) {
    for (unsigned second = 0; second < 0x100; ++second) {
      text.assign({static_cast<char>(first), static_cast<char>(second)});
      check_all_ways(text);
      if (first < 0xE0) continue;
      for (const unsigned third : {0x00u, 0x7Fu, 0x80u, 0xBFu, 0xC0u, 0xFFu}) {
        text.assign({static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)});
        check_all_ways(text);
        for (const unsigned fourth : {0x7Fu, 0x80u, 0xBFu, 0xC0u}) {
          text.resize(3);
          text += static_cast<char>(fourth);
          check_all_ways(text);
        }
      }
    }
  }
}

TEST_CASE("the fast way agrees with the plain one on random texts, most of them nearly right") {
  static constexpr std::uint64_t kSeed = 20261121;
  CAPTURE(kSeed);
  static constexpr std::string_view kPieces[] = {
      "a",        "plain ascii",  "\xC2\x80",     "\xC3\xA9",         "\xE0\xA0\x80",
      "\xED\x9F", "\xEF\xBF\xBF", "\xE2\x82\xAC", "\xF0\x9F\x9B\xB0", "\xF4\x8F\xBF\xBF"};
  Random random{kSeed};
  std::size_t valid = 0;
  static constexpr int kTexts = 20'000;
  for (int i = 0; i < kTexts; ++i) {
    std::string text;
    for (std::uint64_t pieces = random.below(12); pieces > 0; --pieces)
      text += kPieces[random.below(std::size(kPieces))];
    if (!text.empty() && random.chance(0.5)) text[random.below(text.size())] = static_cast<char>(random.below(256));
    if (random.chance(0.1)) text.resize(random.below(text.size() + 1));
    check_all_ways(text);
    valid += is_utf8(text) ? 1 : 0;
  }
  CHECK(valid > kTexts / 10);
  CHECK(valid < kTexts * 9 / 10);
}

}  // namespace
}  // namespace starling
