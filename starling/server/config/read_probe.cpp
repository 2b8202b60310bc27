#include "starling/server/config/read_probe.hpp"

#include <fmt/format.h>

#include <unordered_set>

#include "starling/core/state/channel.hpp"

namespace starling::config {
namespace {

constexpr Range<Duration> kPeriods{std::chrono::seconds{1}, std::chrono::hours{24}};
constexpr Range<Duration> kTimeouts{std::chrono::milliseconds{100}, std::chrono::seconds{60}};

/// How the tables of a kind are called, and what stands in them.
struct Kind {
  std::string_view table;   ///< "probe"
  std::string_view key;     ///< "name"
  std::string_view example; ///< of that
  bool is_named;            ///< besides
  std::size_t count_max;
};
constexpr Kind kProbe{.table = "probe", .key = "name", .example = "api", .is_named = false, .count_max = kProbesMax};
constexpr Kind kReceiver{.table = "receiver", .key = "id", .example = "twente", .is_named = true, .count_max = kReceiversMax};

/// A text that is told to viewers as it is.
std::optional<PlacedText> read_label(Section& section, std::string_view key) {
  auto text = section.text(key);
  if (text && !state::is_key(text->text.value)) {
    section.fail(text->place, key, fmt::format("must be 1 to 256 bytes without control characters, not {}", quoted(text->text.written)));
  }
  return text;
}

ProbeConfig read_one(const Kind& kind, const Table& table, Place place, std::unordered_set<std::string>& keys, ErrorList& errors) {
  Section section{std::string{kind.table}, fmt::format("[[{}]]", kind.table), table, errors};
  ProbeConfig probe;
  probe.place = place;
  for (const Entry& entry : table) probe.places.emplace(entry.key, entry.value.place);
  if (section.find(kind.key) == nullptr) section.fail(place, kind.key, fmt::format("is missing; write one like {}", quoted(kind.example)));
  if (const auto key = read_label(section, kind.key)) {
    probe.key = key->text.value;
    if (!keys.insert(probe.key).second) section.fail(key->place, kind.key, fmt::format("{} is there twice", quoted(key->text.written)));
  }
  probe.name = probe.key;
  if (kind.is_named) {
    if (const auto name = read_label(section, "name")) probe.name = name->text.value;
  }
  probe.url = needed_text(section, "url", place, "http://127.0.0.1:8001/health");
  probe.every = section.duration("every", kPeriods).value_or(probe.every);
  probe.timeout = section.duration("timeout", kTimeouts).value_or(probe.timeout);
  probe.ca_file = text_of(section, "ca_file").value_or("");
  section.finish();
  return probe;
}

std::vector<ProbeConfig> read_all(const Kind& kind, Section& top, ErrorList& errors) {
  std::vector<ProbeConfig> probes;
  std::unordered_set<std::string> keys;
  for (const auto& [place, table] : top.tables(kind.table)) {
    if (probes.size() == kind.count_max) {
      errors.add(place, fmt::format("{}: there are more than {}; leave this one and those after it out", kind.table, kind.count_max));
      break;
    }
    probes.push_back(read_one(kind, *table, place, keys, errors));
  }
  return probes;
}

}  // namespace

std::vector<ProbeConfig> read_probes(Section& top, ErrorList& errors) { return read_all(kProbe, top, errors); }
std::vector<ProbeConfig> read_receivers(Section& top, ErrorList& errors) { return read_all(kReceiver, top, errors); }

}  // namespace starling::config
