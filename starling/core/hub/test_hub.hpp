/// @file
/// A hub for tests, with a clock, an event channel `a:e` and a channel `a:gps` located by `lat` and `lon`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/hub/hub.hpp"

namespace starling::session {
inline bool operator==(const Applied& a, const Applied& b) noexcept { return a.seq == b.seq && a.changed == b.changed; }
}  // namespace starling::session

namespace starling::hub {

[[nodiscard]] inline state::Update report(std::string channel, std::string key, std::string data,
                                          state::Operation operation = state::Operation::merge) {
  state::Update update;
  update.channel = std::move(channel);
  update.key = std::move(key);
  update.data = std::move(data);
  update.operation = operation;
  return update;
}
[[nodiscard]] inline state::Update removal(std::string channel, std::string key) {
  return report(std::move(channel), std::move(key), "", state::Operation::remove);
}
[[nodiscard]] inline state::Update event(std::string channel, std::string data, std::optional<std::string> key = std::nullopt) {
  state::Update update;
  update.channel = std::move(channel);
  update.key = std::move(key);
  update.data = std::move(data);
  return update;
}

struct TestHub {
  explicit TestHub(HubOptions options = {}, std::vector<state::ChannelDeclaration> more = {})
      : hub(std::move(options), declarations(std::move(more))) {}

  session::Applied ok(state::Update update) {
    const auto applied = hub.publish(std::move(update), now);
    STARLING_CHECK(applied.has_value());
    return *applied;
  }
  state::Refusal refused(state::Update update) {
    const auto applied = hub.publish(std::move(update), now);
    STARLING_CHECK(!applied.has_value());
    return applied.error();
  }
  log::BatchPtr close() { return hub.close_batch(now); }

  [[nodiscard]] state::EntityPtr find(std::string_view channel, std::string_view key) const {
    const auto space = hub.channels().space_index_of(channel);
    return space ? hub.state().find(*space, key) : nullptr;
  }
  [[nodiscard]] const state::Facet* facet(std::string_view channel, std::string_view key) const {
    const state::EntityPtr entity = find(channel, key);
    const state::Channel* of = hub.channels().find(channel);
    return entity && of ? entity->find(*of) : nullptr;
  }
  [[nodiscard]] std::string text(std::string_view channel, std::string_view key) const {
    const state::Facet* held = facet(channel, key);
    return held ? std::string{held->fields.text()} : "nothing";
  }

  static std::vector<state::ChannelDeclaration> declarations(std::vector<state::ChannelDeclaration> more) {
    std::vector<state::ChannelDeclaration> all(2);
    all[0].name = "a:e";
    all[0].kind = state::ChannelKind::event;
    all[1].name = "a:gps";
    all[1].location = {"lat", "lon"};
    for (state::ChannelDeclaration& declaration : more) all.push_back(std::move(declaration));
    return all;
  }

  Hub hub;
  Moment now{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'000}}};
};

}  // namespace starling::hub
