/// @file
/// On which pages of an SQLite file rows of a table lie, found by going down the table's tree.
///
/// Source: https://www.sqlite.org/fileformat2.html#b_tree_pages. The pages may be of an older moment than the question (what is in the write-ahead log is not looked at),
/// or damaged: whatever they hold, the walk ends, and what it finds is a guess.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "starling/core/base/bytes.hpp"

namespace starling::store {

/// A page, counted from 1 as SQLite does, and which of the rows that are looked for lie on it or below it.
struct RowsOnPage {
  std::uint32_t page = 0;
  std::span<const std::int64_t> rows = {};
};

/// The bytes of a page, until the next call; empty: it cannot be read.
using ReadPage = std::function<Bytes(std::uint32_t page)>;
/// Told the pages of a level of the tree before any of them is read.
using OnLevel = std::function<void(std::span<const RowsOnPage> level)>;

/// From the first page of a table to the pages of the rows; `rows` ascend. The last level that `on_level` is told are the rows' own.
void find_pages(std::uint32_t root, std::span<const std::int64_t> rows, const ReadPage& read, const OnLevel& on_level);

}  // namespace starling::store
