/// @file
/// A fleet that reports, and the truth of it: where each of them is, in the plainest form there is.
///
/// It shares nothing with what it judges: places are whole ten-thousandths of a degree, boxes are four of them.
#pragma once

#include <cstdint>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/state/update.hpp"

namespace starling::storm {

inline constexpr const char* kChannel = "mesh:position";

/// In ten-thousandths of a degree; edges belong to it.
struct PlainBox {
  std::int32_t north, south, east, west;
};

struct Thing {
  std::int32_t latitude = 0, longitude = 0;  ///< in ten-thousandths of a degree
  std::uint32_t round = 0;                   ///< of its last report
  bool operator==(const Thing&) const = default;
};

class Fleet {
 public:
  /// The area: 10° by 10°.
  static constexpr std::int32_t kSouth = 400'000, kWest = 10'000, kReach = 100'000;

  Fleet(std::uint32_t size, std::uint64_t seed);

  /// The report that says what is known of it.
  [[nodiscard]] state::Update report(std::uint32_t number) const;
  /// One of them moves a little or anywhere, or goes (and is there again when it next reports).
  [[nodiscard]] state::Update next();

  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(things_.size()); }
  /// Whether a viewer of the box (null: of everything) is to see it.
  [[nodiscard]] bool is_shown(std::uint32_t number, const PlainBox* box) const noexcept;
  [[nodiscard]] const Thing& operator[](std::uint32_t number) const noexcept { return things_[number]; }
  /// A box of so much of each side of the area, somewhere in it.
  [[nodiscard]] PlainBox any_box(double of_side);

 private:
  Random random_;
  std::vector<Thing> things_;
  std::vector<bool> is_gone_;
};

/// As a JSON number of degrees.
[[nodiscard]] std::string degrees(std::int32_t ten_thousandths);

}  // namespace starling::storm
