/// @file
/// What passes a filter, against evaluators written so plainly that they need no test: whole numbers, and strings as they are.
///
/// fuzz/query.cpp does the same for whole messages; here every run asks the same questions, most of them at an edge.
#include <doctest/doctest.h>

#include <algorithm>
#include <compare>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/view/index.hpp"
#include "starling/core/view/view.hpp"

namespace starling::view {
namespace {

// ---- Boxes, and places shown less exactly than they are ---------------------------------------------------------------

/// Degrees in eighths of the last decimal that is shown, as whole numbers: all there is to rounding and to boxes is exact.
struct Grid {
  explicit Grid(int decimals) {
    for (int i = 0; i < decimals; ++i) steps *= 10;
  }
  [[nodiscard]] std::int64_t of(std::int64_t degrees) const { return degrees * steps * 8; }
  [[nodiscard]] double degrees(std::int64_t units) const { return static_cast<double>(units) / static_cast<double>(steps * 8); }
  [[nodiscard]] std::int64_t rounded(std::int64_t units) const { return (units < 0 ? -((4 - units) / 8) : (units + 4) / 8) * 8; }  // halves away from zero
  [[nodiscard]] std::int64_t turned_east(std::int64_t from, std::int64_t to) const { return (((to - from) % of(360)) + of(360)) % of(360); }

  std::int64_t steps = 1;
};

TEST_CASE("whoever is shown rounded places is inside a box if the rounded place is, at the poles and over the date line too") {
  const std::uint64_t seed = 8990;
  CAPTURE(seed);
  Random random{seed};
  std::size_t inside = 0, outside = 0, moved_in = 0, moved_out = 0, over_the_line = 0;
  for (int round = 0; round < 60'000; ++round) {
    CAPTURE(round);
    const int decimals = static_cast<int>(random.below(4)) - 1;  // -1: exact
    const Grid grid{std::max(decimals, 0)};
    const auto near = [&](std::int64_t units) { return units + static_cast<std::int64_t>(random.below(25)) - 12; };
    const auto latitude = [&](std::int64_t other) {
      static constexpr std::int64_t kOften[] = {90, -90, 0, 45};
      const std::int64_t units = near(random.chance(0.5) ? other : grid.of(kOften[random.below(4)]));
      return std::clamp(units, grid.of(-90), grid.of(90));
    };
    const auto longitude = [&](std::int64_t other) {
      static constexpr std::int64_t kOften[] = {180, -180, 0, 179, -179};
      const std::int64_t units = near(random.chance(0.5) ? other : grid.of(kOften[random.below(5)]));
      // Beyond the line only where the degrees are exact: a box of 190.1 is one of a double near -169.9.
      return decimals <= 0 ? units + grid.of(360) * (static_cast<std::int64_t>(random.below(3)) - 1) * random.chance(0.2) : std::clamp(units, grid.of(-180), grid.of(180));
    };
    const std::int64_t a = latitude(0), b = latitude(a), north = std::max(a, b), south = std::min(a, b);
    const std::int64_t west = longitude(0), east = random.chance(0.1) && decimals <= 0 ? near(west + grid.of(360)) : longitude(west);
    const std::int64_t at_latitude = latitude(random.chance(0.5) ? north : south), at_longitude = longitude(random.chance(0.5) ? west : east);
    // A half is a number of its own only where it is exact.
    if (decimals > 0 && (at_latitude % 8 == 4 || at_latitude % 8 == -4 || at_longitude % 8 == 4 || at_longitude % 8 == -4)) continue;

    const auto is_met = [&](std::int64_t shown_latitude, std::int64_t shown_longitude) {
      if (shown_latitude > north || shown_latitude < south) return false;
      return east - west >= grid.of(360) || grid.turned_east(west, shown_longitude) <= grid.turned_east(west, east);
    };
    const std::int64_t in_the_round = grid.turned_east(grid.of(-180), at_longitude) - grid.of(180);
    const std::int64_t shown_longitude = decimals < 0 ? in_the_round : grid.rounded(in_the_round);
    const bool is_exactly = is_met(at_latitude, at_longitude), expected = decimals < 0 ? is_exactly : is_met(grid.rounded(at_latitude), shown_longitude);

    log::TestWorld world;
    const auto place = geo::Point::from(grid.degrees(at_latitude), grid.degrees(at_longitude));
    REQUIRE(place.has_value());
    world.set("a:x", "k", "{}", place);
    Query query;
    query.channels = {"*"};
    query.filter.bounds = geo::Box::from(grid.degrees(north), grid.degrees(south), grid.degrees(east), grid.degrees(west));
    REQUIRE(query.filter.bounds.has_value());
    Grant grant;
    if (decimals >= 0) grant.position_decimals = decimals;
    const View view(query, std::make_shared<const Rights>(grant), world.channels());
    CAPTURE(decimals);
    CAPTURE(place->latitude_deg);
    CAPTURE(place->longitude_deg);
    CAPTURE(grid.degrees(north));
    CAPTURE(grid.degrees(south));
    CAPTURE(grid.degrees(east));
    CAPTURE(grid.degrees(west));
    REQUIRE((view.membership(*world.find("a:x", "k")) == Membership::inside) == expected);
    // And whoever is inside is found by where he looks, by exact places.
    Index<int> index;
    index.insert(1, view);
    bool is_touched = false;
    index.for_each_touched(world.last_change(), [&](int) { is_touched = true; });
    REQUIRE((is_touched || !expected));
    (expected ? inside : outside) += 1;
    moved_in += expected && !is_exactly;
    moved_out += is_exactly && !expected;
    over_the_line += decimals >= 0 && in_the_round < grid.of(-180) + 4;
  }
  for (const std::size_t count : {inside, outside}) CHECK(count > 9'000);
  for (const std::size_t count : {moved_in, moved_out, over_the_line}) CHECK(count > 500);
}

// ---- Conditions -------------------------------------------------------------------------------------------------------

/// A value as a person thinks of it, and in one of the ways it can be written.
struct Thing {
  enum class Kind { number, string, boolean, null } kind;
  std::int64_t thousandths = 0;  ///< of a number
  std::string string;            ///< of a string; the text of the others

  [[nodiscard]] bool is_same(const Thing& other) const { return kind == other.kind && thousandths == other.thousandths && string == other.string; }
};

Thing any_thing(Random& random) {
  static const std::vector<std::string> kStrings{"", "a", "b", "ab", "a\n", "\"", "1", std::string{"\0", 1}, "\xC3\xA9", "\xF0\x9F\x98\x80", "\xEF\xBF\xBF", "/"};
  switch (random.below(6)) {
    case 0:
    case 1: return {Thing::Kind::number, static_cast<std::int64_t>(random.below(9)) - 4, {}};
    case 2: return {Thing::Kind::number, (static_cast<std::int64_t>(random.below(5)) - 2) * 1'000, {}};
    case 3: return {Thing::Kind::boolean, 0, random.chance(0.5) ? "true" : "false"};
    case 4: return {Thing::Kind::null, 0, "null"};
    default: return {Thing::Kind::string, 0, kStrings[random.below(kStrings.size())]};
  }
}

std::string written(const Thing& thing, Random& random) {
  if (thing.kind == Thing::Kind::boolean || thing.kind == Thing::Kind::null) return thing.string;
  if (thing.kind == Thing::Kind::number) {
    if (thing.thousandths == 0) return std::vector<std::string>{"0", "-0", "0.00", "0e5", "-0.0E-7"}[random.below(5)];
    const std::string sign = thing.thousandths < 0 ? "-" : "", digits = std::to_string(std::abs(thing.thousandths));
    switch (random.below(4)) {
      case 0: return sign + digits + "e-3";
      case 1: return sign + digits + "00E-005";
      case 2: return sign + "0." + std::string(6 - digits.size(), '0') + digits + "0e+3";
      default: {
        const std::string padded = std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
        return sign + padded.substr(0, padded.size() - 3) + '.' + padded.substr(padded.size() - 3);
      }
    }
  }
  std::string text = json::quoted(thing.string);
  static constexpr std::pair<std::string_view, std::string_view> kOtherwise[] = {{"a", "\\u0061"}, {"\xC3\xA9", "\\u00E9"}, {"\xF0\x9F\x98\x80", "\\ud83d\\uDE00"}, {"\\n", "\\u000a"}, {"/", "\\/"}};
  for (const auto& [plain, other] : kOtherwise) {
    if (const std::size_t at = text.find(plain); at != std::string::npos && random.chance(0.5)) text.replace(at, plain.size(), other);
  }
  return text;
}

/// As the protocol says it, one operator.
bool holds(const std::optional<Thing>& value, const std::string& operation, const std::vector<Thing>& operands) {
  const auto is_one = [&] { return std::ranges::any_of(operands, [&](const Thing& operand) { return value->is_same(operand); }); };
  if (operation == "exists") return value.has_value() == (operands[0].string == "true");
  if (operation == "ne") return !value || !is_one();
  if (!value) return false;
  if (operation == "eq" || operation == "in") return is_one();
  if (value->kind != operands[0].kind) return false;
  // Numbers by value, strings by their characters' bytes, the others by their text.
  const auto order = value->kind == Thing::Kind::number ? value->thousandths <=> operands[0].thousandths : value->string.compare(operands[0].string) <=> 0;
  if (operation == "lt") return order < 0;
  if (operation == "le") return order <= 0;
  if (operation == "gt") return order > 0;
  return order >= 0;
}

TEST_CASE("a condition holds for what it plainly says, however numbers and strings are written") {
  const std::uint64_t seed = 1066;
  CAPTURE(seed);
  Random random{seed};
  std::size_t held = 0, failed = 0;
  for (int round = 0; round < 60'000; ++round) {
    CAPTURE(round);
    static const std::vector<std::string> kOperations{"ne", "in", "lt", "le", "gt", "ge", "exists"};
    std::optional<Thing> value;
    if (random.chance(0.9)) value = any_thing(random);
    bool expected = true;
    std::string conditions;
    std::vector<std::string> operations = kOperations;
    const bool is_plain = random.chance(0.2);  // {field: value}
    if (is_plain) operations = {"eq"};
    for (std::uint64_t i = is_plain ? 1 : 1 + random.below(2); i > 0; --i) {
      const std::size_t which = random.below(operations.size());
      const std::string operation = operations[which];
      operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(which));  // each once: of doubles the last counts
      std::vector<Thing> operands;
      for (std::uint64_t n = operation == "in" ? random.below(4) : 1; n > 0; --n) {
        Thing operand = random.chance(0.3) && value ? *value : any_thing(random);
        if (operation == "exists") operand = {Thing::Kind::boolean, 0, random.chance(0.5) ? "true" : "false"};
        // Only numbers and strings are in an order.
        const bool is_order = operation == "lt" || operation == "le" || operation == "gt" || operation == "ge";
        while (is_order && operand.kind != Thing::Kind::number && operand.kind != Thing::Kind::string) operand = any_thing(random);
        operands.push_back(std::move(operand));
      }
      std::string text;
      for (const Thing& operand : operands) text += (text.empty() ? "" : ",") + written(operand, random);
      if (operation == "in") text = '[' + text + ']';
      if (!is_plain) text = '"' + operation + "\":" + text;
      conditions += (conditions.empty() ? "" : ",") + text;
      expected = holds(value, operation, operands) && expected;
    }
    const std::string text = "{\"f\":" + (is_plain ? conditions : '{' + conditions + '}') + '}', record = value ? written(*value, random) : std::string{};
    CAPTURE(text);
    CAPTURE(record);
    const auto where = Where::from(text);
    REQUIRE(where.has_value());
    bool is_met = true;
    for (const Condition& condition : where->conditions()) is_met = condition.holds(value ? std::optional<std::string_view>{record} : std::nullopt) && is_met;
    REQUIRE(is_met == expected);
    (expected ? held : failed) += 1;
  }
  CHECK(held > 10'000);
  CHECK(failed > 10'000);
}

}  // namespace
}  // namespace starling::view
