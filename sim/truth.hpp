/// @file
/// The truth a simulation is judged by: every state there ever was, and what a query shows of it, found in the plainest way there is.
///
/// It shares nothing with what it judges: no log, no fold, no view, no index; records are maps, boxes are four numbers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace starling::sim {

using Record = std::map<std::string, std::string>;            ///< field → JSON text
using Shown = std::map<std::string, std::map<std::string, Record>>;  ///< channel → key → record

struct Box {
  double north, south, east, west;
};

struct PlainQuery {
  std::set<std::string> channels;  ///< by name, or "*"
  std::optional<std::set<std::string>> keys;
  std::optional<Box> bounds;
  bool unlocated = false;
  std::optional<std::set<std::string>> fields;
};

struct SaidEvent {
  std::string channel, key, text;
  std::uint64_t seq = 0, n = 0;
  std::optional<std::pair<double, double>> place;  ///< latitude, longitude of its entity when its batch closed
};

class Truth {
 public:
  /// `mesh:position` locates by latitude and longitude.
  static constexpr const char* kLocating = "mesh:position";

  void assign(const std::string& channel, const std::string& key, const Record& fields, bool replace);
  void remove(const std::string& channel, const std::string& key);
  void say(SaidEvent event);
  /// What was said so far is the state at `seq`.
  void close(std::uint64_t seq);

  [[nodiscard]] Shown shown(const PlainQuery& query, std::uint64_t seq) const;
  /// Events the query shows with `after` < seq <= `upto`, in order.
  [[nodiscard]] std::vector<const SaidEvent*> events(const PlainQuery& query, std::uint64_t after, std::uint64_t upto) const;
  [[nodiscard]] std::uint64_t head() const noexcept { return states_.size() - 1; }

 private:
  struct Thing {
    std::map<std::string, Record> facets;
    std::optional<std::pair<double, double>> place;
  };
  using State = std::map<std::string, std::shared_ptr<const Thing>>;
  State now_;
  std::vector<State> states_{State{}};  // by seq
  std::vector<SaidEvent> said_, saying_;
};

/// Whether a place is in a box: edges belong to it, west over east crosses the date line.
[[nodiscard]] bool is_inside(const Box& box, double latitude, double longitude);

}  // namespace starling::sim
