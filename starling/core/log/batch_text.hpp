/// @file
/// Batches and entities as text, for the time between two lives of a server.
///
/// A batch says of each change what was, and which facets are other since; what is stands in the state, or in what a later batch says was. So texts are read
/// from the newest batch back, beginning with the state, and whatever two batches share is one object again.
///
///     {"seq":7,"time":1763715600000,"changes":[{"of":"mesh:position","key":"!a1","was":{"place":[1,2,"mesh:position"],"facets":{…}},"is":["mesh:position"]}],"events":[…]}
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "starling/core/base/result.hpp"
#include "starling/core/log/batch.hpp"

namespace starling::log {

[[nodiscard]] std::string write_batch(const Batch& batch);
/// The entity without its key: place and facets.
[[nodiscard]] std::string write_entity(const state::Entity& entity);

/// Finds a channel by its name, or makes it; null if it may not be.
using ChannelOf = std::function<const state::Channel*(std::string_view name)>;

/// What `write_entity` wrote, of that key; its identity is its own. Errors say what is wrong with the text.
[[nodiscard]] Result<state::EntityPtr, std::string> read_entity(std::string_view text, std::uint32_t space_index, std::string_view key,
                                                                          const ChannelOf& channel_of);

/// Reads batches from the newest back to the oldest.
class BatchesBack {
 public:
  explicit BatchesBack(ChannelOf channel_of) : channel_of_(std::move(channel_of)) {}

  /// Before the first batch is read: what the state holds after the newest.
  void begin_with(const state::EntityPtr& entity) {
    now_.erase(entity->identity.get());
    now_.emplace(entity->identity.get(), entity);
  }
  /// The batch before the one read last. Errors say what is wrong with the text, or how it contradicts what came after; then nothing more can be read.
  [[nodiscard]] Result<BatchPtr, std::string> read(std::string_view text);

 private:
  [[nodiscard]] Result<state::Change, std::string> read_change(std::string_view text);

  struct Hash {
    std::size_t operator()(const state::Identity* identity) const noexcept { return identity->hash; }
  };
  struct Equal {
    bool operator()(const state::Identity* a, const state::Identity* b) const noexcept { return a->equals(*b); }
  };
  ChannelOf channel_of_;
  std::unordered_map<const state::Identity*, state::EntityPtr, Hash, Equal> now_;  // after the batch that is read next; the keys stand in the entities
};

}  // namespace starling::log
