#include "starling/server/routes/given.hpp"

#include <doctest/doctest.h>

#include <array>

#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

constexpr std::array<std::string_view, 2> kColours{"red", "green"};
constexpr Parameter kFew{.name = "few", .kind = Whole{.min = 1, .max = 3, .absent = 2}};
constexpr Parameter kMany{.name = "many", .kind = Whole{}};
constexpr Parameter kIs{.name = "is", .kind = Flag{true}};
constexpr Parameter kHow{.name = "how", .kind = Number{}};
constexpr Parameter kColour{.name = "colour", .kind = Choice{kColours}};
constexpr Parameter kLong{.name = "long", .kind = Period{.max = std::chrono::seconds{2}, .absent = std::chrono::seconds{1}}};
constexpr Parameter kWhen{.name = "when", .kind = Time{}};
constexpr Parameter kAll{.name = "all", .kind = List{}};
constexpr Parameter kSoon{.name = "soon", .is_later = true};
constexpr std::array kParameters{&kFew, &kMany, &kIs, &kHow, &kColour, &kLong, &kWhen, &kAll, &kSoon};
constexpr Route kRoute{.id = RouteId::page, .method = "GET", .path = "/", .operation = "test", .summary = "", .parameters = kParameters};

Given given(std::string_view query) { return *Given::read(kRoute, query); }

/// What is said of a parameter that is refused; empty: it is not.
template <class Read>
std::string field_of(const Read& read) {
  return read ? "" : read.error().field;
}

TEST_CASE("what is not given is what the description says") {
  const Given nothing = given("");
  CHECK(*nothing.whole(kFew) == 2);
  CHECK(*nothing.whole(kMany) == 0);
  CHECK(*nothing.flag(kIs));
  CHECK(!nothing.number(kHow)->has_value());
  CHECK(*nothing.choice(kColour) == 0);
  CHECK(*nothing.period(kLong) == std::chrono::seconds{1});
  CHECK(!nothing.time(kWhen)->has_value());
  CHECK(!nothing.list(kAll));
  CHECK(!nothing.find(kAll));
}

TEST_CASE("what is given is read, and nothing of another kind or beyond a limit") {
  for (const char* good : {"few=1", "few=3"}) CHECK(given(good).whole(kFew));
  for (const char* bad : {"few=0", "few=4", "few=-1", "few=", "few=1.0", "few=x", "few=18446744073709551617"}) CHECK(field_of(given(bad).whole(kFew)) == "few");
  CHECK(*given("many=18446744073709551615").whole(kMany) == 18446744073709551615u);
  CHECK(field_of(given("many=-1").whole(kMany)) == "many");
  CHECK(!*given("is=false").flag(kIs));
  for (const char* bad : {"is=", "is=1", "is=True"}) CHECK(field_of(given(bad).flag(kIs)) == "is");
  CHECK(**given("how=0").number(kHow) == 0);
  CHECK(**given("how=2.5e1").number(kHow) == 25);
  for (const char* bad : {"how=-0.1", "how=inf", "how=nan", "how=", "how=1x"}) CHECK(field_of(given(bad).number(kHow)) == "how");
  CHECK(*given("colour=green").choice(kColour) == 1);
  CHECK(field_of(given("colour=Red").choice(kColour)) == "colour");
  for (const char* good : {"long=0s", "long=1999ms", "long=2s"}) CHECK(given(good).period(kLong));
  for (const char* bad : {"long=2001ms", "long=2", "long=-1s", "long="}) CHECK(field_of(given(bad).period(kLong)) == "long");
  CHECK(given("when=2026-11-21T09:00:00Z").time(kWhen)->has_value());
  CHECK(field_of(given("when=today").time(kWhen)) == "when");
  CHECK(*given("all=a,b&all=&all=c%2Cd").list(kAll) == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(given("all=").list(kAll)->empty());
}

TEST_CASE("a query that is none, and a parameter whose time has not come, are refused") {
  const auto broken = Given::read(kRoute, "few=%1");
  REQUIRE(!broken);
  CHECK(broken.error().status == 400);
  const auto early = Given::read(kRoute, "soon");
  REQUIRE(!early);
  CHECK(early.error().status == 503);
  CHECK(early.error().body.find(R"("code":"unavailable","field":"soon")") != std::string::npos);
  for (const RouteId id : {RouteId::state, RouteId::changes, RouteId::stream}) CHECK(!Given::read(route_of(id), "at=2026-11-21T09:00:00Z"));
  for (const RouteId id : {RouteId::changes, RouteId::stream}) CHECK(!Given::read(route_of(id), "replay=1"));
}

}  // namespace
}  // namespace starling::routes
