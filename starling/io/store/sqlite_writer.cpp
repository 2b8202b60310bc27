#include "starling/io/store/sqlite_writer.hpp"

#include <algorithm>

namespace starling::store {

namespace {

// 65,536 series: about 8 MB. Beyond that SQLite is asked, some microseconds a row.
constexpr std::size_t kSeriesRemembered = 65'536;

constexpr std::array<std::string_view, 13> kSql{
    "SELECT row_newest, at_newest, series_era FROM life",
    "UPDATE life SET seq = $1, saved_at = $2, row_newest = $3, at_newest = $4",
    "SELECT id FROM channel WHERE name = $1",
    "INSERT INTO channel (name) VALUES ($1) RETURNING id",
    "SELECT id FROM series WHERE channel = $1 AND key = $2",
    "INSERT INTO series (channel, key) VALUES ($1, $2) RETURNING id",
    "DELETE FROM facet WHERE channel = $1 AND key = $2",
    "REPLACE INTO facet (channel, key, record, seq, time) VALUES ($1, $2, $3, $4, $5)",
    "DELETE FROM place WHERE space = $1 AND key = $2",
    "REPLACE INTO place (space, key, latitude, longitude, channel) VALUES ($1, $2, $3, $4, $5)",
    "INSERT INTO tail (channel, id, seq, n, key, time, latitude, longitude, data, entity) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    "DELETE FROM tail WHERE channel = $1 AND id <= (SELECT t.id FROM tail t WHERE t.channel = $1 ORDER BY t.id DESC LIMIT 1 OFFSET $2)",
    "INSERT INTO history (id, kind, channel, series, seq, n, at, time, text, latitude, longitude) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
};

std::optional<double> latitude_of(const std::optional<geo::Point>& point) {
  return point ? std::optional{point->latitude_deg} : std::nullopt;
}
std::optional<double> longitude_of(const std::optional<geo::Point>& point) {
  return point ? std::optional{point->longitude_deg} : std::nullopt;
}

}  // namespace

int SqliteWriter::apply(const Transaction& transaction) noexcept {
  static_assert(kSql.size() == static_cast<std::size_t>(Sql::count));
  int code = begin();
  if (code == SQLITE_OK) code = apply_facets(transaction);
  if (code == SQLITE_OK) code = apply_places(transaction);
  if (code == SQLITE_OK) code = apply_tails(transaction);
  if (code == SQLITE_OK) code = apply_history(transaction);
  if (code == SQLITE_OK) code = run(Sql::write_life, transaction.seq, transaction.at, row_newest_, at_newest_);
  return code;
}

void SqliteWriter::forget() noexcept {
  channels_.clear();
  series_.clear();
}

int SqliteWriter::begin() noexcept {
  if (const int code = prepared(Sql::read_life); code != SQLITE_OK) return code;
  SqliteStatement& life = statements_[static_cast<std::size_t>(Sql::read_life)];
  const int code = life.step();
  if (code != SQLITE_ROW) {
    life.done();
    return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
  }
  row_newest_ = life.integer(0);
  at_newest_ = life.integer(1);
  if (const std::int64_t era = life.integer(2); era != series_era_) {
    series_.clear();
    series_era_ = era;
  }
  life.done();
  return SQLITE_OK;
}

int SqliteWriter::apply_facets(const Transaction& transaction) noexcept {
  std::int64_t channel = 0;
  for (const FacetGone& gone : transaction.facets_gone) {
    if (const int code = channel_number(gone.channel, channel); code != SQLITE_OK) return code;
    if (const int code = run(Sql::remove_facet, channel, gone.key); code != SQLITE_OK) return code;
  }
  for (const FacetRow& row : transaction.facets) {
    if (const int code = channel_number(row.channel, channel); code != SQLITE_OK) return code;
    if (const int code = run(Sql::set_facet, channel, row.key, row.record, row.seq, row.time); code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int SqliteWriter::apply_places(const Transaction& transaction) noexcept {
  std::int64_t channel = 0;
  for (const PlaceGone& gone : transaction.places_gone) {
    if (const int code = run(Sql::remove_place, gone.space, gone.key); code != SQLITE_OK) return code;
  }
  for (const PlaceRow& row : transaction.places) {
    if (const int code = channel_number(row.channel, channel); code != SQLITE_OK) return code;
    const int code = run(Sql::set_place, row.space, row.key, row.point.latitude_deg, row.point.longitude_deg, channel);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int SqliteWriter::apply_tails(const Transaction& transaction) noexcept {
  std::int64_t channel = 0;
  for (const TailRow& row : transaction.tails) {
    if (const int code = channel_number(row.channel, channel); code != SQLITE_OK) return code;
    const int code = run(Sql::add_tail, channel, ++row_newest_, row.seq, row.n, row.key, row.time, latitude_of(row.location),
                         longitude_of(row.location), row.data, row.entity);
    if (code != SQLITE_OK) return code;
  }
  for (const TailCut& cut : transaction.tail_cuts) {
    if (const int code = channel_number(cut.channel, channel); code != SQLITE_OK) return code;
    if (const int code = run(Sql::cut_tail, channel, cut.keep); code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int SqliteWriter::apply_history(const Transaction& transaction) noexcept {
  std::int64_t channel = 0;
  for (const HistoryRow& row : transaction.history) {
    if (const int code = channel_number(row.channel, channel); code != SQLITE_OK) return code;
    std::optional<std::int64_t> series;
    if (row.key) {
      if (const int code = series_number(channel, *row.key, series.emplace()); code != SQLITE_OK) return code;
    }
    at_newest_ = std::max<std::int64_t>(at_newest_, row.at.time_since_epoch().count());
    const int code = run(Sql::add_history, ++row_newest_, static_cast<int>(row.kind), channel, series, row.seq, row.n, at_newest_, row.time,
                         row.text, latitude_of(row.place), longitude_of(row.place));
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int SqliteWriter::channel_number(std::string_view name, std::int64_t& number) noexcept {
  if (const auto known = channels_.find(name); known != channels_.end()) {
    number = known->second;
    return SQLITE_OK;
  }
  std::optional<std::int64_t> found;
  int code = ask(Sql::find_channel, found, name);
  if (code == SQLITE_OK && !found) code = ask(Sql::add_channel, found, name);
  if (code != SQLITE_OK) return code;
  number = found.value_or(0);
  channels_.emplace(name, number);
  return SQLITE_OK;
}

int SqliteWriter::series_number(std::int64_t channel, std::string_view key, std::int64_t& number) noexcept {
  lookup_.assign(reinterpret_cast<const char*>(&channel), sizeof channel);
  lookup_ += key;
  if (const auto known = series_.find(lookup_); known != series_.end()) {
    number = known->second;
    return SQLITE_OK;
  }
  std::optional<std::int64_t> found;
  int code = ask(Sql::find_series, found, channel, key);
  if (code == SQLITE_OK && !found) code = ask(Sql::add_series, found, channel, key);
  if (code != SQLITE_OK) return code;
  number = found.value_or(0);
  if (series_.size() >= kSeriesRemembered) series_.clear();
  series_.emplace(lookup_, number);
  return SQLITE_OK;
}

int SqliteWriter::prepared(Sql sql) noexcept {
  SqliteStatement& statement = statements_[static_cast<std::size_t>(sql)];
  return statement.is_prepared() ? SQLITE_OK : statement.prepare(database_, kSql[static_cast<std::size_t>(sql)]);
}

template <class... Values>
int SqliteWriter::run(Sql sql, const Values&... values) noexcept {
  const int code = prepared(sql);
  return code == SQLITE_OK ? statements_[static_cast<std::size_t>(sql)].run(values...) : code;
}

template <class... Values>
int SqliteWriter::ask(Sql sql, std::optional<std::int64_t>& answer, const Values&... values) noexcept {
  const int code = prepared(sql);
  return code == SQLITE_OK ? statements_[static_cast<std::size_t>(sql)].ask(answer, values...) : code;
}

}  // namespace starling::store
