#include "starling/sources/probe/finding.hpp"

#include <doctest/doctest.h>

namespace starling::sources::probe {
namespace {

constexpr Timestamp kAt{std::chrono::seconds{1'790'000'000}};  // 2026-09-21T14:13:20Z

TEST_CASE("of a service its health is said, and how long it took, or null") {
  ServiceFinding finding{.name = "api", .url = "http://host/", .health = Health::healthy, .response_ms = 12, .at = kAt};
  CHECK(record_of(finding) == R"({"status":"healthy","response_time_ms":12})");
  finding.health = Health::unreachable;
  finding.response_ms.reset();
  const state::Update update = update_of(finding);
  CHECK(update.channel == "services:health");
  CHECK(update.key == "api");
  CHECK(update.data == R"({"status":"unreachable","response_time_ms":null})");
  CHECK(update.operation == state::Operation::replace);
  CHECK(update.time == kAt);
}

TEST_CASE("of a receiver its error is said while it is offline") {
  ReceiverFinding finding{.id = "7b1c", .name = R"(Twente "UT")", .url = "http://host/", .is_online = true, .response_ms = 31, .checks = 1, .answered = 1, .at = kAt};
  CHECK(record_of(finding) ==
        R"({"websdr_id":"7b1c","name":"Twente \"UT\"","status":"online","last_check":"2026-09-21T14:13:20.000Z","response_time_ms":31,"uptime":100.0,"avg_snr":null})");
  finding.is_online = false;
  finding.response_ms.reset();
  finding.checks = 2;
  finding.error = "Couldn't connect to server";
  const state::Update update = update_of(finding);
  CHECK(update.channel == "websdrs:status");
  CHECK(update.key == "7b1c");
  CHECK(update.operation == state::Operation::replace);
  CHECK(update.data ==
        R"({"websdr_id":"7b1c","name":"Twente \"UT\"","status":"offline","last_check":"2026-09-21T14:13:20.000Z","response_time_ms":null,"uptime":50.0,"avg_snr":null,"error_message":"Couldn't connect to server"})");
}

TEST_CASE("uptime has one decimal, and is 100 only of who always answered") {
  struct Case { std::uint64_t answered, checks; std::string_view want; };
  for (const Case c : {Case{0, 1, "0.0"}, Case{1, 1, "100.0"}, Case{1, 3, "33.3"}, Case{2, 3, "66.6"}, Case{9'999, 10'000, "99.9"}, Case{1, 10'000, "0.0"}, Case{1, 1'000, "0.1"}}) {
    CAPTURE(c.answered);
    CAPTURE(c.checks);
    const ReceiverFinding finding{.id = "a", .name = "a", .is_online = true, .checks = c.checks, .answered = c.answered};
    CHECK(record_of(finding).find("\"uptime\":" + std::string{c.want} + ',') != std::string::npos);
  }
}

}  // namespace
}  // namespace starling::sources::probe
