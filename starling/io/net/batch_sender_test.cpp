#include "starling/io/net/batch_sender.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "starling/io/net/descriptor.hpp"

namespace starling::net {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> both{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both.data()) == 0);
    ours = Descriptor{both[0]};
    theirs = Descriptor{both[1]};
  }
  std::string received() const {
    std::string text(1 << 16, '\0');
    const ssize_t bytes = ::recv(theirs.number(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return text;
  }
  Descriptor ours, theirs;
};

TEST_CASE("each send of a batch comes to what it would by itself: taken, taken in part, full, gone") {
  for (const auto means : {BatchSender::Means::ring, BatchSender::Means::ring, BatchSender::Means::one_by_one}) {
    CAPTURE(static_cast<int>(means));
    BatchSender sender(means);
    MESSAGE((sender.has_ring() ? "by a ring" : "one by one"));  // a container may forbid rings
    CHECK((means == BatchSender::Means::ring || !sender.has_ring()));
    Pair well, narrow, full, gone;
    const std::string much(8 << 20, 'x');
    while (::send(full.ours.number(), much.data(), 4096, MSG_DONTWAIT) > 0) continue;
    gone.theirs = Descriptor{};
    const std::array<BatchSender::Send, 4> sends{{{gone.ours.number(), "nobody"}, {well.ours.number(), "hello"}, {full.ours.number(), "no room"}, {narrow.ours.number(), much}}};
    const auto sent = sender.send_all(sends);
    REQUIRE(sent.size() == 4);
    CHECK(sent[0].progress == Progress::failed);
    CHECK(sent[1].progress == Progress::done);
    CHECK(sent[1].bytes == 5);
    CHECK(sent[2].progress == Progress::would_block);
    CHECK(sent[3].progress == Progress::done);
    CHECK(sent[3].bytes > 0);
    CHECK(sent[3].bytes < much.size());
    CHECK(well.received() == "hello");
  }
}

TEST_CASE("a batch is as large as it may be, and the next one is another") {
  BatchSender sender;
  std::vector<Pair> pairs(BatchSender::kSendsMax);
  for (const std::string& text : {std::string{"first"}, std::string{"second"}}) {
    std::vector<BatchSender::Send> sends;
    for (const Pair& pair : pairs) sends.push_back({pair.ours.number(), text});
    for (const Transfer& sent : sender.send_all(sends)) CHECK(sent.bytes == text.size());
    for (const Pair& pair : pairs) CHECK(pair.received() == text);
  }
  CHECK(sender.send_all({}).empty());
}

}  // namespace
}  // namespace starling::net
