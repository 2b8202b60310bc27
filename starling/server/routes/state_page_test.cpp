#include "starling/server/routes/state_page.hpp"

#include <doctest/doctest.h>

#include <set>

#include "starling/core/base/json.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

constexpr Moment kNow{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'790'000'000}}};

std::vector<state::ChannelDeclaration> declarations() {
  std::vector<state::ChannelDeclaration> channels(2);
  channels[0].name = "mesh:message";
  channels[0].kind = state::ChannelKind::event;
  channels[1].name = "empty:space";
  return channels;
}

session::ShardOptions shard_options() {
  session::ShardOptions options;
  options.epoch = "e";
  return options;
}

/// A hub and a shard with some positions.
class Reading {
 public:
  void put(const std::string& key, const std::string& data, state::Operation operation = state::Operation::merge) {
    state::Update update;
    update.channel = "a:b";
    update.key = key;
    update.data = data;
    update.operation = operation;
    REQUIRE(hub.publish(std::move(update), kNow));
  }
  void close() {
    if (auto batch = hub.close_batch(kNow)) shard.take(std::move(batch), kNow);
  }
  http::Response get(std::string_view query, std::string_view channel = "a:b", std::string_view if_none_match = {}) {
    auto read = read_state_query(channel, *Given::read(route_of(RouteId::state), query), hub.channels(), "e");
    REQUIRE(read);
    http::Answer answer = state_page(std::move(*read), if_none_match, shard);
    if (auto* response = std::get_if<http::Response>(&answer)) return *response;
    while (true) {
      if (auto response = std::get<std::unique_ptr<http::Work>>(answer)->step()) return *response;
    }
  }
  std::optional<protocol::Error> fault(std::string_view query, std::string_view channel = "a:b") {
    const auto read = read_state_query(channel, *Given::read(route_of(RouteId::state), query), hub.channels(), "e");
    if (read) return std::nullopt;
    return read.error();
  }

  hub::Hub hub{{}, declarations()};
  session::Shard shard{shard_options(), hub.channels(), hub};
};

std::set<std::string> keys_of(const http::Response& response) {
  std::set<std::string> keys;
  for (const json::Member& member : json::Members{*json::find(response.body, "records")})
    keys.insert(std::string{member.name});
  return keys;
}

std::string cursor_of(const http::Response& response) {
  const auto cursor = json::find(response.body, "cursor");
  return cursor ? json::decode(*cursor) : "";
}

TEST_CASE("a page holds the records of closed batches, and says of which seq") {
  Reading reading;
  reading.put("1", R"({"x":1.0,"y":[1,2]})");
  reading.close();
  reading.put("1", R"({"x":2})");
  reading.put("2", R"({"x":3})");
  CHECK(reading.get("").body == R"({"epoch":"e","seq":1,"records":{"1":{"x":1.0,"y":[1,2]}}})");
  reading.close();
  CHECK(reading.get("").body == R"({"epoch":"e","seq":2,"records":{"1":{"x":2,"y":[1,2]},"2":{"x":3}}})");
  CHECK(reading.get("", "empty:space").body == R"({"epoch":"e","seq":2,"records":{}})");
}

TEST_CASE("keys, bounds and fields select") {
  Reading reading;
  reading.put("in", R"({"latitude":10,"longitude":20,"n":1})");
  reading.put("edge", R"({"latitude":11,"longitude":21,"n":2})");
  reading.put("out", R"({"latitude":11.5,"longitude":21,"n":3})");
  reading.put("nowhere", R"({"n":4})");
  reading.close();
  using Keys = std::set<std::string>;
  CHECK(keys_of(reading.get("keys=in,nowhere,none&keys=in&keys=out")) == Keys{"in", "nowhere", "out"});
  CHECK(keys_of(reading.get("bounds=19,9,21,11")) == Keys{"in", "edge"});
  CHECK(keys_of(reading.get("bounds=19,9,21,11&keys=in,out")) == Keys{"in"});
  CHECK(keys_of(reading.get(R"(where={"n":{"gt":1,"lt":4}})")) == Keys{"out", "edge"});
  CHECK(keys_of(reading.get(R"(where=%7B%22n%22%3A%7B%22in%22%3A%5B1.0%2C3%5D%7D%7D&keys=in,edge&fields=)")) == Keys{"in"});
  CHECK(keys_of(reading.get("where={}")) == Keys{"in", "out", "edge", "nowhere"});
  CHECK(reading.get("keys=in&fields=n,none").body == R"({"epoch":"e","seq":1,"records":{"in":{"n":1}}})");
  CHECK(reading.get("keys=in&fields=").body == R"({"epoch":"e","seq":1,"records":{"in":{}}})");
}

TEST_CASE("pages together are the whole, with any limit, by slot and by key") {
  Reading reading;
  std::set<std::string> all;
  std::string list;
  for (int i = 0; i < 300; ++i) {
    const std::string key = "k" + std::to_string(i);
    reading.put(key, "{}");
    all.insert(key);
    list += key + ",";
  }
  reading.close();
  for (const std::string& filter : {std::string{}, "&keys=" + list}) {
    for (const int limit : {1, 7, 299, 300, 301}) {
      CAPTURE(limit);
      std::set<std::string> seen;
      std::size_t pages = 0, records = 0;
      std::string cursor;
      do {
        const auto response =
            reading.get("limit=" + std::to_string(limit) + filter + (cursor.empty() ? "" : "&cursor=" + cursor));
        const auto keys = keys_of(response);
        records += keys.size();
        seen.insert(keys.begin(), keys.end());
        cursor = cursor_of(response);
        ++pages;
      } while (!cursor.empty());
      CHECK(seen == all);
      CHECK(records == 300);
      CHECK(pages == static_cast<std::size_t>((300 + limit - 1) / limit));
    }
  }
}

TEST_CASE("what lives during the whole walk comes exactly once, whatever comes and goes") {
  Reading reading;
  for (int i = 0; i < 40; ++i) reading.put("k" + std::to_string(i), "{}");
  reading.close();
  std::multiset<std::string> seen;
  std::string cursor;
  int round = 0;
  do {
    const auto response = reading.get("limit=5" + (cursor.empty() ? std::string{} : "&cursor=" + cursor));
    for (const std::string& key : keys_of(response)) seen.insert(key);
    cursor = cursor_of(response);
    // Odd ones go, one a page; others come into their slots; even ones are changed.
    reading.put("k" + std::to_string(2 * round + 1), "", state::Operation::remove);
    reading.put("new" + std::to_string(round), "{}");
    reading.put("k" + std::to_string(2 * round), "{\"moved\":true}");
    reading.close();
    ++round;
  } while (!cursor.empty());
  for (int i = 0; i < 40; i += 2) CHECK(seen.count("k" + std::to_string(i)) == 1);
}

TEST_CASE("the same seq and view is not sent twice") {
  Reading reading;
  reading.put("1", R"({"x":1})");
  reading.close();
  const auto first = reading.get("");
  std::string tag;
  for (const http::Header& header : first.headers) {
    if (header.name == "ETag") tag = header.value;
  }
  CHECK(tag.starts_with("\"e:1:"));
  CHECK(reading.get("", "a:b", tag).status == 304);
  CHECK(reading.get("", "a:b", "\"other\", W/" + tag).status == 304);
  CHECK(reading.get("", "a:b", "*").status == 304);
  CHECK(reading.get("", "a:b", "\"other\"").status == 200);
  CHECK(reading.get("fields=x", "a:b", tag).status == 200);
  reading.put("1", R"({"x":2})");
  reading.close();
  CHECK(reading.get("", "a:b", tag).status == 200);
}

TEST_CASE("what makes no sense is refused by name") {
  Reading reading;
  reading.put("1", "{}");
  reading.close();
  struct Case {
    std::string_view query, channel;
    protocol::ErrorCode code;
    std::string_view field;
  };
  using protocol::ErrorCode;
  for (const Case& c : {Case{"", "nope", ErrorCode::bad_channel, "channel"},
                        Case{"", "no:such", ErrorCode::unknown_channel, "channel"},
                        Case{"", "mesh:message", ErrorCode::bad_channel, "channel"},
                        Case{"limit=0", "a:b", ErrorCode::bad_message, "limit"},
                        Case{"limit=10001", "a:b", ErrorCode::bad_message, "limit"},
                        Case{"limit=-1", "a:b", ErrorCode::bad_message, "limit"},
                        Case{"limit=1x", "a:b", ErrorCode::bad_message, "limit"},
                        Case{"bounds=1,2,3", "a:b", ErrorCode::bad_filter, "bounds"},
                        Case{"bounds=1,2,3,x", "a:b", ErrorCode::bad_filter, "bounds"},
                        Case{"bounds=1,2,3,inf", "a:b", ErrorCode::bad_filter, "bounds"},
                        Case{"bounds=1,20,3,10", "a:b", ErrorCode::bad_filter, "bounds"},
                        Case{"where=n", "a:b", ErrorCode::bad_message, "where"},
                        Case{"where=[]", "a:b", ErrorCode::bad_message, "where"},
                        Case{R"(where={"n":{"less":1}})", "a:b", ErrorCode::bad_filter, "where.n"},
                        Case{"fields=a/b", "a:b", ErrorCode::bad_filter, "fields"},
                        Case{"keys=%00", "a:b", ErrorCode::bad_filter, "keys"},
                        Case{"cursor=e2-1", "a:b", ErrorCode::bad_message, "cursor"},
                        Case{"cursor=e-", "a:b", ErrorCode::bad_message, "cursor"},
                        Case{"cursor=e-1x", "a:b", ErrorCode::bad_message, "cursor"}}) {
    CAPTURE(c.query);
    CAPTURE(c.channel);
    const auto error = reading.fault(c.query, c.channel);
    REQUIRE(error);
    CHECK(error->code == c.code);
    CHECK(error->field == c.field);
  }
  CHECK(!reading.fault("limit=10000"));
  CHECK(reading.get("cursor=e-999999").body == R"({"epoch":"e","seq":1,"records":{}})");
}

}  // namespace
}  // namespace starling::routes
