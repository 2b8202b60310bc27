// Databases of other versions, and of other people.
#include "starling/io/store/schema.hpp"

#include <array>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "starling/io/store/postgres_database.hpp"
#include "starling/io/store/sqlite_database.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

/// The connection beneath a store, without its tables.
std::unique_ptr<Database> bare(const OnSqlite& kind) { return given(SqliteDatabase::open(kind.options().folder + "/test.db", kind.options())); }
std::unique_ptr<Database> bare(const OnPostgres& kind) { return given(PostgresDatabase::open(kind.url(), kind.options())); }

std::int64_t number(Database& database, std::string_view sql) {
  std::int64_t answer = -1;
  given(database.run(sql, {}, [&](const Row& row) {
    answer = row.integer(0);
    return true;
  }));
  return answer;
}

}  // namespace

TEST_CASE_TEMPLATE("a database of an earlier version is brought up to this one, by all its steps or by none", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  given(given(open_store(kind.url(), kind.options()))->begin_life("e1", 3, second(0)));
  const auto database = bare(kind);
  std::vector<std::string_view> steps;
  for (const std::string_view step : migrations(database->dialect())) steps.push_back(step);
  const auto first = static_cast<std::int64_t>(steps.size());
  CHECK(given(version_of(*database)) == steps.size());

  steps.push_back("CREATE TABLE added (x INTEGER); INSERT INTO added VALUES (41)");
  steps.push_back("UPDATE added SET x = x + 1; SELECT nonsense FROM nowhere");
  CHECK(refused(migrate(*database, steps)).fault == Fault::other);
  CHECK(number(*database, "SELECT m.version FROM meta m") == first);
  CHECK(given(version_of(*database)) == static_cast<std::size_t>(first));

  CHECK(refused(check_version(*database, steps)).fault == Fault::other);
  steps.back() = "UPDATE added SET x = x + 1";
  given(migrate(*database, steps));
  CHECK(number(*database, "SELECT a.x FROM added a") == 42);
  CHECK(number(*database, "SELECT m.version FROM meta m") == first + 2);
  given(migrate(*database, steps));
  CHECK(number(*database, "SELECT a.x FROM added a") == 42);
  CHECK(number(*database, "SELECT l.seq FROM life l") == 3);

  // This program knows the first steps only.
  const Failure why = refused(open_store(kind.url(), kind.options()));
  CHECK(why.fault == Fault::newer);
  CHECK(why.message.find("later version") != std::string::npos);
  StoreOptions reading = kind.options();
  reading.read_only = true;
  CHECK(refused(open_store(kind.url(), reading)).fault == Fault::newer);
}

TEST_CASE_TEMPLATE("a database with tables of something else is left alone", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  {
    // The connection makes the schema, and what is in it then is not ours.
    const auto database = bare(kind);
    given(database->run_script("CREATE TABLE letters (x INTEGER)"));
  }
  const Failure why = refused(open_store(kind.url(), kind.options()));
  CHECK(why.fault == Fault::other);
  CHECK(why.message.find("a database of its own") != std::string::npos);
}

}  // namespace starling::store
