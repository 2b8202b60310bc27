// What a server still does once it is told to stop.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "starling/core/base/json.hpp"
#include "starling/server/client_for_test.hpp"
#include "starling/server/shards_for_test.hpp"

namespace starling {
namespace {

TEST_CASE_TEMPLATE("a stop says when to come back, closes the viewers with 1012 and takes nobody in", Shards, One, Three) {
  auto options = of<Shards>();
  options.drain_spread = std::chrono::milliseconds{1500};
  ServerForTest server{std::move(options)};
  const std::uint16_t port = server.port();
  ViewerForTest viewer{port};
  viewer.hear(R"("type":"welcome")");
  std::thread stopping{[&] { server.stop(); }};
  const std::string bye = viewer.hear(R"("type":"bye")");
  CHECK(bye.starts_with(R"({"type":"bye","reason":"restart","reconnect_ms":)"));
  CHECK(std::stoul(std::string{*json::find(bye, "reconnect_ms")}) < 1500);
  const ws::Close close = viewer.hear_close();
  CHECK(close.code == 1012);
  CHECK(close.reason == "restart");
  std::string answer;
  ws::append_close(answer, 1012, {}, ws::MaskingKey{});
  viewer.say_raw(answer);
  CHECK(viewer.hears_end());
  stopping.join();
  CHECK(!ConnectionForTest{port}.is_connected());
}

TEST_CASE_TEMPLATE("a request that has begun is answered after a stop, and the server is not ready any more", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  const std::uint16_t port = server.port();
  ConnectionForTest connection{port};
  connection.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(connection.receive().starts_with("HTTP/1.1 100 "));  // its head has been read
  std::thread stopping{[&] { server.stop(); }};
  while (ConnectionForTest{port}.is_connected()) std::this_thread::yield();
  connection.send("x");
  CHECK(connection.receive().starts_with("HTTP/1.1 503 "));
  stopping.join();
}

TEST_CASE_TEMPLATE("a stop does not wait for a viewer that does not answer", Shards, One, Three) {
  auto options = of<Shards>();
  options.shutdown_max = std::chrono::milliseconds{50};
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()};
  viewer.hear(R"("type":"welcome")");
  server.stop();  // returns
  CHECK(viewer.hear_close().code == 1012);
}

}  // namespace
}  // namespace starling
