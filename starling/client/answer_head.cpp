#include "starling/client/answer_head.hpp"

#include <algorithm>
#include <utility>

namespace starling::client {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// A line end that is none, above all.
bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < ' ' && c != '\t') || code == 0x7F;
}

std::optional<unsigned> status_of(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!line.starts_with(kVersion)) return std::nullopt;
  line.remove_prefix(kVersion.size());
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return std::nullopt;
  if (line.size() > 3 && line[3] != ' ') return std::nullopt;
  return static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
}

}  // namespace

std::optional<std::string_view> AnswerHead::find(std::string_view name) const {
  for (const ws::HttpHeader& header : headers) {
    if (std::ranges::equal(header.name, name, {}, lower, lower)) return header.value;
  }
  return std::nullopt;
}

std::optional<AnswerHead> read_answer_head(std::string_view head) {
  AnswerHead answer;
  bool is_first = true;
  while (true) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (std::any_of(line.begin(), line.end(), is_control)) return std::nullopt;
    if (std::exchange(is_first, false)) {
      const auto status = status_of(line);
      if (!status) return std::nullopt;
      answer.status = *status;
      continue;
    }
    if (line.empty()) return answer;
    const std::size_t colon = line.find(':');
    // White space before the colon would be a folded line or a trick (RFC 9112 §5.1, §5.2).
    if (colon == 0 || colon == std::string_view::npos || line.substr(0, colon).find_first_of(" \t") != std::string_view::npos) {
      return std::nullopt;
    }
    answer.headers.push_back({line.substr(0, colon), trimmed(line.substr(colon + 1))});
  }
}

}  // namespace starling::client
