/// @file
/// Viewers that see the same at the same pace under the same number: one frame, encoded once, serves them all.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "starling/core/fanout/subscription.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

class Audience {
 public:
  Audience(view::ViewPtr shown, std::uint32_t number, Encoder& how, std::int64_t beat)
      : view(std::move(shown)), id(number), encoder(how), sent_beat(beat) {}

  void join(Subscription& member) {
    member.audience = this;
    member.list_index = members.size();
    members.push_back(&member);
  }
  void leave(Subscription& member) {
    members.back()->list_index = member.list_index;
    members[member.list_index] = members.back();
    members.pop_back();
    member.audience = nullptr;
  }

  view::ViewPtr view;
  std::uint32_t id;
  Encoder& encoder;
  std::vector<Subscription*> members;

  std::int64_t sent_beat;           ///< the beat at or after which it was last sent something
  Seq led = 0;                      ///< over the class's cursor: ahead of it until the beat, was sent everything up to here
  std::optional<Instant> event_due; ///< an event waits, at the latest until then
  bool is_chosen = false;           ///< in the list of those about to be served
  std::vector<std::uint32_t> matches;  ///< changes of the class's fold that touch it; empty between servings
};

}  // namespace starling::fanout
