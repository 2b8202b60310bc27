/// @file
/// What is asked of the server as a whole: by a shard, of the hub's thread, which asks the other shards where it has to.
#pragma once

#include <functional>

#include "starling/core/session/doors.hpp"
#include "starling/io/http/message.hpp"

namespace starling {

using ResponseDone = std::function<void(http::Response response)>;

/// The hub's thread's; `done` is called on it, in the call or later.
class Overview {
 public:
  virtual ~Overview() = default;
  virtual void metrics(ResponseDone done) = 0;
  virtual void system_status(ResponseDone done) = 0;
  /// Of the doors of this dialect, on all shards.
  virtual void door_counts(protocol::DialectName dialect, std::function<void(session::DoorCounts counts)> done) = 0;
};

/// Something to ask of it.
using Question = std::function<void(Overview& overview, ResponseDone done)>;
/// A shard's: has it asked, and `done` called on the shard's thread, in the call or later. It is not called when the server ends before.
using AskOverview = std::function<void(Question question, ResponseDone done)>;

}  // namespace starling
