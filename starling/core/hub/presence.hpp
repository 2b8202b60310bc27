/// @file
/// Who is there: what `space:presence` says of each key, in spaces that have `offline_after`.
///
/// A key is online from a real report of it until none has come for `offline_after`. A real report is any update that names the key and tells of it, also
/// one that says what is known, one that is late, and an event; but not a retained message (a broker remembers it, nobody said it now), an announcement, or a
/// removal. `heard` is when the key was heard. It would move with every report, and every viewer of presence with it: so it is set when the key comes online,
/// and else moves only when it is kHeardEvery old. It does not decide when a key is offline; the last real report does.
///
/// A key that is known by retained messages alone has no presence: nobody has heard it. Nor has one that only an event names.
#pragma once

#include <optional>
#include <vector>

#include "starling/core/hub/deadlines.hpp"
#include "starling/core/hub/reports.hpp"
#include "starling/core/state/channels.hpp"

namespace starling::hub {

inline constexpr Duration kHeardEvery = std::chrono::seconds{30};

class Presence {
 public:
  /// Declares the channels of those spaces that have one.
  [[nodiscard]] static std::vector<state::ChannelDeclaration> declarations(const std::vector<state::SpaceDeclaration>& spaces);

  /// `channels` has what was declared.
  Presence(const std::vector<state::SpaceDeclaration>& spaces, const state::Channels& channels);

  /// The channel that says who is there; null in a space without one.
  [[nodiscard]] const state::Channel* channel_of(std::uint32_t space_index) const noexcept;

  /// The entity was there before this start, and has been silent since `heard_at` at the latest.
  void take_up(const state::Entity& entity, Reports::Entity& reports, Instant heard_at);
  /// A real report of the entity came. The record it has from now on; nullopt if it stays as it is.
  [[nodiscard]] std::optional<state::Fields> heard(const state::Entity& entity, Reports::Entity& reports, Moment now);
  /// Nothing came for so long: the record it has from now on.
  [[nodiscard]] state::Fields silent(const state::Entity& entity, Reports::Entity& reports);
  /// The entity is about to go.
  void going(Reports::Entity& reports);

  [[nodiscard]] std::optional<Instant> next_due() const noexcept { return silences_.next_due(); }
  /// One that has been silent for too long; null if there is none.
  [[nodiscard]] const Deadlines::Waiting* due(Instant now) const noexcept { return silences_.due(now); }

 private:
  struct Watched {
    const state::Channel* channel = nullptr;
    Duration offline_after{};
  };
  /// Null if nobody asks who is there.
  [[nodiscard]] const Watched* watched(std::uint32_t space_index) const noexcept;

  std::vector<Watched> by_space_;  // by the space's index; without a channel where nobody asks
  Deadlines silences_;
};

}  // namespace starling::hub
