#include "starling/core/state/fields.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"

namespace starling::state {
namespace {

std::string text_of(std::string_view object) { return std::string{Fields::from(object).text()}; }

TEST_CASE("a record is the object it was read from: last duplicate, first place, names with the fewest escapes, values as written") {
  struct Case {
    const char* name;
    std::string_view object, want;
  };
  for (const Case& c : {
           Case{"nothing", R"({})", R"({})"},
           Case{"as it came", R"({"b":1,"a":"x"})", R"({"b":1,"a":"x"})"},
           Case{"values keep every digit", R"({"a":1.10,"b":1E+3,"c":-0,"d":12345678901234567890})", R"({"a":1.10,"b":1E+3,"c":-0,"d":12345678901234567890})"},
           Case{"values keep their escapes", R"({"a":"\u0041\/"})", R"({"a":"\u0041\/"})"},
           Case{"null is a value", R"({"a":null})", R"({"a":null})"},
           Case{"nested values are one value", R"({"a":{"x":1,"x":2},"b":[1,{"y":"}"}]})", R"({"a":{"x":1,"x":2},"b":[1,{"y":"}"}]})"},
           Case{"the last duplicate counts, in the place of the first", R"({"a":1,"b":2,"a":3})", R"({"a":3,"b":2})"},
           Case{"three of one name", R"({"a":1,"a":2,"a":3})", R"({"a":3})"},
           Case{"a needless escape goes", R"({"\u0061b":1})", R"({"ab":1})"},
           Case{"a needful escape stays, in its short form", R"({"\u0022\u005c\u000a":1})", R"({"\"\\\n":1})"},
           Case{"a needful escape as it should be written", R"({"a\"b":1})", R"({"a\"b":1})"},
           Case{"a control character in lower case", R"({"\u001F":1})", R"({"\u001f":1})"},
           Case{"duplicates are judged after decoding", R"({"\u0061":1,"b":2,"a":3})", R"({"a":3,"b":2})"},
           Case{"a pair of surrogates is one character", R"({"\ud83d\ude00":1})", "{\"\xF0\x9F\x98\x80\":1}"},
           Case{"the empty name is a name", R"({"":1,"a":2,"":3})", R"({"":3,"a":2})"},
       }) {
    CAPTURE(c.name);
    CHECK(text_of(c.object) == c.want);
  }
}

TEST_CASE("text that is the record already is kept where it is; room that it grew by is not") {
  const std::string_view object = R"({"name":"a text too long to stand inside a string object","n":1})";
  std::string given{object};
  const char* const at = given.data();
  const Fields kept = Fields::taken(std::move(given));
  CHECK(kept.text() == object);
  CHECK(kept.text().data() == at);
  std::string grown{object};
  grown.reserve(4'096);
  CHECK(Fields::taken(std::move(grown)).bytes() == kept.bytes());
  CHECK(Fields::taken(R"({"\u0061":1})").text() == R"({"a":1})");
}

TEST_CASE("records have the same names if they have them in the same order") {
  const Fields record = Fields::from(R"({"a":1,"b":2})");
  CHECK(record.has_names_of(Fields::from(R"({"a":3,"b":null})")));
  for (const std::string_view other : {R"({})", R"({"a":1})", R"({"b":2,"a":1})", R"({"a":1,"c":2})", R"({"a":1,"b":2,"c":3})"}) {
    CAPTURE(other);
    CHECK_FALSE(record.has_names_of(Fields::from(other)));
    CHECK_FALSE(Fields::from(other).has_names_of(record));
  }
  CHECK(Fields{}.has_names_of(Fields{}));
}

TEST_CASE("many escaped names of one kind are still one field") {
  // A member of 6 bytes and its comma are the shortest that need renaming.
  std::string object = "{";
  for (int i = 0; i < 200; ++i) object += R"("\/":)" + std::to_string(i % 10) + ',';
  object.back() = '}';
  CHECK(text_of(object) == R"({"/":9})");
}

TEST_CASE("a record of many plain fields keeps its text: one below, at and one above those that are searched one by one") {
  for (const std::size_t count : {31, 32, 33, 100}) {
    CAPTURE(count);
    std::string object = "{";
    for (std::size_t i = 0; i < count; ++i) object += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":" + std::to_string(i);
    const Fields fields = Fields::from(object + '}');
    CHECK(fields.text() == object + '}');
    CHECK(fields.size() == count);
    CHECK(fields.find("f" + std::to_string(count - 1)) == std::to_string(count - 1));
    CHECK(Fields::from(object + ",\"f0\":7}").find("f0") == "7");
    CHECK(Fields::from(object + ",\"f0\":7}").size() == count);
  }
}

TEST_CASE("a record of many fields is read like one of few") {
  std::string object = "{", want = "{";
  for (int i = 0; i < 1000; ++i) object += '"' + std::to_string(i) + R"(":0,)";
  for (int i = 0; i < 1000; ++i) {
    object += '"' + std::to_string(i) + "\":" + std::to_string(i) + ',';
    want += '"' + std::to_string(i) + "\":" + std::to_string(i) + ',';
  }
  object.back() = want.back() = '}';
  CHECK(text_of(object) == want);
}

TEST_CASE("fields are found by their canonical names and give their text") {
  const Fields fields = Fields::from(R"({"a":1,"\u0062":[2,3],"c\n":"x"})");
  REQUIRE(fields.size() == 3);
  CHECK(fields.find("a") == "1");
  CHECK(fields.find("b") == "[2,3]");
  CHECK(fields.find(canonical_name("c\n")) == R"("x")");
  CHECK(fields.find("c\n") == std::nullopt);
  CHECK(fields.find("d") == std::nullopt);
  CHECK(fields[1].name == "b");
  CHECK(fields[0].member() == R"("a":1)");
  CHECK(fields[1].member() == R"("b":[2,3])");
  CHECK(fields[2].member() == R"("c\n":"x")");
  CHECK(Fields{}.text() == "{}");
  CHECK(Fields{}.empty());
  CHECK(Fields::from("{}").empty());
}

TEST_CASE("a record may be copied and moved, and its slices follow") {
  Fields fields = Fields::from(R"({"a":1,"b":2})");
  const Fields copy = fields;
  const Fields moved = std::move(fields);
  CHECK(copy[1].member() == R"("b":2)");
  CHECK(moved[1].member() == R"("b":2)");
  CHECK(copy.equals(moved));
}

TEST_CASE("merging assigns what differs, keeps the order, and says when nothing differs") {
  struct Case {
    const char* name;
    std::string_view base, patch;
    std::optional<std::string_view> want;
  };
  for (const Case& c : {
           Case{"an empty patch", R"({"a":1})", R"({})", std::nullopt},
           Case{"the same value", R"({"a":1,"b":2})", R"({"b":2})", std::nullopt},
           Case{"another text of the same number is another value", R"({"a":1.0})", R"({"a":1.00})", R"({"a":1.00})"},
           Case{"in place", R"({"a":1,"b":2,"c":3})", R"({"b":9})", R"({"a":1,"b":9,"c":3})"},
           Case{"new fields follow in the patch's order", R"({"a":1})", R"({"z":1,"a":2,"y":3})", R"({"a":2,"z":1,"y":3})"},
           Case{"one same, one new", R"({"a":1})", R"({"a":1,"b":2})", R"({"a":1,"b":2})"},
           Case{"null does not delete", R"({"a":1})", R"({"a":null})", R"({"a":null})"},
           Case{"null over null", R"({"a":null})", R"({"a":null})", std::nullopt},
           Case{"nested values are replaced whole", R"({"a":{"x":1,"y":2}})", R"({"a":{"x":3}})", R"({"a":{"x":3}})"},
           Case{"onto nothing", R"({})", R"({"a":1})", R"({"a":1})"},
       }) {
    CAPTURE(c.name);
    const auto merged = Fields::merged(Fields::from(c.base), Fields::from(c.patch));
    REQUIRE(merged.has_value() == c.want.has_value());
    if (merged) CHECK(merged->text() == *c.want);
  }
}

TEST_CASE("filling assigns what is absent only, in the other record's order, and says when nothing is") {
  struct Case {
    const char* name;
    std::string_view base, late;
    std::optional<std::string_view> want;
  };
  for (const Case& c : {
           Case{"an empty record", R"({"a":1})", R"({})", std::nullopt},
           Case{"nothing absent", R"({"a":1,"b":2})", R"({"b":3})", std::nullopt},
           Case{"one absent, one not", R"({"a":1})", R"({"b":3,"a":2})", R"({"a":1,"b":3})"},
           Case{"null is there", R"({"a":null})", R"({"a":2})", std::nullopt},
           Case{"two absent", R"({"b":1})", R"({"z":3,"a":2})", R"({"b":1,"z":3,"a":2})"},
           Case{"into nothing", R"({})", R"({"a":1})", R"({"a":1})"},
       }) {
    CAPTURE(c.name);
    const auto filled = Fields::filled(Fields::from(c.base), Fields::from(c.late));
    REQUIRE(filled.has_value() == c.want.has_value());
    if (filled) CHECK(filled->text() == *c.want);
  }
}

TEST_CASE("records are equal when their fields are, in whatever order") {
  struct Case {
    const char* name;
    std::string_view a, b;
    bool equal;
  };
  for (const Case& c : {
           Case{"both empty", R"({})", R"({})", true},
           Case{"the same text", R"({"a":1,"b":2})", R"({"a":1,"b":2})", true},
           Case{"another order", R"({"a":1,"b":2})", R"({"b":2,"a":1})", true},
           Case{"another value", R"({"a":1,"b":2})", R"({"a":1,"b":3})", false},
           Case{"another name", R"({"a":1,"b":2})", R"({"a":1,"c":2})", false},
           Case{"one more", R"({"a":1})", R"({"a":1,"b":2})", false},
           Case{"swapped values", R"({"a":1,"b":2})", R"({"a":2,"b":1})", false},
       }) {
    CAPTURE(c.name);
    CHECK(Fields::from(c.a).equals(Fields::from(c.b)) == c.equal);
    CHECK(Fields::from(c.b).equals(Fields::from(c.a)) == c.equal);
  }
}

TEST_CASE("whatever is merged, the text of a record reads back as the record") {
  const std::uint64_t seed = 1866;
  CAPTURE(seed);
  Random random{seed};
  const std::string_view names[] = {"a", "b", R"(\u0063)", R"(\/)", "\xC3\xA9", R"(\n)", ""};
  const std::string_view values[] = {"1", "1.0", "null", R"("x,}\"")", "[1,[2]]", R"({"a":{}})", "true"};
  const auto any_record = [&] {
    std::string object = "{";
    for (std::uint64_t i = random.below(6); i > 0; --i) {
      object += '"';
      object += names[random.below(std::size(names))];
      object += "\":";
      object += values[random.below(std::size(values))];
      object += i > 1 ? "," : "";
    }
    return Fields::from(object + '}');
  };
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const Fields base = any_record(), patch = any_record();
    const Fields after = Fields::merged(base, patch).value_or(base);
    REQUIRE(json::compact(after.text()).has_value());
    REQUIRE(Fields::from(after.text()).equals(after));
    REQUIRE(text_of(after.text()) == after.text());
    for (std::size_t i = 0; i < patch.size(); ++i) REQUIRE(after.find(patch[i].name) == patch[i].value);
    for (std::size_t i = 0; i < base.size(); ++i) {
      REQUIRE(after[i].name == base[i].name);
      if (!patch.find(base[i].name)) REQUIRE(after[i].value == base[i].value);
    }
    REQUIRE_FALSE(Fields::merged(after, patch).has_value());
  }
}

}  // namespace
}  // namespace starling::state
