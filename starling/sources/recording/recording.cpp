#include "starling/sources/recording/recording.hpp"

#include <algorithm>
#include <optional>

#include "starling/core/base/json.hpp"
#include "starling/core/state/channel.hpp"

namespace starling::sources::recording {
namespace {

// 292 years; keeps sums and products with a speed within what a Duration holds.
constexpr std::int64_t kAtMax_ms = 9'000'000'000'000;

Unexpected<std::string> fail(std::string message) { return Unexpected{std::move(message)}; }

Result<state::Operation, std::string> operation_of(std::string_view envelope) {
  const auto value = json::find(envelope, "op");
  if (!value) return state::Operation::merge;
  if (*value == R"("merge")") return state::Operation::merge;
  if (*value == R"("replace")") return state::Operation::replace;
  if (*value == R"("remove")") return state::Operation::remove;
  return fail("field op is not merge, replace or remove");
}

Result<state::Location, std::string> location_of(std::string_view envelope) {
  const auto value = json::find(envelope, "location");
  if (!value) return state::Location{};
  if (json::kind_of(*value) == json::Kind::null) return state::Location{state::NoLocation{}};
  if (json::kind_of(*value) == json::Kind::object) {
    const auto latitude = json::find(*value, "latitude");
    const auto longitude = json::find(*value, "longitude");
    const auto latitude_deg = latitude ? json::number(*latitude) : std::nullopt;
    const auto longitude_deg = longitude ? json::number(*longitude) : std::nullopt;
    if (latitude_deg && longitude_deg) {
      if (const auto point = geo::Point::from(*latitude_deg, *longitude_deg)) return state::Location{*point};
    }
  }
  return fail("field location is not {latitude, longitude} in degrees, or null");
}

Result<Entry, std::string> entry_of(std::string_view line) {
  const auto envelope = json::compact(line);
  if (!envelope) return fail("not JSON at byte " + std::to_string(envelope.error().at + 1));
  if (json::kind_of(*envelope) != json::Kind::object) return fail("not a JSON object");

  const auto at = json::find(*envelope, "at_ms");
  if (!at) return fail("field at_ms is missing");
  const auto at_ms = json::integer(*at);
  if (!at_ms || *at_ms < 0 || *at_ms > kAtMax_ms)
    return fail("field at_ms is not a whole number of milliseconds from 0 on");

  Entry entry{std::chrono::milliseconds{*at_ms}, {}};
  const auto channel = json::find(*envelope, "channel");
  if (!channel) return fail("field channel is missing");
  if (json::kind_of(*channel) != json::Kind::string) return fail("field channel is not a string");
  entry.update.channel = json::decode(*channel);
  if (!state::is_channel_name(entry.update.channel)) return fail("field channel is not a channel name (space:facet)");

  if (const auto key = json::find(*envelope, "key")) {
    if (json::kind_of(*key) != json::Kind::string) return fail("field key is not a string");
    entry.update.key = json::decode(*key);
    if (!state::is_key(*entry.update.key))
      return fail("field key is not a key (1 to 256 bytes without control characters)");
  }
  const auto operation = operation_of(*envelope);
  if (!operation) return Unexpected{operation.error()};
  entry.update.operation = *operation;
  const auto location = location_of(*envelope);
  if (!location) return Unexpected{location.error()};
  entry.update.location = *location;

  const auto data = json::find(*envelope, "data");
  if (!data && *operation != state::Operation::remove) return fail("field data is missing");
  if (data) {
    if (json::kind_of(*data) != json::Kind::object) return fail("field data is not an object");
    entry.update.data = *data;
  }
  return entry;
}

}  // namespace

Result<Recording, RecordingError> Recording::parse(std::string_view text) {
  Recording recording;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto entry = entry_of(line);
    if (!entry) return Unexpected{RecordingError{line_number, entry.error()}};
    recording.entries_.push_back(std::move(*entry));
  }
  auto& entries = recording.entries_;
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.at < b.at; });
  if (entries.empty()) return recording;
  const auto last = entries.back().at;
  const auto first_of_last = std::lower_bound(entries.begin(), entries.end(), last,
                                              [](const Entry& entry, auto at) { return entry.at < at; });
  const auto pause =
      first_of_last == entries.begin() ? std::chrono::milliseconds{1000} : last - std::prev(first_of_last)->at;
  recording.period_ = last + pause;
  return recording;
}

}  // namespace starling::sources::recording
