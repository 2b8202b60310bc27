#include "starling/io/store/state_table.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace starling::store {

namespace {

struct Named {
  std::int64_t number;
  std::string name;
};

Result<std::vector<Named>, Failure> channels_by_name(Database& database) {
  std::vector<Named> channels;
  auto asked = database.run("SELECT c.id, c.name FROM channel c WHERE c.id > 0 ORDER BY c.name", {}, [&](const Row& row) {
    channels.push_back({row.integer(0), std::string{row.text(1)}});
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  return channels;
}

/// The facets that history holds as set and that are not there, as removed.
Result<void, Failure> record_losses(Database& database, Seq seq) {
  std::int64_t newest = 0, at = 0;
  auto asked = database.run("SELECT l.row_newest, l.at_newest FROM life l", {}, [&](const Row& row) {
    newest = row.integer(0);
    at = row.integer(1);
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  auto written = database.run(
      "INSERT INTO history (id, kind, channel, series, seq, n, at, time, text) "
      "SELECT $1 + row_number() OVER (ORDER BY s.id), 1, s.channel, s.id, $2, 0, $3, $3, 'gap' FROM series s "
      "WHERE (SELECT h.kind FROM history h WHERE h.series = s.id AND h.kind <= 1 ORDER BY h.id DESC LIMIT 1) = 0 "
      "AND NOT EXISTS (SELECT 1 FROM facet f WHERE f.channel = s.channel AND f.key = s.key)",
      {Value{newest}, value_of(seq), Value{at}});
  if (!written) return Unexpected{written.error()};
  auto counted = database.run("UPDATE life SET row_newest = row_newest + $1", {value_of(*written)});
  if (!counted) return Unexpected{counted.error()};
  return {};
}

}  // namespace

Result<void, Failure> read_state(Database& database, StateVisitor& visitor) noexcept {
  auto channels = channels_by_name(database);
  if (!channels) return Unexpected{channels.error()};
  for (const Named& channel : *channels) {
    auto asked = database.run("SELECT f.key, f.record, f.seq, f.time FROM facet f WHERE f.channel = $1 ORDER BY f.key", {channel.number}, [&](const Row& row) {
      visitor.facet({.channel = channel.name, .key = row.text(0), .record = row.text(1), .seq = row.number(2), .time = row.time(3)});
      return true;
    });
    if (!asked) return Unexpected{asked.error()};
  }
  auto places = database.run(
      "SELECT p.space, p.key, p.latitude, p.longitude, (SELECT c.name FROM channel c WHERE c.id = p.channel) FROM place p ORDER BY p.space, p.key", {},
      [&](const Row& row) {
        visitor.place({.space = row.text(0), .key = row.text(1), .point = {row.real(2), row.real(3)}, .channel = row.text(4)});
        return true;
      });
  if (!places) return Unexpected{places.error()};
  for (const Named& channel : *channels) {
    auto asked = database.run(
        "SELECT t.seq, t.n, t.key, t.time, t.latitude, t.longitude, t.data, t.entity FROM tail t WHERE t.channel = $1 ORDER BY t.id", {channel.number},
        [&](const Row& row) {
          visitor.tail({.channel = channel.name, .seq = row.number(0), .n = static_cast<std::uint32_t>(row.integer(1)), .key = row.text_if_any(2),
                        .time = row.time(3), .location = row.point(4), .data = row.text(6), .entity = row.text_if_any(7)});
          return true;
        });
    if (!asked) return Unexpected{asked.error()};
  }
  return {};
}

Result<void, Failure> replace_state(Database& database, const NextPart& next) noexcept {
  for (const std::string_view emptied : {"DELETE FROM facet", "DELETE FROM place", "DELETE FROM tail"}) {
    if (auto done = database.run(emptied); !done) return Unexpected{done.error()};
  }
  Transaction part;
  std::optional<Seq> newest;
  while (part.clear(), next(part)) {
    if (auto applied = database.apply(part); !applied) return applied;
    newest = part.seq;
  }
  STARLING_CHECK(newest.has_value());
  return record_losses(database, *newest);
}

}  // namespace starling::store
