#include "starling/io/store/life_table.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace starling::store {

namespace {

/// A statement whose numbers nobody asks for.
Result<void, Failure> done(const Database::Affected& affected) {
  if (!affected) return Unexpected{affected.error()};
  return {};
}

/// What `is_clean` is after a clean end. A dump of PostgreSQL that was restored is not to go on where others have gone beyond: there it is the number of this
/// very table and of the transaction that made it, which a restored one has anew. Copies of SQLite are marked when they are made.
std::string_view mark_of(const Database& database) noexcept {
  switch (database.dialect()) {
    case Dialect::sqlite: return "1";
    case Dialect::postgresql: return "(SELECT (c.oid::bigint << 32) | c.xmin::text::bigint FROM pg_class c WHERE c.oid = 'life'::regclass)";
  }
  return "";
}

}  // namespace

Result<std::optional<Life>, Failure> read_life(Database& database) noexcept {
  std::optional<Life> life;
  const std::string sql = fmt::format("SELECT l.epoch, l.seq, CASE WHEN l.is_clean = {} THEN 1 ELSE 0 END, l.saved_at FROM life l", mark_of(database));
  auto asked = database.run(sql, {}, [&](const Row& row) {
    // A database that nobody has lived in has no epoch.
    if (!row.text(0).empty()) {
      life = Life{.epoch = std::string{row.text(0)}, .seq = row.number(1), .is_clean = row.integer(2) != 0, .saved_at = row.time(3)};
    }
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  return life;
}

Result<void, Failure> begin_life(Database& database, std::string_view epoch, Seq seq, Timestamp at) noexcept {
  if (auto emptied = done(database.run("DELETE FROM log")); !emptied) return emptied;
  return done(database.run("UPDATE life SET epoch = $1, seq = $2, is_clean = 0, saved_at = $3", {epoch, value_of(seq), value_of(at)}));
}

Result<void, Failure> keep_log(Database& database, std::span<const LogText> batches) noexcept {
  for (const LogText& batch : batches) {
    auto kept = done(database.run("INSERT INTO log (seq, text) VALUES ($1, $2) ON CONFLICT (seq) DO UPDATE SET text = excluded.text",
                                  {value_of(batch.seq), batch.text}));
    if (!kept) return kept;
  }
  return {};
}

Result<void, Failure> end_life(Database& database, Seq seq, Timestamp at) noexcept {
  const std::string sql = fmt::format("UPDATE life SET seq = $1, is_clean = {}, saved_at = $2", mark_of(database));
  return done(database.run(sql, {value_of(seq), value_of(at)}));
}

Result<void, Failure> read_log(Database& database, const LogVisitor& visitor) noexcept {
  return done(database.run("SELECT g.seq, g.text FROM log g ORDER BY g.seq", {},
                           [&](const Row& row) { return visitor(LogText{.seq = row.number(0), .text = row.text(1)}); }));
}

}  // namespace starling::store
