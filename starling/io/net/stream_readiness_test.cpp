// When a stream calls who awaits: readiness is not the socket's alone under TLS.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>

#include "starling/io/net/stream_for_test.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling::net {
namespace {

using std::chrono::seconds;

TEST_CASE("decrypted bytes that nobody asked for yet do not wait for the socket") {
  const Contexts contexts;
  Pair pair{contexts};
  REQUIRE(shake_hands(pair.client, pair.server));
  CHECK(send(pair.client, std::string(1000, 'a')).bytes == 1000);
  std::string heard;
  std::size_t steps = 0;
  Timer too_late{pair.loop, [&] { pair.loop.stop(); }};
  too_late.set(now().instant + seconds{10});
  std::function<void()> read = [&] {
    ++steps;
    while (receive(pair.server, heard, 100) == Progress::done && heard.size() % 300 != 0) {
    }
    if (heard.size() == 1000) return pair.loop.stop();
    pair.server.await_readable(read);
  };
  pair.server.await_readable(read);
  pair.loop.run([](bool) {});
  CHECK(heard.size() == 1000);
  CHECK(steps >= 3);

  SUBCASE("and do not come after a close") {
    CHECK(send(pair.client, std::string(1000, 'a')).bytes == 1000);
    CHECK(receive(pair.server, heard, 100) == Progress::done);
    bool was_called = false;
    pair.server.await_readable([&] { was_called = true; });
    pair.server.close();
    CHECK(pair.server.number() == -1);
    too_late.set(now().instant);
    pair.loop.run([](bool) {});
    CHECK(!was_called);
  }
}

TEST_CASE("who waits to send is called when a receive has finished the handshake") {
  const Contexts contexts;
  Pair pair{contexts};
  CHECK(send(pair.client, "hello").progress == Progress::would_block);
  int calls = 0;
  pair.client.await_writable([&] { ++calls; });
  // Nothing is left for the socket to say: what it had is taken in here.
  REQUIRE(shake_hands(pair.client, pair.server));
  std::string none;
  while (receive(pair.client, none) == Progress::done) {
  }
  pair.loop.post([] {});
  pair.loop.run([&](bool is_idle) {
    if (is_idle) pair.loop.stop();
  });
  CHECK(calls == 1);
  CHECK(send(pair.client, "hello").bytes == 5);
}

/// Sends what it has and receives what it is to have, as a connection does: until `would_block`, then it awaits.
struct Talker {
  Stream& stream;
  std::string_view says;
  std::function<void()> when_done;
  std::string hears = {};

  void begin() {
    write();
    stream.await_readable([this] { read(); });
  }
  void write() {
    while (!says.empty()) {
      const Transfer sent = send(stream, says.substr(0, 50'000));
      if (sent.progress == Progress::would_block) {
        stream.await_writable([this] { write(); });
        return;
      }
      REQUIRE(sent.progress == Progress::done);
      says.remove_prefix(sent.bytes);
    }
    stream.end_sending();
  }
  void read() {
    const Progress progress = receive(stream, hears, 5'000);
    if (progress == Progress::closed) return when_done();
    REQUIRE(progress != Progress::failed);
    stream.await_readable([this] { read(); });
  }
};

TEST_CASE("two who only await what they are told to await come to an end") {
  const Contexts contexts;
  for (const bool is_tls : {false, true}) {
    for (const int send_buffer_bytes : {0, 4096}) {
      CAPTURE(is_tls);
      CAPTURE(send_buffer_bytes);
      EventLoop loop;
      auto ends = socket_pair(send_buffer_bytes);
      Stream client = is_tls ? Stream{loop, std::move(ends.first), contexts.client, "localhost"} : Stream{loop, std::move(ends.first)};
      Stream server{loop, std::move(ends.second), is_tls ? contexts.server : nullptr};
      const std::string by_client = text_of_bytes(600'000, 1), by_server = text_of_bytes(900'000, 2);
      int done = 0;
      const auto when_done = [&] {
        if (++done == 2) loop.stop();
      };
      Talker a{client, by_client, when_done}, b{server, by_server, when_done};
      Timer too_late{loop, [&] { loop.stop(); }};
      too_late.set(now().instant + seconds{30});
      a.begin();
      b.begin();
      loop.run([](bool) {});
      CHECK(done == 2);
      CHECK(a.hears == by_server);
      CHECK(b.hears == by_client);
    }
  }
}

}  // namespace
}  // namespace starling::net
