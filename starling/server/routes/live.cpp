#include "starling/server/routes/live.hpp"

#include <algorithm>

#include "starling/core/ws/deflate_offer.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/io/http/problem.hpp"

namespace starling::routes {

http::Response upgrade_required(std::string_view detail) {
  http::Response response = http::problem(426, detail);
  response.headers.push_back({"Connection", "Upgrade"});
  response.headers.push_back({"Upgrade", "websocket"});
  response.headers.push_back({"Sec-WebSocket-Version", "13"});
  return response;
}

bool offers(const http::Request& request, std::string_view subprotocol) {
  return std::ranges::any_of(request.headers, [subprotocol](const http::Header& header) {
    if (!http::equals_ignoring_case(header.name, kSubprotocols.name)) return false;
    const auto offered = http::list_elements(header.value);
    return std::ranges::find(offered, subprotocol) != offered.end();
  });
}

std::variant<Agreed, http::Response> agree_to_upgrade(const http::Request& request, std::string_view subprotocol, bool compression) {
  if (request.method != "GET") {
    http::Response response = http::problem(405, "an upgrade is a GET");
    response.headers.push_back({"Allow", "GET"});
    return response;
  }
  if (request.count("Sec-WebSocket-Version") != 1 || request.header("Sec-WebSocket-Version") != "13") {
    return upgrade_required("only version 13 of the WebSocket protocol is spoken (RFC 6455)");
  }
  const std::string_view key = request.header("Sec-WebSocket-Key");
  if (request.count("Sec-WebSocket-Key") != 1 || !ws::is_valid_key(key)) {
    return http::problem(400, "Sec-WebSocket-Key is missing or not the Base64 of 16 bytes");
  }
  // Who offers none gets version 1; who offers only others would not understand us.
  bool has_offer = false;
  bool is_ours_offered = false;
  for (const http::Header& header : request.headers) {
    if (!http::equals_ignoring_case(header.name, kSubprotocols.name)) continue;
    const auto offers = http::list_elements(header.value);
    if (offers.empty() || !std::ranges::all_of(offers, ws::is_subprotocol)) {
      return http::problem(400, "Sec-WebSocket-Protocol is a list of tokens");
    }
    for (const std::string_view offered : offers) {
      has_offer = true;
      is_ours_offered = is_ours_offered || (!subprotocol.empty() && offered == subprotocol);
    }
  }
  if (has_offer && !is_ours_offered && !subprotocol.empty()) return http::problem(400, "the subprotocol spoken here is " + std::string{subprotocol});
  std::vector<std::string_view> extensions;
  for (const http::Header& header : request.headers) {
    if (http::equals_ignoring_case(header.name, "Sec-WebSocket-Extensions")) extensions.push_back(header.value);
  }
  const auto deflate = ws::answer_deflate_offers(extensions);
  if (!deflate) return http::problem(400, "Sec-WebSocket-Extensions is malformed (RFC 6455, section 9.1)");
  const bool deflates = compression && deflate->has_value();
  std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      ws::accept_key(key) + "\r\n";
  if (is_ours_offered) head += "Sec-WebSocket-Protocol: " + std::string{subprotocol} + "\r\n";
  if (deflates) head += "Sec-WebSocket-Extensions: " + **deflate + "\r\n";
  head += "\r\n";
  return Agreed{std::move(head), deflates};
}

}  // namespace starling::routes
