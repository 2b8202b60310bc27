#include "starling/sources/recording/line.hpp"

#include <doctest/doctest.h>

namespace starling::sources::recording {
namespace {

using std::chrono::milliseconds;

Report report_of(std::string_view text) { return read_line(text).value().report.value(); }

TEST_CASE("a report is an envelope as published, and when it was") {
  const auto line = read_line(R"( {"at_ms":20,"channel":"mesh:node","key":"!a1","data":{ "num" : 161 },"future":1} )");
  REQUIRE(line);
  CHECK(line->at == milliseconds{20});
  REQUIRE(line->report);
  CHECK(line->report->update.channel == "mesh:node");
  CHECK(line->report->update.key == "!a1");
  CHECK(line->report->update.data == R"({"num":161})");
  CHECK(line->report->update.operation == state::Operation::merge);
  CHECK(std::holds_alternative<std::monostate>(line->report->update.location));
  CHECK_FALSE(line->report->is_event);
  CHECK_FALSE(line->report->update.time);

  const Report replacement = report_of(R"({"at_ms":0,"channel":"a:b","key":"k","data":{},"op":"replace","location":{"latitude":47.4,"longitude":190}})");
  CHECK(replacement.update.operation == state::Operation::replace);
  CHECK(std::get<geo::Point>(replacement.update.location) == geo::Point{47.4, -170});
  const Report removal = report_of(R"({"at_ms":0,"channel":"a:b","key":"k","op":"remove","reason":"moved","location":null})");
  CHECK(removal.update.operation == state::Operation::remove);
  CHECK(removal.reason == "moved");
  CHECK(std::holds_alternative<state::NoLocation>(removal.update.location));
  const Report event = report_of(R"({"at_ms":0,"kind":"event","channel":"a:e","data":{"text":"hi"},"time":"2026-11-21T09:00:07.120Z"})");
  CHECK(event.is_event);
  CHECK_FALSE(event.update.key);
  CHECK(event.update.time == parse_rfc3339("2026-11-21T09:00:07.120Z"));
}

TEST_CASE("a note is no report, whatever else it says") {
  const auto line = read_line(R"({"at_ms":7,"note":"gap","channel":7,"after":1})");
  REQUIRE(line);
  CHECK(line->at == milliseconds{7});
  CHECK_FALSE(line->report);
}

TEST_CASE("what is written reads as the same") {
  for (const std::string_view text : {
           R"({"at_ms":0,"channel":"a:b","key":"k","data":{"x":1.00,"y":"\u00e9"}})",
           R"({"at_ms":1,"channel":"a:b","key":"k\"\\","op":"replace","data":{}})",
           R"({"at_ms":2,"channel":"a:b","key":"k","op":"remove"})",
           R"({"at_ms":3,"channel":"a:b","key":"k","op":"remove","reason":"expired"})",
           R"({"at_ms":4,"kind":"event","channel":"a:b","data":{"t":[1,{}]},"location":{"latitude":-47.25,"longitude":0.1},"time":"2026-11-21T09:00:07.120Z"})",
           R"({"at_ms":9000000000000,"channel":"a:b","key":"k","data":{},"location":null})",
       }) {
    CAPTURE(text);
    const auto line = read_line(text);
    REQUIRE(line);
    CHECK(write_line(line->at, *line->report) == std::string{text} + '\n');
  }
}

TEST_CASE("times are within 0 and the most there can be") {
  const auto is_read = [](std::int64_t at_ms) { return read_line(R"({"note":"","at_ms":)" + std::to_string(at_ms) + "}").has_value(); };
  CHECK_FALSE(is_read(-1));
  CHECK(is_read(0));
  CHECK(is_read(1));
  CHECK(is_read(kAtMax_ms - 1));
  CHECK(is_read(kAtMax_ms));
  CHECK_FALSE(is_read(kAtMax_ms + 1));
}

TEST_CASE("what is wrong with a line is said") {
  struct Case {
    std::string_view line, message;
  };
  for (const Case& c : {
           Case{R"({"at_ms":1,)", "not JSON at byte 11"},
           Case{"[]", "not a JSON object"},
           Case{R"({"channel":"a:b","key":"k","data":{}})", "at_ms is missing: give the milliseconds since the recording began"},
           Case{R"({"at_ms":-1,"channel":"a:b","key":"k","data":{}})", "at_ms is not within 0 and 9000000000000"},
           Case{R"({"at_ms":1.5,"channel":"a:b","key":"k","data":{}})", "at_ms must be a whole number"},
           Case{R"({"at_ms":1,"note":7})", "note must be a string"},
           Case{R"({"at_ms":1,"key":"k","data":{}})", "channel is missing"},
           Case{R"({"at_ms":1,"channel":1,"key":"k","data":{}})", "channel must be a string"},
           Case{R"({"at_ms":1,"channel":"a","key":"k","data":{}})", "channel is not a channel's name: give space:facet"},
           Case{R"({"at_ms":1,"channel":"a:b","key":7,"data":{}})", "key must be a string"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"","data":{}})", "key is not a key: give 1 to 256 bytes without control characters"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k"})", "data is missing"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":[]})", "data must be an object"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":{},"op":"add"})", "op is merge, replace or remove"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":{},"kind":"set"})", "kind is \"event\", or left out"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","op":"remove","reason":1})", "reason must be a string"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":{},"time":"now"})", "time is an RFC 3339 date and time"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":{},"location":{"latitude":91,"longitude":0}})", "a latitude lies within -90 and 90"},
       }) {
    CAPTURE(c.line);
    const auto line = read_line(c.line);
    REQUIRE_FALSE(line);
    CHECK(line.error() == c.message);
  }
}

}  // namespace
}  // namespace starling::sources::recording
