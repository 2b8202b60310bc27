#include "starling/server/input.hpp"

#include "starling/core/state/fields.hpp"

namespace starling {
namespace {

using state::Operation;
using state::Update;

/// Of two updates of one record. Without a time of its own an update is of now.
bool is_older(const Update& update, const Update& held) noexcept {
  return update.time && (!held.time || *update.time < *held.time);
}

/// Channels have no space in their names, so no two records have the same.
std::string record_name(const Update& update) { return update.channel + ' ' + *update.key; }

}  // namespace

void Input::offer(std::vector<Update> updates) {
  if (updates.empty()) return;
  bool was_empty = false;
  {
    const std::scoped_lock lock{mutex_};
    was_empty = waiting_.empty();
    for (Update& update : updates) {
      ++counters_.offered;
      const std::size_t bytes = update.bytes();
      if (waiting_.size() < options_.updates_max && bytes_ + bytes <= options_.bytes_max) {
        bytes_ += bytes;
        if (!index_.empty() && is_mergeable(update)) index_[record_name(update)] = waiting_.size();
        waiting_.push_back(std::move(update));
      } else if (conflate(update)) {
        ++counters_.conflated;
      } else {
        ++counters_.dropped;
      }
    }
    was_empty = was_empty && !waiting_.empty();
  }
  if (was_empty) wake_();
}

std::vector<Update> Input::take() {
  const std::scoped_lock lock{mutex_};
  bytes_ = 0;
  index_.clear();
  return std::exchange(waiting_, {});
}

InputCounters Input::counters() const {
  const std::scoped_lock lock{mutex_};
  return counters_;
}

bool Input::is_mergeable(const Update& update) const {
  return update.key && !options_.event_channels.contains(update.channel);
}

bool Input::conflate(Update& update) {
  // Merging adds fields: what is merged has a bound as well.
  if (!is_mergeable(update) || bytes_ > 2 * options_.bytes_max) return false;
  if (index_.empty()) {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (is_mergeable(waiting_[i])) index_[record_name(waiting_[i])] = i;
    }
  }
  const auto found = index_.find(record_name(update));
  if (found == index_.end()) return false;
  Update& earlier = waiting_[found->second];
  if (is_older(update, earlier)) return false;
  const std::size_t before = earlier.bytes();
  earlier = merged(std::move(earlier), std::move(update));
  bytes_ = bytes_ - before + earlier.bytes();
  return true;
}

Update merged(Update earlier, Update later) {
  if (later.operation == Operation::merge) {
    switch (earlier.operation) {
      case Operation::merge:
      case Operation::replace: {
        const auto base = state::Fields::from(earlier.data);
        if (const auto fields = state::Fields::merged(base, state::Fields::from(later.data))) {
          later.data = fields->text();
        } else {
          later.data = std::move(earlier.data);
        }
        later.operation = earlier.operation;
        // Where the later one does not say where, the earlier one's place stands.
        if (std::holds_alternative<std::monostate>(later.location)) later.location = earlier.location;
        break;
      }
      case Operation::remove:
        later.operation = Operation::replace;
        break;
    }
  }
  later.retained = later.retained && earlier.retained;
  return later;
}

}  // namespace starling
