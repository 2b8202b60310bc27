#include "starling/core/base/json.hpp"

#include <charconv>
#include <limits>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json_bytes.hpp"

namespace starling::json {
namespace {

using namespace detail;

// ---- Slicing compact text
// -------------------------------------------------------------------------------------------

/// Where the string that starts with the quote at `at` ends: behind its closing quote.
const char* string_end(const char* at, const char* end) noexcept {
  ++at;
  while (true) {
    at = find_in_string<kMark>(at, end);
    STARLING_CHECK(at != end);
    if (*at == '"') return at + 1;
    STARLING_CHECK(end - at >= 2);
    at += 2;
  }
}

std::string_view slice(const char* from, const char* to) noexcept {
  return {from, static_cast<std::size_t>(to - from)};
}

/// Drops the opening bracket, or the comma after the last value. False at the closing bracket.
bool step_inside(std::string_view& rest, char opener, char closer) noexcept {
  STARLING_CHECK(!rest.empty());
  if (rest.front() == closer) return false;
  STARLING_CHECK(rest.front() == opener || rest.front() == ',');
  rest.remove_prefix(1);
  STARLING_CHECK(!rest.empty());
  return rest.front() != closer;
}

// ---- Strings and numbers
// --------------------------------------------------------------------------------------------

/// The unit of the `uXXXX` at `at`.
std::uint32_t unit_at(std::string_view escaped, std::size_t at) noexcept {
  STARLING_CHECK(escaped.size() - at >= 5);
  std::uint32_t unit = 0;
  for (std::size_t i = at + 1; i < at + 5; ++i) unit = unit << 4 | static_cast<std::uint32_t>(hex_digit(escaped[i]));
  return unit;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto append = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return append(point);
  if (point < 0x800) {
    append(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      append(0xE0 | point >> 12);
    } else {
      append(0xF0 | point >> 18);
      append(0x80 | (point >> 12 & 0x3F));
    }
    append(0x80 | (point >> 6 & 0x3F));
  }
  append(0x80 | (point & 0x3F));
}

bool is_number(std::string_view value) noexcept {
  return !value.empty() && (value.front() == '-' || is(value.front(), kDigit));
}

/// A number as its digits without the zeros at both ends, times a power of ten; exact for up to 19 digits.
struct Decimal {
  bool negative = false;
  std::uint64_t digits = 0;  ///< holds when digit_count is at most 19
  std::int64_t digit_count = 0;
  std::int64_t power = 0;

  static Decimal from(std::string_view number) noexcept {
    // Far beyond any number in range whatever the length of the digits, far within int64.
    static constexpr std::int64_t kExponentMax = 1'000'000'000'000'000'000;
    Decimal decimal;
    decimal.negative = number.front() == '-';
    std::size_t at = decimal.negative ? 1 : 0;
    bool in_fraction = false;
    std::int64_t zeros = 0;  // seen since the last digit that counts; they count only before another one
    for (; at < number.size() && (number[at] | 0x20) != 'e'; ++at) {
      if (number[at] == '.') {
        in_fraction = true;
        continue;
      }
      if (in_fraction) --decimal.power;
      if (number[at] == '0') {
        if (decimal.digit_count > 0) ++zeros;
        continue;
      }
      decimal.digit_count += zeros + 1;
      if (decimal.digit_count <= 19) {
        for (; zeros > 0; --zeros) decimal.digits *= 10;
        decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(number[at] - '0');
      }
      zeros = 0;
    }
    decimal.power += zeros;
    if (at == number.size()) return decimal;

    ++at;
    const bool shrinks = number[at] == '-';
    if (number[at] == '-' || number[at] == '+') ++at;
    std::int64_t exponent = 0;
    for (; at < number.size(); ++at) {
      if (exponent < kExponentMax / 10) exponent = exponent * 10 + (number[at] - '0');
    }
    decimal.power += shrinks ? -exponent : exponent;
    return decimal;
  }
};

}  // namespace

Kind kind_of(std::string_view value) noexcept {
  STARLING_CHECK(!value.empty());
  switch (value.front()) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

std::string_view detail::first_value(std::string_view text) noexcept {
  STARLING_CHECK(!text.empty());
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (*begin == '"') return slice(begin, string_end(begin, end));
  const char* at = begin;
  if (*begin != '{' && *begin != '[') {
    while (at != end && !is(*at, kScalarEnd)) ++at;
    return slice(begin, at);
  }
  std::size_t depth = 0;
  while (true) {
    while (at != end && !is(*at, kNesting)) ++at;
    STARLING_CHECK(at != end);
    if (*at == '"') {
      at = string_end(at, end);
    } else if (*at == '{' || *at == '[') {
      ++depth;
      ++at;
    } else {
      ++at;
      if (--depth == 0) return slice(begin, at);
    }
  }
}

bool Member::is_called(std::string_view decoded_name) const noexcept {
  // An escape is longer than what it stands for.
  if (name.size() <= decoded_name.size()) return name == decoded_name && name.find('\\') == std::string_view::npos;
  return name.find('\\') != std::string_view::npos && decode_inside(name) == decoded_name;
}

void Members::Iterator::read() noexcept {
  member_ = {};
  if (!step_inside(rest_, '{', '}')) return;
  const char* const end = rest_.data() + rest_.size();
  const char* const name_end = string_end(rest_.data(), end);
  STARLING_CHECK(end - name_end >= 2);
  member_.name = slice(rest_.data() + 1, name_end - 1);
  member_.value = detail::first_value(slice(name_end + 1, end));
  rest_ = slice(member_.value.data() + member_.value.size(), end);
}

void Elements::Iterator::read() noexcept {
  element_ = {};
  if (!step_inside(rest_, '[', ']')) return;
  element_ = detail::first_value(rest_);
  rest_.remove_prefix(element_.size());
}

std::optional<std::string_view> find(std::string_view object, std::string_view name) noexcept {
  std::optional<std::string_view> found;
  for (const Member& member : Members{object}) {
    if (member.is_called(name)) found = member.value;
  }
  return found;
}

std::string decode(std::string_view string_value) {
  STARLING_CHECK(string_value.size() >= 2 && string_value.front() == '"' && string_value.back() == '"');
  return decode_inside(string_value.substr(1, string_value.size() - 2));
}

std::string decode_inside(std::string_view escaped) {
  std::string text;
  text.reserve(escaped.size());
  std::size_t at = 0;
  while (true) {
    const std::size_t backslash = escaped.find('\\', at);
    text.append(escaped.substr(at, backslash - at));
    if (backslash == std::string_view::npos) return text;
    at = backslash + 1;
    STARLING_CHECK(at < escaped.size());
    switch (escaped[at]) {
      case 'b':
        text += '\b';
        break;
      case 'f':
        text += '\f';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case 't':
        text += '\t';
        break;
      case 'u': {
        std::uint32_t point = unit_at(escaped, at);
        at += 4;
        if (is_high_surrogate(point)) {
          STARLING_CHECK(escaped.size() - at > 2);
          point = 0x10000 + ((point & 0x3FF) << 10 | (unit_at(escaped, at + 2) & 0x3FF));
          at += 6;
        }
        append_utf8(text, point);
        break;
      }
      default:
        text += escaped[at];  // `"`, `\` and `/` stand for themselves
    }
    ++at;
  }
}

std::optional<double> number(std::string_view value) noexcept {
  if (!is_number(value)) return std::nullopt;
  double number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec != std::errc::result_out_of_range) return number;
  // from_chars does not say at which end of the range.
  const Decimal decimal = Decimal::from(value);
  number = decimal.digit_count + decimal.power > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return decimal.negative ? -number : number;
}

std::optional<std::int64_t> integer(std::string_view value) noexcept {
  if (!is_number(value)) return std::nullopt;
  std::int64_t plain = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), plain);
  if (read.ec == std::errc{} && read.ptr == value.data() + value.size()) return plain;

  Decimal decimal = Decimal::from(value);
  if (decimal.digit_count == 0) return 0;
  if (decimal.power < 0 || decimal.digit_count + decimal.power > 19) return std::nullopt;
  for (; decimal.power > 0; --decimal.power) decimal.digits *= 10;  // 19 digits fit 64 bits
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (decimal.digits > kMax + (decimal.negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(decimal.negative ? -decimal.digits : decimal.digits);
}

// ---- Writing
// --------------------------------------------------------------------------------------------------------

void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view kHexDigits = "0123456789abcdef";
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const special = find_in_string<kMark | kControl>(at, end);
    out.append(at, special);
    if (special == end) return;
    at = special + 1;
    out += '\\';
    switch (*special) {
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      case '"':
      case '\\':
        out += *special;
        break;
      default:
        out += "u00";
        out += kHexDigits[static_cast<std::uint8_t>(*special) >> 4];
        out += kHexDigits[static_cast<std::uint8_t>(*special) & 0xF];
    }
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_string(out, text);
  return out;
}

}  // namespace starling::json
