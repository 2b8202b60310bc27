#include "starling/io/http/request_reader.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"

namespace starling::http {
namespace {

/// What a connection's bytes say: a line for each request, and how it ends.
std::string read(std::string_view bytes, std::size_t piece_bytes, RequestLimits limits = {}) {
  RequestReader reader{limits};
  std::string said;
  while (!bytes.empty()) {
    const auto piece = std::make_unique<std::string>(bytes.substr(0, piece_bytes));  // gone once it is read
    bytes.remove_prefix(piece->size());
    reader.receive(*piece);
    for (bool goes_on = true; goes_on;) {
      switch (reader.next()) {
        case RequestStep::more:
          goes_on = false;
          break;
        case RequestStep::head:
          said += reader.request().method + ' ' + reader.request().path + '?' + reader.request().query + ' ' + std::string{reader.request().header("Host")};
          if (reader.is_last()) said += " last";
          break;
        case RequestStep::whole:
          said += " [" + reader.request().body + "]\n";
          reader.begin_next();
          break;
        case RequestStep::refused:
          CHECK(!reader.is_whole());
          CHECK(reader.is_last());
          return said + '\n' + std::to_string(reader.refusal().status) + ' ' + std::string{reader.refusal().detail};
      }
    }
  }
  return said + (reader.buffer_bytes() > 0 ? "…" : "");
}

/// The same whatever the pieces.
std::string read(std::string_view bytes, RequestLimits limits = {}) {
  const std::string want = read(bytes, bytes.size(), limits);
  for (const std::size_t piece_bytes : {1u, 2u, 3u, 7u, 64u}) {
    CAPTURE(piece_bytes);
    CHECK(read(bytes, piece_bytes, limits) == want);
  }
  return want;
}

unsigned status_of(std::string_view bytes, RequestLimits limits = {}) {
  const std::string said = read(bytes, limits);
  const std::size_t line = said.rfind('\n') + 1;  // of npos: 0
  return said.size() > line && said[line] >= '1' && said[line] <= '9' ? static_cast<unsigned>(std::stoul(said.substr(line, 3))) : 0;
}

TEST_CASE("requests are read one after the other, whatever the pieces") {
  CHECK(read("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n") == "GET /a?b=c x []\n");
  CHECK(read("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: y\r\n\r\n") == "POST /p? x [hello]\nGET /? y []\n");
  CHECK(read("POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhe\r\n3;a=b;c=\"d\"\r\nllo\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: y\r\n\r\n") ==
        "POST /p? x [hello]\nGET /? y []\n");
  CHECK(read("GET / HTTP/1.1\r\nhOST:x\r\nA:\r\nB: \t c d \t\r\n\r\n") == "GET /? x []\n");
  CHECK(read("GET / HTTP/1.0\r\nHost: x\r\n\r\n") == "GET /? x last []\n");
  CHECK(read("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Close\r\n\r\n") == "GET /? x last []\n");
  CHECK(read("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") == "POST /? x []\n");
  CHECK(read("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 007\r\n\r\n1234567") == "POST /? x [1234567]\n");
  CHECK(read("GET / HTTP/1.1\r\nHost: x\r\n\r") == "…");
}

TEST_CASE("a body of no chunk but the last is empty, although its bytes come one by one") {
  CHECK(read("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: y\r\n\r\n") == "POST /? x []\nGET /? y []\n");
  CHECK(read("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n00000000\r\n\r\n") == "POST /? x []\n");
}

TEST_CASE("a quote in a chunk's extension does not hide the end of its line") {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(read(head + "2;a=\"b\r\nhe\r\n0;\"\r\n\r\n") == "POST /? x [he]\n");
}

TEST_CASE("a trailer changes nothing") {
  RequestReader reader{{}};
  reader.receive("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: y\r\nOrigin: z\r\nContent-Length: 5\r\n\r\n");
  REQUIRE(reader.next() == RequestStep::head);
  REQUIRE(reader.next() == RequestStep::whole);
  CHECK(reader.request().count("Host") == 1);
  CHECK(reader.request().count("Origin") == 0);
}

TEST_CASE("a target is a path, or a URL whose host stands in for Host") {
  struct Case {
    std::string_view line, want;
  };
  for (const Case& c : {
           Case{"GET /a/../b%20c?d?e=/f", "GET /a/../b%20c?d?e=/f x []\n"},
           Case{"GET //a", "GET //a? x []\n"},
           Case{"GET http://other:81/z?q", "GET /z?q other:81 []\n"},
           Case{"GET HTTP://[::1]:8080", "GET /? [::1]:8080 []\n"},
           Case{"GET https://other?q", "GET /?q other []\n"},
           Case{"OPTIONS /", "OPTIONS /? x []\n"},
       }) {
    CAPTURE(c.line);
    CHECK(read(std::string{c.line} + " HTTP/1.1\r\nHost: x\r\n\r\n") == c.want);
  }
  for (const std::string_view line : {"OPTIONS *", "CONNECT x:443", "CONNECT /", "GET x:443", "GET *", "GET a/b", "GET ?a", "GET http:/a", "GET http:///a", "GET http://",
                                      "GET http://user@x/", "GET http://x y/", "GET ftp://x/", "GET /a#b", "GET /\xC3\xA4", "GET /a b", "GET  /", "GET /\t", "GET "}) {
    CAPTURE(line);
    CHECK(status_of(std::string{line} + " HTTP/1.1\r\nHost: x\r\n\r\n") == 400);
  }
}

TEST_CASE("what is no request, or of another version, is refused by its first line") {
  struct Case {
    std::string_view bytes;
    unsigned want;
  };
  for (const Case& c : {
           Case{"hello\r\n", 400},
           Case{"GET /\r\n", 400},  // HTTP/0.9
           Case{"GET / HTTP/1\r\n", 400},
           Case{"GET / HTTP/1.1.1\r\n", 400},
           Case{"GET / HTTP/1.x\r\n", 400},
           Case{"GET / http/1.1\r\n", 400},
           Case{"GET / HTTP/1.1 \r\n", 400},
           Case{"GET / HTTPS/1.1\r\n", 400},
           Case{"GET / HTTP/11\r\n", 400},
           Case{"GET / HTTP/0.9\r\n", 505},
           Case{"GET / HTTP/1.2\r\n", 505},
           Case{"GET / HTTP/2.0\r\n", 505},
           Case{"GET / HTTP/3.0\r\n", 505},
           Case{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},  // how HTTP/2 begins
           Case{"\r\nGET / HTTP/1.1\r\n", 400},
           Case{"\nGET / HTTP/1.1\r\n", 400},
           Case{" GET / HTTP/1.1\r\n", 400},
           Case{"\x16\x03\x01\x02", 400},  // how TLS begins
       }) {
    CAPTURE(c.bytes);
    CHECK(status_of(c.bytes) == c.want);
  }
}

TEST_CASE("a shape that two servers may read differently is refused") {
  struct Case {
    std::string_view name, head;
  };
  for (const Case& c : {
           Case{"length and coding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
           Case{"coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
           Case{"length and no coding", "Content-Length: 5\r\nTransfer-Encoding: identity\r\n"},
           Case{"two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"},
           Case{"one length twice", "Content-Length: 5\r\ncontent-length: 5\r\n"},
           Case{"a list of lengths", "Content-Length: 5,5\r\n"},
           Case{"a list of lengths with a space", "Content-Length: 5, 6\r\n"},
           Case{"a length with a sign", "Content-Length: +5\r\n"},
           Case{"a negative length", "Content-Length: -5\r\n"},
           Case{"a length in hexadecimal", "Content-Length: 0x5\r\n"},
           Case{"a length in hexadecimal digits", "Content-Length: a\r\n"},
           Case{"a length with a fraction", "Content-Length: 5.0\r\n"},
           Case{"two numbers", "Content-Length: 5 5\r\n"},
           Case{"no length", "Content-Length:\r\n"},
           Case{"a length of 2^64", "Content-Length: 18446744073709551616\r\n"},
           Case{"a length of 2^64 and 5", "Content-Length: 18446744073709551621\r\n"},
           Case{"another coding", "Transfer-Encoding: gzip\r\n"},
           Case{"chunked not last", "Transfer-Encoding: chunked, gzip\r\n"},
           Case{"chunked not first", "Transfer-Encoding: gzip, chunked\r\n"},
           Case{"chunked twice", "Transfer-Encoding: chunked, chunked\r\n"},
           Case{"chunked in two headers", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
           Case{"chunked, after another header", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"},
           Case{"chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n"},
           Case{"chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n"},
           Case{"something like chunked", "Transfer-Encoding: xchunked\r\n"},
           Case{"no coding", "Transfer-Encoding:\r\n"},
           Case{"a vertical tab", "Transfer-Encoding: \x0B" "chunked\r\n"},
           Case{"a folded line", "A: b\r\n c\r\n"},
           Case{"a folded line of a tab", "A: b\r\n\tc\r\n"},
           Case{"a folded coding", "Transfer-Encoding:\r\n chunked\r\n"},
           Case{"a first header that is folded", " A: b\r\n"},
           Case{"a space before the colon", "Content-Length : 5\r\n"},
           Case{"a tab before the colon", "Transfer-Encoding\t: chunked\r\n"},
           Case{"no colon", "Content-Length 5\r\n"},
           Case{"no name", ": 5\r\n"},
           Case{"a name that is no token", "Content(Length: 5\r\n"},
           Case{"a name in UTF-8", "\xC3\xA4: b\r\n"},
           Case{"LF alone", "A: b\nContent-Length: 5\r\n"},
           Case{"CR alone", "A: b\rContent-Length: 5\r\n"},
           Case{"CR CR LF", "A: b\r\r\n"},
           Case{"an escape", "A: b\x1B\r\n"},
           Case{"a delete", "A: b\x7F\r\n"},
           Case{"a Connection that is no list", "Connection: (close)\r\n"},
           Case{"two hosts", "Host: x\r\n"},
           Case{"two hosts that differ", "host: y\r\n"},
       }) {
    CAPTURE(c.name);
    CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\n" + std::string{c.head} + "\r\nhello") == 400);
  }
  CHECK(status_of("GET / HTTP/1.1\r\nHost: x\r\nA: b" + std::string(1, '\0') + "\r\n\r\n") == 400);
  CHECK(status_of("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\nHost: x\n\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: x\r\n\n") == 400);
}

TEST_CASE("a request has one Host, which is a host") {
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 400);
  CHECK(status_of("GET http://x/ HTTP/1.1\r\n\r\n") == 400);
  for (const std::string_view host : {"x", "x:80", "[::1]:80", "a-b.c_d", "%41", ""}) {
    CAPTURE(host);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n") == 0);
  }
  for (const std::string_view host : {"x, y", "x,y", "x y", "x@y", "x/y", "x?y", "x#y", "\"x\"", "x\\y", "\xC3\xA4"}) {
    CAPTURE(host);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n") == 400);
  }
}

TEST_CASE("a body that is not in chunks is refused where that shows") {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view body : {
           "x\r\n\r\n\r\n", "+2\r\nhe\r\n", "-2\r\nhe\r\n", "0x2\r\nhe\r\n0\r\n\r\n", " 2\r\nhe\r\n", "2 \r\nhe\r\n", "2 x\r\nhe\r\n", ";a\r\nhe\r\n", "2\nhe\r\n", "2\rhe\r\n",
           "2;a\nb\r\nhe\r\n", "2;a\rb\r\nhe\r\n", "2;a=\"\x01\"\r\nhe\r\n", "2 ;a\r\nhe\r\n",
           "10000000000000000\r\nhe\r\n", "FFFFFFFFFFFFFFFFF\r\nhe\r\n",
           "2\r\nhello\r\n0\r\n\r\n", "2\r\nheX\r\n\r\n\r\n", "2\r\nhe\n0\r\n\r\n", "2\r\nhe\r\nx\r\n\r\n",
           "0\r\n: b\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "0\r\n\n", "0\r\nA\r\n\r\n", "0\r\nA : b\r\n\r\n", "0\r\nA: b\nC: d\r\n\r\n", "0 x\r\n\r\n"}) {
    CAPTURE(body);
    CHECK(status_of(head + std::string{body}) == 400);
  }
  CHECK(status_of(head + "FFFFFFFFFFFFFFFF\r\n\r\n") == 413);
}

TEST_CASE("a head may have head_bytes_max, and not one byte more") {
  for (const std::size_t max : {60u, 200u, 16u << 10}) {
    const std::string start = "GET /a HTTP/1.1\r\nHost: x\r\nX: ";
    for (const std::size_t bytes : {max - 1, max, max + 1}) {
      CAPTURE(bytes);
      const std::string head = start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
      CHECK(status_of(head, {.head_bytes_max = max}) == (bytes <= max ? 0 : 431));
      // The limit is of each head, however many come together.
      CHECK(status_of("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + head, {.head_bytes_max = max}) == (bytes <= max ? 0 : 431));
    }
    CHECK(status_of(start + std::string(max, 'x'), {.head_bytes_max = max}) == 431);
    CHECK(status_of("GET /" + std::string(max, 'x'), {.head_bytes_max = max}) == 431);
    CHECK(status_of("GET /a HTTP/1.1\r\n" + std::string(max, 'x'), {.head_bytes_max = max}) == 431);
  }
}

TEST_CASE("the head of a chunk and the trailer have the bound of a head") {
  const std::string start = "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  constexpr std::size_t kMax = 100;
  for (const std::size_t bytes : {kMax - 1, kMax, kMax + 1}) {
    CAPTURE(bytes);
    const std::string chunk = "1;a=" + std::string(bytes - 6, 'x') + "\r\n";
    CHECK(status_of(start + chunk + "y\r\n0\r\n\r\n", {.head_bytes_max = kMax}) == (bytes <= kMax ? 0 : 431));
    const std::string last = "0\r\nX: " + std::string(bytes - 10, 'x') + "\r\n\r\n";
    CHECK(status_of(start + last, {.head_bytes_max = kMax}) == (bytes <= kMax ? 0 : 431));
  }
  for (const std::string_view endless : {"1;", "0;", "2\r\nhe\r\n0\r\nX: "}) {
    CAPTURE(endless);
    CHECK(status_of(start + std::string{endless} + std::string(40'000, 'x')) == 431);
  }
}

TEST_CASE("a body may have body_bytes_max, and not one byte more, which its declared length shows") {
  constexpr RequestLimits kLimits{.body_bytes_max = 100};
  for (const std::size_t bytes : {99u, 100u, 101u}) {
    CAPTURE(bytes);
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
    CHECK(status_of(head, kLimits) == (bytes <= 100 ? 0 : 413));
    CHECK(status_of(head + std::string(bytes, 'x'), kLimits) == (bytes <= 100 ? 0 : 413));
    const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" + std::string(50, 'x') + "\r\n";
    constexpr std::string_view kSecond[]{"31\r\n", "32\r\n", "33\r\n"};
    CHECK(status_of(chunked + std::string{kSecond[bytes - 99]}, kLimits) == (bytes <= 100 ? 0 : 413));
  }
  CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n", kLimits) == 413);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\nContent-Length: 101\r\n\r\n", kLimits) == 400);
}

TEST_CASE("a body costs what has come of it, not what was declared") {
  RequestReader reader{{.body_bytes_max = 16 << 20}};
  reader.receive("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16000000\r\n\r\nx");
  REQUIRE(reader.next() == RequestStep::head);
  REQUIRE(reader.next() == RequestStep::more);
  CHECK(reader.buffer_bytes() < 200);
  reader.receive(std::string(100'000, 'x'));
  REQUIRE(reader.next() == RequestStep::more);
  CHECK(reader.buffer_bytes() >= 100'001 - 15);
  CHECK(reader.buffer_bytes() <= 400'000);
  reader.begin_next();
  CHECK(reader.buffer_bytes() == 0);
}

TEST_CASE("100 Continue is waited for by who expects it and has sent nothing of the body") {
  struct Case {
    std::string_view version, headers, body;
    bool want;
  };
  for (const Case& c : {
           Case{"1.1", "Content-Length: 5\r\nExpect: 100-Continue\r\n", "", true},
           Case{"1.1", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", "", true},
           Case{"1.1", "Content-Length: 5\r\nExpect: 100-continue\r\n", "h", false},
           Case{"1.1", "Content-Length: 0\r\nExpect: 100-continue\r\n", "", false},
           Case{"1.1", "Content-Length: 5\r\n", "", false},
           Case{"1.0", "Content-Length: 5\r\nExpect: 100-continue\r\n", "", false},
           Case{"1.0", "Content-Length: 5\r\nExpect: tea\r\n", "", false},
       }) {
    CAPTURE(c.headers);
    RequestReader reader{{}};
    reader.receive("POST / HTTP/" + std::string{c.version} + "\r\nHost: x\r\n" + std::string{c.headers} + "\r\n" + std::string{c.body});
    REQUIRE(reader.next() == RequestStep::head);
    CHECK(reader.wants_continue() == c.want);
  }
  CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n") == 417);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n") == 417);
}

TEST_CASE("an upgrade is asked for in HTTP/1.1 and has no body; what is behind it is left alone") {
  const std::string upgrade = "Host: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
  CHECK(status_of("GET / HTTP/1.0\r\n" + upgrade + "\r\n") == 400);
  CHECK(status_of("GET / HTTP/2.0\r\n" + upgrade + "\r\n") == 505);
  CHECK(status_of("GET / HTTP/1.1\r\n" + upgrade + "Content-Length: 5\r\n\r\nhello") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n" + upgrade + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);

  RequestReader reader{{}};
  reader.receive("GET / HTTP/1.1\r\n" + upgrade + "Content-Length: 0\r\n\r\n\x81\x85 no HTTP");
  REQUIRE(reader.next() == RequestStep::head);
  CHECK(reader.is_whole());
  CHECK(reader.rest() == "\x81\x85 no HTTP");
}

TEST_CASE("requests at random are read as they were written, however they are cut") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    std::string bytes, want;
    for (int i = 0; i < 10; ++i) {
      const std::string path = "/" + std::string(random.below(20), 'p');
      const std::string body(random.below(300), static_cast<char>('a' + i));
      bytes += "POST " + path + " HTTP/1.1\r\nHost: x\r\n";
      for (auto left = random.below(5); left > 0; --left) bytes += "X: " + std::string(random.below(50), 'v') + "\r\n";
      if (random.chance(0.5)) {
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      } else {
        bytes += "Transfer-Encoding: chunked\r\n\r\n";
        for (std::string_view left = body; !left.empty();) {
          const std::string_view chunk = left.substr(0, 1 + random.below(left.size()));
          left.remove_prefix(chunk.size());
          bytes += fmt::format("{:x}{}\r\n{}\r\n", chunk.size(), random.chance(0.3) ? ";a=b" : "", chunk);
        }
        bytes += random.chance(0.5) ? "0\r\n\r\n" : "0;a\r\nT: u\r\n\r\n";
      }
      want += "POST " + path + "? x [" + body + "]\n";
    }
    CHECK(read(bytes) == want);
  }
}

}  // namespace
}  // namespace starling::http
