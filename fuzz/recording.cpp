/// @file
/// A recording is read the same in whatever pieces it comes, and what is read of it is written as lines that read as the same.
///
/// An input is the recording. Its longest line has 256 bytes here.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/json_mutator.hpp"
#include "starling/sources/recording/recording.hpp"

namespace starling::sources::recording {
namespace {

void require(bool fact) {
  if (!fact) std::abort();
}

constexpr std::size_t kShortBytesMax = 256;

/// Everything that reading told, as text.
std::string told(std::string_view text, std::size_t piece_bytes, std::size_t line_bytes_max) {
  LineReader reader{line_bytes_max};
  std::string told;
  const auto take = [&] {
    while (true) {
      const auto next = reader.next();
      if (!next) {
        told += std::to_string(next.error().line) + ": " + next.error().message;
        return false;
      }
      if (!*next) return true;
      const auto& [number, line] = **next;
      told += std::to_string(number) + '@' + std::to_string(line.at.count()) + ' ' + (line.report ? write_line(line.at, *line.report) : "note\n");
    }
  };
  while (!text.empty()) {
    reader.feed(text.substr(0, piece_bytes));
    text.remove_prefix(std::min(piece_bytes, text.size()));
    if (!take()) return told;
  }
  reader.end();
  if (take() && reader.cut_off_line()) told += std::to_string(*reader.cut_off_line()) + " cut off";
  return told;
}

constexpr std::array<std::string_view, 6> kTexts{
    R"({"at_ms":0,"note":"recording","time":"2026-09-21T14:13:20.000Z","asked":{"type":"subscribe","id":1,"channels":["a:*"]}})",
    R"({"at_ms":1,"channel":"a:x","key":"k","op":"replace","data":{"v":1,"w":"\u00e9"}})",
    R"({"at_ms":2,"channel":"a:x","key":"k","data":{"v":1.50},"location":{"latitude":1,"longitude":190}})",
    R"({"at_ms":3,"channel":"a:x","key":"k\"","op":"remove","reason":"expired","location":null})",
    R"({"at_ms":4,"kind":"event","channel":"a:e","data":{"t":[1]},"time":"2026-09-21T12:00:00.5+02:00"})",
    R"({"at_ms":9000000000000,"note":"gap","channel":"a:e","after":4,"before":5})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kMembers{
    {{"at_ms", "0"}, {"at_ms", "9000000000000"}, {"note", R"("end")"}, {"kind", R"("event")"}, {"channel", R"("a:x")"}, {"key", R"("k")"}, {"data", "{}"},
     {"op", R"("remove")"}, {"op", R"("replace")"}, {"reason", R"("moved")"}, {"location", "null"}, {"location", R"({"latitude":-90,"longitude":-180})"},
     {"time", R"("2026-09-21T14:13:20Z")"}}};
constexpr std::array<std::string_view, 6> kStrings{"a:x", "a:e", "k", "merge", "event", "moved"};
constexpr std::array<std::size_t, 3> kLimits{128, 255, 256};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

std::string changed_lines(std::string_view text, Random& random, std::size_t bytes_max) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  const std::size_t at = random.below(lines.size());
  const auto here = lines.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random.below(7)) {
    case 0: lines.insert(here, std::string{kTexts[random.below(kTexts.size())]}); break;
    case 1: lines.insert(here, std::string{lines[at]}); break;
    case 2: if (lines.size() > 1) lines.erase(here); break;
    case 3: lines.back().resize(random.below(lines.back().size() + 1)); break;
    default: lines[at] = fuzz::mutate_json(lines[at], random, bytes_max, kVocabulary);
  }
  std::string changed;
  for (const std::string& line : lines) changed += line + '\n';
  if (random.chance(0.7)) changed.pop_back();
  return changed;
}

}  // namespace
}  // namespace starling::sources::recording

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace starling::sources::recording;
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  for (const std::size_t line_bytes_max : {kShortBytesMax, kLineBytesMax}) {
    const std::string whole = told(text, size + 1, line_bytes_max);
    require(told(text, 1, line_bytes_max) == whole);
    require(told(text, 5, line_bytes_max) == whole);
  }

  const auto recording = Recording::parse(text);
  if (!recording) return 0;
  std::string written;
  for (const Entry& entry : recording->entries()) {
    written += write_line(entry.at, {.update = entry.update, .is_event = recording->event_channels().contains(entry.update.channel)});
  }
  const auto again = Recording::parse(written);
  require(again && again->entries().size() == recording->entries().size() && again->period() == recording->period());
  for (std::size_t i = 0; i < again->entries().size(); ++i) {
    const Entry &one = recording->entries()[i], &other = again->entries()[i];
    require(one.at == other.at && write_line(one.at, {.update = one.update}) == write_line(other.at, {.update = other.update}));
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, starling::sources::recording::changed_lines);
}
