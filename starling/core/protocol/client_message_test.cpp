#include "starling/core/protocol/client_message.hpp"

#include <doctest/doctest.h>

namespace starling::protocol {
namespace {

using state::Operation;

template <class Message>
Message read(std::string_view text) {
  auto read = read_client_message(text);
  CAPTURE(text);
  REQUIRE(read.has_value());
  REQUIRE(std::holds_alternative<Message>(*read));
  return std::get<Message>(std::move(*read));
}

TEST_CASE("a subscribe with nothing but what it needs") {
  const auto subscribe = read<Subscribe>(R"( { "type" : "subscribe" , "id" : 1 , "channels" : [ "mesh:*" ] } )");
  CHECK(subscribe.id == 1);
  CHECK(subscribe.query.channels == std::vector<std::string>{"mesh:*"});
  CHECK_FALSE(subscribe.query.filter.keys.has_value());
  CHECK_FALSE(subscribe.query.filter.bounds.has_value());
  CHECK_FALSE(subscribe.query.filter.unlocated);
  CHECK_FALSE(subscribe.query.fields.has_value());
  CHECK_FALSE(subscribe.rate.has_value());
  CHECK(subscribe.snapshot);
  CHECK(subscribe.recent == 0);
  CHECK_FALSE(subscribe.since.has_value());
}

TEST_CASE("a subscribe with everything") {
  const auto subscribe = read<Subscribe>(
      R"({"type":"subscribe","id":4294967295,"channels":["*","a:b"],"filter":{"keys":["x","\u0079"],"unlocated":true,)"
      R"("bounds":{"north":10,"south":-10.5,"east":190,"west":170}},"fields":["v","q\"","\u0061"],"rate":0.5,"snapshot":true,"recent":7,)"
      R"("since":{"epoch":"e","seq":12,"view":"abc"},"unknown":{"is":"ignored"}})");
  CHECK(subscribe.id == 4'294'967'295);
  CHECK(subscribe.query.channels == std::vector<std::string>{"*", "a:b"});
  CHECK(subscribe.query.filter.keys == std::vector<std::string>{"x", "y"});
  CHECK(subscribe.query.filter.bounds == geo::Box::from(10, -10.5, 190, 170));
  CHECK(subscribe.query.filter.unlocated);
  CHECK(subscribe.query.fields == std::vector<std::string>{"v", R"(q\")", "a"});
  CHECK(subscribe.rate == 0.5);
  CHECK(subscribe.recent == 7);
  REQUIRE(subscribe.since.has_value());
  CHECK(subscribe.since->epoch == "e");
  CHECK(subscribe.since->seq == 12);
  CHECK(subscribe.since->view == "abc");
}

TEST_CASE("more recent events than any channel keeps are as many as it keeps: one below, at and one above") {
  const auto recent = [](const std::string& number) { return read<Subscribe>(R"({"type":"subscribe","id":1,"channels":["*"],"recent":)" + number + "}").recent; };
  CHECK(recent("9999") == 9'999);
  CHECK(recent("10000") == 10'000);
  CHECK(recent("10001") == 10'000);
  CHECK(recent("9e18") == 10'000);
}

TEST_CASE("lists may be empty where that says something, and edges may be the very poles") {
  const auto subscribe = read<Subscribe>(
      R"({"type":"subscribe","id":1e0,"channels":["a:b"],"filter":{"keys":[],"bounds":{"north":90,"south":-90,"east":1e3,"west":0}},"fields":[],"rate":0})");
  CHECK(subscribe.query.filter.keys == std::vector<std::string>{});
  CHECK(subscribe.query.fields == std::vector<std::string>{});
  CHECK(subscribe.rate == 0);
  CHECK(read<Subscribe>(R"({"type":"subscribe","id":1,"channels":["a:b"],"snapshot":false})").snapshot == false);
  CHECK(read<Subscribe>(R"({"type":"subscribe","id":1,"channels":["a:b"],"filter":{"bounds":{"north":5,"south":5,"east":0,"west":0}}})")
            .query.filter.bounds.has_value());
}

TEST_CASE("the last of duplicates counts, in names however they are written") {
  const auto subscribe = read<Subscribe>(R"({"type":"ping","\u0074ype":"subscribe","id":"x","id":7,"channels":["a:b"],"channels":["c:d"]})");
  CHECK(subscribe.id == 7);
  CHECK(subscribe.query.channels == std::vector<std::string>{"c:d"});
}

TEST_CASE("conditions of a subscription are read, and have a limit") {
  const auto subscribe = read<Subscribe>(R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":{"v":{"lt":20,"ne":3},"position/w":"x"}}})");
  REQUIRE(subscribe.query.filter.where.conditions().size() == 3);
  CHECK(subscribe.query.filter.where.conditions()[2].facet == "position");
  CHECK(read<Subscribe>(R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":{}}})").query.filter.where.is_empty());
  for (const std::size_t count : {view::kWhereConditionsMax - 1, view::kWhereConditionsMax, view::kWhereConditionsMax + 1}) {
    std::string where;
    for (std::size_t i = 0; i < count; ++i) where += (i > 0 ? ",\"v" : "\"v") + std::to_string(i) + "\":0";
    const auto read = read_client_message(R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":{)" + where + "}}}");
    CHECK(read.has_value() == (count <= view::kWhereConditionsMax));
    if (!read) {
      CHECK(read.error().code == ErrorCode::bad_filter);
      CHECK(read.error().field == "filter.where");
    }
  }
}

TEST_CASE("the short messages") {
  CHECK(read<Unsubscribe>(R"({"type":"unsubscribe","id":3})").id == 3);
  CHECK(read<SnapshotAgain>(R"({"type":"snapshot","id":3})").id == 3);
  CHECK(read<Ping>(R"({"type":"ping"})").ref == std::nullopt);
  CHECK(read<Ping>(R"({"type":"ping","ref":"a\u0062"})").ref == R"("a\u0062")");
  CHECK(read<Ping>(R"({"type":"ping","ref":1.50})").ref == "1.50");
  CHECK(read<Token>(R"({"type":"token","token":"t"})").token == "t");
  read<Hello>(R"({"type":"hello"})");
  read<Hello>(R"({"type":"hello","token":"t","client":"x"})");
}

TEST_CASE("a publish with nothing but what it needs") {
  const auto publish = read<Publish>(R"({"type":"publish","channel":"a:b","key":"k","data":{"v": 1.0, "t": " x "}})");
  CHECK(publish.update.channel == "a:b");
  CHECK(publish.update.key == "k");
  CHECK(publish.update.data == R"({"v":1.0,"t":" x "})");
  CHECK(publish.update.operation == Operation::merge);
  CHECK(std::holds_alternative<std::monostate>(publish.update.location));
  CHECK_FALSE(publish.update.time.has_value());
  CHECK_FALSE(publish.ref.has_value());
  CHECK_FALSE(read<Publish>(R"({"type":"publish","channel":"a:b","data":{}})").update.key.has_value());
}

TEST_CASE("a publish with everything, and each operation") {
  const auto publish = read<Publish>(
      R"({"type":"publish","channel":"a:b","key":"k","data":{},"op":"replace","location":{"latitude":90,"longitude":190},)"
      R"("time":"2026-11-21T10:00:00+01:00","ref":7})");
  CHECK(publish.update.operation == Operation::replace);
  CHECK(std::get<geo::Point>(publish.update.location) == geo::Point{90, -170});
  CHECK(publish.update.time == parse_rfc3339("2026-11-21T09:00:00Z"));
  CHECK(publish.ref == "7");
  CHECK(read<Publish>(R"({"type":"publish","channel":"a:b","key":"k","data":{},"op":"merge"})").update.operation == Operation::merge);
  CHECK(read<Publish>(R"({"type":"publish","channel":"a:b","key":"k","op":"remove"})").update.operation == Operation::remove);
  const auto nowhere = read<Publish>(R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":null})");
  CHECK(std::holds_alternative<state::NoLocation>(nowhere.update.location));
}

struct Bad {
  std::string_view text;
  ErrorCode code;
  std::string_view field;
};

void check_refused(const Bad& bad) {
  CAPTURE(bad.text);
  const auto read = read_client_message(bad.text);
  REQUIRE_FALSE(read.has_value());
  CHECK(to_text(read.error().code) == to_text(bad.code));
  CHECK(read.error().field == bad.field);
  CHECK_FALSE(read.error().message.empty());
}

TEST_CASE("what is no message at all") {
  using enum ErrorCode;
  for (const Bad& bad : {
           Bad{"", bad_message, ""},
           Bad{"{", bad_message, ""},
           Bad{"hello", bad_message, ""},
           Bad{"[]", bad_message, ""},
           Bad{"\"ping\"", bad_message, ""},
           Bad{"null", bad_message, ""},
           Bad{R"({"type":"ping"}{})", bad_message, ""},
           Bad{R"({"type":"ping",})", bad_message, ""},
           Bad{R"({"type":"ping","x":01})", bad_message, ""},
           Bad{R"({"type":"ping","x":[1 2]})", bad_message, ""},
           Bad{R"({"type":"ping","x":{"y":tru}})", bad_message, ""},
           Bad{R"({"type":"ping","x":"\ud800"})", bad_message, ""},
           Bad{R"({"type":"ping","\udc00":1})", bad_message, ""},
           Bad{"{\"type\":\"ping\",\"x\":\"\xFF\"}", bad_message, ""},
           Bad{R"({})", bad_message, "type"},
           Bad{R"({"type":5})", bad_message, "type"},
           Bad{R"({"type":null})", bad_message, "type"},
           Bad{R"({"type":""})", unknown_type, "type"},
           Bad{R"({"type":"Ping"})", unknown_type, "type"},
           Bad{R"({"type":"welcome"})", unknown_type, "type"},
           Bad{R"({"type":"nonsense","ref":true})", unknown_type, "type"},
       }) {
    check_refused(bad);
  }
}

TEST_CASE("nesting: one below, at and one above the limit") {
  const auto nested = [](int levels) {  // of the whole message
    std::string inside;
    for (int i = 1; i < levels; ++i) inside += '[';
    for (int i = 1; i < levels; ++i) inside += ']';
    return R"({"type":"ping","x":)" + inside + '}';
  };
  CHECK(read_client_message(nested(63)).has_value());
  CHECK(read_client_message(nested(64)).has_value());
  CHECK(read_client_message(nested(65)).error().code == ErrorCode::bad_message);
}

TEST_CASE("a field of a subscribe that is missing, of the wrong type or out of range is named") {
  using enum ErrorCode;
  for (const Bad& bad : {
           Bad{R"({"type":"subscribe","channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":0,"channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":-1,"channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":1.5,"channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":4294967296,"channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":1e99,"channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":"1","channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":null,"channels":["*"]})", bad_message, "id"},
           Bad{R"({"type":"subscribe","id":1})", bad_message, "channels"},
           Bad{R"({"type":"subscribe","id":1,"channels":[]})", bad_message, "channels"},
           Bad{R"({"type":"subscribe","id":1,"channels":"*"})", bad_message, "channels"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*",1]})", bad_message, "channels"},
           Bad{R"({"type":"subscribe","id":1,"channels":["mesh"]})", bad_channel, "channels"},
           Bad{R"({"type":"subscribe","id":1,"channels":["a:b","Mesh:x"]})", bad_channel, "channels"},
           Bad{R"({"type":"subscribe","id":1,"channels":["a:b*"]})", bad_channel, "channels"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":[]})", bad_message, "filter"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"keys":"k"}})", bad_message, "filter.keys"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"keys":[1]}})", bad_message, "filter.keys"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"keys":["ok",""]}})", bad_filter, "filter.keys"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"keys":["\u0007"]}})", bad_filter, "filter.keys"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"unlocated":1}})", bad_message, "filter.unlocated"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":null}})", bad_message, "filter.bounds"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"south":0,"east":1,"west":0}}})", bad_message, "filter.bounds.north"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1,"east":1,"west":0}}})", bad_message, "filter.bounds.south"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1,"south":0,"west":0}}})", bad_message, "filter.bounds.east"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1,"south":0,"east":1}}})", bad_message, "filter.bounds.west"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":"1","south":0,"east":1,"west":0}}})", bad_message, "filter.bounds.north"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":90.1,"south":0,"east":1,"west":0}}})", bad_filter, "filter.bounds.north"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1,"south":-90.1,"east":1,"west":0}}})", bad_filter, "filter.bounds.south"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1e999,"south":0,"east":1,"west":0}}})", bad_filter, "filter.bounds.north"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1,"south":1.1,"east":1,"west":0}}})", bad_filter, "filter.bounds.south"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1,"south":0,"east":1e999,"west":0}}})", bad_filter, "filter.bounds.east"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"bounds":{"north":1,"south":0,"east":1,"west":-1e999}}})", bad_filter, "filter.bounds.west"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":[]}})", bad_message, "filter.where"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":null}})", bad_message, "filter.where"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":{"v":1,"\u0077":{"is":2}}}})", bad_filter, "filter.where.w"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":{"A/v":1}}})", bad_filter, "filter.where.A/v"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"fields":"v"})", bad_message, "fields"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"fields":[null]})", bad_message, "fields"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"fields":["v","position/v"]})", bad_filter, "fields"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"rate":"1"})", bad_message, "rate"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"rate":-0.1})", bad_message, "rate"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"recent":"1"})", bad_message, "recent"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"recent":-1})", bad_message, "recent"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"snapshot":"no"})", bad_message, "snapshot"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"snapshot":false})", bad_message, "snapshot"},
           Bad{R"({"type":"subscribe","id":1,"channels":["a:b","a:*"],"snapshot":false})", bad_message, "snapshot"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"since":5})", bad_message, "since"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"since":{"seq":1,"view":"v"}})", bad_message, "since.epoch"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"since":{"epoch":"e","view":"v"}})", bad_message, "since.seq"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"since":{"epoch":"e","seq":-1,"view":"v"}})", bad_message, "since.seq"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"since":{"epoch":"e","seq":"1","view":"v"}})", bad_message, "since.seq"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"since":{"epoch":"e","seq":1}})", bad_message, "since.view"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"since":{"epoch":1,"seq":1,"view":"v"}})", bad_message, "since.epoch"},
       }) {
    check_refused(bad);
  }
}

TEST_CASE("what was is asked for by a moment, or by two and a speed; not both, and nothing resumes from it") {
  const auto of_moment = read_client_message(R"({"type":"subscribe","id":1,"channels":["*"],"at":"2026-11-21T09:00:00.250+01:00"})");
  REQUIRE(of_moment);
  const auto& at = std::get<Subscribe>(*of_moment);
  CHECK(at.at == parse_rfc3339("2026-11-21T08:00:00.250Z"));
  CHECK(!at.replay);
  for (const auto& [speed, said] : {std::pair{0.1, R"(,"speed":0.1)"}, std::pair{1.0, ""}, std::pair{1000.0, R"(,"speed":1e3)"}}) {
    const auto of_two = read_client_message(R"({"type":"subscribe","id":1,"channels":["*"],"replay":{"from":"2026-11-21T09:00:00Z","to":"2026-11-21T09:00:00.001Z")" +
                                            std::string{said} + "}}");
    REQUIRE(of_two);
    const Replay wanted{*parse_rfc3339("2026-11-21T09:00:00Z"), parse_rfc3339("2026-11-21T09:00:00.001Z"), speed};
    CHECK(std::get<Subscribe>(*of_two).replay == wanted);
    const auto again = read_client_message(write(std::get<Subscribe>(*of_two)));
    REQUIRE(again);
    CHECK(std::get<Subscribe>(*again).replay == wanted);
  }
  CHECK(std::get<Subscribe>(*read_client_message(write(at))).at == at.at);

  using enum ErrorCode;
  for (const Bad& bad : {
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"at":5})", bad_message, "at"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"at":"now"})", bad_message, "at"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"replay":"all"})", bad_message, "replay"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"replay":{}})", bad_message, "replay.from"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"replay":{"from":"2026-11-21T09:00:00Z","to":"2026-11-21T09:00:00Z"}})", bad_message, "replay.to"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"replay":{"from":"2026-11-21T09:00:00Z","speed":0.099}})", bad_message, "replay.speed"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"replay":{"from":"2026-11-21T09:00:00Z","speed":1000.1}})", bad_message, "replay.speed"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"at":"2026-11-21T09:00:00Z","replay":{"from":"2026-11-21T09:00:00Z"}})", bad_message, "replay"},
           Bad{R"({"type":"subscribe","id":1,"channels":["*"],"at":"2026-11-21T09:00:00Z","since":{"epoch":"e","seq":1,"view":"v"}})", bad_message, "since"},
       }) {
    check_refused(bad);
  }
}

TEST_CASE("a field of any other message that is missing or of the wrong type is named") {
  using enum ErrorCode;
  for (const Bad& bad : {
           Bad{R"({"type":"unsubscribe"})", bad_message, "id"},
           Bad{R"({"type":"unsubscribe","id":0})", bad_message, "id"},
           Bad{R"({"type":"snapshot","id":"1"})", bad_message, "id"},
           Bad{R"({"type":"ping","ref":true})", bad_message, "ref"},
           Bad{R"({"type":"ping","ref":null})", bad_message, "ref"},
           Bad{R"({"type":"ping","ref":{}})", bad_message, "ref"},
           Bad{R"({"type":"token"})", bad_message, "token"},
           Bad{R"({"type":"token","token":1})", bad_message, "token"},
           Bad{R"({"type":"hello","token":1})", bad_message, "token"},
           Bad{R"({"type":"publish","data":{}})", bad_message, "channel"},
           Bad{R"({"type":"publish","channel":1,"data":{}})", bad_message, "channel"},
           Bad{R"({"type":"publish","channel":"a:b","key":1,"data":{}})", bad_message, "key"},
           Bad{R"({"type":"publish","channel":"a:b","key":null,"data":{}})", bad_message, "key"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k"})", bad_message, "data"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","op":"replace"})", bad_message, "data"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":[]})", bad_message, "data"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":"{}"})", bad_message, "data"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"op":"delete"})", bad_message, "op"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"op":1})", bad_message, "op"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":[1,2]})", bad_message, "location"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":{"longitude":1}})", bad_message, "location.latitude"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":{"latitude":1}})", bad_message, "location.longitude"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":{"latitude":"1","longitude":1}})", bad_message, "location.latitude"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":{"latitude":90.5,"longitude":1}})", bad_message, "location"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":{"latitude":1,"longitude":1e999}})", bad_message, "location"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"time":5})", bad_message, "time"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"time":"yesterday"})", bad_message, "time"},
           Bad{R"({"type":"publish","channel":"a:b","key":"k","data":{},"ref":[]})", bad_message, "ref"},
       }) {
    check_refused(bad);
  }
}

TEST_CASE("an error gives back the ref and the id it can tell") {
  CHECK(read_client_message(R"({"type":"publish","ref":"r1"})").error().ref == R"("r1")");
  CHECK(read_client_message(R"({"type":"nonsense","ref":1.0})").error().ref == "1.0");
  CHECK(read_client_message(R"({"type":"ping","ref":true})").error().ref == std::nullopt);
  CHECK(read_client_message(R"({"type":"subscribe","id":5,"channels":[]})").error().id == 5);
  CHECK(read_client_message(R"({"type":"subscribe","id":-5,"channels":["*"]})").error().id == std::nullopt);
}

TEST_CASE("a ref has at most 256 bytes as it is written: one below, at and one above; of a longer one nothing is given back") {
  for (const std::size_t bytes : {kRefBytesMax - 1, kRefBytesMax, kRefBytesMax + 1}) {
    CAPTURE(bytes);
    for (const std::string& ref : {'"' + std::string(bytes - 2, 'r') + '"', std::string(bytes, '7')}) {
      const bool fits = bytes <= kRefBytesMax;
      for (const std::string before : {R"({"type":"ping","ref":)", R"({"type":"publish","channel":"a:b","key":"k","data":{},"ref":)"}) {
        const auto read = read_client_message(before + ref + '}');
        REQUIRE(read.has_value() == fits);
        if (!fits) check_refused({before + ref + '}', ErrorCode::bad_message, "ref"});
      }
      const auto other = read_client_message(R"({"type":"dance","ref":)" + ref + '}');
      CHECK(other.error().code == ErrorCode::unknown_type);
      CHECK(other.error().ref == (fits ? std::optional{ref} : std::nullopt));
    }
  }
}

TEST_CASE("of a name at fault an error shows at most 256 bytes: one below, at and one above, and never half a character") {
  const auto field_of = [](const std::string& name) {
    return read_client_message(R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":{")" + name + R"(":{}}}})").error().field;
  };
  for (const std::size_t bytes : {kNameShownBytesMax - 1, kNameShownBytesMax, kNameShownBytesMax + 1}) {
    CAPTURE(bytes);
    CHECK(field_of(std::string(bytes, 'n')) == "filter.where." + std::string(std::min(bytes, kNameShownBytesMax), 'n'));
  }
  const std::string almost(255, 'n');
  CHECK(field_of(almost + "\xC3\xA9") == "filter.where." + almost);
  CHECK(field_of("n" + almost + "\xC3\xA9") == "filter.where.n" + almost);
  CHECK(field_of(almost.substr(1) + "\xC3\xA9") == "filter.where." + almost.substr(1) + "\xC3\xA9");
}

TEST_CASE("a field that a message does not have is ignored, whatever it is") {
  CHECK(read<Subscribe>(R"({"type":"subscribe","id":1,"channels":["*"],"ref":true,"data":5,"location":false})").id == 1);
  CHECK(read<Unsubscribe>(R"({"type":"unsubscribe","id":1,"ref":[],"channels":"x"})").id == 1);
  CHECK(read<Publish>(R"({"type":"publish","channel":"a:b","data":{},"id":"x","rate":-1})").update.channel == "a:b");
}

TEST_CASE("lists in a subscription have limits: one below, at and one above") {
  struct Case {
    std::string_view field, before, after, element;
    std::size_t max;
    ErrorCode code;
  };
  for (const Case& c : {Case{"channels", R"({"type":"subscribe","id":1,"channels":[)", "]}", R"("a:b")", kChannelsPerSubscriptionMax, ErrorCode::limit_channels},
                        Case{"filter.keys", R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"keys":[)", "]}}", R"("k")", kFilterKeysMax, ErrorCode::bad_filter},
                        Case{"fields", R"({"type":"subscribe","id":1,"channels":["*"],"fields":[)", "]}", R"("f")", kFieldsShownMax, ErrorCode::bad_filter}}) {
    CAPTURE(c.field);
    const auto message_of = [&c](std::size_t elements) {
      std::string text{c.before};
      for (std::size_t i = 0; i < elements; ++i) (text += i > 0 ? "," : "") += c.element;
      return text + std::string{c.after};
    };
    CHECK(read_client_message(message_of(c.max - 1)));
    CHECK(read_client_message(message_of(c.max)));
    const auto over = read_client_message(message_of(c.max + 1));
    REQUIRE_FALSE(over);
    CHECK(over.error().code == c.code);
    CHECK(over.error().field == c.field);
  }
}

TEST_CASE("numbers in a message have ranges: one below, at and one above each end") {
  struct Case {
    std::string_view field, before, after;
    std::vector<std::string_view> good, bad;
    ErrorCode code;
  };
  constexpr std::string_view kSubscribe = R"({"type":"subscribe","id":1,"channels":["*"],)";
  const auto of_subscribe = [&](std::string_view inside) { return std::string{kSubscribe} + std::string{inside}; };
  const std::string since = of_subscribe(R"("since":{"epoch":"e","view":"v","seq":)"), recent = of_subscribe(R"("recent":)"),
                    north = of_subscribe(R"("filter":{"bounds":{"south":-90,"east":1,"west":0,"north":)"),
                    south = of_subscribe(R"("filter":{"bounds":{"north":90,"east":1,"west":0,"south":)");
  constexpr std::string_view kPublish = R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":{"longitude":0,"latitude":)";
  using enum ErrorCode;
  for (const Case& c : {
           Case{"id", R"({"type":"subscribe","channels":["*"],"id":)", "}", {"1", "2", "4294967294", "4294967295"}, {"0", "4294967296"}, bad_message},
           Case{"id", R"({"type":"unsubscribe","id":)", "}", {"1", "2", "4294967294", "4294967295"}, {"0", "4294967296"}, bad_message},
           Case{"id", R"({"type":"snapshot","id":)", "}", {"1", "2", "4294967294", "4294967295"}, {"0", "4294967296"}, bad_message},
           Case{"since.seq", since, "}}", {"0", "1", "9223372036854775806", "9223372036854775807"}, {"-1", "9223372036854775808"}, bad_message},
           Case{"recent", recent, "}", {"0", "1"}, {"-1"}, bad_message},
           Case{"rate", R"({"type":"subscribe","id":1,"channels":["*"],"rate":)", "}", {"0", "1e-9", "1e300"}, {"-1e-9"}, bad_message},
           Case{"filter.bounds.north", north, "}}}", {"-90", "89.999", "90"}, {"90.001"}, bad_filter},
           Case{"filter.bounds.south", south, "}}}", {"90", "-89.999", "-90"}, {"-90.001"}, bad_filter},
           Case{"location", kPublish, "}}", {"-90", "-89.999", "89.999", "90"}, {"-90.001", "90.001"}, bad_message},
       }) {
    const auto message_of = [&c](std::string_view number) { return std::string{c.before} + std::string{number} + std::string{c.after}; };
    for (const std::string_view number : c.good) {
      CAPTURE(message_of(number));
      CHECK(read_client_message(message_of(number)).has_value());
    }
    for (const std::string_view number : c.bad) {
      const auto read = read_client_message(message_of(number));
      CAPTURE(message_of(number));
      REQUIRE_FALSE(read.has_value());
      CHECK(read.error().code == c.code);
      CHECK(read.error().field == c.field);
    }
  }
}

TEST_CASE("a message of more fields than any has is read the same: one below, at and one above those that are kept at hand") {
  for (const std::size_t others : {13, 14, 15, 40}) {
    CAPTURE(others);
    std::string text = R"({"channel":"no:this","\u006bey":"k")";
    for (std::size_t i = 0; i < others; ++i) text += ",\"other" + std::to_string(i) + "\":[]";
    const auto update = read_update(*read_object(text + R"(,"channel":"a:b","data":{"n":1}})"));
    REQUIRE(update.has_value());
    CHECK(update->channel == "a:b");
    CHECK(update->key == "k");
    CHECK(update->data == R"({"n":1})");
    CHECK(read_update(*read_object(text + '}')).error().field == "data");
  }
}

TEST_CASE("an envelope of a line takes its channel from where it was posted, unless it names one") {
  const auto line = [](std::string_view text, std::string_view channel) { return read_update(*read_object(text), channel); };
  CHECK(line(R"({"key":"k","data":{}})", "a:b")->channel == "a:b");
  CHECK(line(R"({"key":"k","data":{},"channel":"c:d"})", "a:b")->channel == "c:d");
  CHECK(line(R"({"key":"k","data":{},"channel":"c:d"})", {})->channel == "c:d");
  CHECK(line(R"({"key":"k","data":{}})", {}).error().field == "channel");
  CHECK(line(R"({"key":"k","data":{},"channel":5})", "a:b").error().field == "channel");
  CHECK(read_object("[]").error().code == ErrorCode::bad_message);
  CHECK(*read_object(" { \"a\" : 1 } ") == R"({"a":1})");
}

}  // namespace
}  // namespace starling::protocol
