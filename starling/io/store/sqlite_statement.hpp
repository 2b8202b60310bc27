/// @file
/// A prepared statement of SQLite, and the rows it answers with.
///
/// Codes are SQLite's own; whoever runs statements asks the connection for the words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include <sqlite3.h>

#include "starling/core/base/time.hpp"
#include "starling/io/store/database.hpp"

namespace starling::store {

class SqliteStatement final : public Row {
 public:
  SqliteStatement() noexcept = default;

  /// SQLITE_OK, or why the text is no statement.
  [[nodiscard]] int prepare(sqlite3* database, std::string_view sql) noexcept {
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    statement_.reset(made);
    return code;
  }
  [[nodiscard]] bool is_prepared() const noexcept { return statement_ != nullptr; }

  /// Parameters from the first one on. Text is borrowed until `done`.
  template <class... Values>
  [[nodiscard]] int bind(const Values&... values) noexcept {
    int place = 0;
    int code = SQLITE_OK;
    ((code = code == SQLITE_OK ? bind_one(++place, values) : code), ...);
    return code;
  }
  [[nodiscard]] int bind_one(int place, const Value& value) noexcept {
    return std::visit([&](const auto& held) { return bind_one(place, held); }, value);
  }

  /// SQLITE_ROW, SQLITE_DONE, or what went wrong.
  [[nodiscard]] int step() noexcept { return sqlite3_step(statement_.get()); }
  /// Ready to be bound and run again.
  void done() noexcept { sqlite3_reset(statement_.get()); }

  /// To its end, whatever it answers: SQLITE_OK, or what went wrong.
  template <class... Values>
  [[nodiscard]] int run(const Values&... values) noexcept {
    int code = bind(values...);
    if (code == SQLITE_OK) {
      do code = step();
      while (code == SQLITE_ROW);
    }
    done();
    return code == SQLITE_DONE ? SQLITE_OK : code;
  }
  /// The number it answers with; unchanged if it answers with none.
  template <class... Values>
  [[nodiscard]] int ask(std::optional<std::int64_t>& answer, const Values&... values) noexcept {
    int code = bind(values...);
    if (code == SQLITE_OK) {
      while ((code = step()) == SQLITE_ROW) answer = integer(0);
    }
    done();
    return code == SQLITE_DONE ? SQLITE_OK : code;
  }

  [[nodiscard]] bool is_null(int column) const noexcept override { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
  [[nodiscard]] std::int64_t integer(int column) const noexcept override { return sqlite3_column_int64(statement_.get(), column); }
  [[nodiscard]] double real(int column) const noexcept override { return sqlite3_column_double(statement_.get(), column); }
  [[nodiscard]] std::string_view text(int column) const noexcept override {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };

  template <class Integer>
    requires std::is_integral_v<Integer>
  int bind_one(int place, Integer number) noexcept {
    return sqlite3_bind_int64(statement_.get(), place, static_cast<std::int64_t>(number));
  }
  int bind_one(int place, double number) noexcept { return sqlite3_bind_double(statement_.get(), place, number); }
  int bind_one(int place, std::nullptr_t) noexcept { return sqlite3_bind_null(statement_.get(), place); }
  int bind_one(int place, Timestamp time) noexcept { return bind_one(place, time.time_since_epoch().count()); }
  int bind_one(int place, std::string_view text) noexcept {
    // A null pointer would be NULL; an empty text is a text.
    return sqlite3_bind_text64(statement_.get(), place, text.data() != nullptr ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  template <class Held>
  int bind_one(int place, const std::optional<Held>& held) noexcept {
    return held ? bind_one(place, *held) : bind_one(place, nullptr);
  }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace starling::store
