#include "starling/core/base/json.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/base/utf8.hpp"

namespace starling::json {
namespace {

TEST_CASE("a value tells its kind by its first byte") {
  CHECK(kind_of("{}") == Kind::object);
  CHECK(kind_of("[1]") == Kind::array);
  CHECK(kind_of("\"\"") == Kind::string);
  CHECK(kind_of("-1") == Kind::number);
  CHECK(kind_of("0") == Kind::number);
  CHECK(kind_of("9e9") == Kind::number);
  CHECK(kind_of("true") == Kind::boolean);
  CHECK(kind_of("false") == Kind::boolean);
  CHECK(kind_of("null") == Kind::null);
}

TEST_CASE("an object gives its members in order, duplicates included, as written") {
  struct Case {
    std::string_view object;
    std::vector<std::pair<std::string_view, std::string_view>> want;
  };
  for (const Case& c : std::vector<Case>{
           {"{}", {}},
           {R"({"a":1})", {{"a", "1"}}},
           {R"({"":{}})", {{"", "{}"}}},
           {R"({"a":1,"b":"x","a":null})", {{"a", "1"}, {"b", "\"x\""}, {"a", "null"}}},
           {R"({"a\"b":"c\\","d":"}"})", {{R"(a\"b)", R"("c\\")"}, {"d", "\"}\""}}},
           {R"({"a":{"b":[{"c":"]}"}]},"d":[]})", {{"a", R"({"b":[{"c":"]}"}]})"}, {"d", "[]"}}},
           {R"({"n":-1.50e+3,"t":true,"f":false})", {{"n", "-1.50e+3"}, {"t", "true"}, {"f", "false"}}},
       }) {
    CAPTURE(c.object);
    std::vector<std::pair<std::string_view, std::string_view>> members;
    for (const Member& member : Members{c.object}) members.emplace_back(member.name, member.value);
    CHECK(members == c.want);
  }
}

TEST_CASE("an array gives its elements in order, as written") {
  struct Case {
    std::string_view array;
    std::vector<std::string_view> want;
  };
  for (const Case& c : std::vector<Case>{
           {"[]", {}},
           {"[1]", {"1"}},
           {R"(["",null,"],"])", {"\"\"", "null", "\"],\""}},
           {R"([[],[[]],{},{"a":[1,2]},3])", {"[]", "[[]]", "{}", R"({"a":[1,2]})", "3"}},
           {R"(["\\","\\\"",0])", {R"("\\")", R"("\\\"")", "0"}},
       }) {
    CAPTURE(c.array);
    std::vector<std::string_view> elements;
    for (const std::string_view element : Elements{c.array}) elements.push_back(element);
    CHECK(elements == c.want);
  }
}

TEST_CASE("a member's value can be cut on its own, whatever follows it") {
  CHECK(detail::first_value("12,3]") == "12");
  CHECK(detail::first_value("12") == "12");
  CHECK(detail::first_value("true}") == "true");
  CHECK(detail::first_value(R"("a\"]",1])") == R"("a\"]")");
  CHECK(detail::first_value(R"({"a":[1]}])") == R"({"a":[1]})");
}

TEST_CASE("the last member of a name counts, and names are compared decoded") {
  static constexpr std::string_view kObject =
      R"({"a":1,"b":2,"\u0061":3,"c":{"d":4},"caf\u00e9":5,"":6,"q\"":7,"sat\ud83d\udef0":8})";
  CHECK(find(kObject, "a") == "3");
  CHECK(find(kObject, "b") == "2");
  CHECK(find(kObject, "c") == R"({"d":4})");
  CHECK(find(kObject, "caf\xC3\xA9") == "5");
  CHECK(find(kObject, "") == "6");
  CHECK(find(kObject, "q\"") == "7");
  CHECK(find(kObject, "sat\xF0\x9F\x9B\xB0") == "8");
  CHECK_FALSE(find(kObject, "d"));
  CHECK_FALSE(find(kObject, R"(\u0061)"));
  CHECK_FALSE(find(kObject, "ab"));
  CHECK_FALSE(find("{}", ""));
  CHECK(find(R"({"a":1,"a":null})", "a") == "null");
}

TEST_CASE("a string decodes to UTF-8") {
  struct Case {
    std::string_view value, want;
  };
  for (const Case& c : {
           Case{R"("")", ""},
           Case{R"("plain")", "plain"},
           Case{R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
           Case{R"("\u0000")", {"\0", 1}},
           Case{R"("\u007f\u0080\u07ff\u0800\uffff")", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"},
           Case{R"("\u00E9\u00e9")", "\xC3\xA9\xC3\xA9"},
           Case{R"("\ud800\udc00")", "\xF0\x90\x80\x80"},
           Case{R"("<\uDBFF\uDFFF>")", "<\xF4\x8F\xBF\xBF>"},
           Case{R"("\\u0041")", R"(\u0041)"},
           Case{"\"caf\xC3\xA9\"", "caf\xC3\xA9"},
       }) {
    CAPTURE(c.value);
    REQUIRE(compact(c.value).has_value());
    CHECK(decode(c.value) == c.want);
    CHECK(decode_inside(c.value.substr(1, c.value.size() - 2)) == c.want);
  }
}

TEST_CASE("writing escapes quotes, backslashes and control characters, and nothing more") {
  struct Case {
    std::string_view text, want;
  };
  for (const Case& c : {
           Case{"", ""},
           Case{"plain / <&> 'text'", "plain / <&> 'text'"},
           Case{"\"\\", R"(\"\\)"},
           Case{"\b\f\n\r\t", R"(\b\f\n\r\t)"},
           Case{{"\0\x01\x0B\x1F", 4}, R"(\u0000\u0001\u000b\u001f)"},
           Case{"\x20\x7F", "\x20\x7F"},
           Case{"caf\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x9B\xB0", "caf\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x9B\xB0"},
           Case{"a longer text with one \n in it", R"(a longer text with one \n in it)"},
       }) {
    CAPTURE(c.text);
    std::string out = "before ";
    append_escaped(out, c.text);
    CHECK(out == "before " + std::string{c.want});
    CHECK(quoted(c.text) == '"' + std::string{c.want} + '"');
  }
}

TEST_CASE("what is written is JSON and decodes to what it was") {
  static constexpr std::uint64_t kSeed = 4627;
  CAPTURE(kSeed);
  Random random{kSeed};
  for (int i = 0; i < 5'000; ++i) {
    std::string text;
    for (std::uint64_t size = random.below(40); size > 0; --size) {
      text += random.chance(0.1) ? "\xE2\x82\xAC" : std::string(1, static_cast<char>(random.below(0x80)));
    }
    const std::string value = quoted(text);
    CAPTURE(value);
    REQUIRE(compact(value).has_value());
    CHECK(*compact(value) == value);
    CHECK(decode(value) == text);
  }
}

TEST_CASE("a number is the nearest double") {
  struct Case {
    std::string_view value;
    double want;
  };
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const Case& c : {
           Case{"0", 0},
           Case{"5", 5},
           Case{"-1.5", -1.5},
           Case{"1e3", 1000},
           Case{"1E-3", 0.001},
           Case{"0.1", 0.1},
           Case{"40.712776", 40.712776},
           Case{"9007199254740993", 9007199254740992.0},
           Case{"1.7976931348623157e308", std::numeric_limits<double>::max()},
           Case{"2.2250738585072014e-308", std::numeric_limits<double>::min()},
           Case{"5e-324", std::numeric_limits<double>::denorm_min()},
           Case{"1e308", 1e308},
           Case{"1e309", kInfinity},
           Case{"1e400", kInfinity},
           Case{"-1e400", -kInfinity},
           Case{"1e-400", 0},
           Case{"0e999999999", 0},
           Case{"1e999999999", kInfinity},
           Case{"1e-999999999", 0},
           Case{"1e99999999999999999999999999", kInfinity},
           Case{"-1e-99999999999999999999999999", 0},
           Case{"0.0000000001e400", kInfinity},
           Case{"1000000000000e-400", 0},
       }) {
    CAPTURE(c.value);
    REQUIRE(compact(c.value).has_value());
    const auto read = number(c.value);
    REQUIRE(read.has_value());
    CHECK(*read == c.want);
  }
  CHECK(std::signbit(*number("-0")));
  CHECK(std::signbit(*number("-1e-400")));
  const std::string digits_400(400, '9');
  CHECK(number(digits_400) == kInfinity);
  CHECK(number("0." + std::string(400, '0') + "1") == 0.0);
  CHECK(number("0." + std::string(400, '0') + "1e401") == 1.0);
  for (const std::string_view value : {"\"1\"", "true", "null", "{}", "[1]", ""}) CHECK_FALSE(number(value));
}

TEST_CASE("an integer is exact within 64 bits however it is written, and nothing else is one") {
  struct Case {
    std::string_view value;
    std::optional<std::int64_t> want;
  };
  static constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  for (const Case& c : {
           Case{"5", 5},
           Case{"0", 0},
           Case{"-0", 0},
           Case{"5.0", 5},
           Case{"-5.000", -5},
           Case{"1e3", 1000},
           Case{"1E+3", 1000},
           Case{"10e-1", 1},
           Case{"1.5e1", 15},
           Case{"1.50e1", 15},
           Case{"-0.0", 0},
           Case{"0e5", 0},
           Case{"0.000e-7", 0},
           Case{"0e999999999", 0},
           Case{"0e-99999999999999999999999", 0},
           Case{"9007199254740993", 9007199254740993},
           Case{"9007199254740993.0", 9007199254740993},
           Case{"9223372036854775806", kMax - 1},
           Case{"9223372036854775807", kMax},
           Case{"9223372036854775808", std::nullopt},
           Case{"9223372036854775807.0", kMax},
           Case{"9223372036854775808.0", std::nullopt},
           Case{"922337203685477580.7e1", kMax},
           Case{"-9223372036854775807", kMin + 1},
           Case{"-9223372036854775808", kMin},
           Case{"-9223372036854775809", std::nullopt},
           Case{"-9223372036854775808.0", kMin},
           Case{"-9223372036854775809.0", std::nullopt},
           Case{"-92233720368547758080e-1", kMin},
           Case{"1e18", 1'000'000'000'000'000'000},
           Case{"9e18", 9'000'000'000'000'000'000},
           Case{"1e19", std::nullopt},
           Case{"18446744073709551616", std::nullopt},
           Case{"18446744073709551617.0", std::nullopt},
           Case{"10000000000000000000000000000000000e-33", 10},
           Case{"0.00000000000000000000000000000005e32", 5},
           Case{"0.5", std::nullopt},
           Case{"1e-1", std::nullopt},
           Case{"5.0000000000000000000000000000001", std::nullopt},
           Case{"12345678901234567890123e-5", std::nullopt},
           Case{"1e999999999", std::nullopt},
           Case{"-1e999999999", std::nullopt},
           Case{"1e-999999999", std::nullopt},
           Case{"1e99999999999999999999999999999999", std::nullopt},
           Case{"1e-99999999999999999999999999999999", std::nullopt},
           Case{"1e18446744073709551616", std::nullopt},
           Case{"\"5\"", std::nullopt},
           Case{"true", std::nullopt},
           Case{"null", std::nullopt},
           Case{"[5]", std::nullopt},
           Case{"", std::nullopt},
       }) {
    CAPTURE(c.value);
    CHECK(integer(c.value) == c.want);
  }
  CHECK(integer("1" + std::string(5'000, '0') + "e-5000") == 1);
  CHECK(integer("0." + std::string(5'000, '0') + "1e5001") == 1);
}

}  // namespace
}  // namespace starling::json
