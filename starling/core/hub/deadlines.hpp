/// @file
/// Who is due when, for many who each wait equally long again and again: facets for their ttl, keys for their silence.
///
/// Those who wait equally long stand in one line. Whoever is put off goes to its end, so a line is in the order of its deadlines and its front is
/// due first: everything here takes constant time, however many wait, and nothing is ever searched. There are as many lines as there are
/// different waits, one for each ttl that the configuration names.
#pragma once

#include <list>
#include <map>
#include <optional>

#include "starling/core/base/time.hpp"
#include "starling/core/state/entity.hpp"

namespace starling::hub {

class Deadlines {
 public:
  struct Waiting {
    Instant due;
    Duration wait;
    const state::Identity* identity;  ///< its entity's, which holds it
    const state::Channel* channel;
  };
  /// Whoever waits keeps this; of one that has been removed nothing may be asked.
  using Handle = std::list<Waiting>::iterator;

  /// Due `wait` after `now`, and not before anybody who waits as long and came first: a `now` that was read a little too early is made up for.
  [[nodiscard]] Handle add(Duration wait, const state::Identity& identity, const state::Channel& channel, Instant now);
  /// Due its wait after `now`.
  void put_off(Handle waiting, Instant now);
  void remove(Handle waiting);

  /// When the first is due; nullopt while nobody waits.
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;
  /// One that is due by `now`; null if none is.
  [[nodiscard]] const Waiting* due(Instant now) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  /// What each who waits costs, about.
  static constexpr std::size_t kBytes = sizeof(Waiting) + 32;

 private:
  [[nodiscard]] static Instant due_in(const std::list<Waiting>& line, Duration wait, Instant now) noexcept;

  std::map<Duration, std::list<Waiting>> lines_;  // by wait; an emptied line stays
};

}  // namespace starling::hub
