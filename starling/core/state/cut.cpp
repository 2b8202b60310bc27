#include "starling/core/state/cut.hpp"

#include <algorithm>
#include <utility>

#include "starling/core/base/check.hpp"

namespace starling::state {

const EntityPtr Cut::kNobody{};

Cut::Cut(Cut&& other) noexcept
    : seq_(other.seq_), slots_(std::exchange(other.slots_, 0)), layer_(other.layer_), of_(std::move(other.of_)) {}

Cut& Cut::operator=(Cut&& other) noexcept {
  if (this == &other) return *this;
  release();
  seq_ = other.seq_;
  slots_ = std::exchange(other.slots_, 0);
  layer_ = other.layer_;
  of_ = std::move(other.of_);
  return *this;
}

void Cut::release() noexcept {
  if (of_) of_->end_cut(layer_);
  of_.reset();
}

std::vector<std::uint32_t> changed_between(const Cut& older, const Cut& younger) {
  std::vector<std::uint32_t> slots;
  if (older.of_) {
    STARLING_CHECK(older.of_ == younger.of_);
    slots = older.of_->written_between(older.layer_, younger.layer_);
    slots.erase(std::remove_if(slots.begin(), slots.end(), [&](std::uint32_t slot) { return older.at(slot) == younger.at(slot); }), slots.end());
  }
  for (std::size_t slot = older.slots(); slot < younger.slots(); ++slot) {
    if (younger.at(slot)) slots.push_back(static_cast<std::uint32_t>(slot));
  }
  return slots;
}

}  // namespace starling::state
