#include "fuzz/frame_mutator.hpp"

#include <doctest/doctest.h>

#include <set>

#include "fuzz/head_mutator.hpp"
#include "starling/core/ws/message_reader.hpp"

namespace starling::fuzz {
namespace {

constexpr std::size_t kBytesMax = 100'000;
const std::string kWire{"\x81\x02hi\x01\x01h\x89\x00\x80\x01i\x82\x7E\x00\x7E", 16};

std::string same(std::string_view payload, Random&) { return std::string{payload} + "\xE2\x82\xAC"; }

TEST_CASE("frames are written as they were read, with their masks and needless lengths") {
  const std::string needless{"\x81\x7E\x00\x01x\x82\xFF\x00\x00\x00\x00\x00\x00\x00\x02\x01\x02\x03\x04hi", 21};
  const std::string long_one = std::string{"\x82\x7E\x01\x00", 4} + std::string(256, 'b');
  for (const std::string& wire : {std::string{"\x81\x02hi"}, needless, long_one}) {
    CHECK(wire_of(frames_of(wire)) == wire);
    CHECK(frames_of(wire_of(frames_of(wire))) == frames_of(wire));
  }
  CHECK(frames_of(kWire).size() == 5);
  CHECK(frames_of("\x81").empty());
}

TEST_CASE("the same seed changes the same, and what is changed fits") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Random one{seed}, other{seed}, third{seed};
    const std::string changed = mutate_frames(kWire, one, kBytesMax, same);
    CHECK(changed == mutate_frames(kWire, other, kBytesMax, same));
    CHECK(mutate_frames(kWire, third, 20, same).size() <= 20);
  }
}

TEST_CASE("a conversation that is changed on and on meets every kind of event and of failure") {
  std::set<std::size_t> events;
  std::set<std::string_view> failures;
  std::string wire;
  Random random{1};
  for (int round = 0; round < 20'000; ++round) {
    if (round % 20 == 0) wire = wire_of(frames_of(kWire));
    std::string changed = mutate_frames(wire, random, kBytesMax, same);
    if (changed.empty()) continue;
    wire = std::move(changed);
    for (const ws::Role role : {ws::Role::server, ws::Role::client}) {
      ws::MessageReader reader{role, {.message_bytes_max = 130}};
      reader.receive(as_bytes(wire));
      while (const auto event = reader.next()) {
        events.insert(event->index());
        if (const auto* failure = std::get_if<ws::Failure>(&*event)) failures.insert(failure->reason);
      }
    }
  }
  CHECK(events.size() == std::variant_size_v<ws::Event>);
  // Seven of headers, two of order, the limit, two of UTF-8, three of closes; a length of 2^63 is for raw bytes.
  CHECK(failures.size() == 15);
}

TEST_CASE("a head that is changed is most often a head, and the same for the same seed") {
  constexpr std::array<std::string_view, 1> kHeads{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"};
  constexpr std::array<std::string_view, 2> kLines{"Host: y", "A: b"};
  const HeadVocabulary vocabulary{kHeads, kLines};
  std::set<std::string> different;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Random one{seed}, other{seed}, third{seed};
    const std::string changed = mutate_head("GET /a HTTP/1.1\r\nHost: z\r\nB: c\r\n\r\nbody", one, 1000, vocabulary);
    CHECK(changed == mutate_head("GET /a HTTP/1.1\r\nHost: z\r\nB: c\r\n\r\nbody", other, 1000, vocabulary));
    CHECK(mutate_head("GET /a HTTP/1.1\r\nHost: z\r\nB: c\r\n\r\nbody", third, 40, vocabulary).size() <= 40);
    different.insert(changed);
  }
  CHECK(different.size() > 200);
}

}  // namespace
}  // namespace starling::fuzz
