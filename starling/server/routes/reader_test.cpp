// What readers over HTTP ask for: parameters, right and wrong.
#include "starling/server/routes/reader.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "starling/core/hub/hub.hpp"
#include "starling/server/routes/changes.hpp"
#include "starling/server/routes/stream.hpp"
#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

using protocol::ErrorCode;

std::vector<state::ChannelDeclaration> declarations() {
  std::vector<state::ChannelDeclaration> channels(2);
  channels[0].name = "mesh:message";
  channels[0].kind = state::ChannelKind::event;
  channels[1].name = "mesh:position";
  return channels;
}

struct Desk {
  hub::Hub hub{{}, declarations()};
  session::Shard shard{{.fanout = {}, .session = {}, .epoch = "e"}, hub.channels(), hub};

  Result<protocol::Subscribe, protocol::Error> read(std::string_view query, std::string_view since = {}) const {
    return read_subscribe(*Given::read(route_of(RouteId::changes), query), since, "since", hub.channels());
  }
};

TEST_CASE("all that a subscribe may ask for is read from a URL") {
  const Desk desk;
  const auto read = desk.read("channels=mesh:*,mesh:position&channels=van:gps&keys=a,b&keys=c&bounds=-1,-2,3,4&where=%7B%22v%22:%7B%22gt%22:1%7D%7D&fields=v,w&unlocated=true&rate=0.5&recent=7",
                              "e:12:q34");
  REQUIRE(read);
  CHECK(read->id == 1);
  CHECK(read->query.channels == std::vector<std::string>{"mesh:*", "mesh:position", "van:gps"});
  CHECK(*read->query.filter.keys == std::vector<std::string>{"a", "b", "c"});
  CHECK(read->query.filter.bounds.has_value());
  CHECK(read->query.filter.unlocated);
  CHECK(!read->query.filter.where.is_empty());
  CHECK(*read->query.fields == std::vector<std::string>{"v", "w"});
  CHECK(read->rate == 0.5);
  CHECK(read->recent == 7);
  CHECK(read->snapshot);
  REQUIRE(read->since);
  CHECK(read->since->epoch == "e");
  CHECK(read->since->seq == 12);
  CHECK(read->since->view == "q34");

  const auto least = desk.read("channels=*");
  REQUIRE(least);
  CHECK(!least->query.filter.keys);
  CHECK(!least->query.filter.unlocated);
  CHECK(!least->query.fields);
  CHECK(!least->rate);
  CHECK(least->recent == 0);
  CHECK(!least->since);

  CHECK(!desk.read("channels=mesh:message&snapshot=false")->snapshot);
  CHECK(desk.read("channels=*&recent=18446744073709551615")->recent == protocol::kRecentMax);
}

TEST_CASE("a fault names the parameter, with the code that a subscribe would be answered with") {
  const Desk desk;
  std::string many = "channels=";
  for (int i = 0; i < 257; ++i) many += "a:b" + std::to_string(i) + ',';
  std::string fields = "channels=a:b&fields=";
  for (int i = 0; i < 257; ++i) fields += 'f' + std::to_string(i) + ',';
  struct Case {
    std::string query;
    ErrorCode code;
    std::string_view field;
  };
  for (const Case& c : {Case{"", ErrorCode::bad_message, "channels"}, Case{"channels=", ErrorCode::bad_message, "channels"}, Case{"channels=,,", ErrorCode::bad_message, "channels"},
                        Case{"channels=mesh", ErrorCode::bad_channel, "channels"}, Case{"channels=mesh:position,MESH:x", ErrorCode::bad_channel, "channels"}, Case{many, ErrorCode::limit_channels, "channels"},
                        Case{"channels=a:b&keys=%01", ErrorCode::bad_filter, "keys"}, Case{"channels=a:b&bounds=1,2,3", ErrorCode::bad_filter, "bounds"},
                        Case{"channels=a:b&bounds=0,10,0,-10", ErrorCode::bad_filter, "bounds"}, Case{"channels=a:b&bounds=nan,0,1,1", ErrorCode::bad_filter, "bounds"},
                        Case{"channels=a:b&where=%7B", ErrorCode::bad_message, "where"}, Case{"channels=a:b&where=%7B%22v%22:%7B%22near%22:1%7D%7D", ErrorCode::bad_filter, "where.v"},
                        Case{"channels=a:b&fields=x/y", ErrorCode::bad_filter, "fields"}, Case{fields, ErrorCode::bad_filter, "fields"},
                        Case{"channels=a:b&unlocated=1", ErrorCode::bad_message, "unlocated"}, Case{"channels=a:b&snapshot=no", ErrorCode::bad_message, "snapshot"},
                        Case{"channels=mesh:*&snapshot=false", ErrorCode::bad_message, "snapshot"}, Case{"channels=mesh:position&snapshot=false", ErrorCode::bad_message, "snapshot"},
                        Case{"channels=no:channel&snapshot=false", ErrorCode::bad_message, "snapshot"}, Case{"channels=a:b&rate=-1", ErrorCode::bad_message, "rate"},
                        Case{"channels=a:b&rate=nan", ErrorCode::bad_message, "rate"}, Case{"channels=a:b&rate=inf", ErrorCode::bad_message, "rate"},
                        Case{"channels=a:b&rate=", ErrorCode::bad_message, "rate"}, Case{"channels=a:b&recent=-1", ErrorCode::bad_message, "recent"},
                        Case{"channels=a:b&recent=1.5", ErrorCode::bad_message, "recent"}}) {
    CAPTURE(c.query.substr(0, 80));
    const auto read = desk.read(c.query);
    REQUIRE(!read);
    CHECK(read.error().code == c.code);
    CHECK(read.error().field == c.field);
    CHECK(!read.error().message.empty());
  }
  REQUIRE(!desk.read("channels=a:b", "e:1"));
  CHECK(desk.read("channels=a:b", "e:1").error().field == "since");
}

TEST_CASE("a poll waits from 0 to 60 seconds, and says so of anything else") {
  Desk desk;
  const auto status = [&](std::string_view wait) -> unsigned {
    const http::Answer answer = changes(*Given::read(route_of(RouteId::changes), "channels=a:b" + std::string{wait}), desk.shard);
    if (const auto* response = std::get_if<http::Response>(&answer)) {
      CHECK(response->body.find(R"("field":"wait")") != std::string::npos);
      return response->status;
    }
    return 200;
  };
  for (const std::string_view good : {"", "&wait=0s", "&wait=30s", "&wait=1500ms", "&wait=59999ms", "&wait=60s", "&wait=1m"}) CHECK(status(good) == 200);
  for (const std::string_view bad : {"&wait=", "&wait=30", "&wait=-1s", "&wait=60001ms", "&wait=2m", "&wait=soon"}) CHECK(status(bad) == 400);
}

TEST_CASE("of two cursors the header wins: the URL is older than it") {
  Desk desk;
  const auto fault_of = [&](std::string_view query, std::string_view header) -> std::string {
    const http::Answer answer = stream(*Given::read(route_of(RouteId::stream), query), header, desk.shard);
    const auto* response = std::get_if<http::Response>(&answer);
    return response != nullptr ? response->body : "";
  };
  CHECK(fault_of("channels=a:b&since=e:1:q", "").empty());
  CHECK(fault_of("channels=a:b&since=nothing", "e:1:q").empty());
  CHECK(fault_of("channels=a:b&since=e:1:q", "nothing").find(R"("field":"Last-Event-ID")") != std::string::npos);
  CHECK(fault_of("channels=a:b&since=nothing", "").find(R"("field":"since")") != std::string::npos);
}

}  // namespace
}  // namespace starling::routes
