#include "tests/storm/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace starling::storm {
namespace {

constexpr std::int32_t kStep = 20;  // 200 m

}  // namespace

Fleet::Fleet(std::uint32_t size, std::uint64_t seed) : random_(seed), things_(size), is_gone_(size) {
  for (Thing& thing : things_) {
    thing.latitude = kSouth + static_cast<std::int32_t>(random_.below(kReach + 1));
    thing.longitude = kWest + static_cast<std::int32_t>(random_.below(kReach + 1));
  }
}

state::Update Fleet::report(std::uint32_t number) const {
  const Thing& thing = things_[number];
  return {.channel = kChannel,
          .key = fmt::format("!{}", number),
          .data = fmt::format(R"({{"latitude":{},"longitude":{},"round":{}}})", degrees(thing.latitude), degrees(thing.longitude), thing.round),
          .location = {},
          .time = {}};
}

state::Update Fleet::next() {
  const auto number = static_cast<std::uint32_t>(random_.below(things_.size()));
  if (random_.chance(0.02) && !is_gone_[number]) {
    is_gone_[number] = true;
    return {.channel = kChannel, .key = fmt::format("!{}", number), .data = {}, .operation = state::Operation::remove, .location = {}, .time = {}};
  }
  is_gone_[number] = false;
  Thing& thing = things_[number];
  ++thing.round;
  const bool is_jump = random_.chance(0.05);
  const auto moved = [&](std::int32_t from, std::int32_t low) {
    if (is_jump) return low + static_cast<std::int32_t>(random_.below(kReach + 1));
    return std::clamp(from + static_cast<std::int32_t>(random_.below(2 * kStep + 1)) - kStep, low, low + kReach);
  };
  thing.latitude = moved(thing.latitude, kSouth);
  thing.longitude = moved(thing.longitude, kWest);
  return report(number);
}

bool Fleet::is_shown(std::uint32_t number, const PlainBox* box) const noexcept {
  if (is_gone_[number]) return false;
  const Thing& thing = things_[number];
  return box == nullptr || (thing.latitude <= box->north && thing.latitude >= box->south && thing.longitude <= box->east && thing.longitude >= box->west);
}

PlainBox Fleet::any_box(double of_side) {
  const auto side = static_cast<std::int32_t>(of_side * kReach);
  const auto from = [&](std::int32_t low) { return low + static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(kReach - side + 1))); };
  const std::int32_t south = from(kSouth), west = from(kWest);
  return {.north = south + side, .south = south, .east = west + side, .west = west};
}

std::string degrees(std::int32_t ten_thousandths) { return fmt::format("{}.{:04}", ten_thousandths / 10'000, ten_thousandths % 10'000); }

}  // namespace starling::storm
