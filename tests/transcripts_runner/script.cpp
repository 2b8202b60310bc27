#include "tests/transcripts_runner/script.hpp"

#include <fmt/format.h>

#include <charconv>

#include "starling/core/base/json.hpp"

namespace starling::transcripts {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

}  // namespace

std::vector<Line> lines_of(std::string_view file) {
  std::vector<Line> lines;
  for (std::size_t number = 1; !file.empty(); ++number) {
    const std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(line.size() + 1, file.size()));
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    if (line.starts_with("    ") && !lines.empty()) {
      lines.back().text += text;
    } else {
      lines.push_back({number, std::string{text}});
    }
  }
  return lines;
}

std::string_view take_word(std::string_view& rest) {
  rest = trimmed(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest = trimmed(rest.substr(word.size()));
  return word;
}

std::string take_object(std::string_view& rest) {
  rest = trimmed(rest);
  if (!rest.starts_with('{')) throw Mismatch(fmt::format("a JSON object belongs here: {}", rest));
  std::size_t end = 0, depth = 0;
  bool in_string = false;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (in_string) {
      if (c == '\\') ++end;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      break;
    }
  }
  auto object = json::compact(rest.substr(0, end + 1));
  if (!object) throw Mismatch(fmt::format("not JSON: {}", rest));
  rest = trimmed(rest.substr(end + 1));
  return std::move(*object);
}

Settings::Settings(std::string_view words) {
  while (!words.empty()) {
    const std::string_view word = take_word(words);
    const std::size_t equals = word.find('=');
    values_.emplace(word.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1));
  }
}

std::optional<std::string> Settings::text(std::string_view name) {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  std::string value = std::move(found->second);
  values_.erase(found);
  return value;
}

void Settings::read(std::string_view name, Duration& into) {
  if (const auto value = text(name)) into = duration_of(*value);
}
void Settings::read(std::string_view name, std::size_t& into) {
  if (const auto value = text(name)) into = number_of(*value);
}
void Settings::read(std::string_view name, bool& into) {
  if (text(name)) into = true;
}

void Settings::finish() const {
  if (!values_.empty()) throw Mismatch(fmt::format("nobody knows the setting {}", values_.begin()->first));
}

std::size_t number_of(std::string_view text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) throw Mismatch(fmt::format("not a whole number: {}", text));
  return number;
}

Duration duration_of(std::string_view text) {
  const std::size_t unit_at = text.find_first_not_of("0123456789");
  const std::string_view unit = unit_at == std::string_view::npos ? std::string_view{} : text.substr(unit_at);
  const auto number = static_cast<std::int64_t>(number_of(text.substr(0, unit_at)));
  if (unit == "ms") return std::chrono::milliseconds{number};
  if (unit == "s") return std::chrono::seconds{number};
  if (unit == "m") return std::chrono::minutes{number};
  throw Mismatch(fmt::format("a time is written like 100ms, 30s or 10m: {}", text));
}

}  // namespace starling::transcripts
