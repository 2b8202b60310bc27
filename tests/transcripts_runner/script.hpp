/// @file
/// The text of a transcript: its lines, and the words on them. tests/transcripts/README.md describes the format.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/time.hpp"

namespace starling::transcripts {

/// The file says what is not so, or what nobody understands. The text is for a person.
class Mismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Line {
  std::size_t number;  ///< from 1; of the first line, if indented lines continue it
  std::string text;    ///< without the white space around it
};

/// Lines that say something, continued ones put together.
[[nodiscard]] std::vector<Line> lines_of(std::string_view file);

/// Cuts the first word off the front of `rest`; empty if there is none.
[[nodiscard]] std::string_view take_word(std::string_view& rest);
/// Cuts the JSON object at the front of `rest` off and returns it without white space.
[[nodiscard]] std::string take_object(std::string_view& rest);

/// `name=value` words, each to be asked for once; `finish` complains of those nobody asked for.
class Settings {
 public:
  explicit Settings(std::string_view words);
  [[nodiscard]] std::optional<std::string> text(std::string_view name);
  void read(std::string_view name, Duration& into);
  void read(std::string_view name, std::size_t& into);
  void read(std::string_view name, bool& into);  ///< the word alone is true
  void finish() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// "100ms", "30s", "10m".
[[nodiscard]] Duration duration_of(std::string_view text);
[[nodiscard]] std::size_t number_of(std::string_view text);

}  // namespace starling::transcripts
