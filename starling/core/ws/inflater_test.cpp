#include "starling/core/ws/inflater.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/hex_test.hpp"

namespace starling::ws {
namespace {

constexpr std::size_t kPlenty = 1 << 20;
// What a string holds in itself, doubled once.
constexpr std::size_t kSmallString = 30;

/// zlib's own, with whatever flush and window, as other peers may do it.
class Peer {
 public:
  explicit Peer(int level = 6, int window_bits = 15) { STARLING_CHECK(deflateInit2(&stream_, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK); }
  ~Peer() { deflateEnd(&stream_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::string blocks(std::string_view text, int flush) {
    std::string out(deflateBound(&stream_, text.size()) + 64, '\0');
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int code = deflate(&stream_, flush);
    STARLING_CHECK(stream_.avail_out > 0 && (code == Z_OK || code == Z_STREAM_END), code);
    if (flush == Z_FINISH) deflateReset(&stream_);
    return out.substr(0, out.size() - stream_.avail_out);
  }
  std::string message(std::string_view text) {
    const std::string out = blocks(text, Z_SYNC_FLUSH);
    STARLING_CHECK(out.ends_with(std::string_view("\x00\x00\xFF\xFF", 4)));
    return out.substr(0, out.size() - 4);
  }

 private:
  z_stream stream_{};
};

/// The text, or why there is none.
std::string read(Inflater& inflater, std::string_view compressed, std::size_t bytes_max = kPlenty) {
  auto inflated = inflater.inflate(compressed, bytes_max);
  if (!inflated) return inflated.error() == InflateError::broken ? "(broken)" : "(too long)";
  CHECK(inflated->size() <= bytes_max);
  CHECK(inflated->capacity() <= std::max(bytes_max, kSmallString));
  return *inflated;
}

TEST_CASE("the examples of RFC 7692 §7.2.3 are inflated") {
  struct Case {
    std::string_view name;
    std::string_view input;
  };
  Inflater inflater;
  for (const Case& c : {
           Case{"7.2.3.1: one block", "f2 48 cd c9 c9 07 00"},
           Case{"7.2.3.3: without compression", "00 05 00 fa ff 48 65 6c 6c 6f 00"},
           Case{"7.2.3.4: with BFINAL set", "f3 48 cd c9 c9 07 00 00"},
           Case{"7.2.3.5: two blocks, an empty one between", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"},
       }) {
    CAPTURE(c.name);
    CHECK(read(inflater, from_hex(c.input)) == "Hello");
  }
}

TEST_CASE("with a window that is kept a message repeats what the one before it said (RFC 7692 §7.2.3.2), else it cannot") {
  const std::string first = from_hex("f2 48 cd c9 c9 07 00"), again = from_hex("f2 00 11 00 00");
  Inflater kept{Window::kept};
  CHECK(read(kept, first) == "Hello");
  CHECK(read(kept, again) == "Hello");
  CHECK(read(kept, again) == "Hello");
  Inflater fresh;
  CHECK(read(fresh, first) == "Hello");
  CHECK(read(fresh, again) == "(broken)");
  CHECK(read(fresh, first) == "Hello");
}

TEST_CASE("a window is kept past final blocks, past empty messages and past messages longer than itself") {
  Peer peer;
  Inflater kept{Window::kept};
  std::string long_text;
  for (Random random{1}; long_text.size() < 100'000;) long_text += static_cast<char>(random.below(256));
  CHECK(read(kept, peer.message("Hello, everybody")) == "Hello, everybody");
  CHECK(read(kept, from_hex("00")) == "");
  CHECK(read(kept, from_hex("03 00")) == "");  // a final block with nothing in it
  CHECK(read(kept, peer.message("Hello, everybody")) == "Hello, everybody");
  CHECK(read(kept, peer.message(long_text)) == long_text);
  const std::string end = long_text.substr(long_text.size() - 20'000);
  const std::string repeated = peer.message(end);
  CHECK(repeated.size() < 1'000);
  CHECK(read(kept, repeated) == end);
}

TEST_CASE("what ends between blocks is complete, with blocks of every kind and number") {
  Inflater inflater;
  Peer peer;
  struct Case {
    std::string_view name;
    std::string input;
    std::string want;
  };
  const std::string tail = from_hex("00 00 ff ff");
  for (const Case& c : {
           Case{"RFC 7692 §7.2.3.6: an empty message", from_hex("00"), ""},
           Case{"nothing at all", "", ""},
           Case{"an empty block more", from_hex("00 00 00 ff ff 00"), ""},
           Case{"empty blocks before, between and behind", from_hex("00 00 00 ff ff f2 48 05 00 00 00 ff ff 00 00 00 ff ff ca c9 c9 07 00 00 00 ff ff 00 00 00 ff ff 00"), "Hello"},
           Case{"an empty block with fixed codes", from_hex("02 00"), ""},
           Case{"a final block, and no more", from_hex("f3 48 cd c9 c9 07 00"), "Hello"},
           Case{"a final block, and the whole tail", from_hex("f3 48 cd c9 c9 07 00 00 00 00 ff ff"), "Hello"},
           Case{"the tail was not cut off", from_hex("f2 48 cd c9 c9 07 00 00 00 ff ff"), "Hello"},
           Case{"several final blocks", peer.blocks("one ", Z_FINISH) + peer.blocks("two ", Z_FINISH) + peer.message("three"), "one two three"},
           Case{"blocks of partial and of full flushes", Peer{}.blocks("one ", Z_PARTIAL_FLUSH) + Peer{}.message(""), "one "},
       }) {
    CAPTURE(c.name);
    CHECK(read(inflater, c.input) == c.want);
  }
  Peer flushing;
  std::string flushed = flushing.blocks("one ", Z_FULL_FLUSH);
  flushed += flushing.blocks("two ", Z_PARTIAL_FLUSH);
  flushed += flushing.blocks("three ", Z_BLOCK);
  flushed += flushing.message("four");
  CHECK(read(inflater, flushed) == "one two three four");
}

TEST_CASE("what is not DEFLATE, or ends inside a block, is broken, and the next message is not") {
  Inflater inflater;
  const std::string hello = from_hex("f2 48 cd c9 c9 07 00");
  for (const std::string_view input : {"06", "07", "ff ff ff ff", "00 05 00 fa fe 48 65 6c 6c 6f 00", "00 05 00 fa ff 48 65", "f2", "f2 48 cd", "f2 48 cd c9 c9 07", "01 05 00", "fe ff ff ff",
                                       "f3 48 cd c9 c9 07 00 07", "02", "04 00 00 00", "f2 00 11 00 00"}) {
    CAPTURE(input);
    CHECK(read(inflater, from_hex(input)) == "(broken)");
    CHECK(read(inflater, hello) == "Hello");
  }
}

TEST_CASE("a message of the limit passes, one of a byte more does not, at whatever size, and nobody asks for more memory") {
  Inflater inflater;
  for (const std::size_t size : {0u, 1u, 2u, 15u, 16u, 17u, 1'000u, 32'766u, 32'767u, 32'768u, 32'769u, 40'000u, 65'535u, 65'536u, 65'537u, 1'000'000u}) {
    CAPTURE(size);
    for (const bool is_bomb : {true, false}) {
      std::string text(size, 'x');
      for (Random random{size}; char& c : text) c = is_bomb ? 'x' : static_cast<char>(random.below(256));
      const std::string compressed = Peer{}.message(text);
      if (size > 0) CHECK(read(inflater, compressed, size - 1) == "(too long)");
      CHECK(read(inflater, compressed, size) == text);
      CHECK(read(inflater, compressed, size + 1) == text);
      if (size > 0) CHECK(read(inflater, compressed, 0) == "(too long)");
    }
  }
  CHECK(read(inflater, Peer{}.message(std::string(100'000'000, '\0')), 256 << 10) == "(too long)");
}

TEST_CASE("whoever deflates with a smaller window, at whatever level, is understood") {
  Inflater inflater;
  std::string text;
  for (Random random{7}; text.size() < 200'000;) text += "{\"key\":" + std::to_string(random.below(5'000)) + "}";
  for (int level = 0; level <= 9; ++level) {
    for (const int bits : {9, 12, 15}) {
      CAPTURE(level);
      CAPTURE(bits);
      CHECK(read(inflater, Peer{level, bits}.message(text)) == text);
    }
  }
}

}  // namespace
}  // namespace starling::ws
