#include "sim/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/improvise.hpp"
#include "sim/mesh.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::sim {
namespace {

PlainCondition random_condition(Dice& random) {
  struct Kind {
    const char* name;
    int from, upto;  // values; upto 0: true or false
  };
  static constexpr Kind kKinds[] = {{"battery", 20, 80},     {"telemetry/battery", 20, 80}, {"altitude_m", 0, 4}, {"position/altitude_m", 0, 4}, {"latitude", -5, 5},
                                    {"position/latitude", -5, 5}, {"hops", 0, 5},           {"voltage", 3, 4},    {"presence/online", 0, 0}};
  static constexpr const char* kTests[] = {"lt", "le", "gt", "ge", "eq", "ne"};
  const Kind& kind = kKinds[random.below(std::size(kKinds))];
  if (random.chance(0.25)) return {kind.name, "exists", random.chance(0.5) ? "true" : "false"};
  if (kind.upto == 0) return {kind.name, random.chance(0.7) ? "eq" : "ne", random.chance(0.7) ? "true" : "false"};
  const int value = kind.from + static_cast<int>(random.below(static_cast<std::uint64_t>(kind.upto - kind.from + 1)));
  return {kind.name, kTests[random.below(std::size(kTests))], fmt::format("{}{}", value, random.chance(0.2) ? ".0" : random.chance(0.1) ? "e0" : "")};
}

Box random_box(Dice& random) {
  const double west = 168 + static_cast<double>(random.below(16)), south = -6 + static_cast<double>(random.below(8));
  double east = west + 1 + static_cast<double>(random.below(10));
  if (east > 180 && random.chance(0.5)) east -= 360;
  return {south + 1 + static_cast<double>(random.below(5)), south, east, west > 180 && east < 0 ? west - 360 : west};
}

std::string where_text(const std::vector<PlainCondition>& where) {
  // Operators of one name stand together; a value by itself, of which there is one a name, stands for itself.
  std::vector<std::pair<std::string, std::string>> by_name;
  for (const PlainCondition& condition : where) {
    const auto named = std::ranges::find(by_name, condition.name, &std::pair<std::string, std::string>::first);
    if (condition.test == "eq") {
      by_name.emplace_back(condition.name, condition.value);
    } else if (named == by_name.end()) {
      by_name.emplace_back(condition.name, fmt::format(R"({{"{}":{}}})", condition.test, condition.value));
    } else {
      named->second.back() = ',';
      named->second += fmt::format(R"("{}":{}}})", condition.test, condition.value);
    }
  }
  std::string text;
  for (const auto& [name, wanted] : by_name) text += fmt::format("{}{}:{}", text.empty() ? "{" : ",", json::quoted(name), wanted);
  return text + '}';
}

view::Filter to_filter(const PlainQuery& plain) {
  view::Filter filter;
  if (plain.keys) filter.keys.emplace(plain.keys->begin(), plain.keys->end());
  if (plain.bounds) filter.bounds = geo::Box::from(plain.bounds->north, plain.bounds->south, plain.bounds->east, plain.bounds->west);
  filter.unlocated = plain.unlocated;
  if (!plain.where.empty()) {
    const auto where = view::Where::from(where_text(plain.where));
    if (!where) throw std::logic_error{"a condition of the simulation's own is none: " + where.error().message};
    filter.where = *where;
  }
  return filter;
}

}  // namespace

std::string key_of(std::uint64_t number) { return fmt::format("!{}", number); }

Wish random_wish(Dice& random, const Tastes& tastes) {
  if (tastes.vocabulary) return random_wish(random, tastes, *tastes.vocabulary);
  Wish wish;
  PlainQuery& query = wish.plain;
  if (random.chance(0.4)) {
    query.channels = {random.chance(0.5) ? "*" : "mesh:*"};
  } else {
    query.channels = {mesh::kPosition};
    if (random.chance(0.5)) query.channels.insert(mesh::kTelemetry);
    if (random.chance(0.5)) query.channels.insert(mesh::kMessage);
  }
  if (random.chance(tastes.presence)) query.channels.insert(mesh::kPresence);
  if (random.chance(0.2)) {
    query.keys.emplace();
    for (int i = 0; i < 3; ++i) query.keys->insert(key_of(random.below(tastes.keys)));
  }
  if (random.chance(0.7)) {
    query.bounds = random_box(random);
    query.unlocated = random.chance(0.2);
  }
  while (query.where.size() < 3 && random.chance(tastes.rates.conditions)) {
    PlainCondition condition = random_condition(random);
    const bool is_named = std::ranges::any_of(query.where, [&](const PlainCondition& other) { return other.name == condition.name; });
    if (!is_named) query.where.push_back(std::move(condition));
  }
  if (random.chance(0.15)) query.fields = {"latitude", "battery"};
  if (random.chance(0.03)) query.fields.emplace();
  return wish;
}

void pan(Wish& wish, Dice& random) {
  Box& box = *wish.plain.bounds;
  box.north = std::min(box.north + wish.pan_deg, 90.0);
  box.south = std::min(box.south + (random.chance(0.5) ? wish.pan_deg : 0), box.north);
}

view::Query to_query(const PlainQuery& plain) {
  view::Query query;
  query.channels.assign(plain.channels.begin(), plain.channels.end());
  query.filter = to_filter(plain);
  if (plain.fields) query.fields.emplace();
  for (const std::string& name : plain.fields.value_or(std::set<std::string>{})) query.fields->push_back(state::canonical_name(name));
  return query;
}

PlainRights random_rights(Dice& random, const Tastes& tastes) {
  if (tastes.vocabulary) return random_rights(random, tastes, *tastes.vocabulary);
  PlainRights rights;
  if (!random.chance(tastes.rates.rights)) return rights;
  if (random.chance(0.3)) {
    rights.read = {mesh::kMessage};
    for (const char* channel : {mesh::kPosition, mesh::kTelemetry, mesh::kPresence}) {
      if (random.chance(0.6)) rights.read->insert(channel);
    }
  }
  if (random.chance(0.2)) rights.filter.keys = {key_of(0), key_of(1), key_of(2), key_of(3)};
  if (random.chance(0.3)) {
    rights.filter.bounds = random_box(random);
    rights.filter.unlocated = random.chance(0.5);
  }
  if (random.chance(0.3)) rights.filter.where.push_back(random_condition(random));
  for (const char* name : {"battery", "hops", "latitude", "online"}) {
    if (random.chance(0.15)) rights.hidden.insert(name);
  }
  if (random.chance(0.4)) rights.decimals = static_cast<int>(random.below(2));
  return rights;
}

view::RightsPtr to_rights(const PlainRights& plain) {
  view::Grant grant;
  if (plain.read) grant.read.assign(plain.read->begin(), plain.read->end());
  grant.filter = to_filter(plain.filter);
  for (const std::string& name : plain.hidden) grant.hidden_fields.push_back(state::canonical_name(name));
  grant.position_decimals = plain.decimals;
  return std::make_shared<const view::Rights>(std::move(grant));
}

}  // namespace starling::sim
