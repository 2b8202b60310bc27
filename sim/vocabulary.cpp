#include "sim/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/mesh.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

/// Of a list in a condition; there is nothing to learn from hundreds of them.
constexpr std::size_t kValuesMax = 12;

bool covers(const std::string& pattern, const std::string& channel) {
  return pattern == channel || pattern == "*" || pattern == space_of(channel) + ":*";
}

/// JSON values below, at and above this one; the same number written in another way.
std::vector<std::string> values_near(const std::string& value) {
  switch (json::kind_of(value)) {
    case json::Kind::number: {
      const double number = *json::number(value), step = std::max(1.0, std::abs(number) / 4);
      const bool is_whole = value.find_first_of(".eE") == std::string::npos;
      return {fmt::format("{:.15g}", number - step), value, is_whole ? value + ".0" : value, fmt::format("{:.15g}", number + step)};
    }
    case json::Kind::string: return {R"("")", value, json::quoted(json::decode(value) + '~'), json::quoted('!' + json::decode(value))};
    case json::Kind::boolean: return {"true", "false"};
    case json::Kind::null: return {"null"};
    case json::Kind::object:
    case json::Kind::array: return {value, "{}", "[]"};
  }
  return {};
}

std::vector<std::string> values_of(const PlainCondition& condition) {
  if (condition.test == "exists") return {"0", "1"};
  if (condition.test != "in") return values_near(condition.value);
  std::vector<std::string> values;
  for (const std::string_view element : json::Elements{condition.value}) {
    std::ranges::copy(values_near(std::string{element}), std::back_inserter(values));
    if (values.size() > kValuesMax) break;
  }
  return values;
}

/// Where something must be reported so that a box has something to decide: on its edges, and a quarter of its size away.
void add_edges(std::set<double>& degrees, double from, double upto) {
  const double quarter = std::max((upto - from) / 4, 1e-6);
  for (const double edge : {from, upto}) {
    degrees.insert(edge);
    for (const double away : {-quarter, quarter}) degrees.insert(std::round((edge + away) * 1e7) / 1e7);  // to be read
  }
}

class Author {
 public:
  Author(const Scenario& scenario, const hub::HubOptions& hub, const std::vector<state::ChannelDeclaration>& declarations)
      : scenario_(scenario), hub_(hub), declarations_(declarations) {
    words_.queries = scenario.queries;
  }

  Vocabulary write(std::uint64_t keys) {
    add_channels();
    for (const Wish& wish : scenario_.queries) add_query(wish.plain);
    add_fields_of_no_query();
    add_places();
    add_keys(keys);
    return std::move(words_);
  }

 private:
  void add_channels() {
    for (const state::SpaceDeclaration& space : hub_.spaces) {
      if (space.offline_after) words_.presence.push_back(space.name + ":presence");
    }
    for (const state::ChannelDeclaration& declared : declarations_) {
      words_.topics.push_back({declared.name, declared.kind == state::ChannelKind::event, declared.kind == state::ChannelKind::event ? std::nullopt : declared.location});
    }
    if (scenario_.server) {
      for (const std::string& name : scenario_.server->other_channels) add_undeclared(name);
    } else {
      add_undeclared(mesh::kPosition);
    }
    for (const Wish& wish : scenario_.queries) {
      for (const std::string& name : wish.plain.channels) {
        if (!name.ends_with('*')) add_undeclared(name);
      }
    }
    // What a condition asks another facet for has to be reported too.
    for (const Wish& wish : scenario_.queries) {
      for (const PlainCondition& condition : wish.plain.where) {
        const std::size_t slash = condition.name.find('/');
        if (slash == std::string::npos) continue;
        for (const std::string& space : spaces_of(wish.plain)) add_undeclared(space + ':' + condition.name.substr(0, slash));
      }
    }
  }

  /// A first report makes it.
  void add_undeclared(const std::string& name) {
    if (hub_.channels.declared_only || topic(name) != nullptr || std::ranges::find(words_.presence, name) != words_.presence.end()) return;
    words_.topics.push_back({name, false, FieldPair{"latitude", "longitude"}});
  }

  Topic* topic(const std::string& name) {
    const auto found = std::ranges::find(words_.topics, name, &Topic::name);
    return found == words_.topics.end() ? nullptr : &*found;
  }

  std::set<std::string> spaces_of(const PlainQuery& query) const {
    std::set<std::string> spaces;
    for (const std::string& pattern : query.channels) {
      if (pattern != "*") spaces.insert(space_of(pattern));
    }
    for (const Topic* shown : words_.shown(query)) spaces.insert(space_of(shown->name));
    return spaces;
  }

  void add_query(const PlainQuery& query) {
    for (const PlainCondition& condition : query.where) {
      const std::size_t slash = condition.name.find('/');
      if (slash == std::string::npos) {
        for (const Topic* shown : words_.shown(query)) add_values(shown->name, condition.name, condition);
      } else {
        for (const std::string& space : spaces_of(query)) add_values(space + ':' + condition.name.substr(0, slash), condition.name.substr(slash + 1), condition);
      }
    }
    for (const Topic* shown : words_.shown(query)) {
      for (const std::string& field : query.fields.value_or(std::set<std::string>{})) add_field(*topic(shown->name), field, {"0", "1", "2"});
    }
    if (query.bounds) {
      add_edges(latitudes_, query.bounds->south, query.bounds->north);
      add_edges(longitudes_, query.bounds->west, query.bounds->east < query.bounds->west ? query.bounds->east + 360 : query.bounds->east);
    }
    for (const std::string& key : query.keys.value_or(std::set<std::string>{})) keys_.insert(key);
  }

  void add_values(const std::string& channel, const std::string& field, const PlainCondition& condition) {
    Topic* reported = topic(channel);
    if (reported == nullptr) return;
    if (reported->located_by && (field == reported->located_by->first || field == reported->located_by->second)) {
      const double degrees = json::number(condition.value).value_or(1'000);
      if (std::abs(degrees) <= 90) add_edges(field == reported->located_by->first ? latitudes_ : longitudes_, degrees, degrees + 4);
      return;
    }
    std::vector<std::string> values = values_of(condition);
    for (const char* of_another_type : {"null", "true", "0", R"("x")"}) values.emplace_back(of_another_type);
    add_field(*reported, field, std::move(values));
  }

  static void add_field(Topic& topic, const std::string& field, std::vector<std::string> values) {
    if (topic.located_by && (field == topic.located_by->first || field == topic.located_by->second)) return;
    std::vector<std::string>& known = topic.fields[field];
    for (std::string& value : values) {
      if (std::ranges::find(known, value) == known.end()) known.push_back(std::move(value));
    }
  }

  void add_fields_of_no_query() {
    for (Topic& topic : words_.topics) {
      add_field(topic, "n", {"0", "1", "2", "3"});
      add_field(topic, "note", {R"("a")", R"("\u00e9")", "null", R"([1,{"a":null}])"});
    }
  }

  void add_places() {
    if (latitudes_.empty()) {
      for (int half = -12; half <= 13; ++half) latitudes_.insert(half / 2.0);
    }
    if (longitudes_.empty()) {
      for (int half = 336; half <= 375; ++half) longitudes_.insert(half / 2.0);
    }
    std::erase_if(latitudes_, [](double latitude) { return std::abs(latitude) > 90; });
    words_.latitudes.assign(latitudes_.begin(), latitudes_.end());
    words_.longitudes.assign(longitudes_.begin(), longitudes_.end());
  }

  /// Those that queries name and others by turns, so that a run with few keys has some of both.
  void add_keys(std::uint64_t count) {
    auto named = keys_.begin();
    for (std::uint64_t number = 0; words_.keys.size() < count; ++number) {
      if (named != keys_.end()) words_.keys.push_back(*named++);
      if (std::string other = key_of(number); words_.keys.size() < count && !keys_.contains(other)) words_.keys.push_back(std::move(other));
    }
  }

  const Scenario& scenario_;
  const hub::HubOptions& hub_;
  const std::vector<state::ChannelDeclaration>& declarations_;
  Vocabulary words_;
  std::set<double> latitudes_, longitudes_;
  std::set<std::string> keys_;
};

}  // namespace

std::vector<const Topic*> Vocabulary::shown(const PlainQuery& query) const {
  std::vector<const Topic*> shown;
  for (const Topic& topic : topics) {
    if (std::ranges::any_of(query.channels, [&](const std::string& pattern) { return covers(pattern, topic.name); })) shown.push_back(&topic);
  }
  return shown;
}

Vocabulary vocabulary_of(const Scenario& scenario, const hub::HubOptions& hub, const std::vector<state::ChannelDeclaration>& declarations,
                         std::uint64_t keys) {
  return Author{scenario, hub, declarations}.write(std::min<std::uint64_t>(keys, hub.keys_per_space_max));
}

}  // namespace starling::sim
