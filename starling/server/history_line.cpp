#include "starling/server/history_line.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "starling/io/net/system_clock.hpp"

namespace starling {
namespace {

using replay::CourseAsked;
using replay::CoursePage;
using replay::NotTold;
using replay::Row;
using replay::RowKind;
using replay::StateAsked;
using Opened = Result<store::Store*, store::Failure>;

constexpr const char* kTooMany = "too many wait for the store: try later";

NotTold unreadable(const store::Failure& failure) { return "the store cannot be read now: " + failure.message; }

/// Nullopt: a row that says nothing of how it was.
std::optional<RowKind> kind_of(store::HistoryKind kind, std::string_view text) noexcept {
  switch (kind) {
    case store::HistoryKind::set: return RowKind::set;
    case store::HistoryKind::removed: return text == "expired" ? RowKind::expired : RowKind::deleted;
    case store::HistoryKind::event: return RowKind::event;
    case store::HistoryKind::late:
    case store::HistoryKind::gap: break;
  }
  return std::nullopt;
}

/// `HistoryRow` or `HistoryRecord`.
template <class Kept>
void append(std::vector<Row>& rows, const Kept& kept) {
  const auto kind = kind_of(kept.kind, kept.text);
  if (!kind) return;
  rows.push_back({.kind = *kind,
                  .channel = std::string{kept.channel},
                  .key = kept.key ? std::optional{std::string{*kept.key}} : std::nullopt,
                  .seq = kept.seq,
                  .at = kept.at,
                  .time = kept.time,
                  .text = std::string{kept.text},
                  .place = kept.place,
                  .is_placing = kept.kind == store::HistoryKind::set && kept.n == store::kPlacing});
}

Result<std::vector<Row>, NotTold> read_state(const Opened& store, const StateAsked& asked) {
  std::vector<Row> rows;
  if (!store) return Unexpected{unreadable(store.error())};
  if (asked.channels.empty()) return rows;
  const std::vector<std::string_view> channels{asked.channels.begin(), asked.channels.end()};
  const auto reach = (*store)->history_reach(channels);
  if (!reach) return Unexpected{unreadable(reach.error())};
  if (!*reach) return Unexpected{NotTold{"nothing has been kept yet: see store.history"}};
  if (asked.at < (*reach)->from) return Unexpected{fmt::format("history begins at {}", format_rfc3339((*reach)->from))};
  std::size_t bytes = 0;
  const auto read = (*store)->state_at(asked.at, channels, [&](const store::HistoryRow& row) {
    bytes += row.text.size() + (row.key ? row.key->size() : 0);
    append(rows, row);
    return bytes <= asked.bytes_max;
  });
  if (!read) return Unexpected{unreadable(read.error())};
  if (bytes > asked.bytes_max) return Unexpected{fmt::format("that is more than {} bytes of state: name fewer channels", asked.bytes_max)};
  return rows;
}

Result<CoursePage, NotTold> read_course(const Opened& store, const CourseAsked& asked) {
  CoursePage page;
  if (!store) return Unexpected{unreadable(store.error())};
  if (asked.channels.empty()) return page;
  const auto read = (*store)->course({.after = asked.after, .from = asked.from, .to = asked.to, .channels = {asked.channels.begin(), asked.channels.end()}});
  if (!read) return Unexpected{unreadable(read.error())};
  for (const store::HistoryRecord& record : read->rows) append(page.rows, record);
  page.cursor = read->cursor;
  page.has_more = read->has_more;
  return page;
}

}  // namespace

void HistoryLine::ask(StateAsked asked, std::function<void(Result<std::vector<Row>, NotTold>, Moment now)> done) {
  const auto read = [this, asked = std::move(asked), done](bool is_stored) {
    if (!is_stored) return done(Unexpected{NotTold{"the store cannot be written now, so what was last is not in it"}}, net::now());
    const bool is_asked = store_.ask([asked](const Opened& store) { return read_state(store, asked); },
                                     [done](Result<std::vector<Row>, NotTold> rows) { done(std::move(rows), net::now()); });
    if (!is_asked) done(Unexpected{NotTold{kTooMany}}, net::now());
  };
  store_.await(shard_.fanout().log().head(), read);
}

void HistoryLine::ask(CourseAsked asked, std::function<void(Result<CoursePage, NotTold>, Moment now)> done) {
  const bool is_asked = store_.ask([asked = std::move(asked)](const Opened& store) { return read_course(store, asked); },
                                   [done](Result<CoursePage, NotTold> page) { done(std::move(page), net::now()); });
  if (!is_asked) store_.later([done] { done(Unexpected{NotTold{kTooMany}}, net::now()); });
}

}  // namespace starling
