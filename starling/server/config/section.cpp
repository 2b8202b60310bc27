#include "starling/server/config/section.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"
#include "starling/server/config/duration.hpp"
#include "starling/server/config/size.hpp"
#include "starling/server/config/suggestion.hpp"

namespace starling::config {

std::string quoted(std::string_view text) { return json::quoted(text); }

std::optional<PlacedText> Section::text(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<Text>(&value->held)) return PlacedText{value->place, *text};
  fail_type(*value, key, "a string");
  return std::nullopt;
}

std::optional<bool> Section::boolean(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const bool* flag = std::get_if<bool>(&value->held)) return *flag;
  fail_type(*value, key, "true or false");
  return std::nullopt;
}

std::optional<std::int64_t> Section::integer(std::string_view key, Range<std::int64_t> range) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* number = std::get_if<std::int64_t>(&value->held);
  if (number == nullptr) {
    fail_type(*value, key, "an integer");
    return std::nullopt;
  }
  if (*number < range.least || *number > range.most) {
    fail(value->place, key, fmt::format("must be from {} to {}, not {}", range.least, range.most, *number));
    return std::nullopt;
  }
  return *number;
}

std::optional<double> Section::number(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(&value->held)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value->held)) return *number;
  fail_type(*value, key, "a number");
  return std::nullopt;
}

std::optional<Duration> Section::duration(std::string_view key, Range<Duration> range) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* text = std::get_if<Text>(&value->held);
  if (text == nullptr) {
    fail_type(*value, key, R"(a duration like "100ms", "1.5s" or "24h")");
    return std::nullopt;
  }
  const auto duration = read_duration(text->value);
  if (!duration) {
    fail(value->place, key,
         fmt::format(R"(must be a duration like "100ms", "1.5s" or "24h", not {})", quoted(text->written)));
  } else if (*duration < range.least || *duration > range.most) {
    fail(value->place, key,
         fmt::format("must be from {} to {}, not {}", quoted(format_duration(range.least)),
                     quoted(format_duration(range.most)), quoted(text->written)));
  } else {
    return duration;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Section::size(std::string_view key, Range<std::uint64_t> range) {
  constexpr std::string_view kWanted = R"(a size like 262144, "256KiB" or "64MB")";
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  std::optional<std::uint64_t> bytes;
  std::string shown;
  if (const auto* number = std::get_if<std::int64_t>(&value->held)) {
    if (*number >= 0) bytes = static_cast<std::uint64_t>(*number);
    shown = std::to_string(*number);
  } else if (const auto* text = std::get_if<Text>(&value->held)) {
    bytes = read_size(text->value);
    shown = quoted(text->written);
  } else {
    fail_type(*value, key, kWanted);
    return std::nullopt;
  }
  if (!bytes) {
    fail(value->place, key, fmt::format("must be {}, not {}", kWanted, shown));
  } else if (*bytes < range.least || *bytes > range.most) {
    fail(value->place, key,
         fmt::format("must be from {} to {}, not {}", quoted(format_size(range.least)),
                     quoted(format_size(range.most)), shown));
  } else {
    return bytes;
  }
  return std::nullopt;
}

std::optional<std::ptrdiff_t> Section::word(std::string_view key, const std::vector<std::string_view>& words) {
  const auto given = text(key);
  if (!given) return std::nullopt;
  const auto found = std::ranges::find(words, given->text.value);
  if (found != words.end()) return found - words.begin();
  std::string wanted;
  for (const std::string_view word : words) wanted += (wanted.empty() ? "" : " or ") + quoted(word);
  std::string message = fmt::format("must be {}, not {}", wanted, quoted(given->text.written));
  if (const auto near = nearest(given->text.written, words))
    message += fmt::format("; did you mean {}?", quoted(*near));
  fail(given->place, key, message);
  return std::nullopt;
}

std::optional<std::vector<PlacedText>> Section::texts(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* list = std::get_if<List>(&value->held);
  if (list == nullptr) {
    fail_type(*value, key, R"(a list of strings, like ["…"])");
    return std::nullopt;
  }
  std::vector<PlacedText> texts;
  for (const Value& element : *list) {
    if (const auto* text = std::get_if<Text>(&element.held)) {
      texts.push_back({element.place, *text});
    } else {
      fail_type(element, key, "a list of strings");
    }
  }
  return texts;
}

const Table* Section::table(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return nullptr;
  const auto* table = std::get_if<Table>(&value->held);
  if (table == nullptr) fail_type(*value, key, fmt::format("a table, [{}]", path_of(key)));
  return table;
}

std::vector<std::pair<Place, const Table*>> Section::tables(std::string_view key) {
  std::vector<std::pair<Place, const Table*>> tables;
  const Value* value = find(key);
  if (value == nullptr) return tables;
  const std::string wanted = fmt::format("a list of tables, [[{}]]", path_of(key));
  const auto* list = std::get_if<List>(&value->held);
  if (list == nullptr) {
    fail_type(*value, key, wanted);
    return tables;
  }
  for (const Value& element : *list) {
    if (const auto* table = std::get_if<Table>(&element.held)) {
      tables.emplace_back(element.place, table);
    } else {
      fail_type(element, key, wanted);
    }
  }
  return tables;
}

const Value* Section::find(std::string_view key) {
  known_.push_back(key);
  const auto entry = std::ranges::find(table_, key, &Entry::key);
  return entry == table_.end() ? nullptr : &entry->value;
}

void Section::not_in_this_version(std::string_view key) {
  not_in_this_version_unless(key, [](const Value&) { return false; });
}

void Section::not_in_this_version_unless(std::string_view key, bool (*asks_for_nothing)(const Value&)) {
  const Value* value = find(key);
  if (value == nullptr || std::holds_alternative<Faulty>(value->held) || asks_for_nothing(*value)) return;
  const auto entry = std::ranges::find(table_, key, &Entry::key);
  errors_.add(entry->key_place, fmt::format("{}: not in this version", path_of(key)));
}

void Section::fail(Place place, std::string_view key, std::string_view message) {
  errors_.add(place, fmt::format("{} {}", path_of(key), message));
}

void Section::finish() {
  for (const Entry& entry : table_) {
    if (std::ranges::find(known_, entry.key) != known_.end()) continue;
    std::string message = fmt::format("unknown key {}", quoted(entry.key));
    if (!header_.empty()) message += fmt::format(" in {}", header_);
    if (const auto near = nearest(entry.key, known_)) message += fmt::format("; did you mean {}?", quoted(*near));
    errors_.add(entry.key_place, std::move(message));
  }
}

std::string Section::path_of(std::string_view key) const {
  return name_.empty() ? std::string{key} : fmt::format("{}.{}", name_, key);
}

void Section::fail_type(const Value& value, std::string_view key, std::string_view wanted) {
  if (std::holds_alternative<Faulty>(value.held)) return;
  fail(value.place, key, fmt::format("must be {}, not {}", wanted, kind_of(value)));
}

std::optional<std::string> text_of(Section& section, std::string_view key) {
  const auto text = section.text(key);
  if (!text) return std::nullopt;
  if (text->text.value.empty()) {
    section.fail(text->place, key, "must not be empty");
    return std::nullopt;
  }
  return text->text.value;
}

std::string needed_text(Section& section, std::string_view key, Place place, std::string_view example) {
  if (section.find(key) == nullptr)
    section.fail(place, key, fmt::format("is missing; write one like {}", quoted(example)));
  return text_of(section, key).value_or("");
}

std::optional<std::pair<std::string, std::string>> read_location(Section& section) {
  const auto names = section.texts("location");
  if (!names) return std::nullopt;
  const Value& value = *section.find("location");
  const bool is_pair = names->size() == 2 && std::get<List>(value.held).size() == 2;
  if (!is_pair || (*names)[0].text.value.empty() || (*names)[1].text.value.empty() ||
      (*names)[0].text.value == (*names)[1].text.value) {
    section.fail(value.place, "location", R"(must name two fields, like ["latitude", "longitude"])");
    return std::nullopt;
  }
  return std::pair{(*names)[0].text.value, (*names)[1].text.value};
}

}  // namespace starling::config
