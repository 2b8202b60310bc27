/// @file
/// Where a session's publishes go. The hub is behind it.
#pragma once

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/state/entity.hpp"
#include "starling/core/state/refusal.hpp"
#include "starling/core/state/update.hpp"

namespace starling::session {

struct Applied {
  state::Seq seq;  ///< the first batch whose state shows it; it may not be closed yet
  bool changed;    ///< false: it said what was known
};

class Publisher {
 public:
  virtual ~Publisher() = default;
  /// Nothing is stored when it is refused.
  [[nodiscard]] virtual Result<Applied, state::Refusal> publish(state::Update update, Moment now) = 0;
};

}  // namespace starling::session
