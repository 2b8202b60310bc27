#include "starling/core/base/json.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "starling/core/base/check.hpp"
#include "starling/core/base/utf8.hpp"

namespace starling::json {
namespace {

// ---- Classes of bytes -----------------------------------------------------------------------------------------------

using ByteClass = std::uint8_t;
constexpr ByteClass kMark = 1;      ///< `"` and `\`
constexpr ByteClass kControl = 2;   ///< below 0x20: never inside a string
constexpr ByteClass kForeign = 4;   ///< beyond ASCII
constexpr ByteClass kDigit = 8;
constexpr ByteClass kSpace = 16;    ///< the four of RFC 8259
constexpr ByteClass kScalarEnd = 32;  ///< what follows a number or a name of a value in compact text: `,` `]` `}`
constexpr ByteClass kNesting = 64;  ///< `"` and brackets: what matters for finding the end of an object or array

constexpr std::array<ByteClass, 256> kClasses = [] {
  std::array<ByteClass, 256> classes{};
  const auto add = [&classes](std::string_view bytes, ByteClass c) {
    for (const char byte : bytes) classes[static_cast<std::uint8_t>(byte)] |= c;
  };
  for (std::size_t byte = 0; byte < 0x20; ++byte) classes[byte] |= kControl;
  for (std::size_t byte = 0x80; byte < 0x100; ++byte) classes[byte] |= kForeign;
  add("\"\\", kMark);
  add("0123456789", kDigit);
  add(" \t\n\r", kSpace);
  add(",]}", kScalarEnd);
  add("\"{}[]", kNesting);
  return classes;
}();

bool is(char byte, ByteClass c) noexcept { return (kClasses[static_cast<std::uint8_t>(byte)] & c) != 0; }

/// The first byte from `at` on that is of a class in `stops` (of kMark, kControl, kForeign), or `end`.
///
/// Looks at eight bytes at a time. A borrow may mark bytes after a true hit, never before one: the lowest mark is exact.
template <ByteClass stops>
const char* find_in_string(const char* at, const char* end) noexcept {
  static_assert((stops & ~(kMark | kControl | kForeign)) == 0);
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighBits = kOnes * 0x80;
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    std::uint64_t hits = 0;
    if constexpr ((stops & kMark) != 0) {
      const std::uint64_t quotes = word ^ (kOnes * '"');
      const std::uint64_t backslashes = word ^ (kOnes * '\\');
      hits |= ((quotes - kOnes) & ~quotes) | ((backslashes - kOnes) & ~backslashes);
    }
    if constexpr ((stops & kControl) != 0) hits |= (word - kOnes * 0x20) & ~word;
    if constexpr ((stops & kForeign) != 0) hits |= word;
    hits &= kHighBits;
    if (hits != 0) return at + std::countr_zero(hits) / 8;
    at += 8;
  }
  while (at < end && !is(*at, stops)) ++at;
  return at;
}

/// 0–15, or -1.
int hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const int letter = digit | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

constexpr bool is_high_surrogate(std::uint32_t unit) noexcept { return (unit & 0xFC00) == 0xD800; }
constexpr bool is_low_surrogate(std::uint32_t unit) noexcept { return (unit & 0xFC00) == 0xDC00; }

// ---- The gate -------------------------------------------------------------------------------------------------------

/// Walks a text once. What stands between two pieces of white space is copied as one run, so text that is compact already
/// is copied in one go. The levels open are kept by their closing bracket: 15 of them need no memory of their own.
class Gate {
 public:
  Gate(std::string_view text, std::size_t depth_max) noexcept
      : begin_(text.data()), end_(begin_ + text.size()), at_(begin_), run_(begin_), depth_max_(depth_max) {}

  Result<std::string, Failure> compact() noexcept {
    if (!walk()) return Unexpected{failure_};
    if (compacted_.empty()) return std::string{run_, end_};
    compacted_.append(run_, end_);
    return std::move(compacted_);
  }

 private:
  bool walk() noexcept {
    skip_space();
    while (true) {
      if (at_ == end_) return fail_here();
      switch (*at_) {
        case '{':
          if (!open('}')) return false;
          if (at_ != end_ && *at_ == '}') break;
          if (!name()) return false;
          continue;
        case '[':
          if (!open(']')) return false;
          if (at_ != end_ && *at_ == ']') break;
          continue;
        case '"':
          if (!string()) return false;
          break;
        case 't':
          if (!word("true")) return false;
          break;
        case 'f':
          if (!word("false")) return false;
          break;
        case 'n':
          if (!word("null")) return false;
          break;
        default:
          if (!number()) return false;
      }
      // After a value, or at the end of an empty object or array: close what closes here.
      skip_space();
      while (at_ != end_ && !closers_.empty() && *at_ == closers_.back()) {
        closers_.pop_back();
        ++at_;
        skip_space();
      }
      if (closers_.empty()) return at_ == end_ || fail_here();
      if (at_ == end_ || *at_ != ',') return fail_here();
      ++at_;
      skip_space();
      if (closers_.back() == '}' && !name()) return false;
    }
  }

  bool open(char closer) noexcept {
    if (closers_.size() >= depth_max_) return fail(Error::too_deep, at_);
    closers_.push_back(closer);
    ++at_;
    skip_space();
    return true;
  }

  /// A member's name and its colon.
  bool name() noexcept {
    if (at_ == end_ || *at_ != '"') return fail_here();
    if (!string()) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return fail_here();
    ++at_;
    skip_space();
    return true;
  }

  bool string() noexcept {
    ++at_;
    while (true) {
      at_ = find_in_string<kMark | kControl | kForeign>(at_, end_);
      if (at_ == end_) return fail_here();
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      if (*at_ == '\\') {
        if (!escape()) return false;
      } else if (is(*at_, kControl)) {
        return fail_here();
      } else {
        do {
          const std::size_t bytes = utf8_character_bytes({at_, static_cast<std::size_t>(end_ - at_)});
          if (bytes == 0) return fail(Error::utf8, at_);
          at_ += bytes;
        } while (at_ != end_ && is(*at_, kForeign));
      }
    }
  }

  bool escape() noexcept {
    const char* const start = at_++;
    if (at_ == end_) return fail_here();
    switch (*at_) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't': ++at_; return true;
      case 'u': break;
      default: return fail_here();
    }
    std::uint32_t unit = 0;
    if (!hex(unit)) return false;
    if (is_low_surrogate(unit)) return fail(Error::lone_surrogate, start);
    if (!is_high_surrogate(unit)) return true;
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return fail(Error::lone_surrogate, start);
    ++at_;
    if (!hex(unit)) return false;
    return is_low_surrogate(unit) || fail(Error::lone_surrogate, start);
  }

  /// The `u` at hand and its four digits.
  bool hex(std::uint32_t& unit) noexcept {
    unit = 0;
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_) return fail_here();
      const int digit = hex_digit(*at_);
      if (digit < 0) return fail_here();
      unit = unit << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  bool number() noexcept {
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;  // a digit after it is no number: what comes next says so
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  /// At least one.
  bool digits() noexcept {
    if (at_ == end_ || !is(*at_, kDigit)) return fail_here();
    do ++at_;
    while (at_ != end_ && is(*at_, kDigit));
    return true;
  }

  bool word(std::string_view wanted) noexcept {
    for (const char letter : wanted) {
      if (at_ == end_ || *at_ != letter) return fail_here();
      ++at_;
    }
    return true;
  }

  void skip_space() noexcept {
    if (at_ == end_ || !is(*at_, kSpace)) return;
    // Nothing is allocated for a first run that is empty: space before a value costs a compact text nothing.
    if (at_ != run_) {
      if (compacted_.empty()) compacted_.reserve(static_cast<std::size_t>(end_ - begin_));
      compacted_.append(run_, at_);
    }
    do ++at_;
    while (at_ != end_ && is(*at_, kSpace));
    run_ = at_;
  }

  bool fail(Error error, const char* where) noexcept {
    failure_ = {error, static_cast<std::size_t>(where - begin_)};
    return false;
  }
  bool fail_here() noexcept { return fail(Error::syntax, at_); }

  const char* begin_;
  const char* end_;
  const char* at_;
  const char* run_;  ///< start of what is not copied yet
  std::size_t depth_max_;
  std::string closers_;    ///< closing brackets of the levels open, outermost first
  std::string compacted_;  ///< what stands before run_, if white space was found
  Failure failure_{};
};

// ---- Slicing compact text -------------------------------------------------------------------------------------------

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

std::string_view slice(const char* from, const char* to) noexcept { return {from, static_cast<std::size_t>(to - from)}; }

/// Drops the opening bracket, or the comma after the last value. False at the closing bracket.
bool step_inside(std::string_view& rest, char opener, char closer) noexcept {
  STARLING_CHECK(!rest.empty());
  if (rest.front() == closer) return false;
  STARLING_CHECK(rest.front() == opener || rest.front() == ',');
  rest.remove_prefix(1);
  STARLING_CHECK(!rest.empty());
  return rest.front() != closer;
}

// ---- Strings and numbers --------------------------------------------------------------------------------------------

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

Result<std::string, Failure> compact(std::string_view text, std::size_t depth_max) noexcept {
  return Gate{text, depth_max}.compact();
}

Kind kind_of(std::string_view value) noexcept {
  STARLING_CHECK(!value.empty());
  switch (value.front()) {
    case '{': return Kind::object;
    case '[': return Kind::array;
    case '"': return Kind::string;
    case 't':
    case 'f': return Kind::boolean;
    case 'n': return Kind::null;
    default: return Kind::number;
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
    if (member.name.size() < name.size()) continue;  // an escape is never shorter than what it stands for
    const bool escaped = member.name.find('\\') != std::string_view::npos;
    if (escaped ? decode_inside(member.name) == name : member.name == name) found = member.value;
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
      case 'b': text += '\b'; break;
      case 'f': text += '\f'; break;
      case 'n': text += '\n'; break;
      case 'r': text += '\r'; break;
      case 't': text += '\t'; break;
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
      default: text += escaped[at];  // `"`, `\` and `/` stand for themselves
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

// ---- Writing --------------------------------------------------------------------------------------------------------

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
      case '\b': out += 'b'; break;
      case '\f': out += 'f'; break;
      case '\n': out += 'n'; break;
      case '\r': out += 'r'; break;
      case '\t': out += 't'; break;
      case '"':
      case '\\': out += *special; break;
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
