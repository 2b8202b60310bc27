/// @file
/// What a run comes to: named figures, as a table for people and as one line of JSON for programs. The names say the unit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "starling/load/histogram.hpp"

namespace starling::load {

/// By kind, how often.
using Tally = std::map<std::string, std::uint64_t>;
/// Counts it. Kinds are few: those beyond twenty are counted together, so that a server that says another reason each time does not fill memory.
void count(Tally& tally, const std::string& kind);

class Figures {
 public:
  using Value = std::variant<bool, std::uint64_t, double, std::string, Tally>;

  void add(std::string name, Value value) { rows_.push_back({std::move(name), std::move(value)}); }
  /// `total` over `duration_seconds`, and nothing where that is 0.
  void add_rate(std::string name, std::uint64_t total, double duration_seconds);
  /// p50_ms, p90_ms, p99_ms, p99_9_ms and max_ms, of microseconds, with `prefix` before each; nothing if there are none.
  void add_quantiles(const Histogram& microseconds, std::string_view prefix = {});

  /// Null if there is none of this name.
  [[nodiscard]] const Value* find(std::string_view name) const;
  /// Two columns; whole numbers in groups of three digits.
  [[nodiscard]] std::string table() const;
  /// One object, in the order in which they were added, without a line end.
  [[nodiscard]] std::string json() const;

 private:
  struct Row {
    std::string name;
    Value value;
  };
  std::vector<Row> rows_;
};

}  // namespace starling::load
