#include "sim/truth.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

constexpr std::int64_t kAheadMs = 60'000;              // further ahead no time counts
constexpr std::int64_t kHeardEveryUs = 30'000'000;

/// A report comes too late to stand up to what holds; a time that was ahead before the clock was set back says nothing.
bool is_older(std::int64_t time_ms, std::int64_t held_ms, std::int64_t now_ms) { return time_ms < held_ms && held_ms <= now_ms + kAheadMs; }

bool is_number(const std::string& text) { return !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')); }

bool is_string(const std::string& text) { return !text.empty() && text[0] == '"'; }

bool are_equal(const std::string& a, const std::string& b) {
  if (is_number(a) && is_number(b)) return std::atof(a.c_str()) == std::atof(b.c_str());
  if (is_string(a) && is_string(b)) return json::decode(a) == json::decode(b);
  return a == b;
}

bool is_one_of(const std::string& value, const std::string& list) {
  for (const std::string_view each : json::Elements{list}) {
    if (are_equal(value, std::string{each})) return true;
  }
  return false;
}

/// Less than 0, 0 or more; nullopt where they are in no order.
std::optional<int> order_of(const std::string& a, const std::string& b) {
  if (is_string(a) && is_string(b)) return json::decode(a).compare(json::decode(b));
  if (!is_number(a) || !is_number(b)) return std::nullopt;
  const double left = std::atof(a.c_str()), right = std::atof(b.c_str());
  return left < right ? -1 : left > right ? 1 : 0;
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
  if (condition.test == "in") return is_one_of(*value, condition.value);
  const std::optional<int> order = order_of(*value, condition.value);
  if (!order) return false;
  if (condition.test == "lt") return *order < 0;
  if (condition.test == "le") return *order <= 0;
  if (condition.test == "gt") return *order > 0;
  if (condition.test == "ge") return *order >= 0;
  std::abort();
}

/// `own` is a record, or the data of an event, of this channel.
bool meets(const PlainQuery& query, const std::string& channel, const Record& own, const Thing* thing) {
  for (const PlainCondition& condition : query.where) {
    const std::size_t slash = condition.name.find('/');
    std::optional<std::string> value;
    if (slash == std::string::npos) {
      value = value_of(own, condition.name);
    } else if (thing != nullptr) {
      const auto facet = thing->facets.find(space_of(channel) + ':' + condition.name.substr(0, slash));
      if (facet != thing->facets.end()) value = value_of(facet->second, condition.name.substr(slash + 1));
    }
    if (!holds(condition, value)) return false;
  }
  return true;
}

bool has_key(const PlainQuery& query, const std::optional<std::string>& key) { return !query.keys || (key && query.keys->contains(*key)); }

double rounded(double degrees, int decimals) {
  const double steps = std::pow(10, decimals);
  return std::round(degrees * steps) / steps;
}

/// Over −180 and up to 180; 360 can be taken away from a number, and added to one, without loss.
double around(double longitude) {
  while (longitude > 180) longitude -= 360;
  while (longitude <= -180) longitude += 360;
  return longitude;
}

Place rounded(const Place& place, int decimals) { return {rounded(place.first, decimals), rounded(around(place.second), decimals)}; }

std::string rounded_text(double degrees, int decimals) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, degrees == 0 ? 0.0 : degrees);
  return text;
}

bool is_within(const PlainQuery& query, const std::optional<Place>& place) {
  if (!query.bounds) return true;
  return place ? is_inside(*query.bounds, *place) : query.unlocated;
}

bool is_granted(const PlainRights& rights, const std::string& channel, const std::optional<std::string>& key, const Record& record,
                const std::optional<Place>& place, const Thing* thing) {
  return rights.reads(channel) && has_key(rights.filter, key) && is_within(rights.filter, place) && meets(rights.filter, channel, record, thing);
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

/// The texts of both, if both are numbers.
std::optional<std::pair<std::string, std::string>> coordinates(const Record& record, const FieldPair& fields) {
  const auto latitude = value_of(record, fields.first), longitude = value_of(record, fields.second);
  if (!latitude || !longitude || !is_number(*latitude) || !is_number(*longitude)) return std::nullopt;
  return std::pair{*latitude, *longitude};
}

}  // namespace

std::string space_of(const std::string& channel) { return channel.substr(0, channel.find(':')); }

bool is_inside(const Box& box, const Place& place) {
  if (place.first > box.north || place.first < box.south) return false;
  if (box.east - box.west >= 360) return true;
  const double east = around(box.east), west = around(box.west), longitude = around(place.second);
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}

Truth::Truth(TruthOptions options) : options_(std::move(options)) {
  for (const auto& [space, offline_after_us] : options_.offline_after_us) options_.channels[space + ":presence"].is_hidden = true;
  for (const auto& [name, channel] : options_.channels) {
    if (channel.ttl_us) ttl_us_[name] = *channel.ttl_us;
    if (channel.is_event) event_channels_.push_back(name);
  }
}

bool Truth::is_event(const std::string& channel) const {
  const auto declared = options_.channels.find(channel);
  return declared != options_.channels.end() && declared->second.is_event;
}

std::optional<FieldPair> Truth::located_by(const std::string& channel) const {
  const auto declared = options_.channels.find(channel);
  return declared == options_.channels.end() ? FieldPair{"latitude", "longitude"} : declared->second.located_by;
}

bool Truth::asks_for(const PlainQuery& query, const std::string& channel, const std::optional<std::string>& key) const {
  if (!has_key(query, key)) return false;
  if (query.channels.contains(channel)) return true;
  if (!query.channels.contains("*") && !query.channels.contains(space_of(channel) + ":*")) return false;
  const auto declared = options_.channels.find(channel);
  return declared == options_.channels.end() || !declared->second.is_hidden;
}

Record Truth::seen(const PlainRights& rights, const std::string& channel, Record record) const {
  for (const std::string& name : rights.hidden) record.erase(name);
  const std::optional<FieldPair> fields = rights.decimals ? located_by(channel) : std::nullopt;
  if (!fields) return record;
  if (const auto latitude = record.find(fields->first); latitude != record.end() && is_number(latitude->second)) {
    const double degrees = std::atof(latitude->second.c_str());
    // Beyond the poles it is no latitude, as an event may say it.
    if (std::abs(degrees) <= 90) latitude->second = rounded_text(rounded(degrees, *rights.decimals), *rights.decimals);
  }
  if (const auto longitude = record.find(fields->second); longitude != record.end() && is_number(longitude->second)) {
    const double degrees = rounded(around(std::atof(longitude->second.c_str())), *rights.decimals);
    longitude->second = rounded_text(degrees == -180 ? 180 : degrees, *rights.decimals);
  }
  return record;
}

std::optional<Place> Truth::seen(const PlainRights& rights, const std::optional<Place>& place, const std::string& owner) const {
  if (!place || !rights.reads(owner)) return std::nullopt;
  // Whoever may not read the fields that say where something is may not find it out by asking for a box either.
  const FieldPair fields = rights.hidden.empty() ? FieldPair{} : located_by(owner).value_or(FieldPair{"latitude", "longitude"});
  if (rights.hidden.contains(fields.first) || rights.hidden.contains(fields.second)) return std::nullopt;
  return rights.decimals ? rounded(*place, *rights.decimals) : place;
}

Thing Truth::seen(const PlainRights& rights, const Thing& thing) const {
  Thing as_seen;
  for (const auto& [channel, record] : thing.facets) {
    if (rights.reads(channel)) as_seen.facets[channel] = seen(rights, channel, record);
  }
  as_seen.place = seen(rights, thing.place, thing.place_owner);
  return as_seen;
}

std::string Truth::time_of(const SaidEvent& event) const {
  const std::string quoted = date_text(event.time_ms);
  return quoted.substr(1, quoted.size() - 2);
}

std::optional<Place> Truth::place_of(const PlainView& view, const SaidEvent& event) const {
  if (!event.has_own_place) return std::nullopt;
  std::optional<Place> place = seen(view.rights, event.place, event.channel);
  if (place) place->second = around(place->second);
  return place;
}

bool Truth::shows(const PlainView& view, const SaidEvent& event) const {
  if (!is_granted(view.rights, event.channel, event.key, event.data, event.place, event.thing.get())) return false;
  const std::optional<Thing> thing = event.thing ? std::optional{seen(view.rights, *event.thing)} : std::nullopt;
  const std::optional<Place> place = event.has_own_place ? seen(view.rights, event.place, event.channel) : thing ? thing->place : std::nullopt;
  return asks_for(view.query, event.channel, event.key) && is_within(view.query, place) &&
         meets(view.query, event.channel, seen(view.rights, event.channel, event.data), thing ? &*thing : nullptr);
}

Record Truth::projected(const PlainView& view, const std::string& channel, const Record& record) const {
  Record left = seen(view.rights, channel, record);
  if (view.query.fields) std::erase_if(left, [&view](const auto& field) { return !view.query.fields->contains(field.first); });
  return left;
}

void Truth::report(const Said& said, Clock now) {
  if (is_event(said.channel)) return say(said, now);
  const Name name{space_of(said.channel), *said.key};
  const std::string& key = *said.key;
  const std::int64_t time_ms = std::min(said.time_ms.value_or(now.wall_ms), now.wall_ms + kAheadMs);
  if (said.how == Said::How::remove) return remove(said, time_ms, now.wall_ms);
  made_.insert(said.channel);
  const auto newest = newest_.find({key, said.channel});
  const bool is_late = newest != newest_.end() && is_older(time_ms, newest->second.time_ms, now.wall_ms);
  const auto there = now_.find(name);
  Thing thing = there != now_.end() ? *there->second : Thing{};
  const bool is_held = thing.facets.contains(said.channel);
  if (!is_late || (is_held && said.how == Said::How::merge)) {
    Record& record = thing.facets[said.channel];
    const Record before = record;
    if (said.how == Said::How::replace) record.clear();
    for (const auto& [field, value] : said.fields) {
      if (!is_late || !record.contains(field)) record[field] = value;
    }
    place(said, before, thing, is_late, time_ms, now.wall_ms);
    if (!is_held || record != before) thing.times_ms[said.channel] = is_late ? newest->second.time_ms : time_ms;
    if (!is_late) {
      Newest& known = newest_[{key, said.channel}];
      known.time_ms = time_ms;
      if (!is_held || !said.is_retained) known.arrived_us = now.steady_us;
    }
    put(name, std::move(thing));
  }
  if (!said.is_retained && now_.contains(name)) hear(name, now);
}

/// Who reports a place, and whether that counts, by the rules of late reports.
void Truth::place(const Said& said, const Record& before, Thing& thing, bool is_late, std::int64_t time_ms, std::int64_t now_ms) {
  std::optional<Place> to;
  if (said.placing == Said::Placing::given) {
    to = said.place;
  } else if (said.placing == Said::Placing::by_fields) {
    const std::optional<FieldPair> fields = located_by(said.channel);
    if (!fields) return;
    const auto then = coordinates(before, *fields), is = coordinates(thing.facets[said.channel], *fields);
    const bool is_owner = thing.place && thing.place_owner == said.channel;
    if (then == is) {
      const bool is_said_again = is && (said.fields.contains(fields->first) || said.fields.contains(fields->second));
      if (!is_owner || !is_said_again) return;
    }
    if (!is && !is_owner) return;
    if (is) to = {std::atof(is->first.c_str()), std::atof(is->second.c_str())};
    if (then == is) to = thing.place;
  }
  const Name name{space_of(said.channel), *said.key};
  const auto said_at = place_times_.find(name);
  if ((is_late && thing.place) || (said_at != place_times_.end() && is_older(time_ms, said_at->second, now_ms))) return;
  place_times_[name] = time_ms;
  thing.place = to;
  thing.place_owner = to ? said.channel : "";
}

void Truth::remove(const Said& said, std::int64_t time_ms, std::int64_t now_ms) {
  // In a channel that there is not yet it says nothing.
  if (!options_.channels.contains(said.channel) && !made_.contains(said.channel)) return;
  const auto newest = newest_.find({*said.key, said.channel});
  if (newest != newest_.end() && is_older(time_ms, newest->second.time_ms, now_ms)) return;
  const auto there = now_.find({space_of(said.channel), *said.key});
  if (there != now_.end() && there->second->facets.contains(said.channel)) take_away(said.channel, *said.key, "deleted");
  newest_[{*said.key, said.channel}].time_ms = time_ms;
}

void Truth::take_away(const std::string& channel, const std::string& key, const std::string& reason) {
  const Name name{space_of(channel), key};
  Thing thing = *now_[name];
  thing.facets.erase(channel);
  thing.times_ms.erase(channel);
  gone_.push_back({head() + 1, channel, key, reason});
  if (thing.place && thing.place_owner == channel) {
    thing.place.reset();
    place_times_.erase(name);
  }
  const std::string presence = name.first + ":presence";
  if (options_.offline_after_us.contains(name.first) && thing.facets.size() == 1 && thing.facets.contains(presence)) {
    thing.facets.clear();
    gone_.push_back({head() + 1, presence, key, reason});
  }
  if (!thing.facets.empty()) return put(name, std::move(thing));
  now_.erase(name);
  place_times_.erase(name);
  heard_.erase(name);
}

void Truth::say(const Said& said, Clock now) {
  if (said.key && !said.is_retained) {
    if (const Name name{space_of(said.channel), *said.key}; now_.contains(name)) hear(name, now);
  }
  SaidEvent event{.channel = said.channel, .key = said.key, .data = said.fields, .seq = 0, .n = 0, .place = {}, .thing = nullptr};
  event.time_ms = std::min(said.time_ms.value_or(now.wall_ms), now.wall_ms + kAheadMs);
  event.has_own_place = said.placing == Said::Placing::given;
  if (event.has_own_place) event.place = said.place;
  saying_.push_back(std::move(event));
}

void Truth::hear(const Name& name, Clock now) {
  if (!options_.offline_after_us.contains(name.first)) return;
  Heard& heard = heard_[name];
  heard.last_us = now.steady_us;
  if (heard.is_online && now.steady_us - heard.told_us < kHeardEveryUs) return;
  heard.is_online = true;
  heard.told_us = now.steady_us;
  Thing thing = *now_[name];
  thing.facets[name.first + ":presence"] = {{"online", "true"}, {"heard", date_text(now.wall_ms)}};
  put(name, std::move(thing));
}

std::optional<std::int64_t> Truth::next_due_us() const {
  std::optional<std::int64_t> next;
  const auto consider = [&next](std::int64_t due) { next = std::min(next.value_or(due), due); };
  if (!ttl_us_.empty()) {
    for (const auto& [name, thing] : now_) {
      for (const auto& [channel, record] : thing->facets) {
        if (const auto ttl = ttl_us_.find(channel); ttl != ttl_us_.end()) consider(newest_.at({name.second, channel}).arrived_us + ttl->second);
      }
    }
  }
  for (const auto& [name, heard] : heard_) {
    if (heard.is_online) consider(heard.last_us + options_.offline_after_us.at(name.first));
  }
  return next;
}

void Truth::pass(Clock now) {
  std::vector<std::pair<std::string, std::string>> over;
  for (const auto& [name, thing] : now_) {
    for (const auto& [channel, record] : thing->facets) {
      const auto ttl = ttl_us_.find(channel);
      if (ttl != ttl_us_.end() && newest_.at({name.second, channel}).arrived_us + ttl->second <= now.steady_us) over.push_back({channel, name.second});
    }
  }
  for (const auto& [channel, key] : over) take_away(channel, key, "expired");
  for (auto& [name, heard] : heard_) {
    if (!heard.is_online || heard.last_us + options_.offline_after_us.at(name.first) > now.steady_us) continue;
    heard.is_online = false;
    Thing thing = *now_[name];
    thing.facets[name.first + ":presence"]["online"] = "false";
    put(name, std::move(thing));
  }
}

void Truth::take_up(PlainPast past, Clock now) {
  const std::int64_t heard_us = now.steady_us - past.away_us;
  states_.resize(past.seq + 1);
  std::erase_if(said_, [&](const SaidEvent& event) { return event.seq > past.seq; });
  std::erase_if(gone_, [&](const Gone& gone) { return gone.seq > past.seq; });
  now_ = states_.back();
  log_after_ = past.log_after;
  made_ = std::move(past.channels);
  newest_.clear();
  place_times_.clear();
  heard_.clear();
  for (const auto& [name, thing] : now_) {
    for (const auto& [channel, time_ms] : thing->times_ms) newest_[{name.second, channel}] = {time_ms, heard_us};
    if (thing->place) place_times_[name] = thing->times_ms.at(thing->place_owner);
    const auto presence = thing->facets.find(name.first + ":presence");
    if (!options_.offline_after_us.contains(name.first) || presence == thing->facets.end()) continue;
    heard_[name] = {presence->second.at("online") == "true", heard_us, heard_us};
  }
}

void Truth::close(std::uint64_t seq) {
  std::uint64_t n = 0;
  for (SaidEvent& event : saying_) {
    event.seq = seq;
    event.n = n++;
    if (const auto thing = event.key ? now_.find({space_of(event.channel), *event.key}) : now_.end(); thing != now_.end()) {
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
  for (const auto& [name, thing] : states_.at(seq)) {
    const Thing known = seen(view.rights, *thing);
    for (const auto& [channel, record] : known.facets) {
      if (is_granted(view.rights, channel, name.second, thing->facets.at(channel), thing->place, thing.get()) && asks_for(view.query, channel, name.second) &&
          is_within(view.query, known.place) && meets(view.query, channel, record, &known)) {
        shown[channel][name.second] = projected(view, channel, thing->facets.at(channel));
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

bool Truth::may_have_been_said(const std::string& channel, std::uint64_t after, std::uint64_t before) const {
  if (after < log_after_) return true;
  return std::ranges::any_of(said_, [&](const SaidEvent& event) { return event.channel == channel && event.seq > after && event.seq < before; });
}

std::vector<const SaidEvent*> Truth::recent(const PlainView& view, const std::string& channel, std::size_t recent, std::uint64_t upto,
                                            std::uint64_t head) const {
  std::vector<const SaidEvent*> events;
  std::size_t kept = 0;
  for (auto event = said_.rbegin(); event != said_.rend() && kept < options_.channels.at(channel).keep && events.size() < recent; ++event) {
    if (event->channel != channel || event->seq > head) continue;
    ++kept;
    if (event->seq <= upto && shows(view, *event)) events.push_back(&*event);
  }
  std::ranges::reverse(events);
  return events;
}

std::shared_ptr<const Thing> Truth::thing(const std::string& space, const std::string& key, std::uint64_t seq) const {
  const auto found = states_.at(seq).find({space, key});
  return found == states_.at(seq).end() ? nullptr : found->second;
}

std::set<std::string> Truth::reasons(const PlainView& view, const std::string& channel, const std::string& key, std::uint64_t seq) const {
  const State& state = states_.at(seq);
  const auto thing = state.find({space_of(channel), key});
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
  if (!asks_for(view.query, channel, key) || !meets(view.query, channel, known.facets.at(channel), &known)) reasons.insert("filtered");
  return reasons;
}

}  // namespace starling::sim
