/// @file
/// How rows of history stand in an answer, and how they are found by moment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "starling/io/store/database.hpp"

namespace starling::store {

/// What is selected of `history h`, in the order that `history_row` reads. Name and key are looked up for the rows that are wanted only.
inline constexpr std::string_view kHistoryColumns =
    "h.id, h.kind, (SELECT c.name FROM channel c WHERE c.id = h.channel), (SELECT s.key FROM series s WHERE s.id = h.series), "
    "h.seq, h.n, h.at, h.time, h.text, h.latitude, h.longitude";
/// Where in it `time` and `id` stand, counted from 1 as ORDER BY does.
inline constexpr std::string_view kByTimeAndId = "8, 1";

/// Borrows from `row`.
[[nodiscard]] inline HistoryRow history_row(const Row& row) noexcept {
  return {.kind = static_cast<HistoryKind>(row.integer(1)), .channel = row.text(2), .key = row.text_if_any(3), .seq = row.number(4),
          .n = static_cast<std::uint32_t>(row.integer(5)), .at = row.time(6), .time = row.time(7), .text = row.text(8), .place = row.point(9)};
}
[[nodiscard]] inline HistoryRecord history_record(const Row& row) {
  const HistoryRow borrowed = history_row(row);
  return {.id = row.number(0), .kind = borrowed.kind, .channel = std::string{borrowed.channel},
          .key = borrowed.key ? std::optional{std::string{*borrowed.key}} : std::nullopt, .seq = borrowed.seq, .n = borrowed.n, .at = borrowed.at,
          .time = borrowed.time, .text = std::string{borrowed.text}, .place = borrowed.place};
}

/// The number of the newest row that was known at that moment; 0: none was. Some two dozen look-ups, whatever there is: `at` never runs
/// backwards from row to row.
[[nodiscard]] Result<std::uint64_t, Failure> row_known_at(Database& database, Timestamp at) noexcept;

/// The numbers of those channels that there are, in the order given.
[[nodiscard]] Result<std::vector<std::int64_t>, Failure> channel_numbers(Database& database, std::span<const std::string_view> names) noexcept;
/// The numbers of all others.
[[nodiscard]] Result<std::vector<std::int64_t>, Failure> other_channel_numbers(Database& database, std::span<const std::string_view> names) noexcept;

}  // namespace starling::store
