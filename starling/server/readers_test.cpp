// Readers over HTTP against a whole server, with one shard and with several.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "starling/core/base/json.hpp"
#include "starling/server/client_for_test.hpp"
#include "starling/server/shards_for_test.hpp"

namespace starling {
namespace {

/// An answer in chunks, read as it comes.
class ChunkedReader {
 public:
  ChunkedReader(std::uint16_t port, const std::string& target, const std::string& headers = {}) : connection_(port) {
    connection_.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  }

  /// The body from its beginning, once `mark` is in it.
  const std::string& hear(std::string_view mark) {
    while (body.find(mark) == std::string::npos && !is_over) receive();
    CHECK(body.find(mark) != std::string::npos);
    return body;
  }
  const std::string& hear_all() {
    while (!is_over) receive();
    return body;
  }

  std::string head, body;
  bool is_over = false;

 private:
  void receive() {
    const std::string more = connection_.receive();
    REQUIRE(!more.empty());
    text_ += more;
    if (head.empty()) {
      const std::size_t end = text_.find("\r\n\r\n");
      if (end == std::string::npos) return;
      head = text_.substr(0, end + 2);
      text_.erase(0, end + 4);
    }
    for (std::size_t line = text_.find("\r\n"); line != std::string::npos; line = text_.find("\r\n")) {
      const std::size_t bytes = std::stoul(text_.substr(0, line), nullptr, 16);
      if (text_.size() < line + 2 + bytes + 2) return;
      is_over = bytes == 0;
      body += text_.substr(line + 2, bytes);
      text_.erase(0, line + 2 + bytes + 2);
    }
  }

  ConnectionForTest connection_;
  std::string text_;
};

std::string since_of(const std::string& body) { return json::decode(*json::find(body, "since")); }

TEST_CASE_TEMPLATE("what is published reaches a stream, and who comes back with its cursor is told what it missed", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"x":1,"y":1})").status == 200);
  std::string cursor;
  {
    ChunkedReader reader{server.port(), "/api/v1/stream?channels=a:*"};
    reader.hear(R"("more":false})");
    CHECK(reader.head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(reader.head.find("Cache-Control: no-store\r\n") != std::string::npos);
    CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"x":2})").status == 200);
    const std::string& body = reader.hear(R"("patch":{"1":{"x":2}})");
    const std::size_t id = body.rfind("\nid: ") + 5;
    cursor = body.substr(id, body.find('\n', id) - id);
  }
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"y":3})").status == 200);
  // On whatever shard: what one has told is known to all.
  for (int i = 0; i < 6; ++i) {
    const bool is_header = i % 2 == 0;
    ChunkedReader again{server.port(), "/api/v1/stream?channels=a:*" + (is_header ? "" : "&since=" + cursor), is_header ? "Last-Event-ID: " + cursor + "\r\n" : ""};
    const std::string& body = again.hear(R"("patch":{"1":{"y":3}})");
    CHECK(body.find(R"("resumed":true)") != std::string::npos);
    CHECK(body.find("snapshot") == std::string::npos);
  }
}

TEST_CASE_TEMPLATE("a chain of polls, each on a connection of its own, reads what was published before it was asked", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  std::string since;
  for (int i = 1; i <= 50; ++i) {
    const std::string data = "{\"n\":" + std::to_string(i) + "}";
    CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", data).status == 200);
    ChunkedReader poll{server.port(), "/api/v1/changes?channels=a:b&wait=0s" + (since.empty() ? "" : "&since=" + since)};
    const std::string& body = poll.hear_all();
    CHECK(body.find(data) != std::string::npos);
    CHECK((body.find("snapshot") == std::string::npos) == (i > 1));
    since = since_of(body);
    CHECK(since.find(":" + std::to_string(i) + ":") != std::string::npos);
  }
}

TEST_CASE_TEMPLATE("a poll that waits is answered by the news, or when its wait is over", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"n":1})").status == 200);
  const std::string since = since_of(ChunkedReader{server.port(), "/api/v1/changes?channels=a:b&wait=0s"}.hear_all());
  ChunkedReader in_vain{server.port(), "/api/v1/changes?channels=a:b&wait=50ms&since=" + since};
  CHECK(in_vain.hear_all() == R"({"frames":[],"since":")" + since + "\"}");
  ChunkedReader waiting{server.port(), "/api/v1/changes?channels=a:b&wait=60s&since=" + since};
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"n":2})").status == 200);
  CHECK(json::find(waiting.hear_all(), "frames") == R"([{"type":"update","id":1,"seq":2,"channels":{"a:b":{"patch":{"1":{"n":2}}}}}])");
}

TEST_CASE_TEMPLATE("a large snapshot comes whole, in the frames that a viewer gets", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  std::string lines;
  for (int i = 0; i < 5'000; ++i) lines += "{\"key\":\"" + std::to_string(i) + "\",\"data\":{\"text\":\"" + std::string(200, 'x') + "\"}}\n";
  CHECK(post(server.port(), "/api/v1/publish/a:b", lines, "application/x-ndjson").status == 200);
  ChunkedReader poll{server.port(), "/api/v1/changes?channels=a:b"};
  const std::string& body = poll.hear_all();
  CHECK(json::compact(body).has_value());
  std::size_t records = 0, frames = 0;
  for (const std::string_view frame : json::Elements{*json::find(body, "frames")}) {
    ++frames;
    const auto channels = json::find(frame, "channels");
    if (!channels) continue;
    for (const json::Member& record : json::Members{*json::find(*channels, "a:b")}) records += !record.name.empty();
  }
  CHECK(records == 5'000);
  CHECK(frames > 10);
}

TEST_CASE_TEMPLATE("when the server stops, a stream is told when to come back, and ends", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  ChunkedReader reader{server.port(), "/api/v1/stream?channels=a:*"};
  reader.hear(R"("more":false})");
  (*server).stop();
  const std::string& told = reader.hear_all();
  CHECK(told.find("retry: ") < told.find(R"(data: {"type":"bye","reason":"restart","reconnect_ms":)"));
}

}  // namespace
}  // namespace starling
