/// @file
/// The gate for JSON against simdjson's dom parser, and what stands behind the gate against itself.
///
/// Both must accept and refuse the same texts, but for two things simdjson cannot take: numbers beyond its types, and
/// depth beyond its own limit. What is accepted is then read by both, value by value.
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/json_mutator.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/base/utf8.hpp"

namespace starling {
namespace {

namespace dom = simdjson::dom;

/// Whether simdjson is right to refuse this number: a whole one beyond int64 and uint64, or one beyond a double.
bool is_beyond_simdjson(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) return std::isinf(*json::number(number));
  std::int64_t negative = 0;
  std::uint64_t positive = 0;
  const char* const end = number.data() + number.size();
  return std::from_chars(number.data(), end, negative).ec != std::errc{} &&
         std::from_chars(number.data(), end, positive).ec != std::errc{};
}

/// How deep compact text goes.
std::size_t depth_of(std::string_view compacted) {
  std::size_t depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < compacted.size(); ++at) {
    const char byte = compacted[at];
    if (in_string) {
      if (byte == '\\') ++at;
      if (byte == '"') in_string = false;
    } else if (byte == '"') {
      in_string = true;
    } else if (byte == '{' || byte == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (byte == '}' || byte == ']') {
      --depth;
    }
  }
  STARLING_CHECK(depth == 0 && !in_string);
  return deepest;
}

/// The text again, from its members and elements. Numbers beyond simdjson become 0 in `for_simdjson`.
void rebuild(std::string_view value, std::string& same, std::string& for_simdjson) {
  const auto add = [&](std::string_view text) {
    same += text;
    for_simdjson += text;
  };
  std::string_view separator;
  switch (json::kind_of(value)) {
    case json::Kind::object:
      add("{");
      for (const json::Member& member : json::Members{value}) {
        add(separator);
        add("\"");
        add(member.name);
        add("\":");
        rebuild(member.value, same, for_simdjson);
        separator = ",";
      }
      return add("}");
    case json::Kind::array:
      add("[");
      for (const std::string_view element : json::Elements{value}) {
        add(separator);
        rebuild(element, same, for_simdjson);
        separator = ",";
      }
      return add("]");
    case json::Kind::number:
      same += value;
      for_simdjson += is_beyond_simdjson(value) ? "0" : value;
      return;
    case json::Kind::string:
    case json::Kind::boolean:
    case json::Kind::null:
      return add(value);
  }
}

void check_string(std::string_view text) {
  const std::string written = json::quoted(text);
  STARLING_CHECK(json::decode(written) == text);
  const auto compacted = json::compact(written);
  STARLING_CHECK(compacted.has_value() && *compacted == written);
}

/// simdjson's reading of a value against ours.
void compare(dom::element theirs, std::string_view ours) {
  switch (theirs.type()) {
    case dom::element_type::OBJECT: {
      STARLING_CHECK(json::kind_of(ours) == json::Kind::object);
      std::vector<std::pair<std::string, std::string_view>> members;
      for (const json::Member& member : json::Members{ours}) {
        members.emplace_back(json::decode_inside(member.name), member.value);
      }
      std::size_t count = 0;
      for (const auto field : dom::object(theirs)) {
        STARLING_CHECK(count < members.size());
        STARLING_CHECK(field.key == members[count].first);
        check_string(field.key);
        compare(field.value, members[count].second);
        ++count;
      }
      STARLING_CHECK(count == members.size(), count, members.size());
      for (const auto& asked : members) {
        std::string_view last;
        for (const auto& member : members) {
          if (member.first == asked.first) last = member.second;
        }
        const auto found = json::find(ours, asked.first);
        STARLING_CHECK(found.has_value() && found->data() == last.data() && found->size() == last.size());
        if (members.size() > 32) break;  // quadratic: once is enough in a long one
      }
      return;
    }
    case dom::element_type::ARRAY: {
      STARLING_CHECK(json::kind_of(ours) == json::Kind::array);
      const json::Elements elements{ours};
      auto element = elements.begin();
      for (const dom::element their_element : dom::array(theirs)) {
        STARLING_CHECK(!(element == elements.end()));
        compare(their_element, *element);
        ++element;
      }
      STARLING_CHECK(element == elements.end());
      return;
    }
    case dom::element_type::STRING: {
      STARLING_CHECK(json::kind_of(ours) == json::Kind::string);
      const std::string_view text = theirs.get_string();
      STARLING_CHECK(json::decode(ours) == text);
      check_string(text);
      return;
    }
    case dom::element_type::INT64:
      STARLING_CHECK(json::integer(ours) == std::int64_t{theirs.get_int64()});
      STARLING_CHECK(json::number(ours) == static_cast<double>(std::int64_t{theirs.get_int64()}));
      return;
    case dom::element_type::UINT64:  // only beyond int64
      STARLING_CHECK(!json::integer(ours));
      STARLING_CHECK(json::number(ours) == static_cast<double>(std::uint64_t{theirs.get_uint64()}));
      return;
    case dom::element_type::DOUBLE: {
      STARLING_CHECK(json::number(ours) == double{theirs.get_double()});
      const auto integer = json::integer(ours);
      if (integer) STARLING_CHECK(json::number(ours) == static_cast<double>(*integer));
      // 15 digits survive a double, so as few as that are whole when the double is.
      const double number = *json::number(ours);
      if (ours.size() <= 16 && std::abs(number) < 1e15 && number != 0 && number == std::trunc(number)) {
        STARLING_CHECK(integer.has_value(), ours);
      }
      return;
    }
    case dom::element_type::BOOL:
      STARLING_CHECK(ours == (bool{theirs.get_bool()} ? "true" : "false"));
      return;
    case dom::element_type::NULL_VALUE:
      STARLING_CHECK(ours == "null");
      return;
  }
}

void check_utf8(std::string_view text) {
  const bool is = is_utf8(text);
  STARLING_CHECK(is == simdjson::validate_utf8(text));
  Utf8Checker byte_by_byte;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!byte_by_byte.feed(text.substr(at, 1))) break;
  }
  STARLING_CHECK(byte_by_byte.is_complete() == is);
  if (is) check_string(text);
}

void check_json(std::string_view text) {
  static constexpr std::size_t kAnyDepth = std::size_t{1} << 20;
  const auto any_depth = json::compact(text, kAnyDepth);
  const auto compacted = json::compact(text);
  if (!any_depth) {
    STARLING_CHECK(!compacted.has_value());
    STARLING_CHECK(any_depth.error().at <= text.size(), any_depth.error().at, text.size());
    STARLING_CHECK(any_depth.error().error != json::Error::too_deep);
  } else {
    STARLING_CHECK(compacted.has_value() == (depth_of(*any_depth) <= json::kDepthMax));
    STARLING_CHECK(is_utf8(text));
  }

  dom::parser parser;
  dom::element theirs;
  const auto error =
      parser.parse(std::string{text}).get(theirs);  // a string is never at null, which simdjson cannot take
  if (!compacted) {
    if (!any_depth) STARLING_CHECK(error != simdjson::SUCCESS, text);
    return;
  }
  const auto again = json::compact(*compacted);
  STARLING_CHECK(again.has_value() && *again == *compacted);
  std::string same, for_simdjson;
  rebuild(*compacted, same, for_simdjson);
  STARLING_CHECK(same == *compacted);
  // Refused for nothing but its numbers, and those not without reason: with 0 in their place it is accepted.
  STARLING_CHECK((error == simdjson::SUCCESS) == (for_simdjson == *compacted), text);
  if (error != simdjson::SUCCESS) {
    STARLING_CHECK(parser.parse(for_simdjson).get(theirs) == simdjson::SUCCESS, for_simdjson);
  }
  compare(theirs, for_simdjson);
}

constexpr std::array<std::string_view, 3> kTexts{R"({"a":[1,-2.5e3,"\u00e9",{"b":null}],"c":true})", R"([0,"",[],{},18446744073709551615,1e-7])", R"("\ud83d\ude00")"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kMembers{{{"a", "1"}, {"a", R"(["x",2])"}, {"\\u0061", "0.1"}, {"", "{}"}, {"b", R"({"a":{"a":[]}})"}, {"c", R"("\\/")"}}};
constexpr std::array<std::size_t, 3> kLimits{16, 32, 64};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, {}, kLimits};

}  // namespace
}  // namespace starling

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = starling::as_text({bytes, size});
  starling::check_utf8(text);
  starling::check_json(text);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, [](std::string_view text, starling::Random& random, std::size_t at_most) {
    return starling::fuzz::mutate_json(text, random, at_most, starling::kVocabulary);
  });
}
