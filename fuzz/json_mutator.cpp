#include "fuzz/json_mutator.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"

namespace starling::fuzz {
namespace {

/// A JSON value, taken apart.
struct Value {
  json::Kind kind = json::Kind::null;
  std::string text = "null";   ///< of what is neither object nor array, as written
  std::vector<Value> values;   ///< of an object or an array
  std::vector<std::string> names;  ///< of an object's, as written, without quotes
};

Value take_apart(std::string_view compact) {
  Value value{json::kind_of(compact), std::string{compact}, {}, {}};
  if (value.kind == json::Kind::object) {
    for (const json::Member& member : json::Members{compact}) {
      value.names.emplace_back(member.name);
      value.values.push_back(take_apart(member.value));
    }
  } else if (value.kind == json::Kind::array) {
    for (const std::string_view element : json::Elements{compact}) value.values.push_back(take_apart(element));
  }
  return value;
}

void append(std::string& text, const Value& value) {
  if (value.kind != json::Kind::object && value.kind != json::Kind::array) {
    text += value.text;
    return;
  }
  const bool is_object = value.kind == json::Kind::object;
  text += is_object ? '{' : '[';
  for (std::size_t i = 0; i < value.values.size(); ++i) {
    if (i > 0) text += ',';
    if (is_object) text.append(1, '"').append(value.names[i]).append("\":");
    append(text, value.values[i]);
  }
  text += is_object ? '}' : ']';
}

template <class List>
[[nodiscard]] const auto& any_of(Random& random, const List& list) {
  return *std::next(std::begin(list), static_cast<std::ptrdiff_t>(random.below(std::size(list))));
}

class Mutator {
 public:
  Mutator(Random& random, const Vocabulary& vocabulary, std::size_t bytes_max) : random_(random), vocabulary_(vocabulary), bytes_max_(bytes_max) {}

  void change(Value& root) {
    std::vector<Value*> all;
    gather(root, all);
    Value& value = *all[random_.below(all.size())];
    if (random_.chance(0.15)) {
      switch (random_.below(4)) {
        case 0: value = copy_of(*all[random_.below(all.size())]); return;
        case 1: value = anything(); return;
        case 2: wrap(value); return;
        default: value = known(any_of(random_, vocabulary_.members).second); return;
      }
    }
    switch (value.kind) {
      case json::Kind::object: return change_object(value);
      case json::Kind::array: return change_array(value);
      case json::Kind::string: return change_string(value.text);
      case json::Kind::number: return change_number(value.text);
      case json::Kind::boolean: value.text = value.text == "true" ? "false" : "true"; return;
      case json::Kind::null: value = anything(); return;
    }
  }

  /// Something that is wrong, or right and seldom written.
  void slip(std::string& text) {
    const std::size_t at = random_.below(text.size() + 1);
    static constexpr std::string_view kPieces[] = {" ", "\t", "\r\n", ",", "\"", "\\", "}", "]", "\xEF\xBB\xBF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", std::string_view{"\0", 1}, "\x1F", "\x7F"};
    switch (random_.below(4)) {
      case 0: text.insert(at, any_of(random_, kPieces)); return;
      case 1: text.resize(at); return;
      case 2: text += any_of(random_, kPieces); return;
      default: {  // white space between two tokens is allowed
        const std::size_t token = text.find_first_of(":,{}[]", at);
        if (token != std::string::npos) text.insert(token, "\n ");
      }
    }
  }

 private:
  static void gather(Value& value, std::vector<Value*>& all) {
    all.push_back(&value);
    for (Value& inner : value.values) gather(inner, all);
  }
  static Value copy_of(const Value& value) { return value; }  // before the other is written over, which it may stand in
  static Value known(std::string_view text) {
    const auto compact = json::compact(text);
    return compact ? take_apart(*compact) : Value{};
  }

  /// One of the limits, one below or one above.
  [[nodiscard]] std::size_t limit() { return vocabulary_.limits.empty() ? random_.below(300) : any_of(random_, vocabulary_.limits) + random_.below(3) - 1; }

  Value anything() {
    static constexpr std::string_view kValues[] = {"null", "true", "false", "0", "-0", "1", "\"\"", "{}", "[]", "[[]]", "{\"\":0}", "1e999", "\"\\u0000\""};
    if (random_.chance(0.5)) return known(any_of(random_, vocabulary_.members).second);
    Value value = known(any_of(random_, kValues));
    if (value.kind == json::Kind::number) change_number(value.text);
    if (value.kind == json::Kind::string) change_string(value.text);
    return value;
  }

  void wrap(Value& value) {
    // Mostly once; now and then as deep as is allowed, about.
    for (std::size_t levels = random_.chance(0.8) ? 1 : 61 + random_.below(5); levels > 0; --levels) {
      Value outer;
      outer.kind = random_.chance(0.5) ? json::Kind::array : json::Kind::object;
      outer.text.clear();
      if (outer.kind == json::Kind::object) outer.names.emplace_back(any_of(random_, vocabulary_.members).first);
      outer.values.push_back(std::move(value));
      value = std::move(outer);
    }
  }

  void change_object(Value& object) {
    const std::size_t at = random_.below(object.values.size());
    if (object.values.empty() || random_.chance(0.4)) {
      const auto& [name, value] = any_of(random_, vocabulary_.members);
      object.names.emplace_back(name);
      object.values.push_back(known(value));
      return;
    }
    switch (random_.below(5)) {
      case 0:
        object.names.erase(object.names.begin() + static_cast<std::ptrdiff_t>(at));
        object.values.erase(object.values.begin() + static_cast<std::ptrdiff_t>(at));
        return;
      case 1:  // twice, the same or not
        object.names.push_back(object.names[at]);
        object.values.push_back(random_.chance(0.5) ? copy_of(object.values[at]) : anything());
        return;
      case 2: {
        const std::size_t other = random_.below(object.values.size());
        std::swap(object.names[at], object.names[other]);
        if (random_.chance(0.5)) std::swap(object.values[at], object.values[other]);
        return;
      }
      case 3: {
        std::string quoted = '"' + object.names[at] + '"';
        change_string(quoted);
        object.names[at] = quoted.substr(1, quoted.size() - 2);
        return;
      }
      default: {  // as many as are allowed, about
        const std::size_t count = std::min(limit(), bytes_max_ / 6);
        while (object.values.size() < count) {
          object.names.push_back("m" + std::to_string(object.values.size()));
          object.values.push_back(copy_of(object.values[at].values.empty() ? object.values[at] : Value{}));
        }
      }
    }
  }

  void change_array(Value& array) {
    const std::size_t at = random_.below(array.values.size());
    if (array.values.empty() || random_.chance(0.3)) {
      array.values.push_back(array.values.empty() || random_.chance(0.3) ? anything() : copy_of(array.values[at]));
      return;
    }
    switch (random_.below(3)) {
      case 0: array.values.erase(array.values.begin() + static_cast<std::ptrdiff_t>(at)); return;
      case 1: std::swap(array.values[at], array.values[random_.below(array.values.size())]); return;
      default: {
        const std::size_t count = std::min(limit(), bytes_max_ / 2);
        const Value repeated = copy_of(array.values[at]);
        while (array.values.size() < count) array.values.push_back(repeated);
      }
    }
  }

  /// `text` stands in quotes, and does so afterwards.
  void change_string(std::string& text) {
    static constexpr std::string_view kPieces[] = {"\\u0041", "\\/", "\\\"", "\\\\", "\\n", "\\u0000", "\\u001f", "\\u007f", "\\uD83D\\uDE00", "\\ud800", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                                   "/", ":", "*", " ", ".", "-", "a", "\xE2\x82\xAC", "\xEF\xBF\xBF"};
    const std::string inside = text.substr(1, text.size() - 2);
    if (!vocabulary_.strings.empty() && random_.chance(0.35)) {
      text = '"' + std::string{any_of(random_, vocabulary_.strings)} + '"';
      return;
    }
    // Where a character starts, as far as escapes go.
    std::vector<std::size_t> starts{0};
    for (std::size_t i = 0; i < inside.size();) {
      i += inside[i] != '\\' ? 1 : i + 1 < inside.size() && inside[i + 1] == 'u' ? 6 : 2;
      while (i < inside.size() && (static_cast<unsigned char>(inside[i]) & 0xC0) == 0x80) ++i;
      starts.push_back(std::min(i, inside.size()));
    }
    const std::size_t at = any_of(random_, starts);
    switch (random_.below(5)) {
      case 0:
      case 1: text = '"' + inside.substr(0, at) + std::string{any_of(random_, kPieces)} + inside.substr(at) + '"'; return;
      case 2: text = '"' + inside.substr(0, at) + '"'; return;
      case 3: {  // a plain character by its escape
        static constexpr char kHex[] = "0123456789abcdefABCDEF";
        if (at >= inside.size() || inside[at] == '\\' || static_cast<unsigned char>(inside[at]) >= 0x80) return;
        const auto code = static_cast<unsigned char>(inside[at]);
        const std::size_t low = code & 15u;
        const char last = low >= 10 && random_.chance(0.5) ? kHex[low + 6] : kHex[low];
        text = '"' + inside.substr(0, at) + "\\u00" + kHex[code >> 4] + last + inside.substr(at + 1) + '"';
        return;
      }
      default: {  // as long as is allowed, about
        const std::size_t bytes = std::min(limit(), bytes_max_);
        if (bytes <= inside.size()) {
          text = '"' + inside.substr(0, starts[std::min(bytes, starts.size() - 1)]) + '"';
        } else {
          text = '"' + inside + std::string(bytes - inside.size(), 'x') + '"';
        }
      }
    }
  }

  void change_number(std::string& text) {
    static constexpr std::string_view kNumbers[] = {
        "0", "-0", "0.0", "-1", "1", "2", "90", "-90", "180", "-180", "360", "89.99999999999999", "90.00000000000001", "180.00000000000003", "-180.00000000000003", "179.99999999999997",
        "255", "256", "65535", "65536", "4294967295", "4294967296", "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1e15", "1e16", "1e22", "1e23", "1e308", "1e309", "-1e309",
        "5e-324", "2e-324", "1e-400", "0e999999999", "1E+2", "100e-2", "1.0", "10e-1", "0.1", "0.10000000000000001", "1.7976931348623157e308", "1.7976931348623159e308"};
    switch (random_.below(6)) {
      case 0:
      case 1: text = any_of(random_, kNumbers); return;
      case 2: text = std::to_string(limit()); return;
      case 3: text = text.front() == '-' ? text.substr(1) : '-' + text; return;
      case 4:  // the same in other words, or nearly
        if (text.find_first_of(".eE") == std::string::npos) {
          text += random_.chance(0.5) ? ".0" : random_.chance(0.5) ? "e0" : "0e-1";
          return;
        }
        [[fallthrough]];
      default: {  // one digit
        const std::size_t at = text.find_first_of("0123456789", random_.below(text.size()));
        if (at == std::string::npos || (at == 0 && text.size() > 1) || (at == 1 && text.front() == '-')) {
          text = any_of(random_, kNumbers);
        } else {
          text[at] = static_cast<char>('0' + random_.below(10));
        }
      }
    }
  }

  Random& random_;
  const Vocabulary& vocabulary_;
  std::size_t bytes_max_;
};

}  // namespace

std::string mutate_json(std::string_view text, Random& random, std::size_t bytes_max, const Vocabulary& vocabulary) {
  const auto begin_anew = [&] { return std::string{vocabulary.texts[random.below(vocabulary.texts.size())]}; };
  auto before = json::compact(text);
  if (!before || random.chance(0.02)) before = json::compact(begin_anew());
  STARLING_CHECK(before.has_value());

  Mutator mutator{random, vocabulary, bytes_max};
  Value root = take_apart(*before);
  for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) mutator.change(root);
  std::string after;
  append(after, root);
  if (random.chance(0.05)) mutator.slip(after);
  if (after.size() <= bytes_max) return after;
  return before->size() <= bytes_max ? *before : std::string{};
}

}  // namespace starling::fuzz
