#include "starling/load/stamps.hpp"

#include <doctest/doctest.h>

namespace starling::load {
namespace {

using Stamps = std::vector<std::uint64_t>;

TEST_CASE("every stamp of a frame is read, wherever it stands") {
  struct Case {
    std::string_view frame;
    Stamps want;
  };
  StampReader reader;
  for (const Case& c : {Case{"", {}},
                        Case{R"({"type":"update","id":1,"seq":2,"channels":{}})", {}},
                        Case{R"({"type":"update","channels":{"a:b":{"events":[{"seq":1,"n":0,"data":{"sent_us":12,"pad":"x"}},{"seq":1,"n":1,"data":{"pad":"","sent_us":13}}]}}})", {12, 13}},
                        Case{R"({"set":{"sent_us":{"sent_us":7}}})", {0, 7}},
                        Case{R"("sent_us":18446744073709551615)", {18446744073709551615u}}}) {
    CAPTURE(c.frame);
    CHECK(reader.read(c.frame) == c.want);
    CHECK(reader.read(c.frame) == c.want);
  }
}

TEST_CASE("a frame that differs from the last one in a digit is another") {
  StampReader reader;
  CHECK(reader.read(R"({"sent_us":100})") == Stamps{100});
  CHECK(reader.read(R"({"sent_us":101})") == Stamps{101});
  CHECK(reader.read(R"({"sent_us":101})") == Stamps{101});
}

TEST_CASE("frames are told apart by how they begin and end") {
  CHECK(kind_of(R"({"type":"welcome","session":"s"})") == FrameKind::welcome);
  CHECK(kind_of(R"({"type":"subscribed","id":1})") == FrameKind::subscribed);
  CHECK(kind_of(R"({"type":"snapshot","id":1})") == FrameKind::snapshot);
  CHECK(kind_of(R"({"type":"update","id":1})") == FrameKind::update);
  CHECK(kind_of(R"({"type":"error","code":"x"})") == FrameKind::error);
  CHECK(kind_of(R"({"type":"updates","id":1})") == FrameKind::other);
  CHECK(kind_of(R"({"type":"pong"})") == FrameKind::other);
  CHECK(kind_of("") == FrameKind::other);
  CHECK(is_last_part(R"({"type":"snapshot","channels":{},"more":false})"));
  CHECK(is_last_part(R"({"type":"update","channels":{}})"));
  CHECK_FALSE(is_last_part(R"({"type":"update","channels":{},"more":true})"));
}

}  // namespace
}  // namespace starling::load
