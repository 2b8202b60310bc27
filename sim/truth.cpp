#include "sim/truth.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace starling::sim {
namespace {

constexpr std::int64_t kAheadMs = 60'000;              // further ahead no time counts
constexpr std::int64_t kHeardEveryUs = 30'000'000;

/// A report comes too late to stand up to what holds; a time that was ahead before the clock was set back says nothing.
bool is_older(std::int64_t time_ms, std::int64_t held_ms, std::int64_t now_ms) { return time_ms < held_ms && held_ms <= now_ms + kAheadMs; }

bool is_number(const std::string& text) { return !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')); }

bool are_equal(const std::string& a, const std::string& b) {
  return is_number(a) && is_number(b) ? std::atof(a.c_str()) == std::atof(b.c_str()) : a == b;
}

std::optional<std::string> value_of(const Record& record, const std::string& name) {
  const auto found = record.find(name);
  return found == record.end() ? std::nullopt : std::optional{found->second};
}

bool holds(const PlainCondition& condition, const std::optional<std::string>& value) {
  if (condition.test == "exists") return value.has_value() == (condition.value == "true");
  if (condition.test == "ne") return !value || !are_equal(*value, condition.value);
  if (!value) return false;
  if (condition.test == "eq") return are_equal(*value, condition.value);
  if (!is_number(*value) || !is_number(condition.value)) return false;
  const double is = std::atof(value->c_str()), than = std::atof(condition.value.c_str());
  if (condition.test == "lt") return is < than;
  if (condition.test == "le") return is <= than;
  if (condition.test == "gt") return is > than;
  if (condition.test == "ge") return is >= than;
  std::abort();
}

bool meets(const PlainQuery& query, const Record& own, const Thing* thing) {
  for (const PlainCondition& condition : query.where) {
    const std::size_t slash = condition.name.find('/');
    std::optional<std::string> value;
    if (slash == std::string::npos) {
      value = value_of(own, condition.name);
    } else if (thing != nullptr) {
      const auto facet = thing->facets.find("mesh:" + condition.name.substr(0, slash));
      if (facet != thing->facets.end()) value = value_of(facet->second, condition.name.substr(slash + 1));
    }
    if (!holds(condition, value)) return false;
  }
  return true;
}

bool has_key(const PlainQuery& query, const std::optional<std::string>& key) { return !query.keys || (key && query.keys->contains(*key)); }

bool asks_for(const PlainQuery& query, const std::string& channel, const std::optional<std::string>& key) {
  const bool is_wild = channel != Truth::kPresence && (query.channels.contains("*") || query.channels.contains("mesh:*"));
  return (is_wild || query.channels.contains(channel)) && has_key(query, key);
}

double rounded(double degrees, int decimals) {
  const double steps = std::pow(10, decimals);
  return std::round(degrees * steps) / steps;
}

Place rounded(const Place& place, int decimals) {
  double longitude = place.second;
  while (longitude > 180) longitude -= 360;
  while (longitude <= -180) longitude += 360;
  return {rounded(place.first, decimals), rounded(longitude, decimals)};
}

/// A record as somebody with these rights can know it.
Record seen(const PlainRights& rights, const std::string& channel, Record record) {
  for (const std::string& name : rights.hidden) record.erase(name);
  if (rights.decimals && channel == Truth::kLocating) {
    for (const char* name : {"latitude", "longitude"}) {
      const auto found = record.find(name);
      if (found == record.end() || !is_number(found->second)) continue;
      const double degrees = std::atof(found->second.c_str());
      Place as_place = std::string{name} == "latitude" ? Place{degrees, 0} : Place{0, degrees};
      as_place = rounded(as_place, *rights.decimals);
      const double shown = std::string{name} == "latitude" ? as_place.first : as_place.second == -180 ? 180 : as_place.second;
      char text[32];
      std::snprintf(text, sizeof text, "%.*f", *rights.decimals, shown == 0 ? 0.0 : shown);
      found->second = text;
    }
  }
  return record;
}

std::optional<Place> seen(const PlainRights& rights, const std::optional<Place>& place, const std::string& owner) {
  if (!place || !rights.reads(owner)) return std::nullopt;
  // Whoever says where something is: who may not read the fields may not find it out by asking for a box either.
  if (rights.hidden.contains("latitude") || rights.hidden.contains("longitude")) return std::nullopt;
  return rights.decimals ? rounded(*place, *rights.decimals) : place;
}

Thing seen(const PlainRights& rights, const Thing& thing) {
  Thing as_seen;
  for (const auto& [channel, record] : thing.facets) {
    if (rights.reads(channel)) as_seen.facets[channel] = seen(rights, channel, record);
  }
  as_seen.place = seen(rights, thing.place, thing.place_owner);
  return as_seen;
}

bool is_within(const PlainQuery& query, const std::optional<Place>& place) {
  if (!query.bounds) return true;
  return place ? is_inside(*query.bounds, *place) : query.unlocated;
}

bool is_granted(const PlainRights& rights, const std::string& channel, const std::optional<std::string>& key, const Record& record,
                const std::optional<Place>& place, const Thing* thing) {
  return rights.reads(channel) && has_key(rights.filter, key) && is_within(rights.filter, place) && meets(rights.filter, record, thing);
}

bool shows(const PlainView& view, const SaidEvent& event) {
  if (!is_granted(view.rights, event.channel, event.key, event.data, event.place, event.thing.get())) return false;
  const std::optional<Thing> thing = event.thing ? std::optional{seen(view.rights, *event.thing)} : std::nullopt;
  const std::optional<Place> place = event.has_own_place ? seen(view.rights, event.place, event.channel) : thing ? thing->place : std::nullopt;
  return asks_for(view.query, event.channel, event.key) && is_within(view.query, place) &&
         meets(view.query, seen(view.rights, event.channel, event.data), thing ? &*thing : nullptr);
}

std::string date_text(std::int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char day[32], text[64];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof text, "\"%s.%03dZ\"", day, static_cast<int>(wall_ms % 1'000));
  return text;
}

std::optional<std::pair<std::string, std::string>> coordinates(const Record& record) {
  const auto latitude = value_of(record, "latitude"), longitude = value_of(record, "longitude");
  if (!latitude || !longitude || !is_number(*latitude) || !is_number(*longitude)) return std::nullopt;
  return std::pair{*latitude, *longitude};
}

}  // namespace

bool is_inside(const Box& box, const Place& place) {
  const auto [latitude, longitude] = place;
  if (latitude > box.north || latitude < box.south) return false;
  if (box.east - box.west >= 360) return true;
  const double east = box.east < box.west ? box.east + 360 : box.east;
  for (const double turn : {-720.0, -360.0, 0.0, 360.0, 720.0}) {
    if (longitude + turn >= box.west && longitude + turn <= east) return true;
  }
  return false;
}

Record projected(const PlainView& view, const std::string& channel, const Record& record) {
  Record left = seen(view.rights, channel, record);
  if (view.query.fields) std::erase_if(left, [&view](const auto& field) { return !view.query.fields->contains(field.first); });
  return left;
}

void Truth::report(const Said& said, Clock now) {
  const std::string& key = *said.key;
  const std::int64_t time_ms = std::min(said.time_ms.value_or(now.wall_ms), now.wall_ms + kAheadMs);
  if (said.how == Said::How::remove) return remove(said, time_ms, now.wall_ms);
  const auto newest = newest_.find({key, said.channel});
  const bool is_late = newest != newest_.end() && is_older(time_ms, newest->second.time_ms, now.wall_ms);
  const bool is_there = now_.contains(key);
  Thing thing = is_there ? *now_[key] : Thing{};
  const bool is_held = thing.facets.contains(said.channel);
  if (!is_late || (is_held && said.how == Said::How::merge)) {
    Record& record = thing.facets[said.channel];
    const Record before = record;
    if (said.how == Said::How::replace) record.clear();
    for (const auto& [name, value] : said.fields) {
      if (!is_late || !record.contains(name)) record[name] = value;
    }
    place(said, before, thing, is_late, time_ms, now.wall_ms);
    if (!is_late) {
      Newest& known = newest_[{key, said.channel}];
      known.time_ms = time_ms;
      if (!is_held || !said.is_retained) known.arrived_us = now.steady_us;
    }
    put(key, std::move(thing));
  }
  if (!said.is_retained && now_.contains(key)) hear(key, now);
}

/// Who reports a place, and whether that counts, by the rules of late reports.
void Truth::place(const Said& said, const Record& before, Thing& thing, bool is_late, std::int64_t time_ms, std::int64_t now_ms) {
  std::optional<Place> to;
  if (said.placing == Said::Placing::given) {
    to = said.place;
  } else if (said.placing == Said::Placing::by_fields) {
    if (said.channel != kLocating) return;
    const auto then = coordinates(before), is = coordinates(thing.facets[said.channel]);
    const bool is_owner = thing.place && thing.place_owner == said.channel;
    if (then == is) {
      const bool is_said_again = is && (said.fields.contains("latitude") || said.fields.contains("longitude"));
      if (!is_owner || !is_said_again) return;
    }
    if (!is && !is_owner) return;
    if (is) to = {std::atof(is->first.c_str()), std::atof(is->second.c_str())};
    if (then == is) to = thing.place;
  }
  const auto said_at = place_times_.find(*said.key);
  if ((is_late && thing.place) || (said_at != place_times_.end() && is_older(time_ms, said_at->second, now_ms))) return;
  place_times_[*said.key] = time_ms;
  thing.place = to;
  thing.place_owner = to ? said.channel : "";
}

void Truth::remove(const Said& said, std::int64_t time_ms, std::int64_t now_ms) {
  const auto newest = newest_.find({*said.key, said.channel});
  if (newest != newest_.end() && is_older(time_ms, newest->second.time_ms, now_ms)) return;
  if (now_.contains(*said.key) && now_[*said.key]->facets.contains(said.channel)) take_away(said.channel, *said.key, "deleted");
  newest_[{*said.key, said.channel}].time_ms = time_ms;
}

void Truth::take_away(const std::string& channel, const std::string& key, const std::string& reason) {
  Thing thing = *now_[key];
  thing.facets.erase(channel);
  gone_.push_back({head() + 1, channel, key, reason});
  if (thing.place && thing.place_owner == channel) {
    thing.place.reset();
    place_times_.erase(key);
  }
  if (thing.facets.size() == 1 && thing.facets.contains(kPresence)) {
    thing.facets.clear();
    gone_.push_back({head() + 1, kPresence, key, reason});
  }
  if (!thing.facets.empty()) return put(key, std::move(thing));
  now_.erase(key);
  place_times_.erase(key);
  heard_.erase(key);
}

void Truth::say(const Said& said, Clock now) {
  if (said.key && !said.is_retained && now_.contains(*said.key)) hear(*said.key, now);
  SaidEvent event{.channel = said.channel, .key = said.key, .data = said.fields, .seq = 0, .n = 0, .place = {}, .thing = nullptr};
  event.has_own_place = said.placing == Said::Placing::given;
  if (event.has_own_place) event.place = said.place;
  saying_.push_back(std::move(event));
}

void Truth::hear(const std::string& key, Clock now) {
  if (!options_.offline_after_us) return;
  Heard& heard = heard_[key];
  heard.last_us = now.steady_us;
  if (heard.is_online && now.steady_us - heard.told_us < kHeardEveryUs) return;
  heard.is_online = true;
  heard.told_us = now.steady_us;
  Thing thing = *now_[key];
  thing.facets[kPresence] = {{"online", "true"}, {"heard", date_text(now.wall_ms)}};
  put(key, std::move(thing));
}

std::optional<std::int64_t> Truth::next_due_us() const {
  std::optional<std::int64_t> next;
  const auto consider = [&next](std::int64_t due) { next = std::min(next.value_or(due), due); };
  for (const auto& [key, thing] : now_) {
    for (const auto& [channel, record] : thing->facets) {
      if (const auto ttl = options_.ttl_us.find(channel); ttl != options_.ttl_us.end()) consider(newest_.at({key, channel}).arrived_us + ttl->second);
    }
  }
  for (const auto& [key, heard] : heard_) {
    if (heard.is_online) consider(heard.last_us + *options_.offline_after_us);
  }
  return next;
}

void Truth::pass(Clock now) {
  std::vector<std::pair<std::string, std::string>> over;
  for (const auto& [key, thing] : now_) {
    for (const auto& [channel, record] : thing->facets) {
      const auto ttl = options_.ttl_us.find(channel);
      if (ttl != options_.ttl_us.end() && newest_.at({key, channel}).arrived_us + ttl->second <= now.steady_us) over.push_back({channel, key});
    }
  }
  for (const auto& [channel, key] : over) take_away(channel, key, "expired");
  for (auto& [key, heard] : heard_) {
    if (!heard.is_online || heard.last_us + *options_.offline_after_us > now.steady_us) continue;
    heard.is_online = false;
    Thing thing = *now_[key];
    thing.facets[kPresence]["online"] = "false";
    put(key, std::move(thing));
  }
}

void Truth::close(std::uint64_t seq) {
  std::uint64_t n = 0;
  for (SaidEvent& event : saying_) {
    event.seq = seq;
    event.n = n++;
    if (const auto thing = event.key ? now_.find(*event.key) : now_.end(); thing != now_.end()) {
      event.thing = thing->second;
      if (!event.place) event.place = event.thing->place;
    }
    said_.push_back(std::move(event));
  }
  saying_.clear();
  if (seq != states_.size()) std::abort();  // the simulation numbers its batches as the hub does
  states_.push_back(now_);
}

bool Truth::has_news() const {
  return !saying_.empty() || !std::ranges::equal(now_, states_.back(), [](const auto& a, const auto& b) {
    return a.first == b.first && a.second->facets == b.second->facets && a.second->place == b.second->place;
  });
}

Shown Truth::shown(const PlainView& view, std::uint64_t seq) const {
  Shown shown;
  for (const auto& [key, thing] : states_.at(seq)) {
    const Thing known = seen(view.rights, *thing);
    for (const auto& [channel, record] : known.facets) {
      if (is_granted(view.rights, channel, key, thing->facets.at(channel), thing->place, thing.get()) && asks_for(view.query, channel, key) &&
          is_within(view.query, known.place) && meets(view.query, record, &known)) {
        shown[channel][key] = projected(view, channel, thing->facets.at(channel));
      }
    }
  }
  return shown;
}

std::vector<const SaidEvent*> Truth::events(const PlainView& view, std::uint64_t after, std::uint64_t upto) const {
  std::vector<const SaidEvent*> events;
  const auto first = std::ranges::upper_bound(said_, after, {}, &SaidEvent::seq);
  for (auto event = first; event != said_.end() && event->seq <= upto; ++event) {
    if (shows(view, *event)) events.push_back(&*event);
  }
  return events;
}

std::vector<const SaidEvent*> Truth::recent(const PlainView& view, std::size_t recent, std::size_t keep, std::uint64_t upto, std::uint64_t head) const {
  std::vector<const SaidEvent*> events;
  const auto end = std::ranges::upper_bound(said_, head, {}, &SaidEvent::seq);
  for (auto event = end - std::min(static_cast<std::ptrdiff_t>(keep), end - said_.begin()); event != end; ++event) {
    if (event->seq <= upto && shows(view, *event)) events.push_back(&*event);
  }
  if (events.size() > recent) events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(recent));
  return events;
}

std::set<std::string> Truth::reasons(const PlainView& view, const std::string& channel, const std::string& key, std::uint64_t seq) const {
  const State& state = states_.at(seq);
  const auto thing = state.find(key);
  const bool is_there = thing != state.end() && thing->second->facets.contains(channel);
  // Who may not see all is not told what became of it.
  if (view.rights.has_filter()) return {"filtered"};
  if (!is_there) {
    // The last time it went.
    for (auto gone = gone_.rbegin(); gone != gone_.rend(); ++gone) {
      if (gone->seq <= seq && gone->channel == channel && gone->key == key) return {gone->reason};
    }
    return {};
  }
  const Thing known = seen(view.rights, *thing->second);
  std::set<std::string> reasons;
  if (!is_within(view.query, known.place)) reasons.insert("moved");
  if (!asks_for(view.query, channel, key) || !meets(view.query, known.facets.at(channel), &known)) reasons.insert("filtered");
  return reasons;
}

}  // namespace starling::sim
