#include "sim/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/improvise.hpp"
#include "sim/mesh.hpp"
#include "sim/vocabulary.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

std::string to_json(const Record& record) {
  std::string text = "{";
  for (const auto& [name, value] : record) {
    if (text.size() > 1) text += ',';
    json::append_string(text, name);
    text += ':' + value;
  }
  return text + '}';
}

/// Half a degree apart, so that edges of boxes are hit; around the date line.
Place random_place(Dice& random) {
  const double longitude = 168 + static_cast<double>(random.below(40)) / 2;
  const double latitude = -6 + static_cast<double>(random.below(26)) / 2;
  return {latitude, longitude > 180 && random.chance(0.8) ? longitude - 360 : longitude};
}

}  // namespace

Said Fleet::random_report(Dice& random, Timestamp now) {
  Said said = tastes_.vocabulary ? sim::random_report(random, tastes_.rates, *tastes_.vocabulary, said_++) : mesh_report(random);
  dress(said, random, now);
  return said;
}

Said Fleet::mesh_report(Dice& random) {
  Said said;
  said.key = key_of(random.below(tastes_.keys));
  if (random.chance(tastes_.rates.removals)) {
    said.channel = random.chance(0.5) ? mesh::kPosition : mesh::kTelemetry;
    said.how = Said::How::remove;
  } else if (random.chance(tastes_.rates.events)) {
    said.channel = mesh::kMessage;
    if (random.chance(0.1)) said.key.reset();
    said.fields = {{"text", fmt::format("\"{}\"", said_++)}};
    if (random.chance(0.5)) said.fields["hops"] = std::to_string(random.below(6));
  } else if (random.chance(0.3)) {
    said.channel = mesh::kTelemetry;
    said.fields = {{"battery", std::to_string(random.below(100))}};
    if (random.chance(0.3)) said.fields["voltage"] = random.chance(0.2) ? "null" : fmt::format("3.{}", random.below(10));
    if (random.chance(tastes_.rates.replaces)) said.how = Said::How::replace;
  } else {
    said.channel = mesh::kPosition;
    const auto [latitude, longitude] = random_place(random);
    said.fields = {{"latitude", fmt::format("{}", latitude)}, {"longitude", fmt::format("{}", longitude)}};
    if (random.chance(tastes_.rates.lost_places)) said.fields["latitude"] = "null";
    if (random.chance(0.2)) said.fields["altitude_m"] = std::to_string(random.below(5));
    if (random.chance(tastes_.rates.replaces)) said.how = Said::How::replace;
  }
  return said;
}

void Fleet::dress(Said& said, Dice& random, Timestamp now) const {
  if (random.chance(tastes_.rates.times)) {
    const std::int64_t now_ms = now.time_since_epoch().count();
    const std::uint64_t kind = random.below(10);
    if (kind <= 5) said.time_ms = now_ms - static_cast<std::int64_t>(random.below(3'000));
    else if (kind <= 7) said.time_ms = now_ms / 500 * 500;  // some are equal
    else if (kind == 8) said.time_ms = now_ms + static_cast<std::int64_t>(random.below(400));
    else said.time_ms = now_ms + (random.chance(0.1) ? 100'000 : 0);
  }
  if (random.chance(tastes_.rates.retained)) said.is_retained = true;
  if (said.how != Said::How::remove && random.chance(tastes_.rates.placed)) {
    said.placing = is_event(said) || random.chance(0.7) ? Said::Placing::given : Said::Placing::cleared;
    if (said.placing == Said::Placing::given) said.place = tastes_.vocabulary ? random_place(random, *tastes_.vocabulary) : random_place(random);
  }
}

bool Fleet::is_event(const Said& said) const {
  if (!tastes_.vocabulary) return said.channel == mesh::kMessage;
  return std::ranges::any_of(tastes_.vocabulary->topics, [&said](const Topic& topic) { return topic.is_event && topic.name == said.channel; });
}

state::Update to_update(const Said& said) {
  state::Update update{.channel = said.channel, .key = said.key, .data = to_json(said.fields), .location = {}, .time = {}, .retained = said.is_retained};
  if (said.how == Said::How::replace) update.operation = state::Operation::replace;
  if (said.how == Said::How::remove) update.operation = state::Operation::remove;
  if (said.placing == Said::Placing::cleared) update.location = state::NoLocation{};
  if (said.placing == Said::Placing::given) update.location = *geo::Point::from(said.place.first, said.place.second);
  if (said.time_ms) update.time = Timestamp{std::chrono::milliseconds{*said.time_ms}};
  return update;
}

Said to_said(const state::Update& update) {
  Said said{.channel = update.channel, .key = update.key, .fields = {}, .time_ms = {}, .is_retained = update.retained};
  if (!update.data.empty()) {
    for (const json::Member& member : json::Members{update.data}) said.fields.emplace(json::decode_inside(member.name), member.value);
  }
  if (update.operation == state::Operation::replace) said.how = Said::How::replace;
  if (update.operation == state::Operation::remove) said.how = Said::How::remove;
  if (update.time) said.time_ms = update.time->time_since_epoch().count();
  if (std::holds_alternative<state::NoLocation>(update.location)) said.placing = Said::Placing::cleared;
  if (const auto* point = std::get_if<geo::Point>(&update.location)) {
    said.placing = Said::Placing::given;
    said.place = {point->latitude_deg, point->longitude_deg};
  }
  return said;
}

}  // namespace starling::sim
