#include "sim/truth.hpp"

#include <cstdlib>

namespace starling::sim {
namespace {

bool is_shown(const PlainQuery& query, const std::string& channel, const std::string& key, const std::optional<std::pair<double, double>>& place) {
  if (!query.channels.contains("*") && !query.channels.contains(channel)) return false;
  if (query.keys && !query.keys->contains(key)) return false;
  if (!query.bounds) return true;
  return place ? is_inside(*query.bounds, place->first, place->second) : query.unlocated;
}

}  // namespace

bool is_inside(const Box& box, double latitude, double longitude) {
  if (latitude > box.north || latitude < box.south) return false;
  if (box.east - box.west >= 360) return true;
  const double east = box.east < box.west ? box.east + 360 : box.east;
  for (const double turn : {-720.0, -360.0, 0.0, 360.0, 720.0}) {
    if (longitude + turn >= box.west && longitude + turn <= east) return true;
  }
  return false;
}

void Truth::assign(const std::string& channel, const std::string& key, const Record& fields, bool replace) {
  Thing thing = now_.contains(key) ? *now_[key] : Thing{};
  if (replace) thing.facets.erase(channel);
  Record& record = thing.facets[channel];
  for (const auto& [name, value] : fields) record[name] = value;
  if (channel == kLocating) {
    const bool has_place = record.contains("latitude") && record.contains("longitude") && record["latitude"] != "null" && record["longitude"] != "null";
    thing.place.reset();
    if (has_place) thing.place = {std::atof(record["latitude"].c_str()), std::atof(record["longitude"].c_str())};
  }
  now_[key] = std::make_shared<const Thing>(std::move(thing));
}

void Truth::remove(const std::string& channel, const std::string& key) {
  if (!now_.contains(key)) return;
  Thing thing = *now_[key];
  thing.facets.erase(channel);
  if (channel == kLocating) thing.place.reset();
  if (thing.facets.empty()) {
    now_.erase(key);
  } else {
    now_[key] = std::make_shared<const Thing>(std::move(thing));
  }
}

void Truth::say(SaidEvent event) { saying_.push_back(std::move(event)); }

void Truth::close(std::uint64_t seq) {
  std::uint64_t n = 0;
  for (SaidEvent& event : saying_) {
    event.seq = seq;
    event.n = n++;
    if (const auto thing = now_.find(event.key); thing != now_.end()) event.place = thing->second->place;
    said_.push_back(std::move(event));
  }
  saying_.clear();
  if (seq != states_.size()) std::abort();  // the simulation numbers its batches as the hub does
  states_.push_back(now_);
}

Shown Truth::shown(const PlainQuery& query, std::uint64_t seq) const {
  Shown shown;
  for (const auto& [key, thing] : states_.at(seq)) {
    for (const auto& [channel, record] : thing->facets) {
      if (!is_shown(query, channel, key, thing->place)) continue;
      Record& to = shown[channel][key];
      for (const auto& [name, value] : record) {
        if (!query.fields || query.fields->contains(name)) to[name] = value;
      }
    }
  }
  return shown;
}

std::vector<const SaidEvent*> Truth::events(const PlainQuery& query, std::uint64_t after, std::uint64_t upto) const {
  std::vector<const SaidEvent*> events;
  for (const SaidEvent& event : said_) {
    if (event.seq > after && event.seq <= upto && is_shown(query, event.channel, event.key, event.place)) events.push_back(&event);
  }
  return events;
}

}  // namespace starling::sim
