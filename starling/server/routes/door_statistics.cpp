#include "starling/server/routes/door_statistics.hpp"

#include <fmt/format.h>

namespace starling::routes {
namespace {

constexpr int kBroadcastIntervalMs = 100;  // as often as a kind is told at most

}  // namespace

http::Response door_statistics(const session::DoorCounts& counts) {
  const auto average = [&](std::uint64_t total) { return counts.connections == 0 ? 0.0 : static_cast<double>(total) / static_cast<double>(counts.connections); };
  // Nothing is ever pending: what waits for somebody is the log.
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = fmt::format(
              R"({{"success":true,"data":{{"initialized":true,"connections":{0},"connectionStats":{{"connections":{0},"totalMessagesSent":{1},"totalBytesTransmitted":{2},)"
              R"("avgMessagesPerConnection":{3},"avgBytesPerConnection":{4}}},"broadcasterStats":{{"pendingNodes":0,"pendingPositions":0,"pendingTelemetry":0,"pendingMessages":0,)"
              R"("broadcastIntervalMs":{5}}}}}}})",
              counts.connections, counts.messages_sent, counts.bytes_sent, average(counts.messages_sent), average(counts.bytes_sent), kBroadcastIntervalMs)};
}

}  // namespace starling::routes
