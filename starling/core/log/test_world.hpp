/// @file
/// A fleet for tests: says what is, remembers it, and closes it as batches. No rules, no limits; those are the hub's.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/log/batch.hpp"
#include "starling/core/state/channels.hpp"
#include "starling/core/state/state.hpp"

namespace starling::log {

class TestWorld {
 public:
  explicit TestWorld(const std::vector<state::ChannelDeclaration>& declarations = {}) : channels_({}, declarations) {}

  /// The facet is `record` (compact JSON) from now on; `place`, if given, is the entity's, owned by this channel.
  void set(std::string_view channel_name, std::string_view key, std::string_view record, std::optional<geo::Point> place = std::nullopt) {
    const state::Channel& channel = open(channel_name);
    const state::EntityPtr before = state_.find(channel.space_index, key);
    auto after = before ? std::make_shared<state::Entity>(*before) : std::make_shared<state::Entity>();
    if (!before) after->identity = state::Identity::of(channel.space_index, key);
    if (place) after->place = state::Place{*place, &channel};
    after->put(std::make_shared<const state::Facet>(state::Facet{&channel, state::Fields::from(record), last_ + 1, time_of(last_ + 1)}));
    record_change({before, std::move(after)});
  }

  /// The facet goes, and the place with it if it is the owner.
  void remove(std::string_view channel_name, std::string_view key, state::Cause cause = state::Cause::deleted) {
    const state::Channel& channel = open(channel_name);
    const state::EntityPtr before = state_.find(channel.space_index, key);
    auto after = std::make_shared<state::Entity>(*before);
    drop(*after, channel);
    if (after->place && after->place->owner == &channel) after->place.reset();
    const bool is_gone = after->facets.empty();
    record_change({before, is_gone ? nullptr : std::move(after), state::gone(channel, cause)});
  }

  /// A change that changes nothing.
  void announce(std::string_view channel_name, std::string_view key) {
    const state::EntityPtr entity = find(channel_name, key);
    record_change({entity, entity});
  }

  /// The entity of this key has no place any more.
  void clear_place(std::string_view channel_name, std::string_view key) {
    const state::EntityPtr before = state_.find(open(channel_name).space_index, key);
    auto after = std::make_shared<state::Entity>(*before);
    after->place.reset();
    record_change({before, std::move(after)});
  }

  /// An event; its entity is that of its key now.
  void say(std::string_view channel_name, std::optional<std::string> key, std::string_view data, std::optional<geo::Point> location = std::nullopt) {
    const state::Channel& channel = open(channel_name);
    const state::EntityPtr entity = key ? state_.find(channel.space_index, *key) : nullptr;
    batch_->events.push_back(std::make_shared<const state::Event>(state::Event{&channel, std::move(key), last_ + 1,
                                                                               static_cast<std::uint32_t>(batch_->events.size()),
                                                                               time_of(last_ + 1), location, std::string{data}, entity}));
  }

  /// What was said since the last batch, as the next one (of no changes if nothing was).
  BatchPtr close(std::size_t bytes = 100) {
    batch_->seq = ++last_;
    batch_->time = time_of(last_);
    batch_->bytes = bytes;
    return std::exchange(batch_, std::make_shared<Batch>());
  }

  [[nodiscard]] state::Channels& channels() noexcept { return channels_; }
  [[nodiscard]] const state::State& state() const noexcept { return state_; }
  const state::Channel& open(std::string_view name) { return **channels_.open(name); }
  [[nodiscard]] state::EntityPtr find(std::string_view channel_name, std::string_view key) {
    return state_.find(open(channel_name).space_index, key);
  }
  /// The last change of the open batch.
  [[nodiscard]] const state::Change& last_change() const noexcept { return batch_->changes.back(); }

 private:
  static Timestamp time_of(state::Seq seq) noexcept { return Timestamp{std::chrono::milliseconds{seq}}; }
  static void drop(state::Entity& entity, const state::Channel& channel) {
    std::erase_if(entity.facets, [&](const state::FacetPtr& facet) { return facet->channel == &channel; });
  }
  void record_change(state::Change change) {
    state_.apply(change);
    batch_->changes.push_back(std::move(change));
  }

  state::Channels channels_;
  state::State state_;
  state::Seq last_ = 0;
  std::shared_ptr<Batch> batch_ = std::make_shared<Batch>();
};

}  // namespace starling::log
