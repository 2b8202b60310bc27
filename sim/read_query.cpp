#include "sim/read_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <variant>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"

namespace starling::sim {
namespace {

/// The model compares numbers as doubles: of up to so many digits no two are confused.
constexpr std::size_t kDigitsMax = 15;
constexpr double kMagnitudeMax = 1e300;
/// A channel forgets events by their bytes too, which the model does not count; so many it always keeps.
constexpr std::uint32_t kRecentJudgedMax = 1'000;

/// Empty if all are known. To the protocol one that it does not know is none; to a user it is a mistake.
std::string unknown_member(std::string_view object, std::string_view of, std::initializer_list<std::string_view> known, std::string_view hint) {
  for (const json::Member& member : json::Members{object}) {
    const std::string name = json::decode_inside(member.name);
    if (std::ranges::find(known, name) == known.end()) return fmt::format("{} has no member {}{}", of, json::quoted(name), hint);
  }
  return {};
}

/// Empty if the model compares as exactly with this value as the server does.
std::string judging_fault(const std::string& name, std::string_view value) {
  if (json::kind_of(value) == json::Kind::array) {
    for (const std::string_view element : json::Elements{value}) {
      if (std::string fault = judging_fault(name, element); !fault.empty()) return fault;
    }
  }
  if (json::kind_of(value) != json::Kind::number) return {};
  const std::string_view digits = value.substr(0, value.find_first_of("eE"));
  const auto count = std::ranges::count_if(digits, [](char c) { return c >= '0' && c <= '9'; });
  const double magnitude = std::abs(*json::number(value));
  if (static_cast<std::size_t>(count) <= kDigitsMax && magnitude < kMagnitudeMax && (magnitude == 0 || magnitude > 1 / kMagnitudeMax)) return {};
  return fmt::format("filter.where.{}: the simulator's model compares numbers of at most {} digits, up to {}; {} is beyond that", name, kDigitsMax, kMagnitudeMax, value);
}

/// Of duplicate names the last counts.
std::vector<PlainCondition> read_where(std::string_view object) {
  std::vector<PlainCondition> where;
  for (const json::Member& member : json::Members{object}) {
    const std::string name = json::decode_inside(member.name);
    std::erase_if(where, [&name](const PlainCondition& other) { return other.name == name; });
    if (json::kind_of(member.value) != json::Kind::object) {
      where.push_back({name, "eq", std::string{member.value}});
      continue;
    }
    for (const json::Member& test : json::Members{member.value}) {
      const std::string what = json::decode_inside(test.name);
      std::erase_if(where, [&](const PlainCondition& other) { return other.name == name && other.test == what; });
      where.push_back({name, what, std::string{test.value}});
    }
  }
  return where;
}

std::set<std::string> read_names(std::string_view list) {
  std::set<std::string> names;
  for (const std::string_view name : json::Elements{list}) names.insert(json::decode(name));
  return names;
}

/// Of a message that the protocol's reader has taken.
PlainQuery read_plain(std::string_view object) {
  PlainQuery query;
  query.channels = read_names(*json::find(object, "channels"));
  if (const auto fields = json::find(object, "fields")) query.fields = read_names(*fields);
  const auto filter = json::find(object, "filter");
  if (!filter) return query;
  if (const auto keys = json::find(*filter, "keys")) query.keys = read_names(*keys);
  if (const auto bounds = json::find(*filter, "bounds")) {
    const auto edge = [&bounds](std::string_view name) { return *json::number(*json::find(*bounds, name)); };
    query.bounds = Box{edge("north"), edge("south"), edge("east"), edge("west")};
  }
  query.unlocated = json::find(*filter, "unlocated") == "true";
  if (const auto where = json::find(*filter, "where")) query.where = read_where(*where);
  return query;
}

}  // namespace

Result<Wish, std::string> read_query(std::string_view text) {
  const auto told = [](const protocol::Error& error) {
    return Unexpected{error.field.empty() || error.message.starts_with(error.field) ? error.message : fmt::format("{}: {}", error.field, error.message)};
  };
  const auto object = protocol::read_object(text);
  if (!object) return told(object.error());
  std::string fault = unknown_member(*object, "a subscribe message", {"type", "id", "channels", "filter", "fields", "rate", "snapshot", "recent", "since", "at", "replay"},
                                     "; keys, bounds, where and unlocated stand in its filter");
  // Whatever it says of itself, it is asked by viewers of the simulation under their own numbers.
  const std::string message = object->substr(0, object->size() - 1) + (*object == "{}" ? "" : ",") + R"("type":"subscribe","id":1})";
  const auto read = protocol::read_client_message(message);
  if (!read && fault.empty()) return told(read.error());
  if (const auto filter = json::find(*object, "filter"); filter && fault.empty()) {
    fault = unknown_member(*filter, "a filter", {"keys", "bounds", "where", "unlocated"}, "");
  }
  if (!fault.empty()) return Unexpected{fault};
  const auto& subscribe = std::get<protocol::Subscribe>(*read);
  if (!subscribe.snapshot) return Unexpected{std::string{"snapshot: the simulator's viewers begin with one; leave it out"}};
  if (subscribe.since) return Unexpected{std::string{"since: the simulator's viewers resume by cursors of their own; leave it out"}};
  if (subscribe.recent > kRecentJudgedMax) return Unexpected{fmt::format("recent: the simulator judges at most {}", kRecentJudgedMax)};

  Wish wish{.plain = read_plain(*object), .rate = subscribe.rate, .recent = {}};
  for (const PlainCondition& condition : wish.plain.where) {
    if (fault = judging_fault(condition.name, condition.value); !fault.empty()) return Unexpected{fault};
  }
  if (json::find(*object, "recent")) wish.recent = subscribe.recent;
  return wish;
}

}  // namespace starling::sim
