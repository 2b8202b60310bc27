#include "sim/frames.hpp"

#include <fmt/format.h>

#include <string>

#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

/// `{name:value, …}`, each value as `append(out, value)` writes it.
template <class Map, class Append>
void append_object(std::string& out, const Map& map, Append&& append) {
  char separator = '{';
  for (const auto& [name, value] : map) {
    out += separator;
    separator = ',';
    json::append_string(out, name);
    out += ':';
    append(out, value);
  }
  out += map.empty() ? "{}" : "}";
}

void append_text(std::string& out, const std::string& value) { out += value; }
void append_record(std::string& out, const Record& record) { append_object(out, record, append_text); }
void append_records(std::string& out, const std::map<std::string, Record>& records) { append_object(out, records, append_record); }

}  // namespace

void Frames::holds(int viewer, std::uint32_t id, std::uint64_t seq, const Shown& shown) {
  std::string channels;
  append_object(channels, shown, append_records);
  out_ << fmt::format(R"({{"viewer":"v{}","event":"holds","id":{},"seq":{},"channels":{}}})", viewer, id, seq, channels) << '\n';
}

void Frames::say(int viewer, std::string_view event) { out_ << fmt::format(R"({{"viewer":"v{}","event":"{}"}})", viewer, event) << '\n'; }

void Frames::say(int viewer, std::string_view event, std::string_view message) {
  const auto compact = json::compact(message);
  const std::string member = compact ? R"("message":)" + *compact : R"("text":)" + json::quoted(message);
  out_ << fmt::format(R"({{"viewer":"v{}","event":"{}",{}}})", viewer, event, member) << '\n';
}

}  // namespace starling::sim
