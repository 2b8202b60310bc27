/// @file
/// What a view shows of an entity, and what is told when that changes, against an evaluator written for being read, not for speed.
///
/// An input is lines: a subscribe message; the entity's key; then what is said of it, `FACET LAT,LON RECORD`, `FACET - RECORD` or `FACET gone`. What
/// stands after an empty line happens later. A last line `! LAT,LON DATA` or `! - DATA` is an event of its key.
/// Both sides rely on base/json, which has a target of its own, for slicing and decoding.
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/json_mutator.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/view/difference.hpp"

namespace starling {
namespace {

using Record = std::map<std::string, std::string>;  ///< decoded name → value

Record read_record(std::string_view object) {
  Record record;
  for (const json::Member& member : json::Members{object}) record[json::decode_inside(member.name)] = member.value;
  return record;
}

// ---- Numbers, as long strings of digits -------------------------------------------------------------------------------

constexpr int kExponentMax = 400;

struct Number {
  bool is_negative = false;
  std::string digits;  ///< of the number times 10^kScale
};
constexpr int kScale = 2 * kExponentMax;

/// Nullopt if it is too long for this.
std::optional<Number> read_number(std::string_view text) {
  Number number;
  std::string digits;
  long shift = 0;
  bool is_behind_point = false;
  std::size_t at = 0;
  if (text[at] == '-') number.is_negative = true, ++at;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') {
      is_behind_point = true;
    } else {
      digits += text[at];
      shift -= is_behind_point;
    }
  }
  if (at < text.size()) {
    const std::string exponent{text.substr(at + 1)};
    if (exponent.size() > 4) return std::nullopt;
    shift += std::strtol(exponent.c_str(), nullptr, 10);
  }
  if (std::abs(shift) > kExponentMax || digits.size() > std::size_t{kExponentMax}) return std::nullopt;
  number.digits = digits + std::string(static_cast<std::size_t>(kScale + shift), '0');
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  if (number.digits.empty()) number.is_negative = false;
  return number;
}

/// -1, 0, 1
int compare(const Number& a, const Number& b) {
  if (a.is_negative != b.is_negative) return a.is_negative ? -1 : 1;
  int order = 0;
  if (a.digits.size() != b.digits.size()) {
    order = a.digits.size() < b.digits.size() ? -1 : 1;
  } else if (a.digits != b.digits) {
    order = a.digits < b.digits ? -1 : 1;
  }
  return a.is_negative ? -order : order;
}

// ---- Conditions -------------------------------------------------------------------------------------------------------

/// Thrown where the plain evaluator has no opinion.
struct NoOpinion {};

/// The order of two values of the same type; nullopt for different types.
std::optional<int> order_of(std::string_view a, std::string_view b) {
  if (json::kind_of(a) != json::kind_of(b)) return std::nullopt;
  std::string left{a}, right{b};
  if (json::kind_of(a) == json::Kind::number) {
    const auto x = read_number(a), y = read_number(b);
    if (!x || !y) throw NoOpinion{};
    return compare(*x, *y);
  }
  if (json::kind_of(a) == json::Kind::string) left = json::decode(a), right = json::decode(b);
  return left == right ? 0 : left < right ? -1 : 1;
}

bool meets(const std::optional<std::string>& value, std::string_view operation, std::string_view operand) {
  if (operation == "exists") return value.has_value() == (operand == "true");
  if (operation == "ne") return !value || order_of(*value, operand) != 0;
  if (!value) return false;
  if (operation == "eq") return order_of(*value, operand) == 0;
  if (operation == "in") {
    bool is_one = false;
    for (const std::string_view element : json::Elements{operand}) is_one = order_of(*value, element) == 0 || is_one;
    return is_one;
  }
  const std::optional<int> order = order_of(*value, operand);
  if (!order) return false;
  if (operation == "lt") return *order < 0;
  if (operation == "le") return *order <= 0;
  if (operation == "gt") return *order > 0;
  STARLING_CHECK(operation == "ge");
  return *order >= 0;
}

/// What is known of an entity, or of an event and its entity.
struct Known {
  std::map<std::string, Record> facets;
  std::optional<geo::Point> place;
};

bool meets_all(std::string_view where, const Record& own, const Known& known) {
  bool all = true;
  for (const auto& [name, condition] : read_record(where)) {
    std::optional<std::string> value;
    const std::size_t slash = name.find('/');
    const auto facet = slash == std::string::npos ? known.facets.end() : known.facets.find(name.substr(0, slash));
    if (slash == std::string::npos) {
      if (const auto found = own.find(name); found != own.end()) value = found->second;
    } else if (facet != known.facets.end()) {
      if (const auto found = facet->second.find(name.substr(slash + 1)); found != facet->second.end()) value = found->second;
    }
    if (json::kind_of(condition) != json::Kind::object) {
      all = meets(value, "eq", condition) && all;
      continue;
    }
    for (const auto& [operation, operand] : read_record(condition)) all = meets(value, operation, operand) && all;
  }
  return all;
}

// ---- The filter -------------------------------------------------------------------------------------------------------

/// So that sums and remainders are exact.
double exact(double degrees) {
  if (!(std::abs(degrees) < 1e6) || degrees * 1024 != std::floor(degrees * 1024)) throw NoOpinion{};
  return degrees;
}

double degrees_east_of(double from, double to) {
  const double turn = std::fmod(to - from, 360.0);
  return turn < 0 ? turn + 360 : turn;
}

bool is_in_box(std::string_view bounds, const geo::Point& place) {
  const auto edge = [&](std::string_view name) { return exact(*json::number(*json::find(bounds, name))); };
  if (place.latitude_deg > edge("north") || place.latitude_deg < edge("south")) return false;
  if (edge("east") - edge("west") >= 360) return true;
  return degrees_east_of(edge("west"), place.longitude_deg) <= degrees_east_of(edge("west"), edge("east"));
}

struct Asked {
  std::string message;  ///< compact
  [[nodiscard]] std::optional<std::string_view> filter(std::string_view name) const {
    const auto all = json::find(message, "filter");
    return all ? json::find(*all, name) : std::nullopt;
  }

  [[nodiscard]] bool covers(std::string_view channel) const {
    bool is_covered = false;
    for (const std::string_view element : json::Elements{*json::find(message, "channels")}) {
      const std::string pattern = json::decode(element);
      is_covered = is_covered || pattern == channel || pattern == "*" || pattern == "s:*";
    }
    return is_covered;
  }
  [[nodiscard]] bool has(const std::optional<std::string>& key, const std::optional<geo::Point>& place) const {
    if (const auto keys = filter("keys")) {
      bool is_key = false;
      for (const std::string_view element : json::Elements{*keys}) is_key = is_key || (key && json::decode(element) == *key);
      if (!is_key) return false;
    }
    const auto bounds = filter("bounds");
    if (!bounds) return true;
    return place ? is_in_box(*bounds, *place) : filter("unlocated") == "true";
  }
  [[nodiscard]] bool meets(const Record& own, const Known& known) const {
    const auto where = filter("where");
    return !where || meets_all(*where, own, known);
  }
  [[nodiscard]] Record shown(const Record& record) const {
    const auto fields = json::find(message, "fields");
    if (!fields) return record;
    Record some;
    for (const std::string_view element : json::Elements{*fields}) {
      if (const auto found = record.find(json::decode(element)); found != record.end()) some.insert(*found);
    }
    return some;
  }
  /// The record as it is shown, if it is.
  [[nodiscard]] std::optional<Record> shows(const std::string& key, const Known& known, const std::string& facet) const {
    const auto record = known.facets.find(facet);
    if (record == known.facets.end() || !covers("s:" + facet) || !has(key, known.place) || !meets(record->second, known)) return std::nullopt;
    return shown(record->second);
  }
};

// ---- An input ---------------------------------------------------------------------------------------------------------

std::optional<geo::Point> read_place(const std::string& text) {
  if (text == "-") return std::nullopt;
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos || text.size() > 40) throw NoOpinion{};
  const auto number = [](const std::string& part) {
    if (part.empty() || !std::ranges::all_of(part, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == '.' || c == '-'; })) throw NoOpinion{};
    return exact(std::strtod(part.c_str(), nullptr));
  };
  const auto point = geo::Point::from(number(text.substr(0, comma)), number(text.substr(comma + 1)));
  if (!point) throw NoOpinion{};
  return point;
}

struct Line {
  std::string name, place, json;
};

Line read_line(const std::string& line) {
  const std::size_t first = line.find(' ');
  if (first == std::string::npos) throw NoOpinion{};
  const std::size_t second = line.find(' ', first + 1);
  Line read{line.substr(0, first), line.substr(first + 1, second == std::string::npos ? second : second - first - 1), {}};
  if (second == std::string::npos) {
    if (read.place != "gone") throw NoOpinion{};
    return read;
  }
  const auto compact = json::compact(line.substr(second + 1));
  if (!compact || json::kind_of(*compact) != json::Kind::object) throw NoOpinion{};
  read.json = state::Fields::from(*compact).text();
  return read;
}

Known known_of(const state::EntityPtr& entity) {
  Known known;
  if (!entity) return known;
  if (entity->place) known.place = entity->place->point;
  for (const state::FacetPtr& facet : entity->facets) known.facets[std::string{facet->channel->facet()}] = read_record(facet->fields.text());
  return known;
}

std::string projected(const view::Projection& projection, const state::Channel& channel, const state::Fields& fields) {
  std::string text;
  projection.append_record(text, channel, fields);
  return text;
}

void check_transitions(const Asked& asked, const view::View& view, const std::string& key, const state::EntityPtr& before, const state::EntityPtr& after) {
  if (!before && !after) return;
  const Known was = known_of(before), is = known_of(after);
  std::map<std::string, view::Transition> told;
  view::for_each_transition(view, view, {before, after}, [&](const view::Transition& transition) {
    STARLING_CHECK(told.emplace(transition.channel->facet(), transition).second);
  });
  std::map<std::string, Record> all = was.facets;
  all.insert(is.facets.begin(), is.facets.end());
  for (const auto& [facet, record] : all) {
    const auto shown_before = asked.shows(key, was, facet), shown_after = asked.shows(key, is, facet);
    const auto found = told.find(facet);
    if (!shown_before && !shown_after) {
      STARLING_CHECK(found == told.end());
      continue;
    }
    if (found == told.end()) {
      STARLING_CHECK(shown_before == shown_after);
      continue;
    }
    const view::Transition& transition = found->second;
    STARLING_CHECK((transition.told == view::Told::remove) == !shown_after.has_value());
    STARLING_CHECK((transition.told == view::Told::set) == !shown_before.has_value());
    if (!shown_after) {
      const bool is_there = is.facets.contains(facet);
      STARLING_CHECK((transition.reason == view::RemoveReason::deleted) == !is_there);
      STARLING_CHECK((transition.reason == view::RemoveReason::moved) == (is_there && !asked.has(key, is.place)));
      continue;
    }
    const state::Channel& channel = *transition.channel;
    STARLING_CHECK(read_record(projected(*view.projection(), channel, transition.after->fields)) == *shown_after);
    if (!shown_before) continue;
    std::string patch;
    const auto kind = view.projection()->append_patch(patch, channel, *view.projection(), transition.before->fields, transition.after->fields);
    const bool is_one_gone = std::ranges::any_of(*shown_before, [&](const auto& field) { return !shown_after->contains(field.first); });
    STARLING_CHECK((kind == view::Projection::Patch::whole) == is_one_gone);
    if (is_one_gone) continue;
    STARLING_CHECK((kind == view::Projection::Patch::same) == (shown_before == shown_after));
    Record expected;
    for (const auto& [name, value] : *shown_after) {
      if (const auto old = shown_before->find(name); old == shown_before->end() || old->second != value) expected[name] = value;
    }
    STARLING_CHECK((patch.empty() ? Record{} : read_record(patch)) == expected);
  }
}

void check(const std::vector<std::string>& lines) {
  if (lines.size() < 3) return;
  const auto read = protocol::read_client_message(lines[0]);
  if (!read || !std::holds_alternative<protocol::Subscribe>(*read) || !state::is_key(lines[1])) return;
  const Asked asked{*json::compact(lines[0])};
  const std::string& key = lines[1];

  state::ChannelDeclaration events;
  events.name = "s:e";
  events.kind = state::ChannelKind::event;
  log::TestWorld world({events});
  const view::View view(std::get<protocol::Subscribe>(*read).query, world.channels());
  world.open("s:e");
  state::EntityPtr before;
  const auto entity = [&] { return world.state().find(world.open("s:e").space_index, key); };
  for (std::size_t i = 2; i < lines.size(); ++i) {
    if (lines[i].empty()) {
      before = entity();
      continue;
    }
    const Line line = read_line(lines[i]);
    if (line.name == "!") {
      if (line.place == "gone") return;
      const auto place = read_place(line.place);
      world.say("s:e", key, line.json, place);
      const Known known = known_of(entity());
      const bool is_shown = asked.covers("s:e") && asked.has(key, place ? place : known.place) && asked.meets(read_record(line.json), known);
      STARLING_CHECK(view.shows(*world.close()->events.back()) == is_shown);
      break;
    }
    const std::string channel = "s:" + line.name;
    if (!state::is_channel_name(channel) || line.name == "e" || world.channels().all().size() > 20) return;
    if (line.place != "gone") {
      world.set(channel, key, line.json, read_place(line.place));
    } else if (entity() && entity()->find(world.open(channel))) {
      world.remove(channel, key);
    }
  }
  check_transitions(asked, view, key, before, entity());
  check_transitions(asked, view, key, nullptr, entity());
}

// ---- How inputs are changed -------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 4> kTexts{
    R"({"type":"subscribe","id":1,"channels":["s:*"],"filter":{"bounds":{"north":10,"south":-10,"east":-170,"west":170},"unlocated":true},"fields":["v"]})",
    R"({"type":"subscribe","id":1,"channels":["s:x","s:y"],"filter":{"keys":["k"],"where":{"v":{"gt":1,"le":3},"y/w":{"in":["a",1,null]},"z":{"exists":false}}}})",
    R"({"type":"subscribe","id":1,"channels":["*"],"filter":{"where":{"v":{"ne":1.0},"w":"a"}}})", R"({"v":1,"w":"a","z":[1]})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 26> kMembers{{
    {"channels", R"(["s:x"])"}, {"filter", R"({"where":{"v":1}})"}, {"filter", R"({"bounds":{"north":90,"south":-90,"east":180,"west":-180}})"}, {"keys", R"(["k","l"])"},
    {"bounds", R"({"north":10,"south":-10,"east":-170,"west":170})"}, {"unlocated", "true"}, {"where", R"({"v":{"gt":1}})"}, {"where", R"({"x/v":{"in":[1,"a",null]},"w":{"exists":false}})"},
    {"fields", R"(["v","w"])"}, {"v", "1"}, {"v", "1.0"}, {"w", R"("a")"}, {"w", R"("\u0061")"}, {"z", R"([1,{"a":2}])"}, {"x/v", "1"}, {"y/w", R"({"lt":2})"},
    {"absent", "1"}, {"ne", R"("a")"}, {"in", R"([1,"a",true,null])"}, {"lt", "2"}, {"le", "1e0"}, {"gt", R"("")"}, {"ge", "-0.0"}, {"exists", "true"}, {"north", "90"}, {"west", "-180"}}};
constexpr std::array<std::string_view, 9> kStrings{"s:x", "s:y", "s:*", "*", "k", "v", "w", "x/v", "a"};
constexpr std::array<std::size_t, 3> kLimits{1, 3, 64};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

constexpr std::array<std::string_view, 5> kFacets{"x", "y", "z", "w", "!"};
constexpr std::array<std::string_view, 16> kPlaces{"-", "gone", "0,0", "10,180", "-10,-180", "90,0", "-90,170", "5,-170", "5,170", "0,-0", "10.0009765625,180", "10,-179.9990234375", "0,190", "90,-180", "-0,360", "5,540"};

std::string changed_line(const std::string& line, Random& random, std::size_t bytes_max) {
  const auto one_of = [&random](const auto& list) { return std::string{list[random.below(list.size())]}; };
  const std::size_t first = line.find(' '), second = first == std::string::npos ? first : line.find(' ', first + 1);
  std::string name = first == std::string::npos ? one_of(kFacets) : line.substr(0, first);
  std::string place = first == std::string::npos ? one_of(kPlaces) : line.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  std::string record = second == std::string::npos ? "{}" : line.substr(second + 1);
  switch (random.below(4)) {
    case 0: name = one_of(kFacets); break;
    case 1: place = one_of(kPlaces); break;
    default: record = fuzz::mutate_json(record, random, bytes_max, kVocabulary);
  }
  return place == "gone" ? name + " gone" : name + ' ' + place + ' ' + record;
}

std::string changed_input(std::string_view text, Random& random, std::size_t bytes_max) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (lines.size() < 3) lines = {std::string{kTexts[random.below(3)]}, "k", R"(x 5,175 {"v":1})"};
  const std::size_t at = 2 + random.below(lines.size() - 2);
  const auto here = lines.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2: lines[0] = fuzz::mutate_json(lines[0], random, bytes_max, kVocabulary); break;
    case 3: lines.insert(here, random.chance(0.3) ? std::string{} : std::string{lines[at]}); break;
    case 4: if (lines.size() > 3) lines.erase(here); break;
    case 5: std::swap(lines[at], lines.back()); break;
    default: lines[at] = changed_line(lines[at], random, bytes_max);
  }
  if (random.chance(0.02)) lines[1] = "l";
  std::string changed;
  for (const std::string& line : lines) changed += line + '\n';
  changed.pop_back();
  return changed;
}

}  // namespace
}  // namespace starling

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 4096) return 0;
  std::vector<std::string> lines{{}};
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += static_cast<char>(bytes[i]);
    }
  }
  try {
    starling::check(lines);
  } catch (const starling::NoOpinion&) {
    // Not every input is one.
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, starling::changed_input);
}
