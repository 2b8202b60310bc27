#include "starling/load/nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "starling/load/stamps.hpp"

namespace starling::load {

view::Filter filter_of(const MapBox& box) {
  const auto in_degrees = [](std::int32_t ten_thousandths) { return static_cast<double>(ten_thousandths) / 10'000; };
  view::Filter filter;
  filter.bounds = geo::Box::from(in_degrees(box.north), in_degrees(box.south), in_degrees(box.east), in_degrees(box.west));
  return filter;
}

Nodes::Nodes(std::size_t size, std::uint64_t seed) : random_(seed), nodes_(size) {
  for (Node& node : nodes_) {
    node.latitude = kSouth + static_cast<std::int32_t>(random_.below(kReach + 1));
    node.longitude = kWest + static_cast<std::int32_t>(random_.below(kReach + 1));
  }
}

void Nodes::move(std::size_t number, std::uint64_t stamp) {
  const auto moved = [this](std::int32_t from, std::int32_t low) {
    return std::clamp(from + static_cast<std::int32_t>(random_.below(2 * kStep + 1)) - kStep, low, low + kReach);
  };
  Node& node = nodes_[number];
  node = {.latitude = moved(node.latitude, kSouth), .longitude = moved(node.longitude, kWest), .stamp = stamp};
}

void Nodes::append_report(std::string& lines, std::string_view channel, std::size_t number) const {
  const Node& node = nodes_[number];
  fmt::format_to(std::back_inserter(lines), R"({{"channel":{},"key":"n{}","data":{{"latitude":{},"longitude":{},"{}":{}}}}})", channel, number, degrees(node.latitude),
                 degrees(node.longitude), kStampField, node.stamp);
  lines += '\n';
}

void Nodes::append_removal(std::string& lines, std::string_view channel, std::size_t number) const {
  fmt::format_to(std::back_inserter(lines), R"({{"channel":{},"key":"n{}","op":"remove"}})", channel, number);
  lines += '\n';
}

MapBox Nodes::any_box(double share) {
  const auto side = std::clamp(static_cast<std::int32_t>(std::sqrt(share) * kReach) / 10 * 10, 10, kReach);
  const auto from = [&](std::int32_t low) { return low + static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(kReach - side + 1))); };
  const std::int32_t south = from(kSouth), west = from(kWest);
  return {.north = south + side, .south = south, .east = west + side, .west = west};
}

std::optional<std::string> Nodes::difference(const session::Replica::Records* held, const MapBox& box) const {
  static const session::Replica::Records nothing;
  const session::Replica::Records& records = held != nullptr ? *held : nothing;
  std::size_t shown = 0;
  for (std::size_t number = 0; number < nodes_.size(); ++number) {
    const Node& node = nodes_[number];
    if (node.latitude > box.north || node.latitude < box.south || node.longitude > box.east || node.longitude < box.west) continue;
    ++shown;
    const auto record = records.find(fmt::format("n{}", number));
    if (record == records.end()) return fmt::format("it lacks n{}", number);
    const std::string want = fmt::format(R"({{"latitude":{},"longitude":{},"{}":{}}})", degrees(node.latitude), degrees(node.longitude), kStampField, node.stamp);
    if (record->second.text() != want) return fmt::format("of n{} it holds {}, and {} is true", number, record->second.text(), want);
  }
  if (records.size() != shown) return fmt::format("it holds {} records, and is shown {}", records.size(), shown);
  return std::nullopt;
}

std::string degrees(std::int32_t ten_thousandths) { return fmt::format("{}.{:04}", ten_thousandths / 10'000, ten_thousandths % 10'000); }

}  // namespace starling::load
