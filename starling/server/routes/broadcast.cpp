#include "starling/server/routes/broadcast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"

namespace starling::routes {
namespace {

using protocol::Error;
using protocol::ErrorCode;
using state::Update;

/// What the old backend called them.
struct Alias {
  std::string_view name, channel;
};
constexpr std::array kAliases{Alias{"health_status", "services:health"}, Alias{"signal_detection", "signals:detected"}, Alias{"localization_result", "localizations:updated"}};

Update update(const std::string& channel, std::optional<std::string> key, state::Operation operation, std::string_view data) {
  Update update;
  update.channel = channel;
  update.key = std::move(key);
  update.operation = operation;
  update.data = data;
  return update;
}

Result<std::vector<Update>, Error> read_map(std::string_view map, const std::string& channel_name, const state::Channel* channel, const state::State& state) {
  std::vector<Update> updates;
  std::unordered_set<std::string> said;
  for (const json::Member& member : json::Members{map}) {
    std::string key = json::decode_inside(member.name);
    if (!state::is_key(key)) return fault(ErrorCode::bad_key, "a key has 1 to 256 bytes without control characters", "");
    if (json::kind_of(member.value) != json::Kind::object) {
      return fault(ErrorCode::bad_message, fmt::format("{} is a state channel: the body is its whole map, a record for each key", channel_name), key);
    }
    said.insert(key);
    updates.push_back(update(channel_name, std::move(key), state::Operation::replace, member.value));
  }
  if (channel != nullptr) {
    for (std::string& key : state.keys_of(*channel)) {
      if (!said.contains(key)) updates.push_back(update(channel_name, std::move(key), state::Operation::remove, {}));
    }
  }
  if (updates.size() > kBroadcastKeysMax) {
    return fault(ErrorCode::limit_message, fmt::format("a map of more than {} keys, said and removed: publish what changed at /api/v1/publish", kBroadcastKeysMax), "");
  }
  return updates;
}

}  // namespace

BroadcastNames::BroadcastNames(const std::vector<protocol::DoorOptions>& doors) {
  for (const protocol::DoorOptions& door : doors) {
    if (door.dialect != protocol::DialectName::event_flat) continue;
    for (const protocol::DoorChannel& shown : door.channels) {
      add(shown.event_name, shown.channel);
      add(shown.channel, shown.channel);
      for (const Alias& alias : kAliases) {
        if (alias.channel == shown.channel) add(alias.name, alias.channel);
      }
    }
  }
}

void BroadcastNames::add(std::string_view name, std::string_view channel) {
  if (find(name) == nullptr) named_.push_back({std::string{name}, std::string{channel}});
}

const std::string* BroadcastNames::find(std::string_view name) const noexcept {
  const auto named = std::ranges::find(named_, name, &Named::name);
  return named == named_.end() ? nullptr : &named->channel;
}

std::string BroadcastNames::all() const {
  std::vector<std::string_view> names;
  for (const Named& named : named_) names.push_back(named.name);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

Result<std::vector<Update>, Error> read_broadcast(std::string_view body, const std::optional<std::string>& event_type, const BroadcastNames& names,
                                                  const state::KnownChannels& channels, const state::State& state) {
  if (!event_type || event_type->empty()) return fault(ErrorCode::bad_message, "event_type says what is broadcast, as in event_type=signals:detected", kEventType);
  const std::string* const name = names.find(*event_type);
  if (name == nullptr) return fault(ErrorCode::unknown_channel, fmt::format("no event-flat door shows this; there is {}", names.all()), kEventType);
  if (body.size() > kBroadcastBytesMax) {
    return fault(ErrorCode::limit_message, fmt::format("a broadcast has at most {} bytes: publish what changed at /api/v1/publish", kBroadcastBytesMax), "");
  }
  auto object = protocol::read_object(body);
  if (!object) return Unexpected{std::move(object).error()};
  const state::Channel* const channel = channels.find(*name);
  if (channel == nullptr || channel->kind == state::ChannelKind::state) return read_map(*object, *name, channel, state);
  std::vector<Update> updates;
  updates.push_back(update(*name, std::nullopt, state::Operation::merge, *object));
  return updates;
}

http::Response broadcasted(std::string_view event_type, std::uint64_t clients) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = fmt::format(R"({{"status":"broadcasted","event":{},"clients_connected":{}}})", json::quoted(event_type), clients)};
}

}  // namespace starling::routes
