#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"

namespace starling::json {
namespace {

std::string nested(std::size_t levels, std::string_view open, std::string_view close, std::string_view inside = "") {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += open;
  text += inside;
  for (std::size_t i = 0; i < levels; ++i) text += close;
  return text;
}

TEST_CASE("white space goes, and nothing else does") {
  struct Case {
    std::string_view text, want;
  };
  for (const Case& c : {
           Case{"{}", "{}"},
           Case{" { } ", "{}"},
           Case{"[\t]\r\n", "[]"},
           Case{"{\"a\":1}", "{\"a\":1}"},
           Case{"\n{ \"a\" : 1 ,\t\"b\" : [ 1 , 2 , { \"c\" : null } ] }\r", "{\"a\":1,\"b\":[1,2,{\"c\":null}]}"},
           Case{"  true", "true"},
           Case{"false  ", "false"},
           Case{" null ", "null"},
           Case{R"(" a \t b ")", R"(" a \t b ")"},
           Case{R"({" a b ":"  "})", R"({" a b ":"  "})"},
           Case{R"({"a":1,"a":2})", R"({"a":1,"a":2})"},
           Case{"[0,-0,1,-1,10,0.5,-0.5,1e5,1E5,1e+5,1e-5,1.50E+05]",
                "[0,-0,1,-1,10,0.5,-0.5,1e5,1E5,1e+5,1e-5,1.50E+05]"},
           Case{"123456789012345678901234567890", "123456789012345678901234567890"},
           Case{"[18446744073709551616, 1e400, -1e-400]", "[18446744073709551616,1e400,-1e-400]"},
           Case{"[1.000, 100e-2]", "[1.000,100e-2]"},
           Case{R"("\"\\\/\b\f\n\r\t\u0000\u00e9\u00E9\uffff")", R"("\"\\\/\b\f\n\r\t\u0000\u00e9\u00E9\uffff")"},
           Case{R"("\ud83d\udef0\uDBFF\uDFFF\ud7ff\ue000")", R"("\ud83d\udef0\uDBFF\uDFFF\ud7ff\ue000")"},
           Case{"\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9B\xB0 \x7F\"",
                "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9B\xB0 \x7F\""},
       }) {
    CAPTURE(c.text);
    const auto compacted = compact(c.text);
    REQUIRE(compacted.has_value());
    CHECK(*compacted == c.want);
    const auto again = compact(*compacted);
    REQUIRE(again.has_value());
    CHECK(*again == c.want);
  }
}

TEST_CASE("text that is compact already is a slice of what was given, and other text stands in the room, whatever stood there before") {
  std::string room;
  for (int again = 0; again < 2; ++again) {
    for (const std::string_view text : {R"({"a":1,"b":[2]})", R"(  {"a":1,"b":[2]})"}) {
      const auto compacted = compact(text, room);
      REQUIRE(compacted.has_value());
      CHECK(*compacted == R"({"a":1,"b":[2]})");
      CHECK(compacted->data() == text.data() + text.find('{'));
    }
    for (const std::string_view text : {R"({"a":1,"b":[2] })", R"({"a": 1})", "true\r"}) {
      const auto compacted = compact(text, room);
      REQUIRE(compacted.has_value());
      CHECK(*compacted == *compact(text));
      CHECK(compacted->data() == room.data());
    }
    CHECK(compact("{\"a\": }", room).error().at == 6);
  }
}

TEST_CASE("what RFC 8259 does not allow is refused, with the offset of the byte at fault") {
  struct Case {
    const char* name;
    std::string_view text;
    Error want;
    std::size_t at;
  };
  static constexpr Error kSyntax = Error::syntax;
  for (const Case& c : {
           Case{"nothing", "", kSyntax, 0},
           Case{"only white space", " \n", kSyntax, 2},
           Case{"a missing comma and a wrong word, which On-Demand reads over", R"({"a":[1 2 tru]})", kSyntax, 8},
           Case{"a number that is none, which On-Demand reads over", R"({"x":01e+.})", kSyntax, 6},
           Case{"a comma before the closing brace", R"({"a":1,})", kSyntax, 7},
           Case{"a comma before the closing bracket", "[1,]", kSyntax, 3},
           Case{"a comma after the opening bracket", "[,1]", kSyntax, 1},
           Case{"two commas", "[1,,2]", kSyntax, 3},
           Case{"single quotes", "{'a':1}", kSyntax, 1},
           Case{"a name without quotes", "{a:1}", kSyntax, 1},
           Case{"a number as a name", "{1:1}", kSyntax, 1},
           Case{"no colon", R"({"a" 1})", kSyntax, 5},
           Case{"no value", R"({"a":})", kSyntax, 5},
           Case{"a name alone", R"({"a"})", kSyntax, 4},
           Case{"a colon in an array", R"(["a":1])", kSyntax, 4},
           Case{"an object left open", R"({"a":1)", kSyntax, 6},
           Case{"an array left open", "[1", kSyntax, 2},
           Case{"a brace closed by a bracket", R"({"a":1])", kSyntax, 6},
           Case{"a bracket closed by a brace", "[1}", kSyntax, 2},
           Case{"a closing bracket alone", "]", kSyntax, 0},
           Case{"one bracket too many", "[]]", kSyntax, 2},
           Case{"a second value", "{} {}", kSyntax, 3},
           Case{"a word after the value", "1 x", kSyntax, 2},
           Case{"a comma after the value", "1,", kSyntax, 1},
           Case{"a comment", "[1/**/]", kSyntax, 2},
           Case{"NaN", "NaN", kSyntax, 0},
           Case{"nan", "nan", kSyntax, 1},
           Case{"Infinity", "[Infinity]", kSyntax, 1},
           Case{"minus Infinity", "-Infinity", kSyntax, 1},
           Case{"True", "True", kSyntax, 0},
           Case{"a word cut short", "tru", kSyntax, 3},
           Case{"a word too long", "truee", kSyntax, 4},
           Case{"a byte order mark", "\xEF\xBB\xBF{}", kSyntax, 0},
           Case{"a no-break space between tokens",
                "[1,\xC2\xA0"
                "2]",
                kSyntax, 3},
           Case{"a form feed between tokens", "[\f1]", kSyntax, 1},
           Case{"a NUL after the value", {"{}\0", 3}, kSyntax, 2},
           Case{"a plus", "+1", kSyntax, 0},
           Case{"a minus alone", "-", kSyntax, 1},
           Case{"two minuses", "--1", kSyntax, 1},
           Case{"a leading zero", "01", kSyntax, 1},
           Case{"a leading zero after the minus", "-01", kSyntax, 2},
           Case{"no digit before the point", ".5", kSyntax, 0},
           Case{"no digit after the point", "[1.]", kSyntax, 3},
           Case{"a point before the exponent", "1.e5", kSyntax, 2},
           Case{"no digit in the exponent", "1e", kSyntax, 2},
           Case{"only a sign in the exponent", "[1e+]", kSyntax, 4},
           Case{"a point in the exponent", "1e5.0", kSyntax, 3},
           Case{"hexadecimal", "0x1F", kSyntax, 1},
           Case{"a string left open", "\"abc", kSyntax, 4},
           Case{"a string left open at its escape", "\"abc\\", kSyntax, 5},
           Case{"a string whose last quote is escaped", R"("abc\")", kSyntax, 6},
           Case{"an escape of nothing known", R"("\x41")", kSyntax, 2},
           Case{"an escaped single quote", R"("\'")", kSyntax, 2},
           Case{"an upper-case U", R"("\U0041")", kSyntax, 2},
           Case{"three digits", R"("\u004")", kSyntax, 6},
           Case{"a digit that is none", R"("\u00g0")", kSyntax, 5},
           Case{"digits left off at the end of the text", R"("\u00)", kSyntax, 5},
           Case{"a line feed in a string", "\"a\nb\"", kSyntax, 2},
           Case{"a NUL in a string", {"\"a\0b\"", 5}, kSyntax, 2},
           Case{"0x1F in a name", "{\"a\x1F\":1}", kSyntax, 3},
           Case{"a high surrogate alone", R"("\ud800")", Error::lone_surrogate, 1},
           Case{"the last high surrogate alone", R"("ab\uDBFFcd")", Error::lone_surrogate, 3},
           Case{"a low surrogate alone", R"("\udc00")", Error::lone_surrogate, 1},
           Case{"the last low surrogate alone", R"("\uDFFF")", Error::lone_surrogate, 1},
           Case{"the wrong way round", R"("\udc00\ud800")", Error::lone_surrogate, 1},
           Case{"two high surrogates", R"("\ud800\ud800\udc00")", Error::lone_surrogate, 1},
           Case{"a high surrogate and a letter escaped", R"("\ud800\u0041")", Error::lone_surrogate, 1},
           Case{"a high surrogate and a tab", R"("\ud800\t")", Error::lone_surrogate, 1},
           Case{"a high surrogate and the end", R"("\ud800)", Error::lone_surrogate, 1},
           Case{"a high surrogate and an escape that is none", R"("\ud800\uzzzz")", kSyntax, 9},
           Case{"a continuation that continues nothing", "\"\x80\"", Error::utf8, 1},
           Case{"a character cut off by the quote", "\"a\xE2\x82\"", Error::utf8, 2},
           Case{"a character cut off by the end", "\"a\xE2\x82", Error::utf8, 2},
           Case{"an overlong slash", "\"\xC0\xAF\"", Error::utf8, 1},
           Case{"a surrogate in UTF-8", "\"\xED\xA0\x80\"", Error::utf8, 1},
           Case{"beyond U+10FFFF", "\"\xC3\xA9\xF4\x90\x80\x80\"", Error::utf8, 3},
           Case{"in a name", "{\"\xFF\":1}", Error::utf8, 2},
           Case{"bytes beyond ASCII outside a string", "[\xC3\xA9]", kSyntax, 1},
       }) {
    CAPTURE(c.name);
    const auto compacted = compact(c.text);
    REQUIRE_FALSE(compacted.has_value());
    CHECK(compacted.error().error == c.want);
    CHECK(compacted.error().at == c.at);
  }
}

TEST_CASE("64 levels are allowed and the 65th is refused where it opens, whatever they are made of") {
  struct Case {
    const char* name;
    std::string_view open, close, inside;
  };
  for (const Case& c : {Case{"arrays", "[", "]", ""}, Case{"arrays with a number", "[", "]", "1"},
                        Case{"spaced arrays", " [ ", " ] ", "1"}, Case{"objects", "{\"a\":", "}", "1"}}) {
    CAPTURE(c.name);
    for (const std::size_t levels :
         {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{63}, std::size_t{64}}) {
      CAPTURE(levels);
      CHECK(compact(nested(levels, c.open, c.close, c.inside)).has_value());
    }
    const auto compacted = compact(nested(65, c.open, c.close, c.inside));
    REQUIRE_FALSE(compacted.has_value());
    CHECK(compacted.error().error == Error::too_deep);
    CHECK(compacted.error().at == 64 * c.open.size() + c.open.find_first_of("[{"));
  }
  CHECK(compact(nested(32, "[{\"a\":", "}]", "1")).has_value());
  CHECK_FALSE(compact("[" + nested(32, "[{\"a\":", "}]", "1") + "]").has_value());
  CHECK(compact(nested(64, "[", "]") + ",").error().error == Error::syntax);
}

TEST_CASE("levels count what is open, not what there was") {
  std::string text = "[";
  for (int i = 0; i < 200; ++i) text += "[],{},";
  text += "[{}]]";
  CHECK(compact(text, 3).has_value());
  CHECK(compact(text, 2).error().error == Error::too_deep);
  CHECK(compact("1", 0).has_value());
  CHECK(compact("[]", 0).error().error == Error::too_deep);
  CHECK(compact("[]", 1).has_value());
  CHECK(compact("[[]]", 1).error().at == 1);
}

TEST_CASE("a hundred thousand levels cost no stack") {
  CHECK(compact(std::string(100'000, '[')).error().error == Error::too_deep);
  CHECK(compact(nested(100'000, "[", "]"), 100'000).has_value());
}

TEST_CASE("no beginning of an object is an object") {
  static constexpr std::string_view kText =
      R"({"name":"caf\u00e9 \ud83d\udef0","list":[1.5e3,true,false,null,{"x":-0}]})";
  REQUIRE(compact(kText).has_value());
  for (std::size_t size = 0; size < kText.size(); ++size) {
    CAPTURE(size);
    // A fresh string of exactly that size: a sanitizer sees a look beyond its end.
    CHECK_FALSE(compact(std::string{kText.substr(0, size)}).has_value());
  }
}

TEST_CASE("a byte that matters is found on every place of a string") {
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      CAPTURE(size);
      CAPTURE(at);
      std::string inside(size, 'x');
      const auto compacted_with = [&](char byte) {
        inside[at] = byte;
        return compact('"' + inside + '"');
      };
      for (const char harmless : {' ', '!', '#', '[', ']', '\x7F'}) CHECK(compacted_with(harmless).has_value());
      for (const char control : {'\0', '\x01', '\x1F'}) {
        const auto refused = compacted_with(control);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().error == Error::syntax);
        CHECK(refused.error().at == at + 1);
      }
      const auto foreign = compacted_with('\xFF');
      REQUIRE_FALSE(foreign.has_value());
      CHECK(foreign.error().error == Error::utf8);
      CHECK(foreign.error().at == at + 1);
      const auto quote = compacted_with('"');
      REQUIRE_FALSE(quote.has_value());
      CHECK(quote.error().at == at + 2);
      const auto backslash = compacted_with('\\');
      REQUIRE_FALSE(backslash.has_value());
      CHECK(backslash.error().at == (at + 1 == size ? size + 2 : at + 2));
    }
  }
}

/// A random value as tokens, so that white space can be put between any two.
void add_value(std::vector<std::string>& tokens, Random& random, int levels) {
  static constexpr std::string_view kScalars[] = {"0",
                                                  "-12.50e+3",
                                                  "true",
                                                  "false",
                                                  "null",
                                                  R"("a b")",
                                                  R"("\"")",
                                                  R"("\\")",
                                                  "\"\"",
                                                  "\"\xC3\xA9 \xE2\x82\xAC\"",
                                                  R"("{[,:")",
                                                  "1e400",
                                                  R"("a long string with spaces")"};
  const std::uint64_t choice = levels == 0 ? 0 : random.below(3);
  if (choice == 0) {
    tokens.emplace_back(kScalars[random.below(std::size(kScalars))]);
    return;
  }
  tokens.emplace_back(choice == 1 ? "[" : "{");
  const std::uint64_t count = random.below(5);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) tokens.emplace_back(",");
    if (choice == 2) {
      tokens.push_back("\"name " + std::to_string(random.below(3)) + "\"");
      tokens.emplace_back(":");
    }
    add_value(tokens, random, levels - 1);
  }
  tokens.emplace_back(choice == 1 ? "]" : "}");
}

TEST_CASE("white space between any two tokens makes no difference") {
  static constexpr std::uint64_t kSeed = 8259;
  CAPTURE(kSeed);
  Random random{kSeed};
  for (int i = 0; i < 2'000; ++i) {
    std::vector<std::string> tokens;
    add_value(tokens, random, 5);
    const double spaced = random.unit();
    std::string text, want;
    const auto add_space = [&] {
      while (random.chance(spaced * 0.7)) text += " \t\n\r"[random.below(4)];
    };
    add_space();
    for (const std::string& token : tokens) {
      want += token;
      text += token;
      add_space();
    }
    CAPTURE(text);
    const auto compacted = compact(text);
    REQUIRE(compacted.has_value());
    CHECK(*compacted == want);
  }
}

}  // namespace
}  // namespace starling::json
