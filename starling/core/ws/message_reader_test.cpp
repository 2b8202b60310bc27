#include "starling/core/ws/message_reader.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/hex_test.hpp"
#include "starling/core/ws/message_reader_for_test.hpp"

namespace starling::ws {
namespace {

TEST_CASE("the examples of RFC 6455 §5.7 are read") {
  CHECK(read(Role::client, from_hex("81 05 48 65 6c 6c 6f")) == Events{TextMessage{"Hello"}});
  CHECK(read(Role::server, from_hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")) == Events{TextMessage{"Hello"}});
  CHECK(read(Role::client, from_hex("01 03 48 65 6c 80 02 6c 6f")) == Events{TextMessage{"Hello"}});
  CHECK(read(Role::client, from_hex("89 05 48 65 6c 6c 6f")) == Events{Ping{"Hello"}});
  CHECK(read(Role::server, from_hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58")) == Events{Pong{"Hello"}});
  const std::string small(256, '\xFF');
  CHECK(read(Role::client, from_hex("82 7E 0100") + small) == Events{BinaryMessage{small}});
  const std::string large(65536, '\xFF');
  CHECK(read(Role::client, from_hex("82 7F 0000000000010000") + large) == Events{BinaryMessage{large}});
}

TEST_CASE("messages of every form of length are read, by both roles") {
  for (const Role role : {Role::server, Role::client}) {
    for (const std::size_t size : {0u, 1u, 124u, 125u, 126u, 127u, 65534u, 65535u, 65536u, 65537u}) {
      CAPTURE(size);
      const std::string text(size, 'x');
      CHECK(read(role, frame(role, Opcode::text, text)) == Events{TextMessage{text}});
      CHECK(read(role, frame(role, Opcode::binary, text)) == Events{BinaryMessage{text}});
    }
  }
}

TEST_CASE("several messages in one piece come in order, and the reader goes on") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string bytes = frame(role, Opcode::text, "one") + frame(role, Opcode::ping, "") +
                              frame(role, Opcode::binary, "two") + frame(role, Opcode::text, "");
    CHECK(read(role, bytes) == Events{TextMessage{"one"}, Ping{""}, BinaryMessage{"two"}, TextMessage{""}});
  }
}

TEST_CASE("control frames between the fragments of a message come at once, and leave it whole") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string longest(125, 'p');
    const std::string bytes = frame(role, Opcode::text, "one ", false) + frame(role, Opcode::ping, longest) +
                              frame(role, Opcode::continuation, "", false) + frame(role, Opcode::pong, "") +
                              frame(role, Opcode::continuation, "message", true) + frame(role, Opcode::text, "next");
    CHECK(read(role, bytes) == Events{Ping{longest}, Pong{""}, TextMessage{"one message"}, TextMessage{"next"}});
  }
}

TEST_CASE("a close between fragments ends the connection") {
  for (const Role role : {Role::server, Role::client}) {
    std::string close;
    append_close(close, 1001, "away", role == Role::server ? std::optional{kKey} : std::nullopt);
    CHECK(read(role, frame(role, Opcode::text, "half", false) + close + frame(role, Opcode::continuation, "x")) ==
          Events{Close{1001, "away"}});
  }
}

TEST_CASE("frames out of order are protocol errors") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string open = frame(role, Opcode::text, "a", false);
    const Events no_message{Failure{1002, "continuation of no message"}};
    const Events inside{Failure{1002, "new message inside a fragmented one"}};
    CHECK(read(role, frame(role, Opcode::continuation, "a")) == no_message);
    CHECK(read(role, frame(role, Opcode::continuation, "a", false)) == no_message);
    CHECK(read(role, open + frame(role, Opcode::text, "b")) == inside);
    CHECK(read(role, open + frame(role, Opcode::binary, "b", false)) == inside);
    const std::string done = open + frame(role, Opcode::continuation, "b");
    CHECK(read(role, done + frame(role, Opcode::continuation, "c")) == Events{TextMessage{"ab"}, no_message[0]});
  }
}

TEST_CASE("a bad header is a protocol error with its own reason, also after good messages") {
  struct Case {
    Role role;
    std::string_view header;
    FrameError error;
  };
  for (const Case& c : {
           Case{Role::client, "C1 00", FrameError::reserved_bits},
           Case{Role::server, "A1 80 00000000", FrameError::reserved_bits},
           Case{Role::client, "83 00", FrameError::unknown_opcode},
           Case{Role::server, "09 80 00000000", FrameError::control_fragmented},
           Case{Role::client, "89 7E 007E", FrameError::control_too_long},
           Case{Role::server, "81 00", FrameError::mask_missing},
           Case{Role::client, "81 80 00000000", FrameError::mask_present},
           Case{Role::client, "82 7F 8000000000000000", FrameError::length_too_long},
           Case{Role::server, "82 FE 007D 00000000", FrameError::length_not_minimal},
       }) {
    const Failure want{close_code::kProtocolError, describe(c.error)};
    CAPTURE(want.reason);
    CHECK(read(c.role, from_hex(c.header)) == Events{want});
    const std::string good = frame(c.role, Opcode::text, "good");
    CHECK(read(c.role, good + from_hex(c.header) + good) == Events{TextMessage{"good"}, want});
  }
}

TEST_CASE("a message may be as long as the limit, in one frame or in several") {
  for (const Role role : {Role::server, Role::client}) {
    const Events too_big{Failure{close_code::kMessageTooBig, "message over the limit"}};
    const auto text = [](std::size_t size) { return std::string(size, 'x'); };
    for (const std::size_t limit : {1u, 100u, 1000u}) {
      CAPTURE(limit);
      CHECK(read(role, frame(role, Opcode::text, text(limit - 1)), limit) == Events{TextMessage{text(limit - 1)}});
      CHECK(read(role, frame(role, Opcode::text, text(limit)), limit) == Events{TextMessage{text(limit)}});
      CHECK(read(role, frame(role, Opcode::text, text(limit + 1)), limit) == too_big);

      const std::string first = frame(role, Opcode::binary, text(limit - 1), false);
      CHECK(read(role, first + frame(role, Opcode::continuation, ""), limit) ==
            Events{BinaryMessage{text(limit - 1)}});
      CHECK(read(role, first + frame(role, Opcode::continuation, "x"), limit) == Events{BinaryMessage{text(limit)}});
      CHECK(read(role, first + frame(role, Opcode::continuation, "xx"), limit) == too_big);
      const std::string full = frame(role, Opcode::binary, text(limit), false);
      CHECK(read(role, full + frame(role, Opcode::continuation, "x"), limit) == too_big);
      // The next message starts from nothing.
      const std::string one = frame(role, Opcode::binary, text(limit));
      CHECK(read(role, one + one, limit) == Events{BinaryMessage{text(limit)}, BinaryMessage{text(limit)}});
    }
    CHECK(read(role, frame(role, Opcode::text, "x"), 0) == too_big);
    CHECK(read(role, frame(role, Opcode::ping, "control frames do not count"), 0) ==
          Events{Ping{"control frames do not count"}});
  }
}

TEST_CASE("a message over the limit is refused by its declared length, before any payload is there") {
  const Events too_big{Failure{close_code::kMessageTooBig, "message over the limit"}};
  for (const Role role : {Role::server, Role::client}) {
    for (const std::uint64_t declared : {std::uint64_t{65537}, (std::uint64_t{1} << 63) - 1}) {
      std::string header;
      append_frame_header(header, Opcode::text, true, declared,
                          role == Role::server ? std::optional{kKey} : std::nullopt);
      CHECK(read(role, header, 65536) == too_big);
      std::string continued;
      append_frame_header(continued, Opcode::continuation, true, declared,
                          role == Role::server ? std::optional{kKey} : std::nullopt);
      CHECK(read(role, frame(role, Opcode::text, "a", false) + continued, 65536) == too_big);
    }
  }
}

TEST_CASE("text is UTF-8 however it is cut into fragments") {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\xA6z";
  for (const Role role : {Role::server, Role::client}) {
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        const std::string bytes = frame(role, Opcode::text, text.substr(0, first), false) +
                                  frame(role, Opcode::continuation, text.substr(first, second - first), false) +
                                  frame(role, Opcode::ping, "\xFF") +
                                  frame(role, Opcode::continuation, text.substr(second));
        CHECK(read(role, bytes) == Events{Ping{"\xFF"}, TextMessage{text}});
      }
    }
  }
}

TEST_CASE("text that is not UTF-8 is 1007, binary may be anything") {
  struct Case {
    std::string_view name;
    std::string_view text;
    std::string_view reason;
  };
  for (const Case& c : {
           Case{"a byte that never occurs", "a\xFFz", "text is not UTF-8"},
           Case{"a continuation byte alone", "\x80", "text is not UTF-8"},
           Case{"an overlong slash", "\xC0\xAF", "text is not UTF-8"},
           Case{"a surrogate", "\xED\xA0\x80", "text is not UTF-8"},
           Case{"beyond U+10FFFF", "\xF4\x90\x80\x80", "text is not UTF-8"},
           Case{"a character cut short by another", "\xE2\x82z", "text is not UTF-8"},
           Case{"a character cut short by the end", "a\xE2\x82", "text ends inside a character"},
       }) {
    CAPTURE(c.name);
    for (const Role role : {Role::server, Role::client}) {
      CHECK(read(role, frame(role, Opcode::text, c.text)) == Events{Failure{close_code::kInvalidPayload, c.reason}});
      CHECK(read(role, frame(role, Opcode::binary, c.text)) == Events{BinaryMessage{std::string{c.text}}});
    }
  }
}

TEST_CASE("a message does not finish the last one's character") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string bytes =
        frame(role, Opcode::text, kEuro.substr(0, 2)) + frame(role, Opcode::text, kEuro.substr(2));
    CHECK(read(role, bytes) == Events{Failure{close_code::kInvalidPayload, "text ends inside a character"}});
    const std::string after_binary =
        frame(role, Opcode::binary, kEuro.substr(0, 2)) + frame(role, Opcode::text, kEuro);
    CHECK(read(role, after_binary) ==
          Events{BinaryMessage{std::string{kEuro.substr(0, 2)}}, TextMessage{std::string{kEuro}}});
  }
}

TEST_CASE("1007 comes in the middle of a fragment, with the first byte that cannot be mended") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string text = "good \xF4\x90 and much more that never comes";
    const std::string bytes = frame(role, Opcode::text, text, false);
    const std::size_t header_bytes = bytes.size() - text.size();
    const std::size_t bad_at = header_bytes + 6;

    MessageReader reader{role};
    CHECK(feed(reader, std::string_view{bytes}.substr(0, bad_at), 1) == Events{});
    CHECK(feed(reader, std::string_view{bytes}.substr(bad_at, 1), 1) ==
          Events{Failure{close_code::kInvalidPayload, "text is not UTF-8"}});
  }
}

TEST_CASE("a close frame says why, or nothing") {
  for (const Role role : {Role::server, Role::client}) {
    const auto close = [role](std::string_view payload_hex, std::string_view reason = "") {
      return read(role, frame(role, Opcode::close, from_hex(payload_hex) + std::string{reason}));
    };
    CHECK(close("") == Events{Close{close_code::kNoStatusReceived, ""}});
    CHECK(close("03E8") == Events{Close{1000, ""}});
    CHECK(close("03E9", "going \xE2\x82\xAC") == Events{Close{1001, "going \xE2\x82\xAC"}});
    CHECK(close("0BB8") == Events{Close{3000, ""}});
    CHECK(close("1387", std::string(123, 'r')) == Events{Close{4999, std::string(123, 'r')}});

    CHECK(close("03") == Events{Failure{1002, "close frame of one byte"}});
    for (const std::string_view code : {"0000", "03E7", "03EC", "03ED", "03EE", "03F7", "0BB7", "1388", "FFFF"}) {
      CAPTURE(code);  // 0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535
      CHECK(close(code, "why") == Events{Failure{1002, "close code not allowed on the wire"}});
    }
    CHECK(close("03E8", "\xFF") == Events{Failure{1007, "close reason is not UTF-8"}});
    CHECK(close("03E8", "a\xE2\x82") == Events{Failure{1007, "close reason is not UTF-8"}});
  }
}

TEST_CASE("after a close or a failure nothing more is read") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string good = frame(role, Opcode::text, "good");
    for (const std::string& last : {frame(role, Opcode::close, ""), from_hex("FF")}) {
      MessageReader reader{role};
      CHECK(feed(reader, good, 1).size() == 1);
      CHECK_FALSE(reader.is_finished());
      CHECK(feed(reader, last + good, 1000).size() == 1);
      CHECK(reader.is_finished());
      CHECK(feed(reader, good, 1) == Events{});
      reader.receive(as_bytes(good));
      reader.receive(as_bytes(good));
      CHECK_FALSE(reader.next());
    }
  }
}

TEST_CASE("a reader owns memory only while something is incomplete, and no more than has come") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string payload(100'000, 'x');
    const std::string bytes = frame(role, Opcode::text, payload);
    MessageReader reader{role};
    CHECK(reader.buffer_bytes() == 0);
    const std::size_t header_bytes = bytes.size() - payload.size();
    CHECK(feed(reader, std::string_view{bytes}.substr(0, header_bytes), 1) == Events{});
    CHECK(reader.buffer_bytes() == 0);  // declared is not come
    CHECK(feed(reader, std::string_view{bytes}.substr(header_bytes, 1000), 1000) == Events{});
    CHECK(reader.buffer_bytes() >= 1000 - 15);
    CHECK(reader.buffer_bytes() <= 2000);
    CHECK(feed(reader, std::string_view{bytes}.substr(header_bytes + 1000), 1000) == Events{TextMessage{payload}});
    CHECK(reader.buffer_bytes() == 0);

    CHECK(feed(reader, frame(role, Opcode::ping, std::string(125, 'p')), 50).size() == 1);
    CHECK(reader.buffer_bytes() == 0);

    CHECK(feed(reader, frame(role, Opcode::binary, payload, false), 5000) == Events{});
    CHECK(reader.buffer_bytes() > 0);
    CHECK(feed(reader, from_hex("FF"), 1).size() == 1);
    CHECK(reader.buffer_bytes() == 0);  // a failed one holds nothing either
  }
}

TEST_CASE("no more frames are begun than may be, and what is left is read later as if it had come later") {
  for (const Role role : {Role::server, Role::client}) {
    std::string bytes;
    for (int i = 0; i < 3; ++i) bytes += frame(role, Opcode::ping, "p");
    bytes += frame(role, Opcode::text, "a", false) + frame(role, Opcode::continuation, "", false) + frame(role, Opcode::continuation, "b");
    bytes += frame(role, Opcode::binary, std::string(300, 'x'));
    constexpr std::uint64_t kFrames = 7;
    MessageReader whole{role};
    const Events want = feed(whole, bytes, bytes.size());
    REQUIRE(whole.frames() == kFrames);
    for (const std::uint64_t frames_max : {1u, 2u, 6u, 7u, 8u}) {
      for (const std::size_t piece_bytes : {1u, 5u, 4096u}) {
        CAPTURE(frames_max);
        CAPTURE(piece_bytes);
        MessageReader reader{role};
        Events events;
        for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
          std::string left = bytes.substr(at, piece_bytes);
          while (!left.empty()) {
            const std::uint64_t before = reader.frames();
            reader.receive(as_bytes(left), frames_max);
            while (auto event = reader.next()) events.push_back(std::move(*event));
            REQUIRE(reader.frames() - before <= frames_max);
            left = std::string{as_text(reader.take_unread())};
          }
        }
        CHECK(events == want);
        CHECK(reader.frames() == kFrames);
      }
    }
    MessageReader none{role};
    none.receive(as_bytes(bytes), 0);
    CHECK(!none.next());
    CHECK(none.take_unread().size() == bytes.size());
  }
}

TEST_CASE("a whole message in one piece is handed out in memory of its size") {
  const std::string payload(100'000, 'x');
  MessageReader reader{Role::client};
  const auto whole = feed(reader, frame(Role::client, Opcode::text, payload), 1 << 20);
  REQUIRE(whole.size() == 1);
  CHECK(std::get<TextMessage>(whole[0]).text.capacity() == payload.size());
}

TEST_CASE("a conversation at random is what was said, however it is cut") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    const Role role = random.chance(0.5) ? Role::server : Role::client;
    std::string bytes;
    Events want;
    const auto say_control = [&] {
      const std::string payload(random.below(126), static_cast<char>(random.next()));
      const bool ping = random.chance(0.5);
      bytes += frame(role, ping ? Opcode::ping : Opcode::pong, payload);
      want.push_back(ping ? Event{Ping{payload}} : Event{Pong{payload}});
    };
    for (int message = 0; message < 20; ++message) {
      const bool is_text = random.chance(0.5);
      std::string payload;
      for (auto left = random.below(300); left > 0; --left)
        payload += is_text ? std::string{kEuro} : std::string(1, static_cast<char>(random.next()));
      std::string_view left = payload;
      Opcode opcode = is_text ? Opcode::text : Opcode::binary;
      while (random.chance(0.6)) {
        const std::string_view fragment = left.substr(0, random.below(left.size() + 1));
        bytes += frame(role, opcode, fragment, false);
        left.remove_prefix(fragment.size());
        opcode = Opcode::continuation;
        if (random.chance(0.3)) say_control();
      }
      bytes += frame(role, opcode, left);
      want.push_back(is_text ? Event{TextMessage{payload}} : Event{BinaryMessage{payload}});
    }
    CHECK(read(role, bytes) == want);

    MessageReader reader{role};
    Events got;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto size = std::min<std::size_t>(random.below(200), bytes.size() - at);
      for (Event& event : feed(reader, std::string_view{bytes}.substr(at, size), 1000))
        got.push_back(std::move(event));
      at += size;
    }
    CHECK(got == want);
  }
}

}  // namespace
}  // namespace starling::ws
