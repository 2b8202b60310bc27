/// @file
/// Writes transactions into PostgreSQL: a statement a table, whose parameters are whole columns, all sent in one go.
#include <algorithm>
#include <limits>
#include <utility>

#include <libpq-fe.h>

#include "starling/io/store/postgres_database.hpp"
#include "starling/io/store/postgres_failure.hpp"

namespace starling::store {

namespace {

// Of several rows for one facet or place the last counts; PostgreSQL refuses to write a row twice in one statement.
constexpr const char* kFacetsGone =
    "DELETE FROM facet f USING unnest($1::bigint[], $2::text[]) AS g (channel, key) WHERE f.channel = g.channel AND f.key = g.key";
constexpr const char* kFacets =
    "INSERT INTO facet (channel, key, record, seq, time) SELECT DISTINCT ON (g.channel, g.key COLLATE \"C\") g.channel, g.key, g.record, g.seq, g.time "
    "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) WITH ORDINALITY AS g (channel, key, record, seq, time, place) "
    "ORDER BY g.channel, g.key COLLATE \"C\", g.place DESC "
    "ON CONFLICT (channel, key) DO UPDATE SET record = excluded.record, seq = excluded.seq, time = excluded.time";
constexpr const char* kPlacesGone =
    "DELETE FROM place p USING unnest($1::text[], $2::text[]) AS g (space, key) WHERE p.space = g.space AND p.key = g.key";
constexpr const char* kPlaces =
    "INSERT INTO place (space, key, latitude, longitude, channel) SELECT DISTINCT ON (g.space COLLATE \"C\", g.key COLLATE \"C\") g.space, g.key, g.latitude, "
    "g.longitude, g.channel FROM unnest($1::text[], $2::text[], $3::double precision[], $4::double precision[], $5::bigint[]) WITH ORDINALITY "
    "AS g (space, key, latitude, longitude, channel, place) ORDER BY g.space COLLATE \"C\", g.key COLLATE \"C\", g.place DESC "
    "ON CONFLICT (space, key) DO UPDATE SET latitude = excluded.latitude, longitude = excluded.longitude, channel = excluded.channel";
constexpr const char* kTails =
    "INSERT INTO tail (channel, id, seq, n, key, time, latitude, longitude, data, entity) "
    "SELECT g.channel, l.row_newest + g.place, g.seq, g.n, g.key, g.time, g.latitude, g.longitude, g.data, g.entity "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::double precision[], $7::double precision[], $8::text[], $9::text[]) "
    "WITH ORDINALITY AS g (channel, seq, n, key, time, latitude, longitude, data, entity, place) CROSS JOIN life l";
constexpr const char* kCount = "UPDATE life SET row_newest = row_newest + $1::bigint";
constexpr const char* kTailCuts =
    "DELETE FROM tail t USING (SELECT g.channel, (SELECT o.id FROM tail o WHERE o.channel = g.channel ORDER BY o.id DESC LIMIT 1 OFFSET g.keep) AS last "
    "FROM unnest($1::bigint[], $2::bigint[]) AS g (channel, keep)) c WHERE t.channel = c.channel AND t.id <= c.last";
constexpr const char* kSeries =
    "INSERT INTO series (channel, key) SELECT DISTINCT g.channel, g.key FROM unnest($1::bigint[], $2::text[]) AS g (channel, key) "
    "WHERE NOT EXISTS (SELECT 1 FROM series s WHERE s.channel = g.channel AND s.key = g.key)";
constexpr const char* kHistory =
    "INSERT INTO history (id, kind, channel, series, seq, n, at, time, text, latitude, longitude) "
    "SELECT l.row_newest + g.place, g.kind, g.channel, s.id, g.seq, g.n, greatest(g.at, l.at_newest), g.time, g.text, g.latitude, g.longitude "
    "FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::double precision[], "
    "$10::double precision[]) WITH ORDINALITY AS g (kind, channel, key, seq, n, at, time, text, latitude, longitude, place) "
    "CROSS JOIN life l LEFT JOIN series s ON s.channel = g.channel AND s.key = g.key";
constexpr const char* kLife =
    "UPDATE life SET seq = $1::bigint, saved_at = $2::bigint, row_newest = row_newest + $3::bigint, at_newest = greatest(at_newest, $4::bigint)";

using Bulk = PostgresDatabase::Bulk;

std::int64_t milliseconds(Timestamp time) noexcept { return time.time_since_epoch().count(); }
std::optional<double> latitude_of(const std::optional<geo::Point>& point) { return point ? std::optional{point->latitude_deg} : std::nullopt; }
std::optional<double> longitude_of(const std::optional<geo::Point>& point) { return point ? std::optional{point->longitude_deg} : std::nullopt; }

Bulk bulk(const char* sql, std::initializer_list<std::uint32_t> types) {
  Bulk made{.sql = sql, .columns = {}, .numbers = {}};
  for (const std::uint32_t type : types) made.columns.emplace_back(type);
  return made;
}

/// One value a column.
template <class... Values>
void add_row(Bulk& bulk, const Values&... values) {
  std::size_t column = 0;
  (bulk.columns[column++].add(values), ...);
}

}  // namespace

Result<void, Failure> PostgresDatabase::apply(const Transaction& transaction) noexcept {
  std::optional<Failure> why;
  const auto number_of = [&](std::string_view channel) -> std::int64_t {
    auto number = channel_number(channel);
    if (number) return *number;
    if (!why) why = number.error();
    return 0;
  };
  const auto whole = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };

  std::vector<Bulk> statements;
  const auto add = [&](Bulk made) {
    if (!made.columns.empty() && made.columns.front().count() == 0) return false;
    statements.push_back(std::move(made));
    return true;
  };

  Bulk facets_gone = bulk(kFacetsGone, {kBigint, kText});
  for (const FacetGone& gone : transaction.facets_gone) add_row(facets_gone, number_of(gone.channel), gone.key);
  Bulk facets = bulk(kFacets, {kBigint, kText, kText, kBigint, kBigint});
  for (const FacetRow& row : transaction.facets) add_row(facets, number_of(row.channel), row.key, row.record, whole(row.seq), milliseconds(row.time));
  Bulk places_gone = bulk(kPlacesGone, {kText, kText});
  for (const PlaceGone& gone : transaction.places_gone) add_row(places_gone, gone.space, gone.key);
  Bulk places = bulk(kPlaces, {kText, kText, kDouble, kDouble, kBigint});
  for (const PlaceRow& row : transaction.places) {
    add_row(places, row.space, row.key, std::optional{row.point.latitude_deg}, std::optional{row.point.longitude_deg}, number_of(row.channel));
  }
  Bulk tails = bulk(kTails, {kBigint, kBigint, kBigint, kText, kBigint, kDouble, kDouble, kText, kText});
  for (const TailRow& row : transaction.tails) {
    add_row(tails, number_of(row.channel), whole(row.seq), std::int64_t{row.n}, row.key, milliseconds(row.time), latitude_of(row.location),
            longitude_of(row.location), row.data, row.entity);
  }
  Bulk cuts = bulk(kTailCuts, {kBigint, kBigint});
  for (const TailCut& cut : transaction.tail_cuts) add_row(cuts, number_of(cut.channel), whole(cut.keep));
  Bulk series = bulk(kSeries, {kBigint, kText});
  Bulk history = bulk(kHistory, {kBigint, kBigint, kText, kBigint, kBigint, kBigint, kBigint, kText, kDouble, kDouble});
  std::int64_t newest = std::numeric_limits<std::int64_t>::min();
  for (const HistoryRow& row : transaction.history) {
    const std::int64_t channel = number_of(row.channel);
    newest = std::max(newest, milliseconds(row.at));
    if (row.key) add_row(series, channel, *row.key);
    add_row(history, static_cast<std::int64_t>(row.kind), channel, row.key, whole(row.seq), std::int64_t{row.n}, newest, milliseconds(row.time), row.text,
            latitude_of(row.place), longitude_of(row.place));
  }
  if (why) return Unexpected{*why};

  add(std::move(facets_gone));
  add(std::move(facets));
  add(std::move(places_gone));
  add(std::move(places));
  // Rows of tails and of history are numbered together.
  if (add(std::move(tails))) add({.sql = kCount, .columns = {}, .numbers = {whole(transaction.tails.size())}});
  add(std::move(cuts));
  add(std::move(series));
  add(std::move(history));
  add({.sql = kLife, .columns = {}, .numbers = {whole(transaction.seq), milliseconds(transaction.at), whole(transaction.history.size()), newest}});
  return send(statements);
}

Result<std::int64_t, Failure> PostgresDatabase::channel_number(std::string_view name) noexcept {
  if (const auto known = channels_.find(std::string{name}); known != channels_.end()) return known->second;
  std::optional<std::int64_t> number;
  const auto found = [&](const Row& row) {
    number = row.integer(0);
    return true;
  };
  if (auto asked = run("SELECT c.id FROM channel c WHERE c.name = $1", {name}, found); !asked) return Unexpected{asked.error()};
  if (!number) {
    if (auto added = run("INSERT INTO channel (name) VALUES ($1) RETURNING id", {name}, found); !added) return Unexpected{added.error()};
  }
  channels_.emplace(name, number.value_or(0));
  return number.value_or(0);
}

Result<void, Failure> PostgresDatabase::send(std::span<Bulk> statements) noexcept {
  for (const Bulk& statement : statements) {
    const auto [entry, is_new] = prepared_.try_emplace(statement.sql, "s" + std::to_string(prepared_.size()));
    if (!is_new) continue;
    if (PQsendPrepare(connection_.get(), entry->second.c_str(), statement.sql, 0, nullptr) != 1) return Unexpected{lost()};
    if (auto prepared = answers({}); !prepared) {
      prepared_.erase(entry);
      return Unexpected{prepared.error()};
    }
  }

  if (PQenterPipelineMode(connection_.get()) != 1) return Unexpected{lost()};
  bool is_sent = true;
  for (Bulk& statement : statements) {
    std::vector<std::string> parameters;
    for (PostgresArray& column : statement.columns) parameters.push_back(std::move(column).taken());
    for (const std::int64_t number : statement.numbers) parameters.push_back(std::to_string(number));
    std::vector<const char*> texts;
    std::vector<int> lengths, formats;
    for (const std::string& parameter : parameters) {
      formats.push_back(formats.size() < statement.columns.size() ? 1 : 0);
      texts.push_back(parameter.c_str());
      lengths.push_back(static_cast<int>(parameter.size()));
    }
    is_sent = is_sent && PQsendQueryPrepared(connection_.get(), prepared_[statement.sql].c_str(), static_cast<int>(parameters.size()), texts.data(),
                                             lengths.data(), formats.data(), 0) == 1;
  }
  if (!is_sent || PQpipelineSync(connection_.get()) != 1) return Unexpected{lost()};
  return pipeline_answers(statements.size());
}

Result<void, Failure> PostgresDatabase::pipeline_answers(std::size_t statements) noexcept {
  std::optional<Failure> why;
  // Each statement's answer is followed by a null; then comes the one of the sync.
  for (std::size_t i = 0; i < statements; ++i) {
    for (;;) {
      auto answer = next_answer();
      if (!answer) return Unexpected{answer.error()};
      if (!*answer) break;
      const ExecStatusType status = PQresultStatus(answer->get());
      if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_ABORTED && !why) why = failure(answer->get());
      if (PQstatus(connection_.get()) != CONNECTION_OK) return Unexpected{lost()};
    }
  }
  auto sync = next_answer();
  if (!sync) return Unexpected{sync.error()};
  if (PQexitPipelineMode(connection_.get()) != 1) return Unexpected{lost()};
  if (why) return Unexpected{*why};
  return {};
}

}  // namespace starling::store
