/// @file
/// A handshake is agreed to by both sides or by none. What the server agrees to is in order and is an answer that our client accepts; what our client
/// accepts is the answer to its key; and who the client is, by a proxy's word, is an address.
///
/// An input is a head: read as a request by the server, and as an answer by the client, whose key is the RFC's.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/head_mutator.hpp"
#include "fuzz/json_mutator.hpp"
#include "starling/client/answer_head.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/io/http/request_reader.hpp"
#include "starling/server/client_address.hpp"
#include "starling/server/guard.hpp"
#include "starling/server/routes/live.hpp"

namespace starling {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 §1.3
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// Of a request that the server agreed to.
void check_agreement(const http::Request& request, const routes::Agreed& agreed_to) {
  const std::string& agreement = agreed_to.head;
  const std::string key{request.header("Sec-WebSocket-Key")};
  STARLING_CHECK(request.method == "GET");
  STARLING_CHECK(request.count("Sec-WebSocket-Key") == 1 && ws::is_valid_key(key));
  STARLING_CHECK(request.count("Sec-WebSocket-Version") == 1 && request.header("Sec-WebSocket-Version") == "13");
  // One head, to which nothing of the request's could add a line.
  STARLING_CHECK(agreement.ends_with("\r\n\r\n") && count_of(agreement, "\r\n\r\n") == 1);
  const bool names_ours = count_of(agreement, "Sec-WebSocket-Protocol: starling.v1\r\n") == 1;
  STARLING_CHECK(count_of(agreement, "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover") == (agreed_to.deflates ? 1u : 0u));
  STARLING_CHECK(count_of(agreement, "\r\n") == 5u + (names_ours ? 1u : 0u) + (agreed_to.deflates ? 1u : 0u));
  STARLING_CHECK(request.has_token("Sec-WebSocket-Protocol", routes::kSubprotocol) || !names_ours);
  const auto head = client::read_answer_head(agreement);
  STARLING_CHECK(head.has_value());
  std::optional<ws::DeflateAnswer> deflate;
  const auto agreed = ws::check_server_answer(head->status, head->headers, key, names_ours ? routes::kSubprotocol : std::string_view{}, &deflate);
  STARLING_CHECK(deflate.has_value() == agreed_to.deflates);
  STARLING_CHECK(agreed && *agreed == (names_ours ? routes::kSubprotocol : std::string_view{}));
}

void check_refusal(const http::Response& response) {
  STARLING_CHECK(response.status == 400 || response.status == 405 || response.status == 426, response.status);
  bool has_version = false;
  for (const http::Header& header : response.headers) has_version = has_version || (header.name == "Sec-WebSocket-Version" && header.value == "13");
  STARLING_CHECK(has_version == (response.status == 426));
  STARLING_CHECK(response.headers.front().value == "application/problem+json");
}

void check_request(std::string_view text) {
  http::RequestReader reader{{}};
  reader.receive(text);
  if (reader.next() != http::RequestStep::head) return;
  http::Request& request = reader.request();
  const auto answer = routes::agree_to_upgrade(request, routes::kSubprotocol, true);
  if (const auto* agreement = std::get_if<routes::Agreed>(&answer)) {
    check_agreement(request, *agreement);
  } else {
    check_refusal(std::get<http::Response>(answer));
  }

  GuardOptions guard;
  guard.trusted_proxies.addresses = {*config::read_address_range("10.0.0.0/8")};
  for (const std::string_view peer : {"10.0.0.1", "127.0.0.1"}) {
    request.peer.address = peer;
    const auto client = client_address(request, guard.trusted_proxies);
    STARLING_CHECK(!client || read_forwarded_address(*client) == *client);
    STARLING_CHECK(peer == "10.0.0.1" || (client && *client == peer));
    const auto refusal = check_at_door(request, guard);
    STARLING_CHECK(refusal || client);
    STARLING_CHECK(!refusal || (refusal->status >= 400 && refusal->status <= 421 && !refusal->detail.empty()));
  }
}

void check_answer(std::string_view text) {
  const auto head = client::read_answer_head(text.substr(0, text.find("\r\n\r\n") == std::string_view::npos ? 0 : text.find("\r\n\r\n") + 4));
  if (!head) return;
  STARLING_CHECK(head->status <= 999);
  const auto agreed = ws::check_server_answer(head->status, head->headers, kKey, routes::kSubprotocol);
  if (!agreed) return;
  STARLING_CHECK(head->status == 101);
  STARLING_CHECK(agreed->empty() || *agreed == routes::kSubprotocol);
  STARLING_CHECK(head->find("Sec-WebSocket-Accept") == kAccept);
  STARLING_CHECK(!head->find("Sec-WebSocket-Extensions"));
}

constexpr std::array<std::string_view, 2> kHeads{
    "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: starling.v1\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "Sec-WebSocket-Protocol: starling.v1\r\n\r\n",
};
constexpr std::array<std::string_view, 24> kLines{
    "Host: localhost:8080", "Host: [::1]", "Connection: keep-alive, Upgrade", "Upgrade: h2c, websocket", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==",
    "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: other, starling.v1", "Sec-WebSocket-Protocol: starling.v1", "Sec-WebSocket-Protocol:",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "Origin: http://localhost:8080", "Origin: null", "X-Forwarded-For: 192.0.2.7, 10.0.0.2",
    "X-Forwarded-For: [2001:db8::7]:443", "Forwarded: for=\"[2001:db8::7]:443\";proto=https", "Forwarded: for=192.0.2.7", "X-Forwarded-Proto: https",
    "X-Forwarded-Host: fleet.example", "HTTP/1.1 101 Switching Protocols", "HTTP/1.1 200 OK", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "POST /live HTTP/1.1", "Content-Type: application/json"};

}  // namespace
}  // namespace starling

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = starling::as_text({bytes, size});
  starling::check_request(text);
  starling::check_answer(text);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, [](std::string_view text, starling::Random& random, std::size_t most) {
    return starling::fuzz::mutate_head(text, random, most, {starling::kHeads, starling::kLines});
  });
}
