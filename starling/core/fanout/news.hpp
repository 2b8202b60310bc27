/// @file
/// A batch as all pace classes of a shard are told of it: folded once, and written down once.
#pragma once

#include <cstdint>
#include <vector>

#include "starling/core/fanout/fragments.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

/// Whether a facet of a critical channel came, changed or went.
[[nodiscard]] bool is_critical(const state::Change& change) noexcept;
/// The same of those that the view shows.
[[nodiscard]] bool is_critical_for(const view::View& view, const state::Change& change) noexcept;

struct News {
  News(const log::Batch& of, Fragments& written);

  const log::Batch& batch;
  log::Fold fold;  ///< of this one batch, without what came and went in it
  Fragments& fragments;
  std::vector<std::uint32_t> critical_changes;  ///< numbers in the fold
  bool has_critical_events = false;
};

}  // namespace starling::fanout
