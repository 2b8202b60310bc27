#include "starling/sources/mqtt/complaints.hpp"

#include <doctest/doctest.h>

namespace starling::sources::mqtt {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kStart{seconds{100}};

TEST_CASE("one line a minute, and the count of what it leaves out") {
  Complaints complaints;
  CHECK_FALSE(complaints.overdue(kStart).has_value());
  CHECK(complaints.add("a/b", "not JSON", kStart) == "bad payload on \"a/b\": not JSON");
  CHECK_FALSE(complaints.add("a/c", "not JSON", kStart + seconds{1}).has_value());
  CHECK_FALSE(complaints.add("a/d", "not a JSON object", kStart + minutes{1} - microseconds{1}).has_value());
  CHECK_FALSE(complaints.overdue(kStart + minutes{1} - microseconds{1}).has_value());
  CHECK(complaints.overdue(kStart + minutes{1}) == "2 more bad payloads, the last on \"a/d\": not a JSON object");
  CHECK_FALSE(complaints.overdue(kStart + minutes{9}).has_value());
  CHECK_FALSE(complaints.add("a/e", "x", kStart + minutes{2} - microseconds{1}).has_value());
  CHECK(complaints.add("a/f", "x", kStart + minutes{2}) == "bad payload on \"a/f\": x (and 1 before it)");
}

TEST_CASE("a topic is shown without control characters and not at any length") {
  Complaints complaints;
  const auto line = complaints.add("a\n\x1b[31m" + std::string(300, 'x'), "not JSON", kStart);
  REQUIRE(line.has_value());
  CHECK(line->find('\n') == std::string::npos);
  CHECK(line->find('\x1b') == std::string::npos);
  CHECK(line->size() < 300);
}

}  // namespace
}  // namespace starling::sources::mqtt
