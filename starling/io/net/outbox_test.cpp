#include "starling/io/net/outbox.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

namespace starling::net {
namespace {

fanout::FramePtr frame(std::string bytes) { return std::make_shared<const fanout::Frame>(std::move(bytes), 0); }

/// What would be written with up to `parts_max` buffers.
std::string gathered(const Outbox& outbox, std::size_t parts_max) {
  std::array<iovec, 8> parts;
  const std::size_t count = outbox.gather(std::span{parts}.first(parts_max));
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return text;
}

TEST_CASE("what a socket takes in any portions is what was added") {
  for (std::size_t portion = 1; portion <= 10; ++portion) {
    CAPTURE(portion);
    Outbox outbox;
    for (const char* text : {"one", "", "three", "4"}) outbox.add(frame(text));
    CHECK(outbox.bytes() == 9);
    std::string written;
    while (!outbox.empty()) {
      const std::string next = gathered(outbox, 8).substr(0, portion);
      written += next;
      outbox.take(next.size());
    }
    CHECK(written == "onethree4");
    CHECK(outbox.bytes() == 0);
  }
}

TEST_CASE("no more buffers are gathered than there is room for, and a frame is shared, not copied") {
  Outbox outbox;
  const auto first = frame("abc");
  outbox.add(first);
  outbox.add(frame("def"));
  outbox.add(frame("ghi"));
  CHECK(gathered(outbox, 2) == "abcdef");
  std::array<iovec, 1> part;
  REQUIRE(outbox.gather(part) == 1);
  CHECK(part[0].iov_base == first->wire().data());
}

TEST_CASE("what waits is one piece: a single frame as it is, several copied where there is room for them all") {
  Outbox outbox;
  std::array<char, 8> room{};
  CHECK(outbox.in_one_piece(room).empty());
  const auto first = frame("abc");
  outbox.add(first);
  CHECK(outbox.in_one_piece({}).data() == first->wire().data());
  outbox.take(1);
  CHECK(outbox.in_one_piece({}) == "bc");
  outbox.add(frame("def"));
  outbox.add(frame("ghi"));
  CHECK(outbox.in_one_piece(room) == "bcdefghi");
  CHECK(outbox.in_one_piece(room).data() == room.data());
  CHECK(outbox.in_one_piece(std::span{room}.first(7)).empty());
  outbox.take(3);
  CHECK(outbox.in_one_piece(room) == "efghi");
  CHECK(outbox.in_one_piece(std::span{room}.first(1)).empty());
}

TEST_CASE("a frame is let go as soon as it is written") {
  Outbox outbox;
  const auto first = frame("abc");
  outbox.add(first);
  outbox.add(frame("def"));
  outbox.take(2);
  CHECK(first.use_count() == 2);
  outbox.take(1);
  CHECK(first.use_count() == 1);
}

TEST_CASE("a frame may wait as another wire of it, and weighs what it does plain until it is gone") {
  Outbox outbox;
  ws::Deflater deflater;
  const auto deflated = fanout::Frame::text(std::string(1'000, 'x'));
  const std::string_view wire = deflated->wire_deflated(deflater);
  REQUIRE(wire.size() < 30);
  outbox.add(frame("abc"));
  outbox.add(deflated, wire);
  outbox.add(deflated, wire);
  outbox.add(frame("def"));
  CHECK(outbox.bytes() == 3 + 1'004 + 1'004 + 3);
  CHECK(gathered(outbox, 8) == "abc" + std::string{wire} + std::string{wire} + "def");
  outbox.take(3 + wire.size() - 1);
  CHECK(outbox.bytes() == 1'004 - (wire.size() - 1) + 1'004 + 3);
  CHECK(gathered(outbox, 1) == wire.substr(wire.size() - 1));
  outbox.take(1);
  CHECK(outbox.bytes() == 1'004 + 3);
  outbox.take(wire.size() + 3);
  CHECK(outbox.bytes() == 0);
  CHECK(outbox.empty());
  CHECK(deflated.use_count() == 1);
}

TEST_CASE("a queue that is never empty stays in order and does not keep what is behind it") {
  Outbox outbox;
  std::string added, written;
  for (int i = 0; i < 1000; ++i) {
    for (int j = 0; j < 2; ++j) {
      const std::string text = std::to_string(i) + ";";
      outbox.add(frame(text));
      added += text;
    }
    const std::string next = gathered(outbox, 1);
    written += next;
    outbox.take(next.size());
  }
  while (!outbox.empty()) {
    const std::string next = gathered(outbox, 8);
    written += next;
    outbox.take(next.size());
  }
  CHECK(written == added);
}

TEST_CASE("an outbox that was given back is had again, empty") {
  SpareOutboxes spares;
  auto first = spares.take();
  first->add(frame("abc"));
  first->add(frame("def"));
  first->take(6);
  const Outbox* const known = first.get();
  spares.give_back(std::move(first));
  const auto again = spares.take();
  CHECK(again.get() == known);
  CHECK(again->empty());
  CHECK(again->bytes() == 0);
  CHECK(spares.take().get() != known);
}

}  // namespace
}  // namespace starling::net
