#include "starling/server/config/environment.hpp"

#include <doctest/doctest.h>

using namespace starling::config;

namespace {

std::optional<std::string> variables(std::string_view name) {
  if (name == "USER_NAME") return "alice";
  if (name == "SECRET") return "s3cret${USER_NAME}";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

struct Filled {
  Value value;
  std::vector<ConfigError> errors;
};
Filled filled(std::string_view written) {
  Table table{{"key", {1, 1}, {{1, 7}, Text{std::string{written}, std::string{written}}}}};
  ErrorList errors{"f"};
  put_environment(table, variables, errors);
  return {table[0].value, errors.take_sorted()};
}

}  // namespace

TEST_CASE("a variable's value takes the place of its name, and what is shown stays as written") {
  struct Case {
    std::string_view written, want;
  };
  for (const Case& c :
       {Case{"plain", "plain"}, Case{"${USER_NAME}", "alice"}, Case{"a-${USER_NAME}-${USER_NAME}.", "a-alice-alice."},
        Case{"${EMPTY}", ""}, Case{"", ""}, Case{"$USER_NAME $ {x} }", "$USER_NAME $ {x} }"},
        Case{"$${USER_NAME}", "${USER_NAME}"}, Case{"${SECRET}", "s3cret${USER_NAME}"}}) {
    CAPTURE(c.written);
    const Filled result = filled(c.written);
    CHECK(result.errors.empty());
    REQUIRE(std::holds_alternative<Text>(result.value.held));
    CHECK(std::get<Text>(result.value.held).value == c.want);
    CHECK(std::get<Text>(result.value.held).written == c.written);
  }
}

TEST_CASE("a variable that is not set is an error naming it, with its place") {
  const Filled result = filled("${SECRET}${NOT_THERE}");
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].text() == "f:1:7: the environment variable NOT_THERE is not set");
  CHECK(std::holds_alternative<Faulty>(result.value.held));
}

TEST_CASE("an opened brace needs a name and its end") {
  for (const std::string_view written : {"${", "${}", "${USER_NAME", "${USER NAME}", "${1}", "x${a-b}"}) {
    CAPTURE(written);
    const Filled result = filled(written);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].message.starts_with(R"("${" must be followed by)"));
  }
}

TEST_CASE("strings in lists and tables are reached, other values are left alone") {
  Table inner{{"text", {}, {{}, Text{"${USER_NAME}", "${USER_NAME}"}}}, {"number", {}, {{}, std::int64_t{4}}}};
  Table table{{"list", {}, {{}, List{Value{{}, inner}}}}};
  ErrorList errors{"f"};
  put_environment(table, variables, errors);
  CHECK(errors.is_empty());
  const auto& reached = std::get<Table>(std::get<List>(table[0].value.held)[0].held);
  CHECK(std::get<Text>(reached[0].value.held).value == "alice");
  CHECK(std::get<std::int64_t>(reached[1].value.held) == 4);
}
