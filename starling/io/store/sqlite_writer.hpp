/// @file
/// Writes transactions into SQLite, row by row with prepared statements.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sqlite3.h>

#include "starling/core/store/rows.hpp"
#include "starling/io/store/sqlite_statement.hpp"

namespace starling::store {

class SqliteWriter {
 public:
  explicit SqliteWriter(sqlite3* database) noexcept : database_(database) {}

  /// Within a transaction for writing. SQLITE_OK, or what went wrong: then the transaction must be undone, and `forget` called.
  [[nodiscard]] int apply(const Transaction& transaction) noexcept;
  /// The numbers it remembers of channels and series may be none any more.
  void forget() noexcept;

 private:
  enum class Sql : std::uint8_t {
    read_life, write_life, find_channel, add_channel, find_series, add_series, remove_facet, set_facet, remove_place, set_place, add_tail, cut_tail,
    add_history, count,
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using Numbers = std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>>;

  /// Runs a statement, prepared when it is first needed.
  template <class... Values>
  [[nodiscard]] int run(Sql sql, const Values&... values) noexcept;
  template <class... Values>
  [[nodiscard]] int ask(Sql sql, std::optional<std::int64_t>& answer, const Values&... values) noexcept;
  [[nodiscard]] int prepared(Sql sql) noexcept;

  [[nodiscard]] int begin() noexcept;
  [[nodiscard]] int apply_facets(const Transaction& transaction) noexcept;
  [[nodiscard]] int apply_places(const Transaction& transaction) noexcept;
  [[nodiscard]] int apply_tails(const Transaction& transaction) noexcept;
  [[nodiscard]] int apply_history(const Transaction& transaction) noexcept;
  [[nodiscard]] int channel_number(std::string_view name, std::int64_t& number) noexcept;
  [[nodiscard]] int series_number(std::int64_t channel, std::string_view key, std::int64_t& number) noexcept;

  sqlite3* database_;
  std::array<SqliteStatement, static_cast<std::size_t>(Sql::count)> statements_;
  Numbers channels_;
  Numbers series_;     ///< by channel's number and key; forgotten when it has grown large
  std::string lookup_;  ///< what it is looked up by
  std::int64_t row_newest_ = 0, at_newest_ = 0, series_era_ = -1;
};

}  // namespace starling::store
