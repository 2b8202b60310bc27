#include "starling/io/store/postgres_database.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "starling/io/store/postgres_failure.hpp"

namespace starling::store {

namespace {

// A server that takes a request and says nothing for so long is as good as away: the longest statement deletes and counts what a million rows hold.
constexpr int kAnswerWaitMs = 120'000;
// Rows that nobody wants any more are let pass; with so many of them there may be a million to come, and the server is told to stop.
constexpr int kUnwantedMax = 256;
// One writer at a time, whoever it is: held to the end of a transaction, under this number that means nothing.
constexpr const char* kBeginToWrite = "BEGIN; SELECT pg_advisory_xact_lock(5821930947)";
// The server that uses the database has this one as long as its connection: PostgreSQL is to notice within half a minute that one was cut off.
constexpr const char* kLockForServer =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SELECT pg_advisory_lock(5821930948)";
constexpr const char* kBeginToRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

class PostgresRow final : public Row {
 public:
  PostgresRow(const PGresult* result, int row) noexcept : result_(result), row_(row) {}
  [[nodiscard]] bool is_null(int column) const noexcept override { return PQgetisnull(result_, row_, column) == 1; }
  [[nodiscard]] std::int64_t integer(int column) const noexcept override { return number<std::int64_t>(column); }
  [[nodiscard]] double real(int column) const noexcept override { return number<double>(column); }
  [[nodiscard]] std::string_view text(int column) const noexcept override {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  template <class Number>
  [[nodiscard]] Number number(int column) const noexcept {
    const std::string_view digits = text(column);
    Number read{};
    std::from_chars(digits.data(), digits.data() + digits.size(), read);
    return read;
  }
  const PGresult* result_;
  int row_;
};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

struct Address {
  std::string name;
  std::string secret;
};

/// Where a URL leads, to be said; nullopt if libpq cannot read it.
std::optional<Address> address_of(const std::string& url) {
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options{PQconninfoParse(url.c_str(), &complaint)};
  PQfreemem(complaint);
  if (!options) return std::nullopt;
  const auto find = [&](std::string_view keyword) -> std::string {
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
      if (option->keyword == keyword && option->val != nullptr) return option->val;
    }
    return {};
  };
  const std::string user = find("user"), host = find("host"), port = find("port"), base = find("dbname");
  return Address{fmt::format("postgresql://{}{}{}{}/{}", user, user.empty() ? "" : "@", host, port.empty() ? "" : ":" + port, base), find("password")};
}

}  // namespace

Result<std::unique_ptr<Database>, Failure> PostgresDatabase::open(const std::string& url, const StoreOptions& options) noexcept {
  auto address = address_of(url);
  // What libpq says of it may hold the password.
  if (!address) return Unexpected{Failure{Fault::other, "postgresql://…: is no URL that libpq can read: write postgresql://user:password@host:port/database"}};
  const auto connect_seconds = std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(options.connect_wait).count(), 2);
  const std::string connect_wait = std::to_string(connect_seconds);
  // What the URL says comes later, and counts.
  const std::array<const char*, 8> keywords{"connect_timeout", "application_name", "keepalives_idle", "keepalives_interval", "keepalives_count",
                                            "tcp_user_timeout", "dbname", nullptr};
  const std::array<const char*, 8> values{connect_wait.c_str(), "starling", "10", "5", "3", "30000", url.c_str(), nullptr};
  Connection connection{PQconnectdbParams(keywords.data(), values.data(), 1)};
  std::unique_ptr<PostgresDatabase> database{new PostgresDatabase{std::move(address->name), std::move(address->secret), std::move(connection)}};
  if (PQstatus(database->connection_.get()) != CONNECTION_OK) return Unexpected{database->lost()};
  // Notices would be written to stderr.
  PQsetNoticeProcessor(database->connection_.get(), [](void*, const char*) {}, nullptr);

  const auto lock_wait = std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(options.busy_wait).count(), 1);
  const std::string settings = fmt::format("SET client_encoding = 'UTF8'; SET search_path = starling; SET lock_timeout = {}", lock_wait);
  if (auto set = database->run_script(settings); !set) return Unexpected{set.error()};
  if (options.exclusive) {
    if (auto locked = database->run_script(kLockForServer); !locked) {
      if (locked.error().fault != Fault::busy) return Unexpected{locked.error()};
      return Unexpected{Failure{Fault::busy, fmt::format("{}: another server uses it: stop that one, or give each a database of its own", database->name_)}};
    }
  }
  if (!options.read_only) {
    bool is_there = false;
    auto looked = database->run("SELECT 1 FROM information_schema.schemata s WHERE s.schema_name = 'starling'", {}, [&](const Row&) { return is_there = true; });
    if (!looked) return Unexpected{looked.error()};
    // Who may not make one may have been given one.
    if (!is_there) {
      if (auto made = database->run_script("CREATE SCHEMA IF NOT EXISTS starling"); !made) return Unexpected{made.error()};
    }
  }
  return std::unique_ptr<Database>{std::move(database)};
}

void PostgresDatabase::Finish::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }
void PostgresDatabase::Clear::operator()(pg_result* result) const noexcept { PQclear(result); }

Database::Affected PostgresDatabase::run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) noexcept {
  std::vector<std::string> numbers(values.size());
  std::vector<Oid> types(values.size());
  std::vector<const char*> texts(values.size());
  std::vector<int> lengths(values.size()), formats(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const auto* text = std::get_if<std::string_view>(&values[i])) {
      types[i] = kText;
      texts[i] = text->data() != nullptr ? text->data() : "";
      lengths[i] = static_cast<int>(text->size());
      formats[i] = 1;
    } else if (const auto* integer = std::get_if<std::int64_t>(&values[i])) {
      types[i] = kBigint;
      numbers[i] = std::to_string(*integer);
      texts[i] = numbers[i].c_str();
    } else if (const auto* real = std::get_if<double>(&values[i])) {
      types[i] = kDouble;
      numbers[i] = fmt::format("{}", *real);
      texts[i] = numbers[i].c_str();
    }
  }
  const std::string text{sql};
  const int sent = PQsendQueryParams(connection_.get(), text.c_str(), static_cast<int>(values.size()), types.data(), texts.data(), lengths.data(),
                                     formats.data(), 0);
  if (sent != 1) return Unexpected{lost()};
  if (on_row) PQsetSingleRowMode(connection_.get());
  return answers(on_row);
}

Result<void, Failure> PostgresDatabase::run_script(const std::string& sql) noexcept {
  if (PQsendQuery(connection_.get(), sql.c_str()) != 1) return Unexpected{lost()};
  if (auto done = answers({}); !done) return Unexpected{done.error()};
  return {};
}

Result<void, Failure> PostgresDatabase::begin(Access access) noexcept {
  auto begun = run_script(access == Access::read ? kBeginToRead : kBeginToWrite);
  if (!begun) rollback();
  is_reading_ = access == Access::read;
  return begun;
}

Result<void, Failure> PostgresDatabase::commit() noexcept {
  if (PQsendQuery(connection_.get(), "COMMIT") != 1) return Unexpected{lost()};
  bool is_committed = false;
  std::optional<Failure> why;
  for (;;) {
    auto answer = next_answer();
    if (!answer) return Unexpected{answer.error()};
    if (!*answer) break;
    // A transaction in which something failed is rolled back by it, without a word.
    if (PQresultStatus(answer->get()) == PGRES_COMMAND_OK) is_committed = std::string_view{PQcmdStatus(answer->get())} == "COMMIT";
    else if (!why) why = failure(answer->get());
  }
  if (why) return Unexpected{*why};
  // A reader who had seen enough has nothing to lose.
  if (!is_committed && !is_reading_) return Unexpected{failure_of_postgres(name_, Fault::other, "the transaction was undone")};
  return {};
}

void PostgresDatabase::rollback() noexcept {
  channels_.clear();
  if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) static_cast<void>(run_script("ROLLBACK"));
}

Result<PostgresDatabase::Answer, Failure> PostgresDatabase::next_answer() noexcept {
  while (PQisBusy(connection_.get()) == 1) {
    pollfd socket{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
    const int ready = socket.fd < 0 ? -1 : poll(&socket, 1, kAnswerWaitMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Unexpected{failure_of_postgres(name_, Fault::unreachable, "the server does not answer")};
    if (PQconsumeInput(connection_.get()) != 1) return Unexpected{lost()};
  }
  return Answer{PQgetResult(connection_.get())};
}

Database::Affected PostgresDatabase::answers(const OnRow& on_row) noexcept {
  std::uint64_t affected = 0;
  std::optional<Failure> why;
  bool is_wanted = true;
  int unwanted = 0;
  for (;;) {
    auto answer = next_answer();
    if (!answer) return Unexpected{answer.error()};
    if (!*answer) break;
    const PGresult* result = answer->get();
    switch (PQresultStatus(result)) {
      case PGRES_TUPLES_OK:
      case PGRES_SINGLE_TUPLE:
        for (int row = 0; row < PQntuples(result); ++row) {
          if (!is_wanted) {
            if (++unwanted == kUnwantedMax) stop_answer();
          } else if (on_row) {
            is_wanted = on_row(PostgresRow{result, row});
          }
        }
        break;
      case PGRES_COMMAND_OK: {
        const std::string_view digits = PQcmdTuples(const_cast<PGresult*>(result));
        affected = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), affected);
        break;
      }
      default:
        // What was stopped says that it was.
        if (unwanted < kUnwantedMax && !why) why = failure(result);
        break;
    }
  }
  if (why) return Unexpected{*why};
  return affected;
}

void PostgresDatabase::stop_answer() noexcept {
  if (PGcancel* cancel = PQgetCancel(connection_.get())) {
    std::array<char, 256> why{};
    PQcancel(cancel, why.data(), static_cast<int>(why.size()));
    PQfreeCancel(cancel);
  }
}

Failure PostgresDatabase::failure(const PGresult* answer) const {
  const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  if (PQstatus(connection_.get()) != CONNECTION_OK || state == nullptr) return lost();
  const char* said = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  return failure_of_postgres(name_, fault_of_sqlstate(state), without_secret(fmt::format("{} (SQLSTATE {})", said != nullptr ? said : "failed", state)));
}

Failure PostgresDatabase::lost() const {
  const Fault fault = PQstatus(connection_.get()) == CONNECTION_OK ? Fault::other : Fault::unreachable;
  return failure_of_postgres(name_, fault, without_secret(PQerrorMessage(connection_.get())));
}

std::string PostgresDatabase::without_secret(std::string text) const {
  if (secret_.empty()) return text;
  for (std::size_t at = text.find(secret_); at != std::string::npos; at = text.find(secret_, at)) text.replace(at, secret_.size(), "…");
  return text;
}

}  // namespace starling::store
