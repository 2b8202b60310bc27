#include "starling/io/net/stream.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <vector>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/random.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/tls_for_test.hpp"

namespace starling::net {
namespace {

using std::chrono::seconds;
using namespace std::string_view_literals;

std::pair<Descriptor, Descriptor> socket_pair(int send_buffer_bytes = 0) {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
  for (const int end : ends) {
    if (send_buffer_bytes > 0) ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
  }
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

/// Both contexts, of one certificate.
struct Contexts {
  TestCertificates certificates;
  TlsFiles files = certificates.make();
  std::shared_ptr<const TlsContext> server = *TlsContext::for_server(files);
  std::shared_ptr<const TlsContext> client = *TlsContext::for_client(files.certificate);
};

Transfer send(Stream& stream, std::string_view text) {
  const iovec part{const_cast<char*>(text.data()), text.size()};
  return stream.send({&part, 1});
}

/// One receive; what it brought is added to `into`.
Progress receive(Stream& stream, std::string& into, std::size_t bytes_max = 64 << 10) {
  std::vector<std::uint8_t> buffer(bytes_max);
  const Transfer received = stream.receive(buffer);
  if (received.progress == Progress::done) into += as_text(Bytes{buffer}.first(received.bytes));
  return received.progress;
}

/// Both do by turns what they can, until `is_done`.
template <class IsDone>
[[nodiscard]] bool by_turns(IsDone is_done) {
  for (int round = 0; round < 100'000; ++round) {
    if (is_done()) return true;
  }
  return false;
}

/// Shakes hands by reading alone, as the server does.
[[nodiscard]] bool shake_hands(Stream& client, Stream& server) {
  std::string none;
  return by_turns([&] {
    (void)receive(client, none);
    (void)receive(server, none);
    return client.is_established() && server.is_established();
  });
}

struct Pair {
  explicit Pair(const Contexts& contexts, int send_buffer_bytes = 0) : Pair(contexts, socket_pair(send_buffer_bytes)) {}
  Pair(const Contexts& contexts, std::pair<Descriptor, Descriptor> ends)
      : client(loop, std::move(ends.first), contexts.client, "localhost"),
        server(loop, std::move(ends.second), contexts.server) {}
  EventLoop loop;
  Stream client, server;
};

std::string text_of_bytes(std::size_t bytes, std::uint64_t seed) {
  Random random{seed};
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

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

TEST_CASE("a handshake that fails says why") {
  const Contexts contexts;
  std::string none;
  SUBCASE("plain HTTP to a TLS port") {
    EventLoop loop;
    auto ends = socket_pair();
    Stream client{loop, std::move(ends.first)};
    Stream server{loop, std::move(ends.second), contexts.server};
    CHECK(receive(server, none) == Progress::would_block);
    CHECK(server.failure() == TlsFailure::none);
    (void)send(client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(receive(server, none) == Progress::failed);
    CHECK(server.failure() == TlsFailure::not_tls);
    CHECK(receive(server, none) == Progress::failed);
    // It can be told so: from here on the stream is plain.
    REQUIRE(server.is_plain_http());
    server.drop_tls();
    CHECK(!server.is_tls());
    CHECK(!server.is_plain_http());
    CHECK(server.failure() == TlsFailure::none);
    CHECK(send(server, "this port speaks TLS").bytes == 20);
    server.end_sending();
    std::string heard, rest;
    CHECK(receive(client, heard) == Progress::done);
    CHECK(heard == "this port speaks TLS");
    CHECK(receive(client, none) == Progress::closed);
    CHECK(receive(server, rest) == Progress::done);
    CHECK(rest == "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"sv.substr(5));
    CHECK(receive(server, rest) == Progress::would_block);
  }
  SUBCASE("garbage to a TLS port") {
    EventLoop loop;
    auto ends = socket_pair();
    Stream client{loop, std::move(ends.first)};
    Stream server{loop, std::move(ends.second), contexts.server};
    (void)send(client, text_of_bytes(1000, 7));
    CHECK(receive(server, none) == Progress::failed);
    CHECK(server.failure() != TlsFailure::none);
    CHECK(!server.is_plain_http());
  }
  SUBCASE("hung up in the middle") {
    Pair pair{contexts};
    (void)receive(pair.client, none);
    (void)receive(pair.server, none);
    pair.client.close();
    CHECK(by_turns([&] { return receive(pair.server, none) != Progress::would_block; }));
    CHECK(!pair.server.is_established());
    CHECK(pair.server.failure() == TlsFailure::hung_up);
  }
  SUBCASE("a certificate that nobody vouches for") {
    const auto stranger = *TlsContext::for_client(contexts.certificates.make("stranger").certificate);
    EventLoop loop;
    auto ends = socket_pair();
    Stream client{loop, std::move(ends.first), stranger, "localhost"};
    Stream server{loop, std::move(ends.second), contexts.server};
    CHECK(!shake_hands(client, server));
    CHECK(client.failure() == TlsFailure::untrusted);
    CHECK(client.failure_text().find("self-signed certificate") != std::string::npos);
    CHECK(server.failure() == TlsFailure::refused_by_peer);
  }
  SUBCASE("a certificate for somebody else") {
    for (const std::string_view host : {"example.org", "127.0.0.2"}) {
      EventLoop loop;
      auto ends = socket_pair();
      Stream client{loop, std::move(ends.first), contexts.client, host};
      Stream server{loop, std::move(ends.second), contexts.server};
      CHECK(!shake_hands(client, server));
      CHECK(client.failure() == TlsFailure::untrusted);
      CHECK(client.failure_text().find("mismatch") != std::string::npos);
    }
  }
  SUBCASE("an address in the certificate will do") {
    EventLoop loop;
    auto ends = socket_pair();
    Stream client{loop, std::move(ends.first), contexts.client, "127.0.0.1"};
    Stream server{loop, std::move(ends.second), contexts.server};
    CHECK(shake_hands(client, server));
    CHECK(client.failure_text().empty());
  }
}

/// OpenSSL's own client, for what ours would never say, through memory.
struct ForeignClient {
  ForeignClient() : context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), ssl(SSL_new(context.get()), SSL_free) {
    SSL_set_security_level(ssl.get(), 0);
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl.get());
  }
  /// What it has to say goes to the socket, and what is there comes from it.
  void carry(int socket) const {
    std::array<char, 4096> bytes;
    for (int n = 0; (n = BIO_read(SSL_get_wbio(ssl.get()), bytes.data(), bytes.size())) > 0;) {
      CHECK(::send(socket, bytes.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL) == n);
    }
    for (ssize_t n = 0; (n = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;) {
      CHECK(BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(n)) == n);
    }
  }
  [[nodiscard]] bool shake_hands(int socket, Stream& server) const {
    std::string none;
    for (int round = 0; round < 20; ++round) {
      (void)SSL_do_handshake(ssl.get());
      carry(socket);
      (void)receive(server, none);
      carry(socket);
    }
    return SSL_is_init_finished(ssl.get()) == 1 && server.is_established();
  }
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl;
};

TEST_CASE("TLS 1.2 and 1.3 are spoken, and nothing before them") {
  const Contexts contexts;
  struct Case {
    int version;
    bool is_spoken;
  };
  for (const Case& c : {Case{TLS1_VERSION, false}, Case{TLS1_1_VERSION, false}, Case{TLS1_2_VERSION, true}, Case{TLS1_3_VERSION, true}}) {
    CAPTURE(c.version);
    EventLoop loop;
    auto ends = socket_pair();
    Stream server{loop, std::move(ends.second), contexts.server};
    const ForeignClient client;
    SSL_set_min_proto_version(client.ssl.get(), c.version);
    SSL_set_max_proto_version(client.ssl.get(), c.version);
    CHECK(client.shake_hands(ends.first.number(), server) == c.is_spoken);
    if (c.is_spoken) CHECK(SSL_version(client.ssl.get()) == c.version);
    CHECK(server.failure() == (c.is_spoken ? TlsFailure::none : TlsFailure::version));
  }
}

TEST_CASE("of the protocols offered http/1.1 is taken, and an offer without it refused") {
  const Contexts contexts;
  struct Case {
    std::string_view offer, selected;
    bool is_accepted;
  };
  using namespace std::string_view_literals;
  for (const Case& c : {Case{"", "", true}, Case{"\x08http/1.1", "http/1.1", true}, Case{"\x02h2\x08http/1.1", "http/1.1", true},
                        Case{"\x02h2", "", false}, Case{"\x08http/1.0", "", false}}) {
    CAPTURE(c.offer);
    EventLoop loop;
    auto ends = socket_pair();
    Stream server{loop, std::move(ends.second), contexts.server};
    const ForeignClient client;
    if (!c.offer.empty()) SSL_set_alpn_protos(client.ssl.get(), reinterpret_cast<const unsigned char*>(c.offer.data()), static_cast<unsigned>(c.offer.size()));
    CHECK(client.shake_hands(ends.first.number(), server) == c.is_accepted);
    const unsigned char* selected = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl.get(), &selected, &size);
    CHECK(std::string_view{reinterpret_cast<const char*>(selected), size} == c.selected);
    CHECK(server.failure() == (c.is_accepted ? TlsFailure::none : TlsFailure::protocol));
  }
}

TEST_CASE("nobody shakes hands twice on one connection, and new keys are fine") {
  const Contexts contexts;
  EventLoop loop;
  auto ends = socket_pair();
  Stream server{loop, std::move(ends.second), contexts.server};
  const ForeignClient client;
  std::string heard;
  const auto say = [&](std::string_view text) {
    CHECK(SSL_write(client.ssl.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
    client.carry(ends.first.number());
    return receive(server, heard);
  };
  SUBCASE("renegotiation") {
    SSL_set_max_proto_version(client.ssl.get(), TLS1_2_VERSION);
    REQUIRE(client.shake_hands(ends.first.number(), server));
    CHECK(say("before") == Progress::done);
    SSL_renegotiate(client.ssl.get());
    (void)SSL_do_handshake(client.ssl.get());
    client.carry(ends.first.number());
    CHECK(receive(server, heard) == Progress::would_block);  // answered by a warning, no_renegotiation
    client.carry(ends.first.number());
    CHECK(SSL_do_handshake(client.ssl.get()) != 1);
    CHECK(heard == "before");
  }
  SUBCASE("new keys") {
    SSL_set_min_proto_version(client.ssl.get(), TLS1_3_VERSION);
    REQUIRE(client.shake_hands(ends.first.number(), server));
    for (int i = 0; i < 3; ++i) {
      SSL_key_update(client.ssl.get(), SSL_KEY_UPDATE_REQUESTED);
      CHECK(say("x") == Progress::done);
      CHECK(server.is_established());
      CHECK(send(server, "y").progress == Progress::done);
      client.carry(ends.first.number());
      char y = 0;
      CHECK(SSL_read(client.ssl.get(), &y, 1) == 1);
    }
    CHECK(heard == "xxx");
  }
  SUBCASE("new keys without end leave room for others") {
    SSL_set_min_proto_version(client.ssl.get(), TLS1_3_VERSION);
    REQUIRE(client.shake_hands(ends.first.number(), server));
    for (int i = 0; i < 5000; ++i) {
      SSL_key_update(client.ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
      (void)SSL_do_handshake(client.ssl.get());
    }
    (void)SSL_write(client.ssl.get(), "z", 1);
    // All of it is in the socket before the server looks.
    std::array<char, 200'000> bytes;
    const int size = BIO_read(SSL_get_wbio(client.ssl.get()), bytes.data(), bytes.size());
    REQUIRE(size > 100'000);
    int sent = 0, rounds = 0;
    while (heard.empty() && ++rounds < 100) {
      const ssize_t taken = ::send(ends.first.number(), bytes.data() + sent, static_cast<std::size_t>(size - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (taken > 0) sent += static_cast<int>(taken);
      (void)receive(server, heard);
    }
    CHECK(heard == "z");
    CHECK(rounds >= 2);
  }
}

TEST_CASE("a close is told, and after it the socket is not touched") {
  const Contexts contexts;
  for (const bool is_ended_before : {false, true}) {
    CAPTURE(is_ended_before);
    EventLoop loop;
    auto ends = socket_pair();
    Stream server{loop, std::move(ends.second), contexts.server};
    const ForeignClient client;
    REQUIRE(client.shake_hands(ends.first.number(), server));
    const int number = server.number();
    if (is_ended_before) server.end_sending();
    server.close();
    server.close();
    client.carry(ends.first.number());
    char none = 0;
    CHECK(SSL_read(client.ssl.get(), &none, 1) == 0);
    CHECK((SSL_get_shutdown(client.ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0);

    // Somebody else may have the number now.
    auto others = socket_pair();
    REQUIRE((others.first.number() == number || others.second.number() == number));
    const Descriptor& reused = others.first.number() == number ? others.first : others.second;
    const Descriptor& peer = others.first.number() == number ? others.second : others.first;
    (void)!::send(peer.number(), "x", 1, 0);
    std::string heard;
    CHECK(receive(server, heard) == Progress::failed);
    CHECK(send(server, "y").progress == Progress::failed);
    std::array<std::uint8_t, 4> bytes;
    CHECK(net::receive(peer.number(), bytes).progress == Progress::would_block);
    CHECK(net::receive(reused.number(), bytes).bytes == 1);
  }
}

TEST_CASE("a session is resumed by its ticket") {
  const Contexts contexts;
  std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session{nullptr, SSL_SESSION_free};
  for (const bool is_second : {false, true}) {
    EventLoop loop;
    auto ends = socket_pair();
    Stream server{loop, std::move(ends.second), contexts.server};
    const ForeignClient client;
    if (session) SSL_set_session(client.ssl.get(), session.get());
    REQUIRE(client.shake_hands(ends.first.number(), server));
    char none = 0;
    CHECK(SSL_read(client.ssl.get(), &none, 1) <= 0);  // the ticket comes behind the handshake
    CHECK(SSL_session_reused(client.ssl.get()) == (is_second ? 1 : 0));
    session.reset(SSL_get1_session(client.ssl.get()));
    SSL_set_shutdown(client.ssl.get(), SSL_SENT_SHUTDOWN);  // else OpenSSL holds the session to be spoilt
  }
}

}  // namespace
}  // namespace starling::net
