/// @file
/// One connection to a PostgreSQL server, in a schema of our own (`starling`) of the database that the URL names.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "starling/io/store/database.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/postgres_array.hpp"

// libpq's, which only the two files behind this one include.
struct pg_conn;
struct pg_result;

namespace starling::store {

class PostgresDatabase final : public Database {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Database>, Failure> open(const std::string& url, const StoreOptions& options) noexcept;

  [[nodiscard]] Dialect dialect() const noexcept override { return Dialect::postgresql; }
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  using Database::run;
  Affected run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) noexcept override;
  Result<void, Failure> run_script(const std::string& sql) noexcept override;
  Result<void, Failure> begin(Access access) noexcept override;
  Result<void, Failure> commit() noexcept override;
  void rollback() noexcept override;
  Result<void, Failure> apply(const Transaction& transaction) noexcept override;

  /// A statement that was prepared under its own text, and columns for its parameters: one of many, sent together.
  struct Bulk {
    const char* sql;
    std::vector<PostgresArray> columns;
    std::vector<std::int64_t> numbers;  ///< the parameters behind the columns
  };

 private:
  struct Finish {
    void operator()(pg_conn* connection) const noexcept;
  };
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  using Connection = std::unique_ptr<pg_conn, Finish>;
  using Answer = std::unique_ptr<pg_result, Clear>;

  PostgresDatabase(std::string name, std::string secret, Connection connection) noexcept
      : name_(std::move(name)), secret_(std::move(secret)), connection_(std::move(connection)) {}

  /// The next answer of what was sent; null when there are no more. Waits for the server, but not for ever.
  [[nodiscard]] Result<Answer, Failure> next_answer() noexcept;
  /// To the end of what was sent: how many rows the last statement touched, or the first failure.
  [[nodiscard]] Affected answers(const OnRow& on_row) noexcept;
  [[nodiscard]] Result<void, Failure> send(std::span<Bulk> statements) noexcept;
  [[nodiscard]] Result<void, Failure> pipeline_answers(std::size_t statements) noexcept;
  [[nodiscard]] Result<std::int64_t, Failure> channel_number(std::string_view name) noexcept;
  [[nodiscard]] Failure failure(const pg_result* answer) const;
  [[nodiscard]] Failure lost() const;
  [[nodiscard]] std::string without_secret(std::string text) const;
  void stop_answer() noexcept;

  std::string name_;
  std::string secret_;  ///< the password, to be kept out of messages
  Connection connection_;
  std::unordered_map<std::string, std::string> prepared_;  ///< statement → its name on the server
  std::unordered_map<std::string, std::int64_t> channels_;
  bool is_reading_ = false;
};

}  // namespace starling::store
