#include "starling/core/session/client_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"

namespace starling::session {
namespace {

std::string text_of(std::string_view object, std::string_view name) {
  const auto value = json::find(object, name);
  return value && json::kind_of(*value) == json::Kind::string ? json::decode(*value) : std::string{};
}

std::optional<std::int64_t> whole_number(std::string_view object, std::string_view name) {
  const auto value = json::find(object, name);
  return value ? json::integer(*value) : std::nullopt;
}

}  // namespace

std::string ClientSession::subscribe(std::uint32_t id, view::Query query, std::optional<double> rate, bool snapshot,
                                     std::uint32_t recent) {
  Subscription& subscription = subscriptions_[id];
  subscription.asked = {.id = id, .query = std::move(query), .rate = rate, .snapshot = snapshot, .recent = recent, .since = {}};
  return protocol::write(subscription.asked);
}

std::string ClientSession::unsubscribe(std::uint32_t id) {
  subscriptions_.erase(id);
  return protocol::write(protocol::Unsubscribe{id});
}

std::vector<std::string> ClientSession::resubscribe() {
  std::vector<std::string> messages;
  for (auto& [id, subscription] : subscriptions_) {
    subscription.replica.forget_parts();
    protocol::Subscribe message = subscription.asked;
    message.since = subscription.cursor;
    messages.push_back(protocol::write(message));
  }
  return messages;
}

Result<std::optional<ClientSession::Notice>, std::string> ClientSession::receive(std::string_view text) {
  const auto compact = json::compact(text);
  if (!compact || json::kind_of(*compact) != json::Kind::object) return Unexpected{std::string{"not a JSON object"}};
  const std::string_view message = *compact;
  const std::string type = text_of(message, "type");
  using Answer = std::optional<Notice>;
  if (type == "update" || type == "snapshot") return receive_state(message);
  if (type == "subscribed") return receive_subscribed(message);
  if (type == "welcome") {
    epoch_ = text_of(message, "epoch");
    return Answer{Welcomed{epoch_, whole_number(message, "timeout_ms").value_or(0)}};
  }
  if (type == "ok") {
    return Answer{Accepted{std::string{json::find(message, "ref").value_or(std::string_view{})},
                           static_cast<std::uint64_t>(whole_number(message, "seq").value_or(0))}};
  }
  if (type == "error") {
    Refused refused{text_of(message, "code"), text_of(message, "message"), text_of(message, "field"),
                    std::string{json::find(message, "ref").value_or(std::string_view{})}, std::nullopt};
    if (const auto id = whole_number(message, "id")) refused.id = static_cast<std::uint32_t>(*id);
    return Answer{std::move(refused)};
  }
  if (type == "progress") receive_progress(message);
  return Answer{Other{type}};
}

const Replica* ClientSession::replica(std::uint32_t id) const {
  const auto found = subscriptions_.find(id);
  return found == subscriptions_.end() ? nullptr : &found->second.replica;
}

std::optional<std::uint64_t> ClientSession::position(std::uint32_t id) const {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end() || !found->second.cursor) return std::nullopt;
  return found->second.cursor->seq;
}

Result<std::optional<ClientSession::Notice>, std::string> ClientSession::receive_subscribed(std::string_view message) {
  Subscription* subscription = find(message);
  if (subscription == nullptr) return std::optional<Notice>{};  // unsubscribed meanwhile
  Subscribed subscribed{subscription->asked.id, json::find(message, "resumed") == "true", text_of(message, "reason"), text_of(message, "view"),
                        static_cast<std::uint64_t>(whole_number(message, "seq").value_or(0)), {}};
  if (const auto gaps = json::find(message, "gaps"); gaps && json::kind_of(*gaps) == json::Kind::object) {
    for (const json::Member& gap : json::Members{*gaps}) {
      const auto bound = [&gap](std::string_view name) { return static_cast<std::uint64_t>(whole_number(gap.value, name).value_or(0)); };
      subscribed.gaps.push_back({json::decode_inside(gap.name), bound("after"), bound("before")});
    }
  }
  subscription->replica.forget_parts();
  subscription->view = subscribed.view;
  const bool continues = subscribed.resumed || subscribed.reason == "replaced";
  if (!continues) {
    if (subscribed.reason != "expired") subscription->replica.forget_events();
    subscription->cursor.reset();
    if (!subscription->asked.snapshot) {
      subscription->cursor = protocol::Since{epoch_, subscribed.seq, subscription->view};
    }
  }
  return std::optional<Notice>{std::move(subscribed)};
}

Result<std::optional<ClientSession::Notice>, std::string> ClientSession::receive_state(std::string_view message) {
  Subscription* subscription = find(message);
  if (subscription == nullptr) return std::optional<Notice>{};
  auto step = subscription->replica.apply(message);
  if (!step) return Unexpected{std::move(step).error()};
  if (!*step) return std::optional<Notice>{};
  if (subscription->cursor && (*step)->seq < subscription->cursor->seq) {
    return Unexpected{fmt::format("seq {} after seq {}", (*step)->seq, subscription->cursor->seq)};
  }
  subscription->cursor = protocol::Since{epoch_, (*step)->seq, subscription->view};
  return std::optional<Notice>{Stepped{subscription->asked.id, std::move(**step)}};
}

void ClientSession::receive_progress(std::string_view message) {
  const auto at = json::find(message, "at");
  if (!at || json::kind_of(*at) != json::Kind::object) return;
  for (const json::Member& member : json::Members{*at}) {
    const auto id = json::integer(member.name);
    const auto seq = json::integer(member.value);
    if (!id || !seq || *id < 1 || *seq < 0) continue;
    const auto found = subscriptions_.find(static_cast<std::uint32_t>(*id));
    if (found == subscriptions_.end() || !found->second.cursor) continue;
    std::uint64_t& held = found->second.cursor->seq;
    held = std::max(held, static_cast<std::uint64_t>(*seq));
  }
}

ClientSession::Subscription* ClientSession::find(std::string_view message) {
  const auto id = whole_number(message, "id");
  if (!id) return nullptr;
  const auto found = subscriptions_.find(static_cast<std::uint32_t>(*id));
  return found == subscriptions_.end() ? nullptr : &found->second;
}

}  // namespace starling::session
