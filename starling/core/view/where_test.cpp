#include "starling/core/view/where.hpp"

#include <doctest/doctest.h>

namespace starling::view {
namespace {

Where read(std::string_view text) {
  CAPTURE(text);
  auto where = Where::from(text);
  REQUIRE(where.has_value());
  return *where;
}

/// Whether the one condition of `where` holds for a value, "absent" being none.
bool holds(std::string_view where, std::string_view value) {
  const Where read_where = read(where);
  REQUIRE(read_where.conditions().size() == 1);
  return read_where.conditions().front().holds(value == "absent" ? std::nullopt : std::optional{value});
}

TEST_CASE("a condition holds for some values and not for others") {
  struct Case {
    const char* where;
    std::vector<const char*> yes, no;
  };
  for (const Case& c : {
           Case{R"({"f":1})", {"1", "1.0", "1e0", "10e-1"}, {"2", "-1", "\"1\"", "true", "null", "[1]", "{\"a\":1}", "absent"}},
           Case{R"({"f":-0.0})", {"0", "-0", "0e9"}, {"1e-400", "absent"}},
           Case{R"({"f":9007199254740993})", {"9007199254740993", "9007199254740993.0"}, {"9007199254740992", "9007199254740994"}},
           Case{R"({"f":"a\u0062\n"})", {R"("ab\n")", R"("\u0061b\u000a")"}, {R"("ab")", R"("AB\n")", R"("ab\\n")", "absent"}},
           Case{R"({"f":""})", {R"("")"}, {"null", "0", "absent"}},
           Case{R"({"f":true})", {"true"}, {"false", "\"true\"", "1", "null", "absent"}},
           Case{R"({"f":null})", {"null"}, {"0", "\"\"", "false", "absent"}},
           Case{R"({"f":[1,{"a":"b"}]})", {R"([1,{"a":"b"}])"}, {R"([1.0,{"a":"b"}])", R"([1,{"a":"\u0062"}])", "[1]", "absent"}},
           Case{R"({"f":{"in":[{"a":1,"b":2}]}})", {R"({"a":1,"b":2})"}, {R"({"b":2,"a":1})", R"({"a":1})", "absent"}},
           Case{R"({"f":{"in":[3,"x",null,1.0,true,"x"]}})", {"3", "3.0", "1", "\"x\"", "\"\\u0078\"", "null", "true"}, {"2", "\"y\"", "false", "[3]", "absent"}},
           Case{R"({"f":{"in":[]}})", {}, {"1", "null", "absent"}},
           Case{R"({"f":{"ne":1}})", {"2", "\"1\"", "null", "true", "absent"}, {"1", "1.00"}},
           Case{R"({"f":{"ne":null}})", {"1", "\"\"", "absent"}, {"null"}},
           Case{R"({"f":{"ne":[1]}})", {"1", "[1,1]", "absent"}, {"[1]"}},
           Case{R"({"f":{"lt":20}})", {"19.999", "-1e99", "0"}, {"20", "2e1", "20.0001", "\"1\"", "null", "true", "absent"}},
           Case{R"({"f":{"le":20}})", {"20", "20.0", "2e1", "1"}, {"20.0001", "\"20\"", "absent"}},
           Case{R"({"f":{"gt":20}})", {"20.00000000000000000001", "1e99"}, {"20", "19", "\"30\"", "null", "absent"}},
           Case{R"({"f":{"ge":9007199254740993}})", {"9007199254740993", "9007199254740994"}, {"9007199254740992", "9007199254740992.9", "absent"}},
           Case{R"({"f":{"lt":"b"}})", {"\"a\"", "\"\"", "\"azzz\"", "\"B\"", "\"\\u0061\""}, {"\"b\"", "\"ba\"", "\"\\u00e4\"", "1", "null", "absent"}},
           Case{R"({"f":{"ge":"z"}})", {"\"z\"", "\"za\"", "\"\u00e4\"", "\"\\ud83d\\ude00\""}, {"\"y\"", "\"Z\"", "\"\"", "absent"}},
           Case{R"({"f":{"exists":true}})", {"1", "null", "{}", "false"}, {"absent"}},
           Case{R"({"f":{"exists":false}})", {"absent"}, {"null", "1", "\"\""}},
       }) {
    CAPTURE(c.where);
    for (const char* value : c.yes) {
      CAPTURE(value);
      CHECK(holds(c.where, value));
    }
    for (const char* value : c.no) {
      CAPTURE(value);
      CHECK_FALSE(holds(c.where, value));
    }
  }
}

TEST_CASE("a condition names a field by its canonical name, or a facet and its field") {
  struct Case {
    const char* where;
    const char* facet;
    const char* field;
  };
  for (const Case& c : {Case{R"({"battery":1})", "", "battery"}, Case{R"({"\u0062\"":1})", "", R"(b\")"}, Case{R"({"":1})", "", ""},
                        Case{R"({"position/latitude":1})", "position", "latitude"}, Case{R"({"a.b-c_1/x\/y":1})", "a.b-c_1", "x/y"},
                        Case{R"({"position/":1})", "position", ""}}) {
    CAPTURE(c.where);
    const Where where = read(c.where);
    REQUIRE(where.conditions().size() == 1);
    CHECK(where.conditions().front().facet == c.facet);
    CHECK(where.conditions().front().field == c.field);
  }
}

TEST_CASE("several operators of one field are several conditions, and of duplicates the last counts") {
  CHECK(read(R"({"f":{"gt":1,"lt":5,"ne":3},"g":true})").conditions().size() == 4);
  const Where last = read(R"({"f":1,"\u0066":{"gt":1,"g\u0074":7}})");
  REQUIRE(last.conditions().size() == 1);
  CHECK_FALSE(last.conditions().front().holds("7"));
  CHECK(last.conditions().front().holds("8"));
  CHECK(last.json() == R"({"f":{"gt":1,"g\u0074":7}})");
  CHECK(read("{}").is_empty());
  CHECK(Where{}.conditions().empty());
  CHECK(Where{}.json() == "{}");
  CHECK(Where{}.text().empty());
}

TEST_CASE("what is no condition is refused by the name of its field") {
  struct Case {
    const char* where;
    const char* name;
  };
  for (const Case& c : {
           Case{R"({"f":{"lte":1}})", "f"},
           Case{R"({"f":{"LT":1}})", "f"},
           Case{R"({"f":{"eq":1}})", "f"},
           Case{R"({"f":{}})", "f"},
           Case{R"({"ok":1,"f\u0020\"":{"lt":1,"x":2}})", "f \""},
           Case{R"({"f":{"lt":null}})", "f"},
           Case{R"({"f":{"le":true}})", "f"},
           Case{R"({"f":{"gt":[1]}})", "f"},
           Case{R"({"f":{"ge":{}}})", "f"},
           Case{R"({"f":{"in":1}})", "f"},
           Case{R"({"f":{"in":{"0":1}}})", "f"},
           Case{R"({"f":{"exists":1}})", "f"},
           Case{R"({"f":{"exists":null}})", "f"},
           Case{R"({"/x":1})", "/x"},
           Case{R"({"Position/x":1})", "Position/x"},
           Case{R"({"mesh:position/x":1})", "mesh:position/x"},
           Case{R"({"a b/x":1})", "a b/x"},
       }) {
    CAPTURE(c.where);
    const auto where = Where::from(c.where);
    REQUIRE_FALSE(where.has_value());
    CHECK(where.error().name == c.name);
    CHECK_FALSE(where.error().message.empty());
  }
}

TEST_CASE("conditions and values have limits") {
  const auto with_fields = [](std::size_t count) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
    return text + '}';
  };
  const auto with_values = [](std::size_t count) {
    std::string text = R"({"f":{"in":[)";
    for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? "," : "") + std::to_string(i % 7);
    return text + "]}}";
  };
  for (const std::size_t count : {kWhereConditionsMax - 1, kWhereConditionsMax}) CHECK(Where::from(with_fields(count)).has_value());
  const auto too_many = Where::from(with_fields(kWhereConditionsMax + 1));
  REQUIRE_FALSE(too_many.has_value());
  CHECK(too_many.error().name.empty());
  CHECK_FALSE(Where::from(R"({"g":{"gt":1,"lt":2},)" + with_fields(kWhereConditionsMax - 1).substr(1)).has_value());  // operators count

  for (const std::size_t count : {kWhereValuesMax - 1, kWhereValuesMax}) CHECK(Where::from(with_values(count)).has_value());
  const auto too_long = Where::from(with_values(kWhereValuesMax + 1));
  REQUIRE_FALSE(too_long.has_value());
  CHECK(too_long.error().name == "f");
}

TEST_CASE("a facet in a condition is as long as a channel's: one below, at and one above") {
  for (const std::size_t bytes : {std::size_t{127}, std::size_t{128}, std::size_t{129}}) {
    CAPTURE(bytes);
    const auto where = Where::from("{\"" + std::string(bytes, 'a') + "/f\":1}");
    CHECK(where.has_value() == (bytes <= 128));
    if (!where) CHECK(where.error().name == std::string(bytes, 'a') + "/f");
  }
}

TEST_CASE("the same conditions have the same text, others have another") {
  struct Case {
    const char* a;
    const char* b;
    bool is_same;
  };
  for (const Case& c : {
           Case{R"({"f":1,"g":"x"})", R"({"g":"\u0078","f":1.0})", true},
           Case{R"({"f":{"lt":20,"gt":1}})", R"({"f":{"gt":1e0,"lt":2e1}})", true},
           Case{R"({"f":{"in":[1,"x",null]}})", R"({"f":{"in":[null,"x",1.0,"x",1]}})", true},
           Case{R"({"f":{"in":[1]}})", R"({"f":1})", true},
           Case{R"({"f":1})", R"({"f":2})", false},
           Case{R"({"f":1})", R"({"f":"1"})", false},
           Case{R"({"f":1})", R"({"f":{"ne":1}})", false},
           Case{R"({"f":{"lt":1}})", R"({"f":{"le":1}})", false},
           Case{R"({"f":{"exists":true}})", R"({"f":{"exists":false}})", false},
           Case{R"({"f":{"exists":true}})", R"({"f":true})", false},
           Case{R"({"f":{"in":[]}})", R"({"f":{"exists":false}})", false},
           Case{R"({"a/f":1})", R"({"f":1})", false},
           Case{R"({"a/f":1})", R"({"b/f":1})", false},
           Case{R"({"f":1,"g":1})", R"({"f":1})", false},
           Case{R"({"f":"1\" \"2"})", R"({"f":{"in":["1","2"]}})", false},
           Case{R"({"f":[1]})", R"({"f":[1.0]})", false},
       }) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CHECK((read(c.a).text() == read(c.b).text()) == c.is_same);
  }
}

TEST_CASE("a where outlives the text it was read from, and its copies share it") {
  Where kept;
  {
    std::string text = R"({"f":{"in":["long enough to be moved about on the heap",12345678901234567890]}})";
    const Where where = read(text);
    kept = where;
    text.assign(text.size(), '#');
  }
  CHECK(kept.conditions().front().holds("12345678901234567890.0"));
  CHECK(kept.conditions().front().holds(R"("long enough to be moved about on the heap")"));
  CHECK_FALSE(kept.conditions().front().holds("1"));
}

}  // namespace
}  // namespace starling::view
