#include "fuzz/head_mutator.hpp"

#include <array>
#include <utility>
#include <vector>

namespace starling::fuzz {
namespace {

struct Line {
  std::string text;
  std::string end;  ///< CR LF, mostly
};

/// What may stand where a line ends.
constexpr std::array<std::string_view, 6> kEnds{"\r\n", "\n", "\r", "\r\r\n", "\r\n ", "\r\n\t"};
/// What may stand in a line and should not, or means something there.
constexpr std::array<std::string_view, 14> kWords{" ", "\t", ",", ";", ":", "\"", "=", "0", "chunked", std::string_view{"\0", 1}, "\x7F", "\xC3\xA4", "+", "\r\n"};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    lines.push_back({std::string{text.substr(0, end)}, end == std::string_view::npos ? "" : "\r\n"});
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return lines;
}

std::string text_of(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) text += line.text + line.end;
  return text;
}

void change(std::vector<Line>& lines, Random& random, const HeadVocabulary& vocabulary) {
  const std::size_t at = random.below(lines.size());
  const auto there = lines.begin() + static_cast<std::ptrdiff_t>(at);
  Line& line = lines[at];
  const std::string known{vocabulary.lines[random.below(vocabulary.lines.size())]};
  switch (random.below(9)) {
    case 0:
      lines.insert(there, Line{known, "\r\n"});
      return;
    case 1:
      line.text = known;
      return;
    case 2:
      lines.insert(there, Line{line});
      return;
    case 3:
      if (lines.size() > 1) lines.erase(there);
      return;
    case 4:
      std::swap(line, lines[random.below(lines.size())]);
      return;
    case 5: {  // this name with that value
      const std::size_t colon = line.text.find(':');
      const std::size_t other = known.find(':');
      if (colon != std::string::npos && other != std::string::npos) line.text = line.text.substr(0, colon) + known.substr(other);
      return;
    }
    case 6:
      line.text.insert(random.below(line.text.size() + 1), kWords[random.below(kWords.size())]);
      return;
    case 7:
      line.end = kEnds[random.below(kEnds.size())];
      return;
    case 8:
      if (!line.text.empty()) line.text[random.below(line.text.size())] ^= static_cast<char>(1u << random.below(8));
      return;
  }
}

}  // namespace

std::string mutate_head(std::string_view text, Random& random, std::size_t bytes_max, const HeadVocabulary& vocabulary) {
  std::vector<Line> lines = lines_of(text);
  if (lines.empty() || random.below(32) == 0) lines = lines_of(vocabulary.heads[random.below(vocabulary.heads.size())]);
  for (auto changes = 1 + random.below(3); changes > 0; --changes) change(lines, random, vocabulary);
  std::string changed = text_of(lines);
  return changed.size() <= bytes_max ? changed : std::string{};
}

}  // namespace starling::fuzz
