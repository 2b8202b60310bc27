#include "starling/sources/meshtastic/raw_packets.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/base64.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sources::meshtastic {
namespace {

constexpr Timestamp kNow{std::chrono::milliseconds{1'795'251'600'123}};
constexpr std::string_view kTopic = "msh/EU_868/2/json/LongFast/!da5ed0a0";

TEST_CASE("an event has what came, and what can be told of it") {
  struct Case {
    std::string_view name, topic, payload, packet, rest;  // the packet is what of the payload is one
  };
  for (const Case& c : {
           Case{"position", kTopic, R"({"from": 7})", R"({"from":7,"type":"position","payload":{"latitude_i":1}})",
                R"("payload":"eyJmcm9tIjogN30=","timestamp":1795251600123,"parsedType":"position","nodeId":"!00000007","data":{"latitude_i":1}})"},
           Case{"a type that means nothing to us", kTopic, "x", R"({"from":-2,"type":"traceroute","payload":{"route":["a"]}})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"traceroute","nodeId":"!fffffffe","data":{"route":["a"]}})"},
           Case{"a line that is JSON", kTopic, "x", R"({"from":7,"type":"text","payload":42})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"text","nodeId":"!00000007","data":42})"},
           Case{"encrypted", kTopic, "x", R"({"from":7,"bytes":"00ff","size":2})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"encrypted","nodeId":"!00000007"})"},
           Case{"a port without a name", kTopic, "x", R"({"from":7,"type":""})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"unknown","nodeId":"!00000007"})"},
           Case{"a type that is no string", kTopic, "x", R"({"from":7,"type":3})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"unknown","nodeId":"!00000007"})"},
           Case{"from nobody", kTopic, "x", R"({"from":0,"type":"text","payload":{}})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"text","data":{}})"},
           Case{"from everybody", kTopic, "x", R"({"from":4294967295,"type":"text","payload":{}})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"text","data":{}})"},
           Case{"asked for, not heard", "msh/2/json/mqtt/!da5ed0a0", "x", R"({"from":7,"type":"sendtext","payload":"hi"})",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"sendtext","data":"hi"})"},
           Case{"protobuf", "msh/2/e/LongFast/!da5ed0a0", "\x0a\x1f\xff", "",
                R"("payload":"Ch//","timestamp":1795251600123,"parsedType":"unknown"})"},
           Case{"a topic that needs escapes", "msh/\"/2/e", "x", "",
                R"("payload":"eA==","timestamp":1795251600123,"parsedType":"unknown"})"},
       }) {
    CAPTURE(c.name);
    RawPackets raw;
    const auto event = raw.repeat(c.topic, c.payload, c.packet, kNow);
    REQUIRE(event.has_value());
    CHECK(event->channel == "mesh:raw");
    CHECK(event->time == kNow);
    CHECK(event->operation == state::Operation::merge);
    CHECK(event->data == R"({"id":1,"topic":)" + json::quoted(c.topic) + "," + std::string{c.rest});
    CHECK(json::compact(event->data).value() == event->data);
    const auto node = json::find(event->data, "nodeId");
    CHECK(event->key == (node ? std::optional{json::decode(*node)} : std::nullopt));
  }
}

TEST_CASE("an event has at most 64 KiB, and what is left out is not counted") {
  RawPackets raw;
  const auto bytes_of = [&raw](std::size_t payload_bytes, std::string topic) {
    const auto event = raw.repeat(topic, std::string(payload_bytes, 'x'), "", kNow);
    return event ? event->data.size() : 0;
  };
  // Base64 goes by four: the topic makes up the rest.
  const std::size_t around = bytes_of(3, "t") - 4 - 1;
  const std::size_t payload_bytes = (kRawBytesMax - around - 8) / 4 * 3;
  const std::size_t topic_bytes = kRawBytesMax - around - base64(as_bytes(std::string(payload_bytes, 'x'))).size();
  CHECK(bytes_of(payload_bytes, std::string(topic_bytes - 1, 't')) == kRawBytesMax - 1);
  CHECK(bytes_of(payload_bytes, std::string(topic_bytes, 't')) == kRawBytesMax);
  CHECK(bytes_of(payload_bytes, std::string(topic_bytes + 1, 't')) == 0);
  CHECK(bytes_of(kRawBytesMax + 1, "t") == 0);
  CHECK(json::find(raw.repeat("t", "x", "", kNow)->data, "id") == "4");
}

TEST_CASE("a topic that is no UTF-8 is not repeated") {
  RawPackets raw;
  CHECK_FALSE(raw.repeat("msh/\xff", "x", "", kNow).has_value());
}

}  // namespace
}  // namespace starling::sources::meshtastic
