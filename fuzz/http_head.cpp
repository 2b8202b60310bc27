/// @file
/// What requests a connection's bytes hold does not depend on the pieces they come in; what is accepted is in order, and said again plainly it is read
/// again; what is held is within the limits.
///
/// An input is the bytes of an HTTP connection. Where it is cut follows from the bytes.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/head_mutator.hpp"
#include "fuzz/json_mutator.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/random.hpp"
#include "starling/io/http/request_reader.hpp"

namespace starling::http {
namespace {

struct Heard {
  std::string requests;  ///< said again: one after the other, in their plainest form
  std::size_t count = 0;
  std::string end;  ///< the refusal, or what the connection became
  bool operator==(const Heard&) const = default;
};

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7F'; });
}

/// What is handed out is what may be.
void check(const Request& request, RequestLimits limits) {
  STARLING_CHECK(request.count("Host") == 1);
  STARLING_CHECK(request.count("Content-Length") + request.count("Transfer-Encoding") <= 1);
  STARLING_CHECK(request.path.starts_with('/'));
  STARLING_CHECK(request.body.size() <= limits.body_bytes_max);
  STARLING_CHECK(!request.method.empty() && request.method != "CONNECT");
  std::size_t bytes = request.method.size() + request.path.size() + request.query.size();
  for (const std::string* part : {&request.method, &request.path, &request.query}) STARLING_CHECK(!has_control(*part) && part->find(' ') == std::string::npos);
  for (const Header& header : request.headers) {
    bytes += header.name.size() + header.value.size();
    STARLING_CHECK(!header.name.empty() && header.name.find_first_of(" \t:") == std::string::npos);
    STARLING_CHECK(!has_control(header.name) && !has_control(header.value));
    STARLING_CHECK(!header.value.starts_with(' ') && !header.value.ends_with(' '));
  }
  STARLING_CHECK(bytes <= limits.head_bytes_max);
}

std::string plain(const Request& request) {
  std::string text = request.method + ' ' + request.path + (request.query.empty() ? "" : "?" + request.query) + " HTTP/1.1\r\n";
  for (const Header& header : request.headers) {
    constexpr std::array<std::string_view, 4> kOfTheWay{"Content-Length", "Transfer-Encoding", "Connection", "Expect"};
    const bool is_of_the_way = std::any_of(kOfTheWay.begin(), kOfTheWay.end(), [&](std::string_view name) { return equals_ignoring_case(header.name, name); });
    if (!is_of_the_way) text += header.name + ": " + header.value + "\r\n";
  }
  return text + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
}

Heard read(RequestLimits limits, std::string_view bytes, const std::function<std::size_t()>& next_size) {
  RequestReader reader{limits};
  Heard heard;
  while (!bytes.empty()) {
    const auto piece = std::make_unique<std::string>(bytes.substr(0, next_size()));  // gone once it is read
    bytes.remove_prefix(piece->size());
    reader.receive(*piece);
    bool goes_on = true;
    while (goes_on) {
      switch (reader.next()) {
        case RequestStep::more:
          // A string grows by doubling, and the last piece is in it.
          STARLING_CHECK(reader.buffer_bytes() <= 2 * (limits.head_bytes_max + limits.body_bytes_max + piece->size() + 32), reader.buffer_bytes());
          goes_on = false;
          break;
        case RequestStep::head:
          check(reader.request(), limits);
          STARLING_CHECK(!reader.wants_continue() || (!reader.is_whole() && reader.rest().empty()));
          if (!reader.request().is_upgrade()) break;
          STARLING_CHECK(reader.is_whole());
          heard.end = "upgraded: " + std::string{reader.rest()} + std::string{bytes};
          return heard;
        case RequestStep::whole:
          check(reader.request(), limits);
          heard.requests += plain(reader.request());
          ++heard.count;
          reader.begin_next();
          break;
        case RequestStep::refused:
          STARLING_CHECK(reader.is_last() && !reader.is_whole() && reader.buffer_bytes() == 0);
          STARLING_CHECK(reader.refusal().status >= 400 && reader.refusal().status <= 505 && !reader.refusal().detail.empty());
          heard.end = std::to_string(reader.refusal().status) + std::string{reader.refusal().detail};
          reader.begin_next();
          reader.receive("GET / HTTP/1.1\r\n");
          STARLING_CHECK(reader.rest().empty());
          return heard;
      }
    }
  }
  return heard;
}

void check(RequestLimits limits, std::string_view bytes, std::uint64_t seed) {
  Random random{seed};
  const Heard heard = read(limits, bytes, [&bytes] { return bytes.size(); });
  STARLING_CHECK(heard == read(limits, bytes, [] { return std::size_t{1}; }));
  STARLING_CHECK(heard == read(limits, bytes, [&random] { return 1 + random.below(random.chance(0.5) ? 4 : 60); }));

  const RequestLimits wide{.head_bytes_max = 2 * limits.head_bytes_max + 100, .body_bytes_max = limits.body_bytes_max};
  const Heard again = read(wide, heard.requests, [&heard] { return heard.requests.size(); });
  STARLING_CHECK(again.count == heard.count && again.end.empty());
  STARLING_CHECK(again.requests == heard.requests);
}

constexpr std::array<std::string_view, 5> kHeads{
    "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: y\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: y\r\n\r\n",
    "GET http://x:80/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes",
};
constexpr std::array<std::string_view, 21> kLines{
    "Host: x", "Host: [::1]:8080", "Content-Length: 5", "Content-Length: 64", "Content-Length: 65", "Content-Length: 18446744073709551616", "Content-Length: 5, 5",
    "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Connection: close", "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Expect: 100-continue",
    "GET / HTTP/1.1", "GET / HTTP/1.0", "OPTIONS * HTTP/1.1", "PRI * HTTP/2.0", "", "0", "40", "1;a=\"b"};

}  // namespace
}  // namespace starling::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = starling::as_text({bytes, size});
  std::uint64_t seed = size;
  for (const char c : text) seed = seed * 31 + static_cast<unsigned char>(c);
  starling::http::check({.head_bytes_max = 120, .body_bytes_max = 64}, text, seed);
  starling::http::check({}, text, seed);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, [](std::string_view text, starling::Random& random, std::size_t most) {
    return starling::fuzz::mutate_head(text, random, most, {starling::http::kHeads, starling::http::kLines});
  });
}
