#include "starling/io/store/sqlite_pages.hpp"

#include <algorithm>
#include <utility>

namespace starling::store {

namespace {

// As deep as SQLite's own cursors go.
constexpr int kLevelsMax = 20;

/// A page of the tree of a table that has pages below it.
class InteriorPage {
 public:
  explicit InteriorPage(Bytes bytes) noexcept : bytes_(bytes) {
    if (bytes.size() < kHeaderBytes || bytes[0] != kInteriorOfTable) return;
    const std::size_t cells = number(3, 2);
    if (kHeaderBytes + 2 * cells <= bytes.size()) cells_ = cells;
    is_one_ = true;
  }
  [[nodiscard]] bool is_one() const noexcept { return is_one_; }

  /// Adds the pages below this one on which the rows lie.
  void append_below(std::span<const std::int64_t> rows, std::vector<RowsOnPage>& below) const {
    while (!rows.empty()) {
      const std::size_t cell = cell_of(rows.front());
      const auto end = cell == cells_ ? rows.end() : std::upper_bound(rows.begin(), rows.end(), last_row(cell));
      const auto count = static_cast<std::size_t>(end - rows.begin());
      below.push_back({static_cast<std::uint32_t>(number(cell == cells_ ? kLastPageAt : cell_at(cell), 4)), rows.first(count)});
      rows = rows.subspan(count);
    }
  }

 private:
  static constexpr std::uint8_t kInteriorOfTable = 0x05;
  static constexpr std::size_t kHeaderBytes = 12;
  static constexpr std::size_t kLastPageAt = 8;

  [[nodiscard]] std::uint8_t byte(std::size_t at) const noexcept { return at < bytes_.size() ? bytes_[at] : std::uint8_t{0}; }
  [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t bytes) const noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes; ++i) number = number << 8 | byte(at + i);
    return number;
  }
  [[nodiscard]] std::size_t cell_at(std::size_t cell) const noexcept { return number(kHeaderBytes + 2 * cell, 2); }
  /// The first whose page reaches up to the row; `cells_`: none does, so it is on the last page.
  [[nodiscard]] std::size_t cell_of(std::int64_t row) const noexcept {
    std::size_t first = 0, end = cells_;
    while (first < end) {
      const std::size_t middle = first + (end - first) / 2;
      if (last_row(middle) < row) first = middle + 1;
      else end = middle;
    }
    return first;
  }
  /// The last row of the page that the cell names: seven bits a byte, the ninth byte whole.
  [[nodiscard]] std::int64_t last_row(std::size_t cell) const noexcept {
    const std::size_t at = cell_at(cell) + 4;
    std::uint64_t row = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      row = row << 7 | (byte(at + i) & 0x7Fu);
      if (byte(at + i) < 0x80) return static_cast<std::int64_t>(row);
    }
    return static_cast<std::int64_t>(row << 8 | byte(at + 8));
  }

  Bytes bytes_;
  std::size_t cells_ = 0;
  bool is_one_ = false;
};

}  // namespace

void find_pages(std::uint32_t root, std::span<const std::int64_t> rows, const ReadPage& read, const OnLevel& on_level) {
  std::vector<RowsOnPage> level, below;
  if (!rows.empty()) level.push_back({root, rows});
  for (int depth = 0; depth < kLevelsMax && !level.empty(); ++depth) {
    on_level(level);
    below.clear();
    for (const RowsOnPage& each : level) {
      const InteriorPage page{read(each.page)};
      // All pages of a level are of one kind.
      if (!page.is_one()) break;
      page.append_below(each.rows, below);
    }
    std::swap(level, below);
  }
}

}  // namespace starling::store
