#include "starling/io/net/stream.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/io/net/stream_for_test.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling::net {
namespace {

using std::chrono::seconds;

TEST_CASE("a plain stream is the socket") {
  EventLoop loop;
  auto ends = socket_pair();
  Stream a{loop, std::move(ends.first)}, b{loop, std::move(ends.second)};
  CHECK(a.is_established());
  CHECK(!a.is_tls());
  CHECK(send(a, "hello").bytes == 5);
  std::string heard;
  CHECK(receive(b, heard) == Progress::done);
  CHECK(heard == "hello");
  CHECK(receive(b, heard) == Progress::would_block);
  a.end_sending();
  CHECK(receive(b, heard) == Progress::closed);
  CHECK(send(b, "still").bytes == 5);
  CHECK(receive(a, heard) == Progress::done);
}

TEST_CASE("under TLS what is said comes through, and nothing of it is on the wire") {
  const Contexts contexts;
  auto [client_end, client_wire] = socket_pair();
  auto [server_end, server_wire] = socket_pair();
  EventLoop loop;
  Stream client{loop, std::move(client_end), contexts.client, "localhost"};
  Stream server{loop, std::move(server_end), contexts.server};

  // Byte by byte, both ways: nobody may rely on how a handshake is cut.
  std::string on_the_wire;
  const auto carry = [&on_the_wire](const Descriptor& from, const Descriptor& to) {
    std::array<std::uint8_t, 1> byte{};
    if (net::receive(from.number(), byte).progress != Progress::done) return;
    on_the_wire += static_cast<char>(byte[0]);
    const iovec part{byte.data(), 1};
    CHECK(net::send(to.number(), {&part, 1}).bytes == 1);
  };
  CHECK(send(client, "the secret of the client").progress == Progress::would_block);
  std::string by_server, by_client;
  bool is_said = false, is_answered = false;
  CHECK(by_turns([&] {
    carry(client_wire, server_wire);
    carry(server_wire, client_wire);
    if (!is_said) is_said = send(client, "the secret of the client").progress == Progress::done;
    (void)receive(server, by_server);
    if (!by_server.empty() && !is_answered) is_answered = send(server, "the secret of the server").progress == Progress::done;
    (void)receive(client, by_client);
    return !by_client.empty();
  }));
  CHECK(by_server == "the secret of the client");
  CHECK(by_client == "the secret of the server");
  CHECK(on_the_wire.size() > 1000);
  CHECK(on_the_wire.find("secret") == std::string::npos);
}

TEST_CASE("much goes both ways at once through sockets that take little") {
  const Contexts contexts;
  constexpr std::uint64_t kSeed = 20261121;
  CAPTURE(kSeed);
  for (const bool is_tls : {false, true}) {
    CAPTURE(is_tls);
    EventLoop loop;
    auto ends = socket_pair(4096);
    Stream client = is_tls ? Stream{loop, std::move(ends.first), contexts.client, "localhost"} : Stream{loop, std::move(ends.first)};
    Stream server{loop, std::move(ends.second), is_tls ? contexts.server : nullptr};
    struct Side {
      Stream& stream;
      std::string says, hears = {};
      std::size_t said = 0;
      int blocked = 0;
    };
    std::array<Side, 2> sides{Side{client, text_of_bytes(700'001, kSeed)}, Side{server, text_of_bytes(500'003, kSeed + 1)}};
    Random random{kSeed};
    CHECK(by_turns([&] {
      for (Side& side : sides) {
        // Parts of every size, cut anew each time, as frames of an outbox are: small, empty, over a record.
        std::vector<iovec> parts;
        for (std::size_t at = side.said; at < side.says.size() && parts.size() < 8;) {
          const std::size_t bytes = std::min<std::size_t>(random.below(random.below(2) == 0 ? 40 : 40'000), side.says.size() - at);
          parts.push_back({side.says.data() + at, bytes});
          at += bytes;
        }
        // The bytes that the last record was made of must all be offered again: an outbox keeps them in front.
        if (!parts.empty()) {
          const std::size_t end = std::min(side.says.size(), side.said + (16 << 10));
          parts.push_back({});
          const auto* offered = static_cast<char*>(parts[parts.size() - 2].iov_base) + parts[parts.size() - 2].iov_len;
          const auto at = static_cast<std::size_t>(offered - side.says.data());
          parts.back() = {side.says.data() + at, at < end ? end - at : 0};
          const Transfer sent = side.stream.send(parts);
          REQUIRE(sent.progress != Progress::failed);
          if (sent.progress == Progress::done) side.said += sent.bytes;
          if (sent.progress == Progress::would_block) ++side.blocked;
        }
        (void)receive(side.stream, side.hears, 1 + random.below(30'000));
      }
      return sides[0].hears.size() >= sides[1].says.size() && sides[1].hears.size() >= sides[0].says.size();
    }));
    CHECK(sides[0].hears == sides[1].says);
    CHECK(sides[1].hears == sides[0].says);
    CHECK(sides[0].blocked > 10);
    CHECK(sides[1].blocked > 10);
  }
}

TEST_CASE("who has ended sending may still be told something") {
  const Contexts contexts;
  Pair pair{contexts};
  REQUIRE(shake_hands(pair.client, pair.server));
  std::string heard;
  CHECK(send(pair.client, "last words").progress == Progress::done);
  pair.client.end_sending();
  CHECK(receive(pair.server, heard) == Progress::done);
  CHECK(receive(pair.server, heard) == Progress::closed);
  CHECK(receive(pair.server, heard) == Progress::closed);
  CHECK(send(pair.server, "farewell").progress == Progress::done);
  pair.server.end_sending();
  heard.clear();
  CHECK(receive(pair.client, heard) == Progress::done);
  CHECK(heard == "farewell");
  CHECK(receive(pair.client, heard) == Progress::closed);
}

TEST_CASE("a line that ends without close_notify has ended, and one that is reset has failed") {
  const Contexts contexts;
  {
    Pair pair{contexts};
    REQUIRE(shake_hands(pair.client, pair.server));
    net::end_sending(pair.client.number());
    std::string heard;
    CHECK(receive(pair.server, heard) == Progress::closed);
    CHECK(send(pair.server, "half of it is open").progress == Progress::done);
    CHECK(receive(pair.client, heard) == Progress::done);
  }
  {
    Pair pair{contexts};
    REQUIRE(shake_hands(pair.client, pair.server));
    pair.client.close();
    std::string heard;
    CHECK(receive(pair.server, heard) != Progress::done);
    // No SIGPIPE: this process does not ignore it.
    CHECK(send(pair.server, "anybody there?").progress == Progress::failed);
    CHECK(send(pair.server, "anybody there?").progress == Progress::failed);
    CHECK(receive(pair.server, heard) != Progress::would_block);
  }
}

TEST_CASE("who cannot send any more still hears what was said before") {
  for (const bool is_line_cut : {false, true}) {
    CAPTURE(is_line_cut);
    const Contexts contexts;
    Pair pair{contexts};
    REQUIRE(shake_hands(pair.client, pair.server));
    REQUIRE(send(pair.server, "good-bye").progress == Progress::done);
    if (is_line_cut) {
      ::shutdown(pair.server.number(), SHUT_RDWR);  // without a close_notify
    } else {
      pair.server.close();
    }
    CHECK(send(pair.client, "are you there?").progress == Progress::failed);
    CHECK(send(pair.client, "are you there?").progress == Progress::failed);
    pair.client.end_sending();
    std::string heard;
    CHECK(receive(pair.client, heard) == Progress::done);
    CHECK(heard == "good-bye");
    CHECK(receive(pair.client, heard) == Progress::closed);
  }
}

TEST_CASE("the end waits until a full socket takes it") {
  const Contexts contexts;
  Pair pair{contexts, 4096};
  REQUIRE(shake_hands(pair.client, pair.server));
  std::string heard;
  while (receive(pair.client, heard) == Progress::done) {
  }
  // Bytes past the session, until the socket takes no more; they are never read.
  const std::string filler(64, 'x');
  const iovec part{const_cast<char*>(filler.data()), 1};
  while (net::send(pair.server.number(), {&part, 1}).progress == Progress::done) {
  }
  pair.server.end_sending();
  std::array<std::uint8_t, 64 << 10> raw;
  std::size_t bytes = 0;
  bool is_ended = false;
  Timer too_late{pair.loop, [&] { pair.loop.stop(); }};
  too_late.set(now().instant + seconds{10});
  std::function<void()> drain = [&] {
    const Transfer received = net::receive(pair.client.number(), raw);
    is_ended = received.progress == Progress::closed;
    bytes += received.bytes;
    if (is_ended) return pair.loop.stop();
    pair.client.await_readable(drain);
  };
  pair.client.await_readable(drain);
  pair.loop.run([](bool) {});
  CHECK(is_ended);
}

}  // namespace
}  // namespace starling::net
