#include "starling/load/ages.hpp"

#include <doctest/doctest.h>

#include <string>

namespace starling::load {
namespace {

Instant at(std::int64_t microsecond) { return Instant{Duration{microsecond}}; }

std::string frame(std::initializer_list<std::uint64_t> stamps) {
  std::string text = R"({"type":"update","channels":{})";
  for (const std::uint64_t stamp : stamps) text += R"(,{"sent_us":)" + std::to_string(stamp) + '}';
  return text;
}

TEST_CASE("counted is what was due within the window: from its first moment, up to but without its end") {
  Ages ages;
  CHECK(ages.read(frame({50}), at(60)) == 1);
  CHECK(ages.deliveries() == 0);
  ages.begin(at(100));
  CHECK(ages.read(frame({98, 99}), at(110)) == 2);
  CHECK(ages.deliveries() == 0);
  CHECK(ages.frames() == 0);
  CHECK(ages.read(frame({99, 100, 101}), at(111)) == 3);
  CHECK(ages.deliveries() == 2);
  CHECK(ages.frames() == 1);
  CHECK(ages.microseconds().max() == 11);
  ages.end(at(200));
  CHECK(ages.read(frame({199, 200, 201}), at(5'000)) == 3);
  CHECK(ages.deliveries() == 3);
  CHECK(ages.microseconds().max() == 4'801);
}

TEST_CASE("the same frame read by many counts for each, at his own moment, and a window that begins forgets") {
  Ages ages;
  ages.begin(at(0));
  for (const int reader : {1, 2, 3}) CHECK(ages.read(frame({10, 20}), at(20 + reader)) == 2);
  CHECK(ages.deliveries() == 6);
  CHECK(ages.frames() == 3);
  CHECK(ages.microseconds().quantile(0.5) == 3);
  ages.begin(at(15));
  CHECK(ages.deliveries() == 0);
  CHECK(ages.frames() == 0);
  CHECK(ages.read(frame({10, 20}), at(19)) == 2);
  CHECK(ages.deliveries() == 1);
  CHECK(ages.microseconds().max() == 0);  // of the future: a clock that steps back is no negative age
}

}  // namespace
}  // namespace starling::load
