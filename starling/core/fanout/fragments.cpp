#include "starling/core/fanout/fragments.hpp"

#include <algorithm>
#include <cstring>

namespace starling::fanout {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;
/// Blocks kept for the next fold; more than a busy beat needs are given back.
constexpr std::size_t kBlocksKept = 64;

}  // namespace

void Fragments::clear() noexcept {
  columns_.clear();
  changes_.clear();
  events_.clear();
  entries_.clear();
  large_.clear();
  if (blocks_.size() > kBlocksKept) blocks_.resize(kBlocksKept);
  block_ = block_used_ = 0;
}

Column Fragments::column_of(const Encoder& encoder, const view::ViewPtr& view) {
  const auto looked_through = static_cast<Column>(std::min<std::size_t>(columns_.size(), kSharedMax));
  for (Column i = 0; i < looked_through; ++i) {
    const Writer& writer = columns_[i];
    if (writer.encoder != &encoder) continue;
    if (writer.view->projection()->shows_as(*view->projection())) return i;
  }
  columns_.push_back({&encoder, view});
  return static_cast<Column>(columns_.size() - 1);
}

Fragments::Fragment Fragments::change(std::uint32_t number, std::string_view key, const view::Transition& transition, Column column) {
  grow(changes_, number);
  std::uint32_t kept = 0;
  for (std::uint32_t at = changes_[number]; at != 0; at = entries_[at - 1].next, ++kept) {
    const Entry& entry = entries_[at - 1];
    if (entry.column == column && entry.before == transition.before && entry.after == transition.after && entry.asked == transition.told &&
        (transition.told != view::Told::remove || entry.reason == transition.reason)) {
      return entry.fragment;
    }
  }
  const Writer& writer = columns_[column];
  scratch_.clear();
  const std::optional<view::Told> told = writer.encoder->write(scratch_, key, transition, *writer.view, *writer.view);
  ++written_;
  if (kept == kSharedMax) return {told, scratch_};
  entries_.push_back({changes_[number], column, transition.before, transition.after, transition.told, transition.reason, {told, keep(scratch_)}});
  changes_[number] = static_cast<std::uint32_t>(entries_.size());
  return entries_.back().fragment;
}

std::string_view Fragments::event(std::uint32_t number, const state::Event& event, Column column) {
  grow(events_, number);
  std::uint32_t kept = 0;
  for (std::uint32_t at = events_[number]; at != 0; at = entries_[at - 1].next, ++kept) {
    if (entries_[at - 1].column == column) return entries_[at - 1].fragment.text;
  }
  const Writer& writer = columns_[column];
  scratch_.clear();
  writer.encoder->write(scratch_, event, *writer.view);
  ++written_;
  if (kept == kSharedMax) return scratch_;
  entries_.push_back({events_[number], column, nullptr, nullptr, view::Told::set, {}, {std::nullopt, keep(scratch_)}});
  events_[number] = static_cast<std::uint32_t>(entries_.size());
  return entries_.back().fragment.text;
}

std::string_view Fragments::keep(std::string_view text) {
  if (text.size() > kBlockBytes / 4) {  // would leave much of a block unused
    large_.push_back(std::make_unique_for_overwrite<char[]>(text.size()));
    std::memcpy(large_.back().get(), text.data(), text.size());
    return {large_.back().get(), text.size()};
  }
  if (block_ < blocks_.size() && kBlockBytes - block_used_ < text.size()) {
    ++block_;
    block_used_ = 0;
  }
  if (block_ == blocks_.size()) blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
  char* to = blocks_[block_].get() + block_used_;
  std::memcpy(to, text.data(), text.size());
  block_used_ += text.size();
  return {to, text.size()};
}

void Fragments::grow(std::vector<std::uint32_t>& heads, std::uint32_t number) {
  if (number >= heads.size()) heads.resize(number + 1);
}

}  // namespace starling::fanout
