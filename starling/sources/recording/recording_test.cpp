#include "starling/sources/recording/recording.hpp"

#include <doctest/doctest.h>

namespace starling::sources::recording {
namespace {

using std::chrono::milliseconds;

TEST_CASE("lines become entries in order of time, equal times in order of lines") {
  const auto recording = Recording::parse(
      "{\"at_ms\":20,\"channel\":\"mesh:node\",\"key\":\"!a1\",\"data\":{ \"num\" : 161 }}\n"
      "\r\n"
      "{\"at_ms\":10,\"channel\":\"mesh:message\",\"data\":{\"text\":\"hi\"},\"future\":1}\r\n"
      "{\"at_ms\":20,\"channel\":\"mesh:node\",\"key\":\"!b2\",\"data\":{},\"op\":\"replace\",\"location\":{"
      "\"latitude\":47.4,\"longitude\":190}}\n"
      "{\"at_ms\":30,\"channel\":\"mesh:node\",\"key\":\"!b2\",\"op\":\"remove\",\"location\":null}");
  REQUIRE(recording.has_value());
  const auto& entries = recording->entries();
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].at == milliseconds{10});
  CHECK(entries[0].update.channel == "mesh:message");
  CHECK_FALSE(entries[0].update.key.has_value());
  CHECK(entries[1].update.key == "!a1");
  CHECK(entries[1].update.data == R"({"num":161})");
  CHECK(entries[1].update.operation == state::Operation::merge);
  CHECK(std::holds_alternative<std::monostate>(entries[1].update.location));
  CHECK(entries[2].update.key == "!b2");
  CHECK(entries[2].update.operation == state::Operation::replace);
  CHECK(std::get<geo::Point>(entries[2].update.location) == geo::Point{47.4, -170});
  CHECK(entries[3].update.operation == state::Operation::remove);
  CHECK(std::holds_alternative<state::NoLocation>(entries[3].update.location));
}

TEST_CASE("a loop begins again after the pause that came before the last report") {
  const auto period_of = [](std::initializer_list<int> times) {
    std::string text;
    for (const int at : times)
      text += R"({"at_ms":)" + std::to_string(at) + R"(,"channel":"a:b","key":"k","data":{}})" + "\n";
    return Recording::parse(text).value().period();
  };
  CHECK(period_of({}) == milliseconds{1000});
  CHECK(period_of({0}) == milliseconds{1000});
  CHECK(period_of({500, 500}) == milliseconds{1500});
  CHECK(period_of({0, 1000, 2000}) == milliseconds{3000});
  CHECK(period_of({0, 100, 300, 300}) == milliseconds{500});
}

TEST_CASE("the first wrong line is named") {
  struct Case {
    std::string_view line, message;
  };
  for (const Case& c : {
           Case{R"({"at_ms":1,)", "not JSON at byte 12"},
           Case{"[]", "not a JSON object"},
           Case{R"({"channel":"a:b","key":"k","data":{}})", "field at_ms is missing"},
           Case{R"({"at_ms":-1,"channel":"a:b","key":"k","data":{}})",
                "field at_ms is not a whole number of milliseconds from 0 on"},
           Case{R"({"at_ms":1.5,"channel":"a:b","key":"k","data":{}})",
                "field at_ms is not a whole number of milliseconds from 0 on"},
           Case{R"({"at_ms":1,"key":"k","data":{}})", "field channel is missing"},
           Case{R"({"at_ms":1,"channel":1,"key":"k","data":{}})", "field channel is not a string"},
           Case{R"({"at_ms":1,"channel":"a","key":"k","data":{}})",
                "field channel is not a channel name (space:facet)"},
           Case{R"({"at_ms":1,"channel":"a:b","key":7,"data":{}})", "field key is not a string"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"","data":{}})",
                "field key is not a key (1 to 256 bytes without control characters)"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k"})", "field data is missing"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":[]})", "field data is not an object"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":{},"op":"add"})",
                "field op is not merge, replace or remove"},
           Case{R"({"at_ms":1,"channel":"a:b","key":"k","data":{},"location":{"latitude":91,"longitude":0}})",
                "field location is not {latitude, longitude} in degrees, or null"},
       }) {
    CAPTURE(c.line);
    const auto recording =
        Recording::parse("{\"at_ms\":0,\"channel\":\"a:b\",\"data\":{}}\n\n" + std::string{c.line} + "\nnot reached");
    REQUIRE_FALSE(recording.has_value());
    CHECK(recording.error().line == 3);
    CHECK(recording.error().message == c.message);
  }
}

TEST_CASE("nothing is a recording of nothing") {
  CHECK(Recording::parse("").value().entries().empty());
  CHECK(Recording::parse("\n \n").value().entries().empty());
}

}  // namespace
}  // namespace starling::sources::recording
