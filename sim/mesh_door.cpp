#include "sim/mesh_door.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/mesh.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/base/time.hpp"

namespace starling::sim {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
/// The snapshot may have been made for another, up to a tick ago: at most so many batches.
constexpr std::uint64_t kSharedFor = 200;
/// A line that takes a byte now and then has frames of as many filters on it.
constexpr std::size_t kWishesInFlight = 32;

std::map<std::string, std::string> members_of(std::string_view object) {
  std::map<std::string, std::string> members;
  for (const json::Member& member : json::Members{object}) members[json::decode_inside(member.name)] = member.value;
  return members;
}

std::string to_text(const std::map<std::string, std::string>& object) {
  std::string text;
  for (const auto& [name, value] : object) text += fmt::format(" {}={}", name, value);
  return text;
}

/// "!0a1b2c3d" as a number; else 0.
std::uint64_t number_of(const std::string& id) {
  const bool is_one = id.size() == 9 && id.front() == '!' && id.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
  return is_one ? std::stoull(id.substr(1), nullptr, 16) : 0;
}

std::string channel_of(const std::string& kind) { return kind == "status" ? mesh::kPresence : std::string{mesh::kSpace} + ':' + kind; }

/// Of a channel's fields what its object has of them, under their names there.
void copy(const Thing& thing, const std::string& channel, std::initializer_list<std::pair<const char*, const char*>> names, std::map<std::string, std::string>& into) {
  const auto facet = thing.facets.find(channel);
  if (facet == thing.facets.end()) return;
  for (const auto& [field, member] : names) {
    const auto found = facet->second.find(field);
    if (found != facet->second.end() && found->second != "null") into[member] = found->second;
  }
}

std::int64_t last_heard_ms(const Thing& thing) {
  std::int64_t newest = INT64_MIN;
  for (const char* channel : {mesh::kNode, mesh::kPosition, mesh::kTelemetry}) {
    if (const auto time = thing.times_ms.find(channel); time != thing.times_ms.end()) newest = std::max(newest, time->second);
  }
  if (const auto presence = thing.facets.find(mesh::kPresence); presence != thing.facets.end()) {
    newest = std::max(newest, static_cast<std::int64_t>(parse_rfc3339(json::decode(presence->second.at("heard")))->time_since_epoch().count()));
  }
  return newest;
}

bool is_number(const std::map<std::string, std::string>& record, const char* field) {
  const auto found = record.find(field);
  return found != record.end() && json::kind_of(found->second) == json::Kind::number;
}

}  // namespace

void MeshDoor::connect() {
  wishes_.assign(1, {});
  held_.clear();
  at_.clear();
  began_ = truth_.head() - std::min(truth_.head(), kSharedFor);
  events_.begin(truth_.head(), began_);
  has_snapshot_ = false;
}

std::string MeshDoor::say(Dice& random, std::uint64_t number) {
  if (random.chance(0.2)) return R"({"type":"ping"})";
  if (random.chance(0.1)) return random.chance(0.5) ? "nonsense" : R"({"type":"subscribe","filter":{"messageTypes":["no such"]}})";
  if (random.chance(0.2)) return R"({"type":"request_snapshot"})";
  wishes_.emplace_front();
  if (wishes_.size() > kWishesInFlight) wishes_.pop_back();
  MeshWish& wish = wishes_.front();
  events_.ask(number);
  if (random.chance(0.2)) return R"({"type":"unsubscribe"})";
  std::string filter;
  const auto add = [&filter](const std::string& member) { filter += (filter.empty() ? "" : ",") + member; };
  if (random.chance(0.4)) {
    std::string list;
    wish.keys.emplace();
    for (std::uint64_t i = 1 + random.below(4); i > 0; --i) wish.keys->insert(fmt::format("!{}", random.below(keys_)));
    for (const std::string& key : *wish.keys) list += (list.empty() ? "\"" : ",\"") + key + '"';
    add("\"nodeIds\":[" + list + ']');
  }
  if (random.chance(0.5)) {
    const double south = static_cast<double>(random.below(20)) / 2 - 6, west = 168 + static_cast<double>(random.below(20));
    wish.bounds = {south + 3, south, west + 6 > 180 ? west + 6 - 360 : west + 6, west};
    add(fmt::format(R"("bounds":{{"north":{},"south":{},"east":{},"west":{}}})", wish.bounds->north, wish.bounds->south, wish.bounds->east, wish.bounds->west));
  }
  if (random.chance(0.5)) {
    static constexpr std::array kKinds{"node", "position", "telemetry", "message"};
    std::string list;
    for (std::uint64_t i = 1 + random.below(2); i > 0; --i) wish.kinds.insert(kKinds[random.below(kKinds.size())]);
    for (const std::string& kind : wish.kinds) list += (list.empty() ? "\"" : ",\"") + kind + '"';
    add("\"messageTypes\":[" + list + ']');
  }
  return R"({"type":"subscribe","filter":{)" + filter + "}}";
}

void MeshDoor::take(std::string_view message, const DoorKnowledge& server) {
  ++judged_;
  may_lose_ = server.may_lose;
  const auto type_text = json::find(message, "type");
  if (!type_text) throw Broken{fmt::format("{} is none of its messages", message)};
  const std::string type = json::decode(*type_text);
  if (!has_snapshot_ && type != "snapshot") throw Broken{fmt::format("{} came before its snapshot", message)};
  const auto list = [&](std::string_view name) {
    const auto found = json::find(message, name);
    if (!found || *found == "[]") throw Broken{fmt::format("{} has no {}", message, name)};
    return *found;
  };
  if (type == "snapshot") return take_snapshot(*json::find(message, "data"), server);
  if (type == "node_update") return take_objects("node", "id", list("nodes"));
  if (type == "position_update") return take_objects("position", "nodeId", list("positions"));
  if (type == "telemetry_update") return take_objects("telemetry", "nodeId", list("telemetry"));
  if (type == "node_status") return take_object("status", json::decode(*json::find(message, "nodeId")), members_of(message));
  if (type == "message") {
    for (const std::string_view told : json::Elements{list("messages")}) {
      const Object object = members_of(told);
      const auto is_it = [&](const SaidEvent& due) { return message_object(due) == object; };
      // By whichever filter its server went when it was said.
      const DueEvents before = events_;
      for (std::size_t i = 0;; ++i) {
        try {
          const SaidEvent& found = events_.next(truth_, messages_view(wishes_[i]), may_lose_, is_it);
          if (i > 0 && events_.is_due(found.seq)) throw Broken{"a message came that its filter does not show"};
          break;
        } catch (const Broken&) {
          events_ = before;
          if (i + 1 == wishes_.size()) throw;
        }
      }
    }
    return;
  }
  if (type == "pong" || (type == "error" && json::find(message, "code") == R"("BAD_FILTER")")) return;
  throw Broken{fmt::format("{} is none of its messages", message)};
}

void MeshDoor::take_objects(const Kind& kind, std::string_view id_member, std::string_view list) {
  for (const std::string_view object : json::Elements{list}) {
    const auto id = json::find(object, id_member);
    if (!id) throw Broken{fmt::format("{} has no {}", object, id_member)};
    take_object(kind, json::decode(*id), members_of(object));
  }
}

void MeshDoor::take_object(const Kind& kind, const std::string& key, Object told) {
  std::uint64_t& at = at_.try_emplace({kind, key}, began_).first->second;
  for (std::uint64_t seq = at; seq <= truth_.head(); ++seq) {
    const auto thing = truth_.thing(mesh::kSpace, key, seq);
    if (!thing && kind == "status" && told["online"] == "false") {  // nothing is left of it
      at = seq;
      held_[kind].erase(key);
      return;
    }
    if (!thing || std::ranges::none_of(wishes_, [&](const MeshWish& wish) { return shows(wish, kind, key, *thing); })) continue;
    if (object(kind, key, *thing) != told) continue;
    at = seq;
    held_[kind][key] = std::move(told);
    return;
  }
  throw Broken{fmt::format("the {} of {} was never so since seq {}:{}", kind, key, at, to_text(told))};
}

void MeshDoor::take_snapshot(std::string_view data, const DoorKnowledge& server) {
  const auto timestamp = json::find(data, "timestamp");
  const std::int64_t wall_ms = timestamp ? json::integer(*timestamp).value_or(0) : 0;
  for (std::uint64_t seq = began_; seq <= truth_.head(); ++seq) {
    if (std::ranges::none_of(wishes_, [&](const MeshWish& wish) { return is_snapshot_of(wish, seq, data, wall_ms); })) continue;
    began_ = seq;
    has_snapshot_ = true;
    for (const std::string_view node : json::Elements{*json::find(data, "nodes")}) {
      const std::string key = json::decode(*json::find(node, "id"));
      held_["node"][key] = members_of(node);
      at_[{"node", key}] = std::max(at_[{"node", key}], seq);
    }
    for (const std::string_view position : json::Elements{*json::find(data, "positions")}) {
      const std::string key = json::decode(*json::find(position, "nodeId"));
      held_["position"][key] = members_of(position);
      at_[{"position", key}] = std::max(at_[{"position", key}], seq);
    }
    return;
  }
  throw Broken{fmt::format("its snapshot was never so since seq {}, up to {} at {} ms: {}", began_, truth_.head(), server.wall_ms, data)};
}

bool MeshDoor::is_snapshot_of(const MeshWish& wish, std::uint64_t seq, std::string_view data, std::int64_t wall_ms) const {
  std::map<std::string, Object> nodes, positions;
  truth_.for_each_thing(mesh::kSpace, seq, [&](const std::string& key, const Thing& thing) {
    const auto node = shows(wish, "node", key, thing) ? object("node", key, thing) : std::nullopt;
    if (node && last_heard_ms(thing) + kHourMs >= wall_ms) nodes[key] = *node;
    const auto position = shows(wish, "position", key, thing) ? object("position", key, thing) : std::nullopt;
    if (position) positions[key] = *position;
  });
  const auto nodes_told = json::find(data, "nodes"), positions_told = json::find(data, "positions"), messages_told = json::find(data, "recentMessages");
  if (!nodes_told || !positions_told || !messages_told) return false;
  std::int64_t newest = INT64_MAX;
  for (const std::string_view told : json::Elements{*nodes_told}) {
    Object object = members_of(told);
    const std::string key = json::decode(object["id"]);
    const std::int64_t heard = json::integer(object["lastHeard"]).value_or(INT64_MAX);
    if (heard > newest) return false;  // newest first
    newest = heard;
    const auto found = nodes.find(key);
    if (found == nodes.end() || found->second != object) return false;
    nodes.erase(found);
  }
  for (const std::string_view told : json::Elements{*positions_told}) {
    Object object = members_of(told);
    const auto found = positions.find(json::decode(object["nodeId"]));
    if (found == positions.end() || found->second != object) return false;
    positions.erase(found);
  }
  if (!nodes.empty() || !positions.empty()) return false;
  std::vector<const SaidEvent*> due;
  if (wish.kinds.empty() || wish.kinds.contains("message")) due = truth_.recent(messages_view(wish), mesh::kMessage, 50, seq, seq);
  std::ranges::reverse(due);
  auto next = due.begin();
  for (const std::string_view told : json::Elements{*messages_told}) {
    if (next == due.end() || message_object(**next) != members_of(told)) return false;
    ++next;
  }
  return next == due.end();
}

void MeshDoor::check_current() const {
  if (!has_snapshot_) throw Broken{"in the end it has no snapshot"};
  truth_.for_each_thing(mesh::kSpace, truth_.head(), [&](const std::string& key, const Thing& thing) {
    for (const Kind& kind : {Kind{"node"}, Kind{"position"}, Kind{"telemetry"}, Kind{"status"}}) {
      const auto due = shows(wishes_.front(), kind, key, thing) ? object(kind, key, thing) : std::nullopt;
      if (!due) continue;
      const auto held = held_.find(kind);
      const auto found = held == held_.end() ? std::map<std::string, Object>::const_iterator{} : held->second.find(key);
      const bool is_held = held != held_.end() && found != held->second.end();
      // A snapshot has no telemetry and does not say who is there.
      if (!is_held && (kind == "telemetry" || kind == "status")) continue;
      if (!is_held || found->second != *due) throw Broken{fmt::format("in the end its {} of {} is{}\n  and it is{}", kind, key, is_held ? to_text(found->second) : " unknown", to_text(*due))};
    }
  });
  events_.check_current(truth_, messages_view(wishes_.front()), may_lose_);
}

std::optional<MeshDoor::Object> MeshDoor::object(const Kind& kind, const std::string& key, const Thing& thing) const {
  const auto facet = thing.facets.find(channel_of(kind));
  if (facet == thing.facets.end()) return std::nullopt;
  const std::string id = json::quoted(key);
  Object object;
  if (kind == "node") {
    object = {{"id", id}, {"lastHeard", std::to_string(last_heard_ms(thing))}};
    copy(thing, mesh::kNode, {{"num", "nodeNum"}, {"short_name", "shortName"}, {"long_name", "longName"}, {"hardware", "hwModel"}, {"role", "role"}}, object);
    copy(thing, mesh::kTelemetry, {{"battery_percent", "batteryLevel"}, {"voltage_v", "voltage"}}, object);
  } else if (kind == "position") {
    if (!is_number(facet->second, "latitude") || !is_number(facet->second, "longitude")) return std::nullopt;
    object = {{"id", "0"}, {"nodeId", id}, {"timestamp", std::to_string(thing.times_ms.at(mesh::kPosition))}};
    copy(thing, mesh::kPosition, {{"latitude", "latitude"}, {"longitude", "longitude"}, {"altitude_m", "altitude"}, {"packet_id", "id"}}, object);
  } else if (kind == "telemetry") {
    object = {{"id", "0"}, {"nodeId", id}, {"timestamp", std::to_string(thing.times_ms.at(mesh::kTelemetry))}};
    copy(thing, mesh::kTelemetry, {{"battery_percent", "batteryLevel"}, {"voltage_v", "voltage"}, {"uptime_s", "uptime"}, {"packet_id", "id"}}, object);
  } else {
    object = {{"type", "\"node_status\""}, {"nodeId", id}, {"online", facet->second.at("online")}};
  }
  return object;
}

MeshDoor::Object MeshDoor::message_object(const SaidEvent& event) {
  const std::string from = event.key.value_or("!00000000");
  Object object{{"id", "0"}, {"fromId", json::quoted(from)}, {"toId", "\"!ffffffff\""}, {"channel", "0"}, {"timestamp", std::to_string(event.time_ms)}, {"payload", "{}"}};
  object["from"] = std::to_string(number_of(from));
  object["to"] = "4294967295";
  const std::int64_t seconds = event.time_ms >= 0 ? event.time_ms / 1'000 : (event.time_ms - 999) / 1'000;
  object["rxTime"] = std::to_string(seconds);
  if (const auto text = event.data.find("text"); text != event.data.end()) {
    object["text"] = text->second;
    object["payload"] = "{\"text\":" + text->second + '}';
  }
  return object;
}

bool MeshDoor::shows(const MeshWish& wish, const Kind& kind, const std::string& key, const Thing& thing) {
  if (!wish.kinds.empty() && !wish.kinds.contains(kind == "status" ? "node" : kind)) return false;
  if (wish.keys && !wish.keys->contains(key)) return false;
  return !wish.bounds || (thing.place && is_inside(*wish.bounds, *thing.place));
}

PlainView MeshDoor::messages_view(const MeshWish& wish) const {
  PlainView view;
  if (wish.kinds.empty() || wish.kinds.contains("message")) view.query.channels = {mesh::kMessage};
  view.query.keys = wish.keys;
  view.query.bounds = wish.bounds;
  return view;
}

}  // namespace starling::sim
