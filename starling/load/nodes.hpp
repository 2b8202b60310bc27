/// @file
/// Nodes on a map of 10° by 10°, and the truth of them in the plainest form there is: places are whole ten-thousandths of a degree, boxes four of
/// them. It shares nothing with what it judges.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/session/replica.hpp"
#include "starling/core/view/query.hpp"

namespace starling::load {

/// In ten-thousandths of a degree; edges belong to it.
struct MapBox {
  std::int32_t north, south, east, west;
};
[[nodiscard]] view::Filter filter_of(const MapBox& box);

class Nodes {
 public:
  static constexpr std::int32_t kSouth = 400'000, kWest = 10'000, kReach = 100'000;
  /// A node moves by so much at the most, in each direction: some 200 m.
  static constexpr std::int32_t kStep = 20;

  Nodes(std::size_t size, std::uint64_t seed);

  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  /// It moves a little, within the map, and reports that with the stamp.
  void move(std::size_t number, std::uint64_t stamp);
  /// The line that says what is true of it, or that it goes; `channel` as JSON.
  void append_report(std::string& lines, std::string_view channel, std::size_t number) const;
  void append_removal(std::string& lines, std::string_view channel, std::size_t number) const;

  /// A box of that share of the map, somewhere on it. Its sides are multiples of ten.
  [[nodiscard]] MapBox any_box(double share);
  /// How what is held differs from what such a box shows; nullopt if it is just that. `held` may be null: nothing.
  [[nodiscard]] std::optional<std::string> difference(const session::Replica::Records* held, const MapBox& box) const;

 private:
  struct Node {
    std::int32_t latitude = 0, longitude = 0;
    std::uint64_t stamp = 0;
  };
  Random random_;
  std::vector<Node> nodes_;
};

/// As a JSON number of degrees.
[[nodiscard]] std::string degrees(std::int32_t ten_thousandths);

}  // namespace starling::load
