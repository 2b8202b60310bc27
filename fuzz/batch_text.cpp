/// @file
/// What a store kept of the log: texts of batches, read from the newest back. Whatever is read is written as a text that reads as the same.
///
/// An input is lines: `KEY ENTITY` lines of what the state holds in the space `a`, an empty line, then batches, the newest first.
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/json_mutator.hpp"
#include "starling/core/log/batch_text.hpp"
#include "starling/core/state/channels.hpp"

namespace starling {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

class World {
 public:
  World() : channels_({.channels_max = 20}, {events()}) {}

  log::ChannelOf channel_of() {
    return [this](std::string_view name) -> const state::Channel* {
      const auto channel = channels_.open(name);
      return channel ? *channel : nullptr;
    };
  }
  std::uint32_t space_index() { return (*channels_.open("a:e"))->space_index; }

 private:
  static state::ChannelDeclaration events() {
    state::ChannelDeclaration declaration;
    declaration.name = "a:e";
    declaration.kind = state::ChannelKind::event;
    return declaration;
  }
  state::Channels channels_;
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

constexpr std::array<std::string_view, 6> kTexts{
    R"({"seq":3,"time":5,"changes":[{"of":"a:x","key":"k","was":{"place":[1,2,"a:x"],"facets":{"a:x":{"seq":1,"time":2,"record":{"v":1}}}},"is":["a:x"]}],"events":[]})",
    R"({"seq":2,"time":5,"changes":[{"of":"a:x","key":"k","was":null,"is":["a:x"]}],"events":[]})",
    R"({"seq":2,"time":5,"changes":[{"of":"a:x","key":"g","was":{"place":null,"facets":{"a:x":{"seq":1,"time":2,"record":{}}}},"is":null,"gone":{"a:x":"expired"}}],"events":[]})",
    R"({"seq":2,"time":5,"changes":[{"of":"a:x","key":"k","again":true}],"events":[]})",
    R"({"seq":2,"time":5,"changes":[],"events":[{"channel":"a:e","key":"k","n":0,"time":4,"location":[1,2],"data":{"t":"hi"},"entity":{"place":null,"facets":{"a:x":{"seq":1,"time":2,"record":{}}}}}]})",
    R"({"place":[1,-180,"a:x"],"facets":{"a:x":{"seq":1,"time":2,"record":{"v":1}},"a:y":{"seq":1,"time":2,"record":{}}}})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kMembers{
    {{"seq", "2"}, {"time", "5"}, {"changes", "[]"}, {"events", "[]"}, {"of", R"("a:x")"}, {"key", R"("k")"}, {"was", "null"}, {"is", R"(["a:x"])"},
     {"again", "true"}, {"gone", R"({"a:x":"deleted"})"}, {"place", R"([1,2,"a:x"])"}, {"facets", "{}"}, {"a:x", R"({"seq":1,"time":2,"record":{}})"},
     {"record", "{}"}, {"n", "0"}}};
constexpr std::array<std::string_view, 7> kStrings{"a:x", "a:y", "b:x", "a:e", "k", "g", "expired"};
constexpr std::array<std::size_t, 2> kLimits{128, 256};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

std::string changed_lines(std::string_view text, Random& random, std::size_t bytes_max) {
  std::vector<std::string> lines;
  for (const std::string_view line : lines_of(text)) lines.emplace_back(line);
  if (lines.empty()) lines = {"k " + std::string{kTexts.back()}, "", std::string{kTexts.front()}};
  const std::size_t at = random.below(lines.size());
  const auto here = lines.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random.below(6)) {
    case 0: lines.insert(here, std::string{kTexts[random.below(kTexts.size() - 1)]}); break;
    case 1: lines.insert(here, std::string{lines[at]}); break;
    case 2: if (lines.size() > 1) lines.erase(here); break;
    default: {
      const std::size_t key_end = lines[at].starts_with('{') ? 0 : std::min(lines[at].find(' '), lines[at].size() - 1) + 1;
      if (lines[at].empty()) break;
      lines[at] = lines[at].substr(0, key_end) + fuzz::mutate_json(std::string_view{lines[at]}.substr(key_end), random, bytes_max, kVocabulary);
    }
  }
  std::string changed;
  for (const std::string& line : lines) changed += line + '\n';
  return changed;
}

}  // namespace
}  // namespace starling

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace starling;
  World world;
  log::BatchesBack reader{world.channel_of()}, again{world.channel_of()};
  const std::vector<std::string_view> lines = lines_of({reinterpret_cast<const char*>(bytes), size});
  auto line = lines.begin();
  for (; line != lines.end() && !line->empty(); ++line) {
    const std::size_t key_end = std::min(line->find(' '), line->size());
    const std::string_view key = line->substr(0, key_end);
    if (!state::is_key(key)) continue;
    const auto entity = log::read_entity(line->substr(std::min(line->size(), key_end + 1)), world.space_index(), key, world.channel_of());
    if (!entity) continue;
    const std::string text = log::write_entity(**entity);
    const auto same = log::read_entity(text, world.space_index(), key, world.channel_of());
    require(same && log::write_entity(**same) == text);
    reader.begin_with(*entity);
    again.begin_with(*entity);
  }
  for (; line != lines.end(); ++line) {
    const auto batch = reader.read(*line);
    if (!batch) {
      if (line->empty()) continue;
      break;  // nothing more can be read
    }
    const std::string text = log::write_batch(**batch);
    const auto same = again.read(text);
    require(same && log::write_batch(**same) == text);
    // A record with a name twice was read into more room than it needs.
    require(text != *line || (*same)->bytes == (*batch)->bytes);
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, starling::changed_lines);
}
