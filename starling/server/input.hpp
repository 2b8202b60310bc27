/// @file
/// The queue through which sources' threads hand what they heard to the event loop.
///
/// Full (`updates_max` or `bytes_max`), it grows no more: an update of a record that already waits here is merged
/// with the one that waits, so the state that comes out is the same; everything else, events first of all, is dropped
/// and counted. So is an update older than the one that waits: what a late report may do only the hub can tell.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "starling/sources/source.hpp"

namespace starling {

struct InputOptions {
  std::size_t updates_max = 65'536;
  std::size_t bytes_max =
      64 << 20;  ///< of keys and data; the loop holds as much again of what it has taken and not yet applied
  std::unordered_set<std::string> event_channels = {};  ///< what is said there is never merged
};

struct InputCounters {
  std::uint64_t offered = 0;
  std::uint64_t conflated = 0;
  std::uint64_t dropped = 0;
};

/// **Thread-safe:** all of it.
class Input final : public sources::Sink {
 public:
  /// `wake` is called, from the source's thread, when there is something to take where there was nothing.
  Input(InputOptions options, std::function<void()> wake) : options_(std::move(options)), wake_(std::move(wake)) {}

  void offer(std::vector<state::Update> updates) override;
  /// Everything that waits, in order.
  [[nodiscard]] std::vector<state::Update> take();
  [[nodiscard]] InputCounters counters() const;

 private:
  [[nodiscard]] bool is_mergeable(const state::Update& update) const;
  [[nodiscard]] bool conflate(state::Update& update);

  InputOptions options_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::vector<state::Update> waiting_;
  std::size_t bytes_ = 0;
  /// Where a record's newest update waits; made when the queue is found full, gone with the next `take`.
  std::unordered_map<std::string, std::size_t> index_;
  InputCounters counters_;
};

/// What `earlier` and then `later` say of one record, as one update.
[[nodiscard]] state::Update merged(state::Update earlier, state::Update later);

}  // namespace starling
