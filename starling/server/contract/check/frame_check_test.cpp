#include "starling/server/contract/check/frame_check.hpp"

#include <doctest/doctest.h>

namespace starling::contract {
namespace {

TEST_CASE("what a server says in a dialect has no fault") {
  struct Case {
    const char* dialect;
    const char* frame;
  };
  FrameCheck check;
  for (const Case& c : {Case{"native", R"({"type":"pong","ref":"a","time":"2026-11-21T09:00:00.000Z"})"},
                        Case{"native", R"({"type":"subscribed","id":1,"seq":0,"view":"9f","resumed":false,"reason":"new"})"},
                        Case{"native", R"({"type":"subscribed","id":1,"seq":1,"resumed":true,"reason":"ended","replay":true,"time":"2026-11-21T09:00:00.000Z"})"},
                        Case{"native", R"({"type":"update","id":4294967295,"seq":9007199254740993,"channels":{"a:b":{"patch":{"k":{"huge":1e999,"long":12345678901234567890,"x":null}}}}})"},
                        Case{"event", R"({"event":"pong","data":{},"timestamp":"2026-11-21T09:00:00.000Z"})"},
                        Case{"event", R"({"event":"services:health","data":{"api":{"status":"healthy"}},"timestamp":"2026-11-21T09:00:00.000Z"})"},
                        Case{"event-flat", R"({"event":"websdrs_update","timestamp":"2026-11-21T09:00:00.000Z","data":{}})"},
                        Case{"mesh", R"({"type":"snapshot","data":{"nodes":[],"positions":[],"recentMessages":[],"timestamp":1795251600000}})"},
                        Case{"mesh", R"({"type":"position_update","positions":[{"id":0,"nodeId":"!000000a1","latitude":90,"longitude":-180.0,"timestamp":1795251600000}]})"}}) {
    CAPTURE(c.frame);
    CHECK(check.fault_of(c.dialect, c.frame) == "");
    CHECK(check.fault_of(c.dialect, c.frame) == "");  // by the schema that is made already
  }
}

TEST_CASE("a fault is told with the place where it is") {
  struct Case {
    const char* dialect;
    const char* frame;
    const char* fault;
  };
  FrameCheck check;
  for (const Case& c : {
           Case{"native", R"({"type":"pong","time":"2026-11-21T09:00:00.000Z")", "not JSON at byte"},
           Case{"native", R"([])", "not an object"},
           Case{"native", R"({"time":"2026-11-21T09:00:00.000Z"})", "no member \"type\" says which message it is"},
           Case{"native", R"({"type":"hello"})", "no server says \"hello\" in the dialect native"},
           Case{"elvish", R"({"type":"pong"})", "nobody knows the dialect elvish"},
           Case{"native", R"({"type":"pong","time":"2026-11-21T09:00:00.000Z","planted":true})", "'planted'"},
           Case{"native", R"({"type":"pong","time":"2026-11-21T09:00:00Z"})", "[time]: "},
           Case{"native", R"({"type":"pong"})", "'time'"},
           Case{"native", R"({"type":"update","id":1,"seq":1,"channels":{"a:b":{"set":{"k":7}}}})", "[channels][a:b][set][k]: "},
           Case{"native", R"({"type":"update","id":0,"seq":1,"channels":{}})", "[id]: "},
           Case{"native", R"({"type":"subscribed","id":1,"seq":0,"view":"9f","resumed":true,"reason":"new","replay":true,"time":"2026-11-21T09:00:00.000Z"})", "one"},
           Case{"event", R"({"event":"pong","data":{"a":1},"timestamp":"2026-11-21T09:00:00.000Z"})", "[data]: "},
           Case{"event", R"({"event":"signals:detected","data":[],"timestamp":"2026-11-21T09:00:00.000Z"})", "[data]: "},
           Case{"event-flat", R"({"event":"error","message":"Invalid JSON","timestamp":"2026-11-21T09:00:00.000Z"})", "[message]: "},
           Case{"mesh", R"({"type":"node_update","nodes":[{"id":"!000000a1","lastHeard":1,"snr":1}]})", "[nodes][0]: "},
           Case{"mesh", R"({"type":"node_update","nodes":[]})", "[nodes]: "},
           Case{"mesh", R"({"type":"pong","timestamp":1.5})", "[timestamp]: "},
       }) {
    CAPTURE(c.frame);
    const std::string fault = check.fault_of(c.dialect, c.frame);
    CHECK_MESSAGE(fault.find(c.fault) != std::string::npos, fault);
  }
}

}  // namespace
}  // namespace starling::contract
