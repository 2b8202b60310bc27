#include "starling/core/hub/placing.hpp"

#include "starling/core/base/json.hpp"

namespace starling::hub {
namespace {

struct Coordinates {
  std::string_view latitude, longitude;
  bool operator==(const Coordinates&) const = default;
};

/// The texts of both coordinates, if both are numbers.
std::optional<Coordinates> coordinates(const state::Fields& fields, std::string_view latitude_name, std::string_view longitude_name) {
  const auto latitude = fields.find(latitude_name);
  const auto longitude = fields.find(longitude_name);
  if (!latitude || !longitude) return std::nullopt;
  if (json::kind_of(*latitude) != json::Kind::number || json::kind_of(*longitude) != json::Kind::number) return std::nullopt;
  return Coordinates{*latitude, *longitude};
}

}  // namespace

Result<std::optional<PlaceSaid>, state::Refusal> place_said(const std::optional<state::Place>& place, const state::Channel& channel,
                                                            const state::Update& update, const state::Fields& said, const state::Fields* before,
                                                            const state::Fields& after) {
  if (const auto* point = std::get_if<geo::Point>(&update.location)) return std::optional{PlaceSaid{state::Place{*point, &channel}}};
  if (std::holds_alternative<state::NoLocation>(update.location)) return std::optional{PlaceSaid{}};
  if (channel.declared && !channel.location) return std::optional<PlaceSaid>{};

  const std::string latitude_name = channel.location ? state::canonical_name(channel.location->first) : "latitude";
  const std::string longitude_name = channel.location ? state::canonical_name(channel.location->second) : "longitude";
  const bool is_owner = place && place->owner == &channel;
  const auto now = coordinates(after, latitude_name, longitude_name);
  const auto then = before ? coordinates(*before, latitude_name, longitude_name) : std::nullopt;
  if (now == then) {
    const bool is_said_again = is_owner && now && (said.find(latitude_name) || said.find(longitude_name));
    return is_said_again ? std::optional{PlaceSaid{place}} : std::nullopt;
  }
  if (!now) return is_owner ? std::optional{PlaceSaid{}} : std::nullopt;
  const auto point = geo::Point::from(*json::number(now->latitude), *json::number(now->longitude));
  if (!point) return Unexpected{state::Refusal::bad_location};
  return std::optional{PlaceSaid{state::Place{*point, &channel}}};
}

}  // namespace starling::hub
