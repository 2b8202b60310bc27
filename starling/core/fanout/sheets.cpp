#include "starling/core/fanout/sheets.hpp"

#include <algorithm>

namespace starling::fanout {
namespace {

/// A list that has grown over this is given back after its beat.
constexpr std::size_t kKeptBytes = 1 << 20;
/// So many sheets wait to be used again.
constexpr std::size_t kSheetsKept = 64;

}  // namespace

void Sheets::begin(const FoldMap& map) noexcept {
  clear();
  map_ = &map;
}

void Sheets::clear() noexcept {
  for (std::size_t i = 0; i < used_; ++i) {
    for (List& list : sheets_[i].lists) {
      if (list.text.capacity() + list.ends.capacity() * sizeof(list.ends[0]) > kKeptBytes) list = List{};
      list.text.clear();
      list.ends.clear();
    }
  }
  if (sheets_.size() > kSheetsKept) sheets_.erase(sheets_.begin() + kSheetsKept, sheets_.end());
  map_ = nullptr;
  expected_.clear();
  used_ = bytes_ = 0;
  is_full_ = false;
}

void Sheets::expect(Column column, std::size_t matches) {
  if (column >= expected_.size()) expected_.resize(column + 1);
  expected_[column] += matches;
}

bool Sheets::add(Encoder& encoder, Column column, const view::View& view, const FoldMap::Runs& runs, std::size_t bytes_max) {
  if (column >= expected_.size() || expected_[column] < map_->size() || map_->channels().size() > kChannelsMax) return false;
  // All of them before anything is added: there may be room for one and not for the next.
  std::array<const Sheet*, kChannelsMax> shown;
  std::size_t count = 0;
  for (const state::Channel* channel : map_->channels()) {
    if (!view.shows(*channel)) continue;
    shown[count] = sheet_of(encoder, column, *channel, view);
    if (!shown[count++]) return false;
  }
  const std::size_t separator_bytes = encoder.separator().size();
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t told = 0; told < shown[i]->lists.size(); ++told) {
      const List& list = shown[i]->lists[told];
      if (list.text.empty()) continue;
      for (const geo::MoveTree::Run* run = map_->begin(runs); run != map_->end(runs); ++run) {
        const std::string_view text = list.run(*run, separator_bytes);
        if (!text.empty()) encoder.add(*shown[i]->channel, static_cast<view::Told>(told), text);
        if (encoder.bytes() > bytes_max) return true;
      }
    }
  }
  return true;
}

std::string_view Sheets::List::run(const geo::MoveTree::Run& run, std::size_t separator_bytes) const noexcept {
  const std::size_t begin = run.first == 0 ? 0 : ends[run.first - 1], end = ends[run.last - 1];
  if (begin == end) return {};
  return std::string_view{text}.substr(begin, end - begin - separator_bytes);
}

const Sheets::Sheet* Sheets::sheet_of(const Encoder& encoder, Column column, const state::Channel& channel, const view::View& view) {
  for (std::size_t i = 0; i < used_; ++i) {
    if (sheets_[i].channel == &channel && sheets_[i].column == column) return &sheets_[i];
  }
  if (is_full_) return nullptr;
  if (used_ == sheets_.size()) sheets_.emplace_back();
  Sheet& sheet = sheets_[used_++];
  sheet.channel = &channel;
  sheet.column = column;
  if (write(sheet, encoder, view)) return &sheet;
  is_full_ = true;
  sheet.channel = nullptr;
  return nullptr;
}

bool Sheets::write(Sheet& sheet, const Encoder& encoder, const view::View& view) {
  bytes_ += sheet.lists.size() * map_->size() * sizeof(sheet.lists[0].ends[0]);
  if (bytes_ > kBytesMax) return false;
  for (List& list : sheet.lists) list.ends.resize(map_->size());
  for (std::uint32_t position = 0; position < map_->size(); ++position) {
    const state::Change& change = map_->change_at(position);
    if (const auto transition = view::transition_inside(change, *sheet.channel)) {
      scratch_.clear();
      if (const auto told = encoder.write(scratch_, change.identity().key, *transition, view, view)) {
        List& list = sheet.lists[static_cast<std::size_t>(*told)];
        list.text += scratch_;
        list.text += encoder.separator();
        bytes_ += scratch_.size() + encoder.separator().size();
        if (bytes_ > kBytesMax) return false;
      }
    }
    for (List& list : sheet.lists) list.ends[position] = static_cast<std::uint32_t>(list.text.size());
  }
  return true;
}

}  // namespace starling::fanout
