#include "starling/load/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "starling/core/base/json.hpp"

namespace starling::load {
namespace {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

/// Four digits that count, whatever the magnitude: none of what is measured here is known better.
std::string shown(double number) {
  if (std::abs(number) >= 1'000) return (number < 0 ? "-" : "") + grouped(static_cast<std::uint64_t>(std::llround(std::abs(number))));
  return fmt::format("{:.4g}", number);
}

struct Shown {
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  std::string operator()(std::uint64_t value) const { return grouped(value); }
  std::string operator()(double value) const { return shown(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const Tally& value) const {
    std::string text;
    for (const auto& [kind, times] : value) text += fmt::format("{}{} × {}", text.empty() ? "" : ", ", grouped(times), kind);
    return text.empty() ? "none" : text;
  }
};

struct Written {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null"; }
  std::string operator()(const std::string& value) const { return json::quoted(value); }
  std::string operator()(const Tally& value) const {
    std::string text = "{";
    for (const auto& [kind, times] : value) text += fmt::format("{}{}:{}", text.size() == 1 ? "" : ",", json::quoted(kind), times);
    return text + '}';
  }
};

}  // namespace

void count(Tally& tally, const std::string& kind) {
  constexpr std::size_t kKindsMax = 20;
  ++tally[tally.size() < kKindsMax || tally.contains(kind) ? kind : "other reasons"];
}

void Figures::add_rate(std::string name, std::uint64_t total, double duration_seconds) {
  if (duration_seconds > 0) add(std::move(name), static_cast<double>(total) / duration_seconds);
}

void Figures::add_quantiles(const Histogram& microseconds, std::string_view prefix) {
  if (microseconds.count() == 0) return;
  const auto add_one = [&](std::string_view name, std::uint64_t value) { add(fmt::format("{}{}", prefix, name), static_cast<double>(value) / 1'000); };
  add_one("p50_ms", microseconds.quantile(0.5));
  add_one("p90_ms", microseconds.quantile(0.9));
  add_one("p99_ms", microseconds.quantile(0.99));
  add_one("p99_9_ms", microseconds.quantile(0.999));
  add_one("max_ms", microseconds.max());
}

const Figures::Value* Figures::find(std::string_view name) const {
  const auto row = std::ranges::find(rows_, name, &Row::name);
  return row == rows_.end() ? nullptr : &row->value;
}

std::string Figures::table() const {
  std::size_t width = 0;
  for (const Row& row : rows_) width = std::max(width, row.name.size());
  std::string table;
  for (const Row& row : rows_) table += fmt::format("{:<{}}  {}\n", row.name, width, std::visit(Shown{}, row.value));
  return table;
}

std::string Figures::json() const {
  std::string object = "{";
  for (const Row& row : rows_) object += fmt::format("{}{}:{}", object.size() == 1 ? "" : ",", json::quoted(row.name), std::visit(Written{}, row.value));
  return object + '}';
}

}  // namespace starling::load
