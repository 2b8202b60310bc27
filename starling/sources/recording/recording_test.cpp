#include "starling/sources/recording/recording.hpp"

#include <doctest/doctest.h>

namespace starling::sources::recording {
namespace {

using std::chrono::milliseconds;

TEST_CASE("reports become entries, those of one time in the order of their lines; notes do not") {
  const auto recording = Recording::parse(
      "{\"at_ms\":0,\"note\":\"recording\"}\n"
      "{\"at_ms\":10,\"kind\":\"event\",\"channel\":\"mesh:message\",\"data\":{\"text\":\"hi\"}}\r\n"
      "\r\n"
      "{\"at_ms\":20,\"channel\":\"mesh:node\",\"key\":\"!a1\",\"data\":{}}\n"
      "{\"at_ms\":20,\"channel\":\"mesh:node\",\"key\":\"!b2\",\"op\":\"remove\"}\n"
      "{\"at_ms\":90,\"note\":\"end\"}");
  REQUIRE(recording.has_value());
  const auto& entries = recording->entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].at == milliseconds{10});
  CHECK_FALSE(entries[0].update.key.has_value());
  CHECK(entries[1].update.key == "!a1");
  CHECK(entries[2].update.key == "!b2");
  CHECK(recording->event_channels() == std::set<std::string>{"mesh:message"});
  CHECK_FALSE(recording->cut_off_line());
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

TEST_CASE("the first wrong line is named; a last one that is cut off is left out") {
  const std::string line = R"({"at_ms":0,"channel":"a:b","key":"k","data":{}})";
  const auto wrong = Recording::parse(line + "\n\n{}\nnot reached");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().line == 3);
  CHECK(wrong.error().message == "at_ms is missing: give the milliseconds since the recording began");
  const auto cut_off = Recording::parse(line + '\n' + line.substr(0, 20));
  REQUIRE(cut_off.has_value());
  CHECK(cut_off->entries().size() == 1);
  CHECK(cut_off->cut_off_line() == 2);
}

TEST_CASE("nothing is a recording of nothing") {
  CHECK(Recording::parse("").value().entries().empty());
  CHECK(Recording::parse("\n \n").value().entries().empty());
}

}  // namespace
}  // namespace starling::sources::recording
