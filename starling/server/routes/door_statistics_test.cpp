#include "starling/server/routes/door_statistics.hpp"

#include <doctest/doctest.h>

namespace starling::routes {
namespace {

TEST_CASE("of clients that are there it is said what they were sent, and what each was on average") {
  CHECK(door_statistics({.connections = 4, .messages_sent = 10, .bytes_sent = 4000}).body ==
        R"({"success":true,"data":{"initialized":true,"connections":4,"connectionStats":{"connections":4,"totalMessagesSent":10,"totalBytesTransmitted":4000,"avgMessagesPerConnection":2.5,)"
        R"("avgBytesPerConnection":1000},"broadcasterStats":{"pendingNodes":0,"pendingPositions":0,"pendingTelemetry":0,"pendingMessages":0,"broadcastIntervalMs":100}}})");
}

TEST_CASE("with nobody there the averages are 0") {
  const std::string body = door_statistics({}).body;
  CHECK(body.find(R"("totalMessagesSent":0,"totalBytesTransmitted":0,"avgMessagesPerConnection":0,"avgBytesPerConnection":0})") != std::string::npos);
}

}  // namespace
}  // namespace starling::routes
