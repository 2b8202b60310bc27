#include "starling/io/net/web_socket_connections.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "starling/io/net/descriptor.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling::net {
namespace {

constexpr std::size_t kPartBytes = (64 << 10) + 100;  // a part is ended when it has grown to 64 KiB

/// Somebody who is told `left` parts: while its link takes them, and on when that has drained.
class Reading : public Conversation {
 public:
  Reading(fanout::Link& to, int parts) : link(to), left(parts) {}
  void receive(ws::TextMessage&, Moment) override {}
  void receive(ws::BinaryMessage& message, Moment) override {
    ++received;
    link.send(fanout::Frame::binary(message.bytes));
  }
  [[nodiscard]] bool is_ready() const noexcept override { return link.is_writable(); }
  void drained(Moment) override {
    link.ready();
    go_on();
  }
  void go_on() {
    for (; left > 0 && link.is_writable(); --left) link.send(fanout::Frame::text(std::string(kPartBytes, 'x')));
  }

  fanout::Link& link;
  int left;
  int received = 0;
};

/// Connections of one thread over pairs of sockets with much room, and their peers.
class Wired {
 public:
  void add(int parts) {
    std::array<int, 2> both{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both.data()) == 0);
    const int room = 4 << 20;
    for (const int socket : both) REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
    peers_.emplace_back(both[1]);
    read_.push_back(0);
    heard.emplace_back();
    all_.open(Stream{loop_, Descriptor{both[0]}}, "HTTP", {}, {}, [&](fanout::Link& link, Moment) {
      auto conversation = std::make_unique<Reading>(link, parts);
      conversations.push_back(conversation.get());
      return conversation;
    });
  }
  /// So many turns; `in_each` happens within each.
  void turn(int turns, const std::function<void()>& in_each) {
    loop_.post([] {});
    loop_.run([&](bool) {
      all_.on_time(now().instant);
      in_each();
      all_.flush();
      read();
      if (--turns == 0) loop_.stop();
      loop_.defer([] {});
    });
  }
  /// What the peers have read now.
  const std::vector<std::size_t>& read() {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      ssize_t bytes;
      while ((bytes = ::recv(peers_[i].number(), room_.data(), room_.size(), MSG_DONTWAIT)) > 0) {
        read_[i] += static_cast<std::size_t>(bytes);
        heard[i].append(room_.data(), static_cast<std::size_t>(bytes));
      }
    }
    return read_;
  }
  void say(std::size_t peer, std::string_view bytes) { REQUIRE(::send(peers_[peer].number(), bytes.data(), bytes.size(), MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size())); }

  std::vector<Reading*> conversations;
  std::vector<std::string> heard;  ///< by each peer, as far as it has been read

 private:
  EventLoop loop_;
  WebSocketConnections all_{loop_, {}};
  std::vector<Descriptor> peers_;
  std::vector<std::size_t> read_;
  std::vector<char> room_ = std::vector<char>(1 << 20);
};

TEST_CASE("viewers in the middle of their parts get all of them, while others are told something in each turn") {
  Wired wired;
  for (int i = 0; i < 4; ++i) wired.add(20);
  wired.add(0);
  wired.turn(1, [] {});
  for (Reading* one : wired.conversations) one->go_on();
  wired.turn(100, [&] { wired.conversations.back()->link.send(fanout::Frame::text("hello")); });
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(wired.conversations[i]->left == 0);
    CHECK(wired.read()[i] > 20 * kPartBytes);
  }
}

TEST_CASE("whoever is answered with much is read on, however much the others are sent") {
  Wired wired;
  for (int i = 0; i < 4; ++i) wired.add(0);
  wired.turn(1, [] {});
  std::string message{"\x82\xFF", 2};  // a masked binary message with its length in eight bytes, under the mask 0
  for (int shift = 56; shift >= 0; shift -= 8) message.push_back(static_cast<char>(std::uint64_t{kPartBytes} >> shift));
  message.append(4, '\0').append(kPartBytes, 'x');
  std::string five;
  for (int i = 0; i < 5; ++i) five += message;
  for (std::size_t i = 0; i < 4; ++i) wired.say(i, five);
  wired.turn(300, [] {});
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(wired.conversations[i]->received == 5);
  }
}

TEST_CASE("frames for many go out before the turn ends once they are 128 KiB together, but for who is being told") {
  Wired wired;
  for (int i = 0; i < 10; ++i) wired.add(0);
  wired.turn(1, [] {});
  const std::vector<std::size_t> before = wired.read();
  const std::string text(20'000, 'x');
  wired.turn(1, [&] {
    for (std::size_t i = 0; i < 6; ++i) wired.conversations[i]->link.send(fanout::Frame::text(text));
    CHECK(wired.read() == before);
    wired.conversations[6]->link.send(fanout::Frame::text(text));
    for (std::size_t i = 0; i < 6; ++i) CHECK(wired.read()[i] > before[i] + text.size());
    CHECK(wired.read()[6] == before[6]);
    CHECK(wired.conversations[0]->link.waiting_bytes() == 0);
    CHECK(wired.conversations[6]->link.waiting_bytes() > text.size());
  });
  CHECK(wired.read()[6] > before[6] + text.size());
  CHECK(wired.read()[7] == before[7]);
}

TEST_CASE("several frames for each of many arrive whole and in order, around the size that still goes in one piece") {
  constexpr std::size_t kPiece = 16 << 10, kHeader = 4;  // of a frame of this size
  for (const std::size_t all : {kPiece - 1, kPiece, kPiece + 1, std::size_t{3'000}}) {
    CAPTURE(all);
    Wired wired;
    constexpr std::size_t kViewers = 60;  // more than go together
    for (std::size_t i = 0; i < kViewers; ++i) wired.add(0);
    wired.turn(1, [] {});
    wired.read();
    for (std::string& heard : wired.heard) heard.clear();
    const std::size_t third = all / 3;
    std::string expected;
    for (const auto& [letter, size] : {std::pair{'a', third}, std::pair{'b', third}, std::pair{'c', all - 2 * third}}) {
      const fanout::FramePtr frame = fanout::Frame::text(std::string(size - kHeader, letter));
      expected += frame->wire();
    }
    REQUIRE(expected.size() == all);
    wired.turn(3, [&, is_told = false]() mutable {
      if (std::exchange(is_told, true)) return;
      for (const auto& [letter, size] : {std::pair{'a', third}, std::pair{'b', third}, std::pair{'c', all - 2 * third}}) {
        for (Reading* one : wired.conversations) one->link.send(fanout::Frame::text(std::string(size - kHeader, letter)));
      }
    });
    for (const std::string& heard : wired.heard) CHECK(heard == expected);
  }
}

}  // namespace
}  // namespace starling::net
