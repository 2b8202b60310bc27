#include "starling/server/routes/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/state/channel.hpp"

namespace starling::routes {
namespace {

using protocol::Error;
using protocol::ErrorCode;
using store::HistoryKind;
using store::HistoryRecord;

std::string write_cursor(const store::HistoryCursor& cursor) { return fmt::format("{}.{}", cursor.time.time_since_epoch().count(), cursor.id); }

std::optional<store::HistoryCursor> read_cursor(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto time = read_number<std::int64_t>(text.substr(0, dot));
  const auto id = read_number<std::uint64_t>(text.substr(dot + 1));
  if (!time || !id) return std::nullopt;
  return store::HistoryCursor{Timestamp{Timestamp::duration{*time}}, *id};
}

std::string_view to_text(HistoryKind kind) noexcept {
  switch (kind) {
    case HistoryKind::set: return "set";
    case HistoryKind::removed: return "removed";
    case HistoryKind::event: return "event";
    case HistoryKind::late: return "late";
    case HistoryKind::gap: return "gap";
  }
  return "";
}

void append_row(std::string& out, const HistoryRecord& row) {
  fmt::format_to(std::back_inserter(out), R"({{"kind":"{}","seq":{})", to_text(row.kind), row.seq);
  if (row.kind == HistoryKind::event) fmt::format_to(std::back_inserter(out), R"(,"n":{})", row.n);
  if (row.key) out += R"(,"key":)" + json::quoted(*row.key);
  fmt::format_to(std::back_inserter(out), R"(,"at":"{}","time":"{}")", format_rfc3339(row.at), format_rfc3339(row.time));
  if (row.place) fmt::format_to(std::back_inserter(out), R"(,"location":{{"latitude":{},"longitude":{}}})", row.place->latitude_deg, row.place->longitude_deg);
  switch (row.kind) {
    case HistoryKind::set: out += R"(,"record":)" + row.text; break;
    case HistoryKind::removed: out += R"(,"reason":)" + json::quoted(row.text); break;
    case HistoryKind::event:
    case HistoryKind::late: out += R"(,"data":)" + row.text; break;
    case HistoryKind::gap: out += R"(,"after":)" + row.text; break;
  }
  out += '}';
}

std::string coordinates(const std::vector<geo::Point>& line) {
  std::string out;
  for (const geo::Point& point : line) fmt::format_to(std::back_inserter(out), "{}[{},{}]", out.empty() ? "" : ",", point.longitude_deg, point.latitude_deg);
  return out;
}

/// Where one key went, until it was removed or nobody knows: lines that end at the date line (RFC 7946 §3.1.9).
class Trail {
 public:
  void add(const HistoryRecord& row) {
    const geo::Point& place = *row.place;
    const bool crosses = !lines_.empty() && std::abs(lines_.back().back().longitude_deg - place.longitude_deg) > 180.0;
    if (lines_.empty() || crosses) lines_.emplace_back();
    lines_.back().push_back(place);
    times_ += fmt::format(R"({}"{}")", times_.empty() ? "" : ",", format_rfc3339(row.time));
  }

  void append_feature(std::string& out, std::string_view key) const {
    std::string geometry;
    if (lines_.size() == 1 && lines_[0].size() == 1) {
      geometry = fmt::format(R"({{"type":"Point","coordinates":{}}})", coordinates(lines_[0]));
    } else if (lines_.size() == 1) {
      geometry = fmt::format(R"({{"type":"LineString","coordinates":[{}]}})", coordinates(lines_[0]));
    } else {
      std::string all;
      for (std::vector<geo::Point> line : lines_) {
        if (line.size() == 1) line.push_back(line[0]);  // a line has two points at least
        all += fmt::format("{}[{}]", all.empty() ? "" : ",", coordinates(line));
      }
      geometry = fmt::format(R"({{"type":"MultiLineString","coordinates":[{}]}})", all);
    }
    out += fmt::format(R"({{"type":"Feature","geometry":{},"properties":{{"key":{},"times":[{}]}}}})", geometry, json::quoted(key), times_);
  }

 private:
  std::vector<std::vector<geo::Point>> lines_;
  std::string times_;  // of all points
};

std::string features(const store::HistoryPage& page) {
  std::string out;
  std::map<std::string, Trail> trails;
  const auto begin_feature = [&out] { out += out.empty() ? "" : ","; };
  const auto finish = [&](const std::string& key, const Trail& trail) {
    begin_feature();
    trail.append_feature(out, key);
  };
  for (const HistoryRecord& row : page.rows) {
    switch (row.kind) {
      case HistoryKind::set:
      case HistoryKind::late:
        if (row.place && row.key) trails[*row.key].add(row);
        break;
      case HistoryKind::removed:
        if (const auto trail = row.key ? trails.find(*row.key) : trails.end(); trail != trails.end()) {
          finish(trail->first, trail->second);
          trails.erase(trail);
        }
        break;
      case HistoryKind::gap:
        for (const auto& [key, trail] : trails) finish(key, trail);
        trails.clear();
        break;
      case HistoryKind::event:
        begin_feature();
        out += R"({"type":"Feature","geometry":)";
        out += row.place ? fmt::format(R"({{"type":"Point","coordinates":[{},{}]}})", row.place->longitude_deg, row.place->latitude_deg) : "null";
        out += fmt::format(R"(,"properties":{{"key":{},"time":"{}","data":{}}}}})", row.key ? json::quoted(*row.key) : "null", format_rfc3339(row.time), row.text);
        break;
    }
  }
  for (const auto& [key, trail] : trails) finish(key, trail);
  return out;
}

}  // namespace

store::HistoryQuery HistoryAsked::query() const noexcept {
  return {.channel = channel,
          .key = key ? std::optional{std::string_view{*key}} : std::nullopt,
          .bounds = bounds,
          .from = from,
          .to = to,
          .after = after,
          .limit = limit};
}

Result<HistoryAsked, Error> read_history(std::string_view channel, const Given& query) {
  HistoryAsked asked;
  if (!state::is_channel_name(channel)) return fault(ErrorCode::bad_channel, "a channel is named space:facet", kChannel);
  asked.channel = channel;
  asked.key = query.find(kHistoryKey);
  if (asked.key && !state::is_key(*asked.key)) {
    return fault(ErrorCode::bad_key, fmt::format("a key has 1 to {} bytes and no control characters", kKeyBytesMax), kHistoryKey);
  }
  if (const auto bounds = query.find(kBounds)) {
    asked.bounds = read_bounds(*bounds);
    if (!asked.bounds) return fault(ErrorCode::bad_filter, "bounds are west,south,east,north in degrees", kBounds);
  }
  const auto from = query.time(kHistoryFrom), to = query.time(kHistoryTo);
  if (!from) return Unexpected{from.error()};
  if (!to) return Unexpected{to.error()};
  asked.from = *from;
  asked.to = *to;
  const auto limit = query.whole(kHistoryLimit);
  if (!limit) return Unexpected{limit.error()};
  asked.limit = *limit;
  if (const auto text = query.find(kHistoryCursor)) {
    asked.after = read_cursor(*text);
    if (!asked.after) return fault(ErrorCode::bad_message, "a cursor is what the page before said: begin without one", kHistoryCursor);
  }
  const auto format = query.choice(kHistoryFormat);
  if (!format) return Unexpected{format.error()};
  asked.format = static_cast<HistoryFormat>(*format);
  return asked;
}

http::Response history_reach(bool is_kept, const std::optional<store::HistoryReach>& reach) {
  const auto said = [](Timestamp time) { return json::quoted(format_rfc3339(time)); };
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "private, no-cache"}},
          .body = fmt::format(R"({{"kept":{},"from":{},"to":{}}})", is_kept, reach ? said(reach->from) : "null", reach ? said(reach->to) : "null")};
}

http::Response history_page(const HistoryAsked& asked, const store::HistoryPage& page) {
  http::Response response{.status = 200, .headers = {{"Cache-Control", "private, no-cache"}}, .body = {}};
  const std::string cursor = page.cursor ? json::quoted(write_cursor(*page.cursor)) : "null";
  const std::string where = fmt::format(R"("cursor":{},"more":{})", cursor, page.has_more);
  switch (asked.format) {
    case HistoryFormat::json:
      response.headers.push_back({"Content-Type", "application/json"});
      response.body = R"({"rows":[)";
      for (std::size_t i = 0; i < page.rows.size(); ++i) {
        if (i > 0) response.body += ',';
        append_row(response.body, page.rows[i]);
      }
      response.body += "]," + where + '}';
      break;
    case HistoryFormat::geojson:
      response.headers.push_back({"Content-Type", "application/geo+json"});
      response.body = R"({"type":"FeatureCollection","features":[)" + features(page) + "]," + where + '}';
      break;
    case HistoryFormat::ndjson:
      response.headers.push_back({"Content-Type", "application/x-ndjson"});
      for (const HistoryRecord& row : page.rows) {
        append_row(response.body, row);
        response.body += '\n';
      }
      response.body += '{' + where + "}\n";  // the last line says where to go on
      break;
  }
  return response;
}

}  // namespace starling::routes
