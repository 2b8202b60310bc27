#include "starling/server/routes/history.hpp"

#include <doctest/doctest.h>

#include <string_view>

#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

using store::HistoryKind;
using store::HistoryRecord;

Result<HistoryAsked, protocol::Error> read(std::string_view query) { return read_history("a:x", *Given::read(route_of(RouteId::history), query)); }

Timestamp at(std::int64_t ms) { return Timestamp{Timestamp::duration{ms}}; }

HistoryRecord row(HistoryKind kind, std::string key, std::string text, std::optional<geo::Point> place = std::nullopt) {
  return {.id = 7, .kind = kind, .channel = "a:x", .key = std::move(key), .seq = 3, .n = 1, .at = at(2'000), .time = at(1'000), .text = std::move(text), .place = place};
}

std::string page_of(std::vector<HistoryRecord> rows, HistoryFormat format = HistoryFormat::json) {
  HistoryAsked asked;
  asked.format = format;
  return history_page(asked, {.rows = std::move(rows), .cursor = store::HistoryCursor{at(1'000), 7}, .has_more = true}).body;
}

TEST_CASE("what is asked for is read, and nothing need be said") {
  const auto plain = read("");
  REQUIRE(plain);
  CHECK(plain->limit == 1000);
  CHECK(plain->format == HistoryFormat::json);
  CHECK_FALSE(plain->query().key);
  const auto all = read("key=!a1&bounds=1,2,3,4&from=1970-01-01T00:00:01Z&to=1970-01-01T00:00:02Z&limit=5&cursor=-9.12&format=geojson");
  REQUIRE(all);
  const store::HistoryQuery query = all->query();
  CHECK(query.channel == "a:x");
  CHECK(query.key == "!a1");
  CHECK(query.bounds->west_deg() == 1);
  CHECK(query.bounds->north_deg() == 4);
  CHECK(query.from == at(1'000));
  CHECK(query.to == at(2'000));
  CHECK(query.limit == 5);
  CHECK(query.after == store::HistoryCursor{at(-9), 12});
  CHECK(all->format == HistoryFormat::geojson);
}

TEST_CASE("what cannot be is refused by name: limits at one below, at and one above") {
  struct Case {
    std::string_view query, field;
  };
  for (const Case& c : {Case{"key=", "key"}, Case{"key=%01", "key"}, Case{"bounds=1,2,3", "bounds"}, Case{"bounds=1,5,3,4", "bounds"}, Case{"from=now", "from"},
                        Case{"to=2026", "to"}, Case{"limit=0", "limit"}, Case{"limit=10001", "limit"}, Case{"limit=x", "limit"}, Case{"cursor=", "cursor"},
                        Case{"cursor=1", "cursor"}, Case{"cursor=1.x", "cursor"}, Case{"cursor=1.-1", "cursor"}, Case{"format=xml", "format"}}) {
    CAPTURE(c.query);
    const auto refused = read(c.query);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().field == c.field);
  }
  for (const char* query : {"limit=1", "limit=10000"}) CHECK(read(query));
  CHECK_FALSE(read_history("nothing", *Given::read(route_of(RouteId::history), "")));
}

TEST_CASE("each kind of row says what it is, and a page where to go on") {
  CHECK(page_of({row(HistoryKind::set, "k\"", R"({"v":1})", geo::Point{1, 2})}) ==
        R"({"rows":[{"kind":"set","seq":3,"key":"k\"","at":"1970-01-01T00:00:02.000Z","time":"1970-01-01T00:00:01.000Z","location":{"latitude":1,"longitude":2},"record":{"v":1}}],"cursor":"1000.7","more":true})");
  CHECK(page_of({row(HistoryKind::removed, "k", "expired")}).find(R"("reason":"expired")") != std::string::npos);
  CHECK(page_of({row(HistoryKind::event, "k", R"({"t":1})")}).find(R"("seq":3,"n":1,"key":"k")") != std::string::npos);
  CHECK(page_of({row(HistoryKind::late, "k", R"({"t":1})")}).find(R"("data":{"t":1})") != std::string::npos);
  CHECK(page_of({row(HistoryKind::gap, "k", "12")}).find(R"("after":12)") != std::string::npos);
  const std::string lines = page_of({row(HistoryKind::set, "k", "{}"), row(HistoryKind::set, "l", "{}")}, HistoryFormat::ndjson);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
  CHECK(lines.ends_with("{\"cursor\":\"1000.7\",\"more\":true}\n"));
  CHECK(history_page({}, {}).body == R"({"rows":[],"cursor":null,"more":false})");
}

TEST_CASE("how far back is known is two times, or none while there is nothing") {
  using std::chrono::seconds;
  CHECK(history_reach(true, store::HistoryReach{Timestamp{seconds{1}}, Timestamp{seconds{2}}}).body == R"({"kept":true,"from":"1970-01-01T00:00:01.000Z","to":"1970-01-01T00:00:02.000Z"})");
  CHECK(history_reach(true, {}).body == R"({"kept":true,"from":null,"to":null})");
  CHECK(history_reach(false, {}).body == R"({"kept":false,"from":null,"to":null})");
}

TEST_CASE("a trail is a line for each key, ends where the key was removed or nobody knows, and is cut at the date line") {
  const auto set = [](std::string key, double latitude, double longitude) { return row(HistoryKind::set, std::move(key), "{}", geo::Point{latitude, longitude}); };
  const auto features = [](std::vector<HistoryRecord> rows) { return page_of(std::move(rows), HistoryFormat::geojson); };
  const std::string times2 = R"("times":["1970-01-01T00:00:01.000Z","1970-01-01T00:00:01.000Z"])";
  CHECK(features({set("k", 1, 2), set("l", 5, 6), set("k", 3, 4), row(HistoryKind::set, "k", "{}")}) ==
        R"({"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"LineString","coordinates":[[2,1],[4,3]]},"properties":{"key":"k",)" + times2 +
            R"(}},{"type":"Feature","geometry":{"type":"Point","coordinates":[6,5]},"properties":{"key":"l","times":["1970-01-01T00:00:01.000Z"]}}],"cursor":"1000.7","more":true})");
  const std::string crossed = features({set("k", 0, 179), set("k", 0, 180), set("k", 0, -179)});
  CHECK(crossed.find(R"({"type":"MultiLineString","coordinates":[[[179,0],[180,0]],[[-179,0],[-179,0]]]})") != std::string::npos);
  for (const HistoryKind kind : {HistoryKind::removed, HistoryKind::gap}) {
    const std::string ended = features({set("k", 1, 1), row(kind, "k", "1"), set("k", 2, 2)});
    CHECK(ended.find(R"("coordinates":[1,1])") != std::string::npos);
    CHECK(ended.find(R"("coordinates":[2,2])") != std::string::npos);
  }
  CHECK(features({row(HistoryKind::event, "k", R"({"t":1})", geo::Point{1, 2})}).find(R"({"type":"Point","coordinates":[2,1]},"properties":{"key":"k","time":"1970-01-01T00:00:01.000Z","data":{"t":1}})") !=
        std::string::npos);
  CHECK(features({row(HistoryKind::event, "k", R"({"t":1})")}).find(R"("geometry":null)") != std::string::npos);
}

}  // namespace
}  // namespace starling::routes
