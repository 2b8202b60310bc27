/// @file
/// Which facets have gone without news for longer than their channel's `ttl`.
///
/// A facet expires that long after its newest report came, by our steady clock: what time the report bore does not matter. A late report is no news of it,
/// and neither is a retained message, which says what a broker remembers, except where it makes the facet.
#pragma once

#include <optional>

#include "starling/core/hub/deadlines.hpp"
#include "starling/core/hub/reports.hpp"

namespace starling::hub {

class Expiry {
 public:
  /// The facet was not there and has been made.
  void made(const state::Identity& identity, Reports::Facet& facet, Instant now);
  /// It was there, and this report is not late.
  void reported(Reports::Facet& facet, bool is_retained, Instant now);
  /// It is about to go, whyever.
  void going(Reports::Facet& facet);

  [[nodiscard]] std::optional<Instant> next_due() const noexcept { return deadlines_.next_due(); }
  /// A facet whose time is over; null if there is none.
  [[nodiscard]] const Deadlines::Waiting* due(Instant now) const noexcept { return deadlines_.due(now); }
  /// How many facets wait.
  [[nodiscard]] std::size_t size() const noexcept { return deadlines_.size(); }
  /// What a facet of the channel costs here, about.
  [[nodiscard]] static std::size_t bytes_of(const state::Channel& channel) noexcept { return channel.ttl ? Deadlines::kBytes : 0; }

 private:
  Deadlines deadlines_;
};

}  // namespace starling::hub
