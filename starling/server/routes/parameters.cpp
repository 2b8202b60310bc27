#include "starling/server/routes/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

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

Result<view::Query, Error> read_shown(std::vector<std::string> channels, const Given& query) {
  view::Query asked{.channels = std::move(channels), .filter = {}, .fields = {}};
  asked.filter.keys = query.list(kKeys);
  if (asked.filter.keys && !std::ranges::all_of(*asked.filter.keys, state::is_key)) {
    return fault(ErrorCode::bad_filter, fmt::format("a key has 1 to {} bytes and no control characters", kKeyBytesMax), kKeys);
  }
  if (const auto bounds = query.find(kBounds)) {
    asked.filter.bounds = read_bounds(*bounds);
    if (!asked.filter.bounds) return fault(ErrorCode::bad_filter, "bounds are west,south,east,north in degrees", kBounds);
  }
  if (const auto text = query.find(kWhere)) {
    auto where = protocol::read_where(*text);
    if (!where) return Unexpected{std::move(where).error()};
    asked.filter.where = std::move(*where);
  }
  if (const auto fields = query.find(kFields)) {
    asked.fields.emplace();
    for (const std::string& name : http::split_list(*fields)) {
      if (name.find('/') != std::string::npos) return fault(ErrorCode::bad_filter, "fields are named without their facet", kFields);
      asked.fields->push_back(state::canonical_name(name));
    }
    if (asked.fields->size() > protocol::kFieldsShownMax) return fault(ErrorCode::bad_filter, fmt::format("at most {} fields are shown", protocol::kFieldsShownMax), kFields);
  }
  return asked;
}

}  // namespace starling::routes
