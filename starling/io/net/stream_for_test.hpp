/// @file
/// Two streams that are each other's peer, in one thread: what tests of them say, hear and wait for.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/random.hpp"
#include "starling/io/net/stream.hpp"
#include "starling/io/net/tls_for_test.hpp"

namespace starling::net {

inline std::pair<Descriptor, Descriptor> socket_pair(int send_buffer_bytes = 0) {
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

inline Transfer send(Stream& stream, std::string_view text) {
  const iovec part{const_cast<char*>(text.data()), text.size()};
  return stream.send({&part, 1});
}

/// One receive; what it brought is added to `into`.
inline Progress receive(Stream& stream, std::string& into, std::size_t bytes_max = 64 << 10) {
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

/// Shakes hands by reading alone, as the server does. False where it ends otherwise.
[[nodiscard]] inline bool shake_hands(Stream& client, Stream& server) {
  std::string none;
  const auto goes_on = [&](Stream& stream) { return receive(stream, none) < Progress::closed; };
  const bool has_ended = by_turns([&] {
    const bool does_client = goes_on(client), does_server = goes_on(server);
    return (client.is_established() && server.is_established()) || (!does_client && !does_server);
  });
  return has_ended && client.is_established() && server.is_established();
}

/// A client and a server under TLS.
struct Pair {
  explicit Pair(const Contexts& contexts, int send_buffer_bytes = 0) : Pair(contexts, socket_pair(send_buffer_bytes)) {}
  Pair(const Contexts& contexts, std::pair<Descriptor, Descriptor> ends)
      : client(loop, std::move(ends.first), contexts.client, "localhost"),
        server(loop, std::move(ends.second), contexts.server) {}
  EventLoop loop;
  Stream client, server;
};

inline std::string text_of_bytes(std::size_t bytes, std::uint64_t seed) {
  Random random{seed};
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

}  // namespace starling::net
