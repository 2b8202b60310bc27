/// @file
/// Where the routes' updates go: to the hub, wherever that is, in runs.
#pragma once

#include <functional>
#include <vector>

#include "starling/core/session/publisher.hpp"

namespace starling::routes {

/// Called with what became of each update of a run, in order.
using RunDone = std::function<void(std::vector<session::Outcome> outcomes)>;

class RunPublisher {
 public:
  virtual ~RunPublisher() = default;
  /// Applies the updates in one go, so that they lie within one batch. `done` is called on the caller's thread, in this call or later, when
  /// that batch is closed and every read that begins then shows it. It is not called when the server ends before.
  virtual void publish(std::vector<state::Update> run, RunDone done) = 0;
};

}  // namespace starling::routes
