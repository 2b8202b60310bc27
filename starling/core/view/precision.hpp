/// @file
/// How exactly a viewer may know where something is: coordinates rounded to so many decimals of a degree.
///
/// Who is shown less exact places must not find out more by asking cleverly. So one rounding is behind all that speaks of a place: the
/// fields of a record that locate, the location of an event, the point that `bounds` tests and the number that `where` tests.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "starling/core/geo/box.hpp"
#include "starling/core/state/channel.hpp"

namespace starling::view {

class Precision {
 public:
  static constexpr int kDecimalsMax = 9;  ///< a tenth of a millimetre
  /// Room for the text of a rounded coordinate.
  using Room = std::array<char, 24>;

  /// As exactly as it came in.
  Precision() noexcept = default;
  /// `decimals` of a degree, 0 to kDecimalsMax: 2 is about a kilometre.
  explicit Precision(int decimals) noexcept;

  [[nodiscard]] bool is_exact() const noexcept { return decimals_ < 0; }
  [[nodiscard]] std::optional<int> decimals() const noexcept { return is_exact() ? std::nullopt : std::optional{decimals_}; }
  [[nodiscard]] geo::Point shown(const geo::Point& exact) const noexcept;

  /// The value of a field as it may be shown: as it is, or, of a number that locates in this channel, its rounded text in `room`. It has
  /// all decimals (`47.10`), and a longitude lies over −180 and up to 180: so the text tells the rounded place and nothing else.
  [[nodiscard]] std::string_view shown(const state::Channel& channel, std::string_view canonical_name, std::string_view value, Room& room) const;

  /// A box that holds every exact point whose rounded one lies in `box`.
  [[nodiscard]] geo::Box reach_of(const geo::Box& box) const noexcept;

 private:
  [[nodiscard]] double rounded(double degrees) const noexcept;
  [[nodiscard]] double rounded_longitude(double degrees) const noexcept;

  int decimals_ = -1;  ///< -1: exact
  double steps_ = 1;   ///< in a degree
};

/// Which coordinate of its entity's place a field of this channel is, if it is one. (canonical name)
enum class Coordinate : std::uint8_t { none, latitude, longitude };
[[nodiscard]] Coordinate coordinate_of(const state::Channel& channel, std::string_view canonical_name);

}  // namespace starling::view
