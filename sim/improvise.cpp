#include "sim/improvise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sim/vocabulary.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

template <class List>
const auto& one_of(const List& list, Dice& random) {
  return *std::next(list.begin(), static_cast<std::ptrdiff_t>(random.below(list.size())));
}

PlainCondition random_condition(Dice& random, const Vocabulary& vocabulary) {
  static constexpr const char* kTests[] = {"lt", "le", "gt", "ge", "eq", "ne"};
  const Topic& topic = one_of(vocabulary.topics, random);
  const auto& [field, values] = one_of(topic.fields, random);
  const std::string& value = one_of(values, random);
  const std::string facet = topic.name.substr(topic.name.find(':') + 1);
  const std::string name = random.chance(0.3) ? facet + '/' + field : field;
  if (random.chance(0.2)) return {name, "exists", random.chance(0.5) ? "true" : "false"};
  if (random.chance(0.2)) return {name, "in", '[' + value + ',' + one_of(values, random) + ']'};
  const json::Kind kind = json::kind_of(value);
  const bool is_ordered = kind == json::Kind::number || kind == json::Kind::string;
  return {name, is_ordered ? kTests[random.below(std::size(kTests))] : "ne", value};
}

Box random_box(Dice& random, const Vocabulary& vocabulary) {
  const auto [south, north] = std::minmax({one_of(vocabulary.latitudes, random), one_of(vocabulary.latitudes, random)});
  const auto [west, east] = std::minmax({one_of(vocabulary.longitudes, random), one_of(vocabulary.longitudes, random)});
  return random.chance(0.9) ? Box{north, south, east, west} : Box{north, south, west, east};
}

void add_place(Said& said, const Topic& topic, Dice& random, const Rates& rates, const Vocabulary& vocabulary) {
  const auto [latitude, longitude] = random_place(random, vocabulary);
  if (random.chance(0.95)) said.fields[topic.located_by->first] = random.chance(rates.lost_places) ? "null" : fmt::format("{}", latitude);
  if (random.chance(0.95)) said.fields[topic.located_by->second] = fmt::format("{}", longitude);
}

}  // namespace

Wish random_wish(Dice& random, const Tastes& tastes, const Vocabulary& vocabulary) {
  Wish wish;
  if (!vocabulary.queries.empty()) {
    wish = one_of(vocabulary.queries, random);
    if (wish.plain.bounds) wish.pan_deg = (wish.plain.bounds->north - wish.plain.bounds->south) / 4;
    return wish;
  }
  PlainQuery& query = wish.plain;
  if (random.chance(0.3)) query.channels.insert("*");
  else if (random.chance(0.4)) query.channels.insert(space_of(one_of(vocabulary.topics, random).name) + ":*");
  else while (query.channels.empty() || random.chance(0.5)) query.channels.insert(one_of(vocabulary.topics, random).name);
  if (!vocabulary.presence.empty() && random.chance(tastes.presence)) query.channels.insert(one_of(vocabulary.presence, random));
  if (random.chance(0.2)) {
    query.keys.emplace();
    for (int i = 0; i < 3; ++i) query.keys->insert(one_of(vocabulary.keys, random));
  }
  if (random.chance(0.5)) {
    query.bounds = random_box(random, vocabulary);
    query.unlocated = random.chance(0.2);
    wish.pan_deg = (query.bounds->north - query.bounds->south) / 4;
  }
  while (query.where.size() < 3 && random.chance(tastes.rates.conditions)) {
    PlainCondition condition = random_condition(random, vocabulary);
    const bool is_named = std::ranges::any_of(query.where, [&](const PlainCondition& other) { return other.name == condition.name; });
    if (!is_named) query.where.push_back(std::move(condition));
  }
  if (random.chance(0.15)) query.fields = {one_of(one_of(vocabulary.topics, random).fields, random).first};
  return wish;
}

PlainRights random_rights(Dice& random, const Tastes& tastes, const Vocabulary& vocabulary) {
  PlainRights rights;
  if (!random.chance(tastes.rates.rights)) return rights;
  if (random.chance(0.3)) {
    rights.read = {one_of(vocabulary.topics, random).name};
    for (const Topic& topic : vocabulary.topics) {
      if (random.chance(0.6)) rights.read->insert(topic.name);
    }
    for (const std::string& channel : vocabulary.presence) {
      if (random.chance(0.6)) rights.read->insert(channel);
    }
  }
  if (random.chance(0.2)) rights.filter.keys.emplace(vocabulary.keys.begin(), vocabulary.keys.begin() + static_cast<std::ptrdiff_t>((vocabulary.keys.size() + 1) / 2));
  if (random.chance(0.3)) {
    rights.filter.bounds = random_box(random, vocabulary);
    rights.filter.unlocated = random.chance(0.5);
  }
  if (random.chance(0.3)) rights.filter.where.push_back(random_condition(random, vocabulary));
  for (const Topic& topic : vocabulary.topics) {
    if (random.chance(0.15)) rights.hidden.insert(one_of(topic.fields, random).first);
    if (topic.located_by && random.chance(0.1)) rights.hidden.insert(topic.located_by->first);
  }
  if (random.chance(0.4)) rights.decimals = static_cast<int>(random.below(3));
  return rights;
}

Said random_report(Dice& random, const Rates& rates, const Vocabulary& vocabulary, std::uint64_t number) {
  const Topic* topic = &one_of(vocabulary.topics, random);
  // What queries show is reported more often than what they do not.
  if (!vocabulary.queries.empty() && random.chance(0.5)) {
    const auto shown = vocabulary.shown(one_of(vocabulary.queries, random).plain);
    if (!shown.empty()) topic = one_of(shown, random);
  }
  Said said;
  said.channel = topic->name;
  said.key = one_of(vocabulary.keys, random);
  if (!topic->is_event && random.chance(rates.removals)) {
    said.how = Said::How::remove;
    return said;
  }
  const double how_likely = std::min(0.6, 3.0 / static_cast<double>(topic->fields.size()));
  for (const auto& [field, values] : topic->fields) {
    if (random.chance(how_likely)) said.fields[field] = one_of(values, random);
  }
  if (topic->located_by && random.chance(0.7)) add_place(said, *topic, random, rates, vocabulary);
  if (topic->is_event) {
    said.fields["number"] = std::to_string(number);
    if (random.chance(0.1)) said.key.reset();
  } else if (random.chance(rates.replaces)) {
    said.how = Said::How::replace;
  }
  return said;
}

Place random_place(Dice& random, const Vocabulary& vocabulary) {
  const double latitude = one_of(vocabulary.latitudes, random), longitude = one_of(vocabulary.longitudes, random);
  const double written = longitude > 180 ? longitude - 360 : longitude;
  return {latitude, random.chance(0.9) ? written : written + (written > 0 ? -360 : 360)};
}

}  // namespace starling::sim
