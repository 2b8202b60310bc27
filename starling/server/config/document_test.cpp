#include "starling/server/config/document.hpp"

#include <doctest/doctest.h>

using namespace starling::config;

namespace {

/// The tree as text: kinds and places of everything, so that a table of cases can hold it.
std::string outline(const Value& value);
std::string outline(const Table& table) {
  std::string text;
  for (const Entry& entry : table) {
    if (!text.empty()) text += ' ';
    text += entry.key + "@" + std::to_string(entry.key_place.line) + ":" + std::to_string(entry.key_place.column) +
            "=" + outline(entry.value);
  }
  return "{" + text + "}";
}
std::string outline(const Value& value) {
  if (const auto* text = std::get_if<Text>(&value.held)) return '"' + text->value + '"';
  if (const auto* number = std::get_if<std::int64_t>(&value.held)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value.held)) return *flag ? "true" : "false";
  if (const auto* table = std::get_if<Table>(&value.held)) return outline(*table);
  if (const auto* list = std::get_if<List>(&value.held)) {
    std::string all;
    for (const Value& element : *list) all += (all.empty() ? "" : " ") + outline(element);
    return "[" + all + "]";
  }
  return std::string{kind_of(value)};
}

}  // namespace

TEST_CASE("a document is a tree in the order of the file, and every key knows its place") {
  const auto document = read_document(
      "[server]\nlisten = [\"a\",\n  \"b\"]\n  tick = 7\n[[space]]\nname = 'x'\n[[space]]\n[limits]\nbig = 1.5\nflag "
      "= true\n"
      "when = 1979-05-27\n",
      "t.toml");
  REQUIRE(document);
  CHECK(outline(*document) ==
        "{server@1:2={listen@2:1=[\"a\" \"b\"] tick@4:3=7} space@5:3=[{name@6:1=\"x\"} {}] limits@8:2={big@9:1=a "
        "float flag@10:1=true "
        "when@11:1=a date or time}}");
}

TEST_CASE("values know their places too, a table its name's") {
  const auto document = read_document("a = 1\n[b.c]\nd = [ 1,\n 2 ]\n", "t.toml");
  REQUIRE(document);
  CHECK((*document)[0].value.place == Place{1, 5});
  CHECK((*document)[1].value.place == Place{2, 2});
  const auto& b = std::get<Table>((*document)[1].value.held);
  const auto& d = std::get<Table>(b[0].value.held)[0];
  CHECK(std::get<List>(d.value.held)[1].place == Place{4, 2});
}

TEST_CASE("what is not TOML is said with its place, on one line") {
  struct Case {
    std::string_view name, text;
    Place want;
  };
  for (const Case& c :
       {Case{"a value is missing", "a = ", {1, 5}}, Case{"a key twice", "a = 1\na = 2", {2, 4}},
        Case{"a bracket is missing", "[limits\nq = 1", {1, 8}}, Case{"not UTF-8", "p = '\xff'", {1, 5}}}) {
    CAPTURE(c.name);
    const auto document = read_document(c.text, "t.toml");
    REQUIRE_FALSE(document);
    CHECK(document.error().place.line == c.want.line);
    CHECK(document.error().text().starts_with("t.toml:" + std::to_string(c.want.line) + ":"));
    CHECK(document.error().message.starts_with("not TOML: "));
    CHECK(document.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("errors come in the order of the file") {
  ErrorList errors{"f"};
  errors.add({9, 1}, "late");
  errors.add({2, 7}, "second");
  errors.add({2, 3}, "first");
  errors.add({}, "of the file");
  const auto sorted = errors.take_sorted();
  REQUIRE(sorted.size() == 4);
  CHECK(sorted[0].text() == "f: of the file");
  CHECK(sorted[1].text() == "f:2:3: first");
  CHECK(sorted[2].text() == "f:2:7: second");
  CHECK(sorted[3].text() == "f:9:1: late");
  CHECK(errors.is_empty());
}
