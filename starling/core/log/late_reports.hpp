/// @file
/// Reports older than what was known when they came: for whoever keeps history.
///
/// They stand beside the log, not in it: what they say changes nothing that is, or fills in what was absent, which a batch says as any change. So no viewer is
/// told of them, and they spend no seq.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/log/batch.hpp"

namespace starling::log {

struct LateReport {
  const state::Channel* channel;
  state::IdentityPtr identity;
  Timestamp time;                   ///< of the report
  std::optional<geo::Point> point;  ///< where it says that its entity was then
  std::string data;                 ///< its own fields, a compact JSON object

  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(LateReport) + data.capacity(); }
};

/// Those that came together, in the order in which they came.
struct LateReports {
  Seq seq = 0;    ///< the newest batch then
  Timestamp at;   ///< when the server knew them
  std::vector<LateReport> reports;
  std::size_t bytes = 0;  ///< what keeping it keeps, about
};
using LateReportsPtr = std::shared_ptr<const LateReports>;

}  // namespace starling::log
