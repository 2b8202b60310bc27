#include "starling/server/routes/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "starling/core/protocol/client_message.hpp"
#include "starling/core/state/channel.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::routes {
namespace {

using protocol::Error;
using protocol::ErrorCode;

}  // namespace

std::optional<geo::Box> read_bounds(std::string_view text) {
  std::vector<double> edges;
  for (const std::string& part : http::split_list(text)) {
    const auto degrees = read_number<double>(part);
    if (!degrees || !std::isfinite(*degrees)) return std::nullopt;
    edges.push_back(*degrees);
  }
  if (edges.size() != 4) return std::nullopt;
  return geo::Box::from(edges[3], edges[1], edges[2], edges[0]);
}

Result<view::Query, Error> read_shown(std::vector<std::string> channels, const http::Query& query) {
  // Known to the protocol, not to this door: said, never ignored.
  for (const char* name : {"at", "replay"}) {
    if (query.find(name)) return fault(ErrorCode::unavailable, "what was is told over WebSocket: subscribe with it", name);
  }
  view::Query asked{.channels = std::move(channels), .filter = {}, .fields = {}};
  if (const auto keys = query.all("keys"); !keys.empty()) {
    asked.filter.keys.emplace();
    for (const std::string& list : keys) {
      for (std::string& key : http::split_list(list)) asked.filter.keys->push_back(std::move(key));
    }
    if (!std::ranges::all_of(*asked.filter.keys, state::is_key)) return fault(ErrorCode::bad_filter, "a key has 1 to 256 bytes and no control characters", "keys");
  }
  if (const auto bounds = query.find("bounds")) {
    asked.filter.bounds = read_bounds(*bounds);
    if (!asked.filter.bounds) return fault(ErrorCode::bad_filter, "bounds are west,south,east,north in degrees", "bounds");
  }
  if (const auto text = query.find("where")) {
    auto where = protocol::read_where(*text);
    if (!where) return Unexpected{std::move(where).error()};
    asked.filter.where = std::move(*where);
  }
  if (const auto fields = query.find("fields")) {
    asked.fields.emplace();
    for (const std::string& name : http::split_list(*fields)) {
      if (name.find('/') != std::string::npos) return fault(ErrorCode::bad_filter, "fields are named without their facet", "fields");
      asked.fields->push_back(state::canonical_name(name));
    }
    if (asked.fields->size() > protocol::kFieldsShownMax) return fault(ErrorCode::bad_filter, fmt::format("at most {} fields are shown", protocol::kFieldsShownMax), "fields");
  }
  return asked;
}

}  // namespace starling::routes
