#include "starling/io/net/tls_session.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "starling/io/net/stream_for_test.hpp"

namespace starling::net {
namespace {

using namespace std::string_view_literals;

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
