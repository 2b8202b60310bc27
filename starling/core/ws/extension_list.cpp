#include "starling/core/ws/extension_list.hpp"

#include <algorithm>
#include <utility>

namespace starling::ws {
namespace {

/// RFC 9110 §5.6.2.
bool is_token_character(char c) noexcept {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
}

/// One header's value, from the front on. Each `read_…` leaves what it did not want where it is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) { skip_space(); }

  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

  /// Passes `mark` and the white space behind it.
  [[nodiscard]] bool pass(char mark) noexcept {
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(1);
    skip_space();
    return true;
  }

  std::optional<std::string> read_token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
    if (end == rest_.begin()) return std::nullopt;
    std::string token{rest_.begin(), end};
    rest_.remove_prefix(token.size());
    skip_space();
    return token;
  }

  /// A token, or in quotes what stands for one.
  std::optional<std::string> read_value() {
    if (!rest_.starts_with('"')) return read_token();
    rest_.remove_prefix(1);
    std::string value;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        skip_space();
        if (value.empty()) return std::nullopt;
        return value;
      }
      if (c == '\\') {
        if (rest_.empty()) return std::nullopt;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      if (!is_token_character(c)) return std::nullopt;
      value.push_back(c);
    }
    return std::nullopt;
  }

 private:
  void skip_space() noexcept { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  std::string_view rest_;
};

std::optional<Extension> read_extension(Scanner& scanner) {
  auto name = scanner.read_token();
  if (!name) return std::nullopt;
  Extension extension{std::move(*name), {}};
  while (scanner.pass(';')) {
    auto parameter = scanner.read_token();
    if (!parameter) return std::nullopt;
    std::optional<std::string> value;
    if (scanner.pass('=')) {
      value = scanner.read_value();
      if (!value) return std::nullopt;
    }
    extension.parameters.push_back({std::move(*parameter), std::move(value)});
  }
  return extension;
}

}  // namespace

std::optional<std::vector<Extension>> read_extension_list(std::span<const std::string_view> header_values) noexcept {
  std::vector<Extension> list;
  for (const std::string_view value : header_values) {
    const std::size_t before = list.size();
    Scanner scanner{value};
    do {
      while (scanner.pass(',')) continue;
      if (scanner.is_at_end()) break;
      auto extension = read_extension(scanner);
      if (!extension) return std::nullopt;
      list.push_back(std::move(*extension));
    } while (scanner.pass(','));
    if (!scanner.is_at_end() || list.size() == before) return std::nullopt;
  }
  return list;
}

}  // namespace starling::ws
