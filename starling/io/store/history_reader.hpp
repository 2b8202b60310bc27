/// @file
/// Answers questions of history: pages by time, the course of things as the server learned them, the state at a moment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "starling/io/store/database.hpp"
#include "starling/io/store/queries.hpp"
#include "starling/io/store/sql_text.hpp"

namespace starling::store {

class HistoryReader {
 public:
  explicit HistoryReader(Database& database) noexcept : database_(database) {}

  [[nodiscard]] Result<HistoryPage, Failure> page(const HistoryQuery& query) noexcept;
  [[nodiscard]] Result<CoursePage, Failure> course(const CourseQuery& query) noexcept;
  [[nodiscard]] Result<void, Failure> state_at(Timestamp at, std::span<const std::string_view> channels, const HistoryVisitor& visitor) noexcept;
  [[nodiscard]] Result<std::optional<HistoryReach>, Failure> reach(std::span<const std::string_view> channels) noexcept;

 private:
  /// Whose rows a page holds: a channel's, or a series'.
  struct Subject {
    std::string_view column;
    std::int64_t number;
  };
  [[nodiscard]] Result<std::optional<Subject>, Failure> subject_of(const HistoryQuery& query) noexcept;
  /// Has the rows fetched that a page looks at first, so many at most.
  void read_ahead(const HistoryQuery& query, const Subject& subject, std::size_t rows_max) noexcept;
  /// The last of the first `rows` of a query, whatever its box; nullopt: there are fewer.
  [[nodiscard]] Result<std::optional<HistoryCursor>, Failure> step_end(const HistoryQuery& query, const Subject& subject, std::size_t rows) noexcept;

  Database& database_;
};

/// The rows of a channel (`h.channel`) or a series (`h.series`) that a query wants, and gaps, oldest first: what `HistoryReader::page` runs.
[[nodiscard]] SqlText page_statement(const HistoryQuery& query, std::string_view column, std::int64_t number, const std::optional<HistoryCursor>& end);
/// Of each key of a channel the newest record of those up to a row: what `HistoryReader::state_at` runs.
[[nodiscard]] SqlText state_statement(Dialect dialect, std::int64_t channel, std::uint64_t row);

}  // namespace starling::store
