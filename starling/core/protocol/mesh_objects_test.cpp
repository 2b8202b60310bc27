#include "starling/core/protocol/mesh_objects.hpp"

#include <doctest/doctest.h>

#include "starling/core/log/test_world.hpp"

namespace starling::protocol::mesh {
namespace {

constexpr std::string_view kAnn = "!0000000a";

struct Mesh {
  log::TestWorld world{declarations()};

  static std::vector<state::ChannelDeclaration> declarations() {
    std::vector<state::ChannelDeclaration> all(2);
    all[0].name = "mesh:message";
    all[1].name = "mesh:raw";
    for (auto& channel : all) channel.kind = state::ChannelKind::event;
    return all;
  }
  /// What `append` makes of Ann; "none" if nothing.
  std::string object(bool (*append)(std::string&, const state::Entity&), std::string_view key = kAnn) {
    std::string out = "before ";
    const bool is_there = append(out, *world.find("mesh:node", key));
    if (!is_there) CHECK(out == "before ");
    return is_there ? out.substr(7) : "none";
  }
  std::string packet(std::string_view data) {
    world.say("mesh:raw", std::string{kAnn}, data);
    std::string out;
    return append_packet(out, *world.close()->events.front()) ? out : "none";
  }
  std::string message(std::string_view data) {
    world.say("mesh:message", std::string{kAnn}, data);
    std::string out;
    append_message(out, *world.close()->events.front());
    return out;
  }
};

TEST_CASE("a node's object is made of its record and its telemetry, and is heard when any of it is") {
  Mesh mesh;
  mesh.world.set("mesh:position", kAnn, R"({"latitude":1,"longitude":2})");
  mesh.world.close();
  CHECK(mesh.object(append_node) == "none");
  mesh.world.set("mesh:node", kAnn, R"({"num":10,"short_name":"A","long_name":"Ann \"x\"","hardware":"TBEAM","role":"ROUTER","secret":1})");
  mesh.world.close();
  CHECK(mesh.object(append_node) == R"({"id":"!0000000a","nodeNum":10,"shortName":"A","longName":"Ann \"x\"","hwModel":"TBEAM","role":"ROUTER","lastHeard":2})");
  mesh.world.set("mesh:telemetry", kAnn, R"({"battery_percent":101,"voltage_v":4.20,"temperature_c":null})");
  mesh.world.close();
  CHECK(mesh.object(append_node) == R"({"id":"!0000000a","nodeNum":10,"shortName":"A","longName":"Ann \"x\"","hwModel":"TBEAM","role":"ROUTER","lastHeard":3,"batteryLevel":101,"voltage":4.20})");
  mesh.world.set("mesh:presence", kAnn, R"({"online":false,"heard":"x"})");
  mesh.world.close();
  CHECK(mesh.object(append_node).find(R"("lastHeard":3)") != std::string::npos);
  mesh.world.set("mesh:presence", kAnn, R"({"online":false,"heard":"1970-01-01T00:00:00.005Z"})");
  mesh.world.close();
  CHECK(mesh.object(append_node).find(R"("lastHeard":5)") != std::string::npos);
  CHECK(mesh.object(append_status) == R"({"type":"node_status","nodeId":"!0000000a","online":false})");
}

TEST_CASE("what is not there is left out, and what nothing can be said of is no object") {
  Mesh mesh;
  mesh.world.set("mesh:node", kAnn, "{}");
  mesh.world.close();
  CHECK(mesh.object(append_node) == R"({"id":"!0000000a","lastHeard":1})");
  CHECK(mesh.object(append_position) == "none");
  CHECK(mesh.object(append_telemetry) == "none");
  CHECK(mesh.object(append_status) == "none");
  mesh.world.set("mesh:position", kAnn, R"({"latitude":1})");
  mesh.world.close();
  CHECK(mesh.object(append_position) == "none");
  mesh.world.set("mesh:position", kAnn, R"({"latitude":null,"longitude":2})");
  mesh.world.close();
  CHECK(mesh.object(append_position) == "none");
  mesh.world.set("mesh:telemetry", kAnn, "{}");
  mesh.world.close();
  CHECK(mesh.object(append_telemetry) == R"({"id":0,"nodeId":"!0000000a","timestamp":4})");
}

TEST_CASE("positions and telemetry bear the packet's id, their fields as they were written, and the time of the report") {
  Mesh mesh;
  mesh.world.set("mesh:node", kAnn, "{}");
  mesh.world.set("mesh:position", kAnn, R"({"longitude":-9.10,"latitude":0.0,"altitude_m":12,"packet_id":4294967295})");
  mesh.world.set("mesh:telemetry", kAnn, R"({"packet_id":7,"uptime_s":5,"temperature_c":21.5,"channel_utilization_percent":1.25,"air_utilization_percent":0.5,"voltage_v":4.1,"battery_percent":88})");
  mesh.world.close();
  CHECK(mesh.object(append_position) == R"({"id":4294967295,"nodeId":"!0000000a","latitude":0.0,"longitude":-9.10,"altitude":12,"timestamp":1})");
  CHECK(mesh.object(append_telemetry) ==
        R"({"id":7,"nodeId":"!0000000a","timestamp":1,"batteryLevel":88,"voltage":4.1,"channelUtilization":1.25,"airUtilTx":0.5,"uptime":5,"temperature":21.5})");
}

TEST_CASE("a message is there in both shapes") {
  Mesh mesh;
  CHECK(mesh.message(R"({"from":"!0000000a","to":"!ffffffff","channel":2,"text":"hi","id":99,"snr_db":-3.5,"rssi_dbm":-90,"hops_away":1})") ==
        R"({"id":99,"fromId":"!0000000a","toId":"!ffffffff","channel":2,"text":"hi","timestamp":1,"snr":-3.5,"rssi":-90,"hopsAway":1,"from":10,"to":4294967295,"rxTime":0,"payload":{"text":"hi"}})");
  // Who does not say from whom is its key; to whom, everybody. What is no node's id is no number.
  CHECK(mesh.message("{}") == R"({"id":0,"fromId":"!0000000a","toId":"!ffffffff","channel":0,"timestamp":2,"from":10,"to":4294967295,"rxTime":0,"payload":{}})");
  CHECK(mesh.message(R"({"from":"","to":7,"id":-1,"channel":1.5,"text":null,"snr_db":"x"})") ==
        R"({"id":0,"fromId":"!0000000a","toId":"!ffffffff","channel":0,"timestamp":3,"from":10,"to":4294967295,"rxTime":0,"payload":{}})");
  for (const char* from : {"Ann", "!0000000", "!0000000ag", "!0000000g", "00000000a"}) {
    CAPTURE(from);
    const std::string message = mesh.message(R"({"from":")" + std::string{from} + R"("})");
    CHECK(message.find(R"("fromId":")" + std::string{from} + '"') != std::string::npos);
    CHECK(message.find(R"("from":0,)") != std::string::npos);
  }
}

TEST_CASE("a packet is told in one order of its members, without others, and one that lacks something is none") {
  Mesh mesh;
  CHECK(mesh.packet(R"({"more":1,"data":{"a":[1]},"nodeId":"!a","parsedType":"text","timestamp":5,"payload":"e30=","topic":"t","id":1})") ==
        R"({"id":1,"topic":"t","payload":"e30=","timestamp":5,"parsedType":"text","nodeId":"!a","data":{"a":[1]}})");
  CHECK(mesh.packet(R"({"id":1e0,"topic":"t","payload":"","timestamp":5.0,"parsedType":"","nodeId":7})") == R"({"id":1,"topic":"t","payload":"","timestamp":5,"parsedType":""})");
  for (const char* data : {"{}", R"({"id":0,"topic":"t","payload":"","timestamp":5,"parsedType":""})", R"({"id":1.5,"topic":"t","payload":"","timestamp":5,"parsedType":""})",
                           R"({"id":1,"topic":null,"payload":"","timestamp":5,"parsedType":""})", R"({"id":1,"topic":"t","timestamp":5,"parsedType":""})",
                           R"({"id":1,"topic":"t","payload":"","timestamp":"5","parsedType":""})", R"({"id":1,"topic":"t","payload":"","timestamp":5})"}) {
    CAPTURE(data);
    CHECK(mesh.packet(data) == "none");
  }
}

TEST_CASE("an id is a whole number from 0, and all else is none") {
  Mesh mesh;
  mesh.world.set("mesh:node", kAnn, "{}");
  for (const char* id : {"null", "-1", "1.5", "\"7\"", "1e400", "[]"}) {
    CAPTURE(id);
    mesh.world.set("mesh:position", kAnn, R"({"latitude":1,"longitude":2,"packet_id":)" + std::string{id} + "}");
    mesh.world.close();
    CHECK(mesh.object(append_position).starts_with(R"({"id":0,"nodeId")"));
  }
}

}  // namespace
}  // namespace starling::protocol::mesh
