/// @file
/// One connection to a database, for statements that are the same in SQLite and PostgreSQL, and the few things that are not.
///
/// Parameters are written `$1`, `$2` … and must first appear in that order: SQLite numbers them as it meets them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/geo/point.hpp"
#include "starling/io/store/failure.hpp"
#include "starling/core/store/rows.hpp"
#include "starling/io/store/store.hpp"

namespace starling::store {

enum class Dialect : std::uint8_t { sqlite, postgresql };

/// A parameter; text is borrowed for the call.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view>;
[[nodiscard]] inline Value value_of(std::uint64_t number) noexcept { return static_cast<std::int64_t>(number); }
[[nodiscard]] inline Value value_of(Timestamp time) noexcept { return static_cast<std::int64_t>(time.time_since_epoch().count()); }

/// A row of an answer; columns count from 0. What it gives lives until the next row.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual bool is_null(int column) const noexcept = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const noexcept = 0;
  [[nodiscard]] virtual double real(int column) const noexcept = 0;
  [[nodiscard]] virtual std::string_view text(int column) const noexcept = 0;

  [[nodiscard]] std::uint64_t number(int column) const noexcept { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] Timestamp time(int column) const noexcept { return Timestamp{UnixTime::duration{integer(column)}}; }
  [[nodiscard]] std::optional<std::string_view> text_if_any(int column) const noexcept {
    if (is_null(column)) return std::nullopt;
    return text(column);
  }
  /// Of two columns beside each other.
  [[nodiscard]] std::optional<geo::Point> point(int column) const noexcept {
    if (is_null(column) || is_null(column + 1)) return std::nullopt;
    return geo::Point{real(column), real(column + 1)};
  }
};
/// False: no more rows are wanted.
using OnRow = std::function<bool(const Row&)>;

enum class Access : std::uint8_t {
  read,           ///< what is read is of one moment
  write,          ///< alone; survives the end of any process once committed
  write_durably,  ///< alone; survives a power cut, too
};

class Database {
 public:
  Database() = default;
  virtual ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] virtual Dialect dialect() const noexcept = 0;
  /// How messages call it: a path, or a URL without its password.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;

  /// How many rows a statement inserted, updated or deleted.
  using Affected = Result<std::uint64_t, Failure>;
  virtual Affected run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) noexcept = 0;
  Affected run(std::string_view sql, std::initializer_list<Value> values = {}, const OnRow& on_row = {}) noexcept {
    return run(sql, std::span<const Value>{values.begin(), values.size()}, on_row);
  }
  /// The rows of `history` whose numbers a statement answers with are asked for next: a database that would wait for one after the other fetches what it can of them at once.
  /// It changes no answer, and what fails here fails silently.
  virtual void read_ahead(std::string_view /*sql*/, std::span<const Value> /*values*/) noexcept {}
  /// Statements without parameters or answers, as many as there are.
  virtual Result<void, Failure> run_script(const std::string& sql) noexcept = 0;

  virtual Result<void, Failure> begin(Access access) noexcept = 0;
  virtual Result<void, Failure> commit() noexcept = 0;
  /// Does nothing where there is no transaction (any more).
  virtual void rollback() noexcept = 0;

  /// Writes the rows of `transaction` and its numbers into `life`, within a transaction for writing.
  virtual Result<void, Failure> apply(const Transaction& transaction) noexcept = 0;
};

/// A transaction that is undone unless it is committed.
class Undo {
 public:
  explicit Undo(Database& database) noexcept : database_(&database) {}
  ~Undo() {
    if (database_ != nullptr) database_->rollback();
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;

  [[nodiscard]] Result<void, Failure> commit() noexcept {
    auto done = database_->commit();
    if (done) database_ = nullptr;
    return done;
  }

 private:
  Database* database_;
};

/// Does `work` within a transaction: `work` returns a Result whose error is a Failure; the transaction stands only if it and the commit succeed.
template <class Work>
auto within(Database& database, Access access, Work work) noexcept -> decltype(work()) {
  if (auto begun = database.begin(access); !begun) return Unexpected{begun.error()};
  Undo undo{database};
  auto done = work();
  if (!done) return done;
  if (auto committed = undo.commit(); !committed) return Unexpected{committed.error()};
  return done;
}

}  // namespace starling::store
