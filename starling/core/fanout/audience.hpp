/// @file
/// Viewers that see the same at the same pace under the same number: one frame, encoded once, serves them all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "starling/core/fanout/fold_map.hpp"
#include "starling/core/fanout/subscription.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

/// What an audience ahead of its class holds of the entities that changed since the class's cursor.
using Kept = std::unordered_map<state::IdentityPtr, state::EntityPtr, log::IdentityHash, log::IdentityEqual>;

class Audience {
 public:
  Audience(view::ViewPtr shown, std::uint32_t number, Encoder& how, std::int64_t beat)
      : view(std::move(shown)), id(number), encoder(how), sent_beat(beat) {}

  void join(Subscription& member) {
    member.join(*this, members.size());
    members.push_back(&member);
  }
  void leave(Subscription& member) {
    members.back()->list_index = member.list_index;
    members[member.list_index] = members.back();
    members.pop_back();
    member.rest();
  }

  view::ViewPtr view;
  std::uint32_t id;
  Encoder& encoder;
  std::vector<Subscription*> members;

  std::int64_t sent_beat;            ///< the beat at or after which it was last sent something
  Seq led = 0;                       ///< over the class's cursor: ahead of it until the beat, holds everything up to here
  /// Channels of what was said again since it was told last, none twice, for who repeats: the class's fold does not tell that from
  /// a change before it.
  std::unique_ptr<std::vector<const state::Channel*>> announced;
  std::unique_ptr<Kept> kept;        ///< while ahead: its `before` of what the class's fold holds; those not in it are as the fold says
  std::optional<Instant> event_due;  ///< an event waits, at the latest until then
  std::size_t busy_index = 0;        ///< in the class's list of those that are not quiet
  std::size_t map_index = 0;         ///< of one who looks at a box: in the roster's list of those
  bool is_quiet = false;             ///< sent nothing at the last beat nor since
  bool is_touched = false;           ///< in the list of those the fold being handed out matches
  bool is_chosen = false;            ///< in the list of those about to be served whatever they match
  bool is_waiting = false;           ///< in the list of those for whom an event waits
  std::vector<std::uint32_t> matches, events;  ///< numbers in the fold being handed out; empty between servings
  std::vector<std::uint32_t> heard;  ///< where the class keeps that: numbers, in its fold, of the events it waits for
  FoldMap::Runs runs;                ///< of the map of that fold, all of them shown before and after; beside the matches, none twice
};

}  // namespace starling::fanout
