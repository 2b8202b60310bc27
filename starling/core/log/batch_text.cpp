#include "starling/core/log/batch_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "starling/core/base/json.hpp"

namespace starling::log {
namespace {

using state::Cause;
using state::Change;
using state::Channel;
using state::Entity;
using state::EntityPtr;
using state::Event;
using state::Facet;
using state::FacetPtr;

Unexpected<std::string> wrong(std::string_view what) { return Unexpected{fmt::format("{} is missing or not what it should be", what)}; }
Unexpected<std::string> contradiction(std::string_view key) { return Unexpected{fmt::format("what is said of {} contradicts what came after", key)}; }

/// What keeping it keeps, about: as the hub weighs it.
std::size_t bytes_of(const Change& change) {
  std::size_t bytes = sizeof(Change);
  if (!change.after) return bytes;
  bytes += change.after->bytes();
  for (const FacetPtr& facet : change.after->facets) {
    if (!change.before || change.before->find(*facet->channel) != facet.get()) bytes += facet->bytes();
  }
  return bytes;
}

// ---- Writing ----------------------------------------------------------------------------------------------------------

/// `entity`, without the facets that it shares with `other` (null: with all).
void append_entity(std::string& out, const Entity& entity, const Entity* other) {
  out += R"({"place":)";
  if (entity.place) {
    const state::Place& place = *entity.place;
    fmt::format_to(std::back_inserter(out), "[{},{},", place.point.latitude_deg, place.point.longitude_deg);
    json::append_string(out, place.owner->name);
    out += ']';
  } else {
    out += "null";
  }
  out += R"(,"facets":{)";
  bool is_first = true;
  for (const FacetPtr& facet : entity.facets) {
    if (other && other->find(*facet->channel) == facet.get()) continue;
    if (!std::exchange(is_first, false)) out += ',';
    json::append_string(out, facet->channel->name);
    fmt::format_to(std::back_inserter(out), R"(:{{"seq":{},"time":{},"record":)", facet->seq, facet->time.time_since_epoch().count());
    out += facet->fields.text();
    out += '}';
  }
  out += "}}";
}

void append_change(std::string& out, const Change& change) {
  const Entity& either = change.after ? *change.after : *change.before;
  out += R"({"of":)";
  json::append_string(out, either.facets.front()->channel->name);
  out += R"(,"key":)";
  json::append_string(out, either.key());
  if (change.is_announcement()) {
    out += R"(,"again":true})";
    return;
  }
  out += R"(,"was":)";
  if (change.before) {
    append_entity(out, *change.before, change.after.get());
  } else {
    out += "null";
  }
  out += R"(,"is":)";
  if (change.after) {
    char separator = '[';
    for (const FacetPtr& facet : change.after->facets) {
      if (change.before && change.before->find(*facet->channel) == facet.get()) continue;
      out += std::exchange(separator, ',');
      json::append_string(out, facet->channel->name);
    }
    out += separator == '[' ? "[]" : "]";
  } else {
    out += "null";
  }
  if (change.gone) {
    char separator = '{';
    out += R"(,"gone":)";
    for (const state::Gone& gone : *change.gone) {
      out += std::exchange(separator, ',');
      json::append_string(out, gone.channel->name);
      out += gone.cause == Cause::expired ? R"(:"expired")" : R"(:"deleted")";
    }
    out += '}';
  }
  out += '}';
}

void append_event(std::string& out, const Event& event) {
  out += R"({"channel":)";
  json::append_string(out, event.channel->name);
  if (event.key) {
    out += R"(,"key":)";
    json::append_string(out, *event.key);
  }
  fmt::format_to(std::back_inserter(out), R"(,"n":{},"time":{})", event.n, event.time.time_since_epoch().count());
  if (event.location) fmt::format_to(std::back_inserter(out), R"(,"location":[{},{}])", event.location->latitude_deg, event.location->longitude_deg);
  out += R"(,"data":)";
  out += event.data;
  if (event.entity) {
    out += R"(,"entity":)";
    append_entity(out, *event.entity, nullptr);
  }
  out += '}';
}

// ---- Reading: `text` is compact JSON ----------------------------------------------------------------------------------

std::optional<std::string_view> find(std::string_view object, std::string_view name, json::Kind kind) {
  if (json::kind_of(object) != json::Kind::object) return std::nullopt;
  const auto value = json::find(object, name);
  return value && json::kind_of(*value) == kind ? value : std::nullopt;
}

std::optional<std::int64_t> find_integer(std::string_view object, std::string_view name) {
  const auto value = find(object, name, json::Kind::number);
  return value ? json::integer(*value) : std::nullopt;
}

std::optional<std::string> find_string(std::string_view object, std::string_view name) {
  const auto value = find(object, name, json::Kind::string);
  return value ? std::optional{json::decode(*value)} : std::nullopt;
}

/// `[latitude, longitude, …]`: the point, and what else stands there.
struct PlaceText {
  geo::Point point;
  std::vector<std::string_view> rest;
};
std::optional<PlaceText> read_point(std::string_view array) {
  std::vector<std::string_view> elements;
  for (const std::string_view element : json::Elements{array}) elements.push_back(element);
  if (elements.size() < 2) return std::nullopt;
  const auto latitude_deg = json::number(elements[0]), longitude_deg = json::number(elements[1]);
  const auto point = latitude_deg && longitude_deg ? geo::Point::from(*latitude_deg, *longitude_deg) : std::nullopt;
  if (!point) return std::nullopt;
  return PlaceText{*point, {elements.begin() + 2, elements.end()}};
}

/// Puts into `entity` what the text says of it.
Result<void, std::string> read_into(Entity& entity, std::string_view text, const ChannelOf& channel_of) {
  const auto facets = find(text, "facets", json::Kind::object);
  if (!facets) return wrong("facets");
  for (const json::Member& member : json::Members{*facets}) {
    const Channel* channel = channel_of(json::decode_inside(member.name));
    if (channel == nullptr || channel->kind != state::ChannelKind::state) return Unexpected{fmt::format("a channel {} cannot be", member.name)};
    const auto seq = find_integer(member.value, "seq"), time = find_integer(member.value, "time");
    const auto record = find(member.value, "record", json::Kind::object);
    if (!seq || *seq < 0 || !time || !record) return wrong("a facet's seq, time or record");
    entity.put(std::make_shared<const Facet>(Facet{channel, state::Fields::from(*record), static_cast<Seq>(*seq), Timestamp{Timestamp::duration{*time}}}));
  }
  entity.place.reset();
  if (const auto place = find(text, "place", json::Kind::array)) {
    const auto read = read_point(*place);
    if (!read || read->rest.size() != 1 || json::kind_of(read->rest[0]) != json::Kind::string) return wrong("a place");
    const Channel* owner = channel_of(json::decode(read->rest[0]));
    if (owner == nullptr || entity.find(*owner) == nullptr) return Unexpected{std::string{"a place is nobody's"}};
    entity.place = state::Place{read->point, owner};
  }
  return {};
}

Result<EntityPtr, std::string> read_whole(std::string_view text, state::IdentityPtr identity, const ChannelOf& channel_of) {
  auto entity = std::make_shared<Entity>();
  entity->identity = std::move(identity);
  if (auto read = read_into(*entity, text, channel_of); !read) return Unexpected{read.error()};
  if (entity->facets.empty()) return Unexpected{std::string{"an entity has no facet"}};
  for (const FacetPtr& facet : entity->facets) {
    if (facet->channel->space_index != entity->identity->space_index) return Unexpected{std::string{"an entity is of two spaces"}};
  }
  return EntityPtr{std::move(entity)};
}

Result<state::EventPtr, std::string> read_event(std::string_view text, Seq seq, const ChannelOf& channel_of) {
  const auto name = find_string(text, "channel");
  const Channel* channel = name ? channel_of(*name) : nullptr;
  if (channel == nullptr || channel->kind != state::ChannelKind::event) return wrong("an event's channel");
  const auto n = find_integer(text, "n"), time = find_integer(text, "time");
  const auto data = find(text, "data", json::Kind::object);
  if (!n || *n < 0 || *n > 0xFFFF'FFFF || !time || !data) return wrong("an event's n, time or data");
  auto event = std::make_shared<Event>(Event{.channel = channel,
                                             .key = find_string(text, "key"),
                                             .seq = seq,
                                             .n = static_cast<std::uint32_t>(*n),
                                             .time = Timestamp{Timestamp::duration{*time}},
                                             .location = std::nullopt,
                                             .data = std::string{*data},
                                             .entity = nullptr});
  if (event->key && !state::is_key(*event->key)) return wrong("an event's key");
  if (const auto location = find(text, "location", json::Kind::array)) {
    const auto read = read_point(*location);
    if (!read) return wrong("an event's location");
    event->location = read->point;
  }
  if (const auto entity = find(text, "entity", json::Kind::object)) {
    if (!event->key) return wrong("an event's key");
    auto read = read_whole(*entity, state::Identity::of(channel->space_index, *event->key), channel_of);
    if (!read) return Unexpected{read.error()};
    event->entity = std::move(*read);
  }
  return state::EventPtr{std::move(event)};
}

}  // namespace

std::string write_batch(const Batch& batch) {
  std::string out = fmt::format(R"({{"seq":{},"time":{},"changes":[)", batch.seq, batch.time.time_since_epoch().count());
  for (std::size_t i = 0; i < batch.changes.size(); ++i) {
    if (i > 0) out += ',';
    append_change(out, batch.changes[i]);
  }
  out += R"(],"events":[)";
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    if (i > 0) out += ',';
    append_event(out, *batch.events[i]);
  }
  out += "]}";
  return out;
}

std::string write_entity(const Entity& entity) {
  std::string out;
  append_entity(out, entity, nullptr);
  return out;
}

Result<EntityPtr, std::string> read_entity(std::string_view text, std::uint32_t space_index, std::string_view key, const ChannelOf& channel_of) {
  std::string room;
  const auto compact = json::compact(text, room);
  if (!compact || json::kind_of(*compact) != json::Kind::object) return wrong("the text of an entity");
  return read_whole(*compact, state::Identity::of(space_index, key), channel_of);
}

Result<BatchPtr, std::string> BatchesBack::read(std::string_view text) {
  std::string room;
  const auto compact = json::compact(text, room);
  if (!compact || json::kind_of(*compact) != json::Kind::object) return wrong("the text of a batch");
  const auto seq = find_integer(*compact, "seq"), time = find_integer(*compact, "time");
  const auto changes = find(*compact, "changes", json::Kind::array), events = find(*compact, "events", json::Kind::array);
  if (!seq || *seq < 1 || !time || !changes || !events) return wrong("a batch's seq, time, changes or events");
  auto batch = std::make_shared<Batch>();
  batch->seq = static_cast<Seq>(*seq);
  batch->time = Timestamp{Timestamp::duration{*time}};
  std::vector<std::string_view> forward;
  for (const std::string_view change : json::Elements{*changes}) forward.push_back(change);
  for (auto change = forward.rbegin(); change != forward.rend(); ++change) {
    auto read = read_change(*change);
    if (!read) return Unexpected{read.error()};
    batch->changes.push_back(std::move(*read));
  }
  std::ranges::reverse(batch->changes);
  for (const std::string_view event : json::Elements{*events}) {
    auto read = read_event(event, batch->seq, channel_of_);
    if (!read) return Unexpected{read.error()};
    batch->bytes += (*read)->bytes();
    batch->events.push_back(std::move(*read));
  }
  for (const Change& change : batch->changes) batch->bytes += bytes_of(change);
  return BatchPtr{std::move(batch)};
}

/// From what is to what was.
Result<Change, std::string> BatchesBack::read_change(std::string_view text) {
  const auto of = find_string(text, "of"), key = find_string(text, "key");
  const Channel* of_channel = of ? channel_of_(*of) : nullptr;
  if (of_channel == nullptr || !key || !state::is_key(*key)) return wrong("a change's channel or key");
  state::IdentityPtr identity = state::Identity::of(of_channel->space_index, *key);
  const auto found = now_.find(identity.get());
  if (json::find(text, "again")) {
    if (found == now_.end()) return contradiction(*key);
    return Change{found->second, found->second};
  }
  const auto was = json::find(text, "was"), is = json::find(text, "is");
  if (!was || !is) return wrong("a change's was or is");
  const bool has_before = json::kind_of(*was) == json::Kind::object, has_after = json::kind_of(*is) == json::Kind::array;
  if ((!has_before && json::kind_of(*was) != json::Kind::null) || (!has_after && json::kind_of(*is) != json::Kind::null) || (!has_before && !has_after))
    return wrong("a change's was or is");

  if ((found != now_.end()) != has_after) return contradiction(*key);
  Change change;
  if (has_after) change.after = found->second;
  if (has_before && !has_after) {
    auto before = read_whole(*was, std::move(identity), channel_of_);
    if (!before) return Unexpected{before.error()};
    change.before = std::move(*before);
    now_.emplace(change.before->identity.get(), change.before);
  } else if (has_before) {
    auto before = std::make_shared<Entity>(*change.after);
    for (const std::string_view name : json::Elements{*is}) {
      const Channel* channel = json::kind_of(name) == json::Kind::string ? channel_of_(json::decode(name)) : nullptr;
      if (channel == nullptr || before->find(*channel) == nullptr) return contradiction(*key);
      std::erase_if(before->facets, [&](const FacetPtr& facet) { return facet->channel == channel; });
    }
    if (auto read = read_into(*before, *was, channel_of_); !read) return Unexpected{read.error()};
    if (before->facets.empty()) return Unexpected{fmt::format("{} was without a facet", *key)};
    change.before = std::move(before);
    found->second = change.before;
  } else {
    now_.erase(found);
  }
  if (const auto gone = find(text, "gone", json::Kind::object)) {
    std::vector<state::Gone> went;
    for (const json::Member& member : json::Members{*gone}) {
      const Channel* channel = channel_of_(json::decode_inside(member.name));
      if (channel == nullptr) return wrong("what went");
      went.push_back({channel, member.value == R"("expired")" ? Cause::expired : Cause::deleted});
    }
    if (!went.empty()) change.gone = std::make_shared<const std::vector<state::Gone>>(std::move(went));
  }
  return change;
}

}  // namespace starling::log
