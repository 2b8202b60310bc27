/// @file
/// How a dialect says what a view shows. Fan-out decides who is sent what and when; an encoder only writes it down.
///
/// It writes twice: what is told of one record or event as a *fragment*, a pure function of what is given, so that one fragment serves
/// everybody who is told the same; and a frame, which is fragments side by side. A dialect that has no word for something says nothing: null for a frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/fanout/frame.hpp"
#include "starling/core/state/change.hpp"
#include "starling/core/state/event.hpp"
#include "starling/core/view/difference.hpp"

namespace starling::fanout {

using state::Seq;

/// Why a `subscribed` says what it says. `ended`: a replay has been told to its end.
enum class SubscribedReason : std::uint8_t { fresh, replaced, resumed, epoch, expired, query, rights, ended };

/// Events of a channel a cursor can no longer get: those with `after` < seq < `before`.
struct Gap {
  const state::Channel* channel;
  Seq after;
  Seq before;
};

/// Writes one message at a time; kept and reused by its shard. Holds nothing between messages.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// The answer to a subscription, before anything of it. `gaps`: events that went with the log, for `expired`.
  [[nodiscard]] virtual FramePtr subscribed(std::uint32_t id, Seq seq, const view::View& view, SubscribedReason reason,
                                            const std::vector<Gap>& gaps) = 0;

  /// Appends the fragment of a record that came in, changed or left, to one who was shown it through `was` and is now through `is`. What it
  /// turned out to be: a patch may turn out a set, or nothing at all (nullopt, and nothing is appended).
  [[nodiscard]] virtual std::optional<view::Told> write(std::string& out, std::string_view key, const view::Transition& transition, const view::View& was,
                                                        const view::View& is) const = 0;
  /// Appends the fragment of an event.
  virtual void write(std::string& out, const state::Event& event, const view::View& view) const = 0;

  /// Starts an update or a part of a snapshot.
  virtual void begin(std::uint32_t id) = 0;
  /// The same, of what this view shows.
  virtual void begin_for(std::uint32_t id, const view::View& /*view*/) { begin(id); }
  /// What stands between two fragments.
  [[nodiscard]] virtual std::string_view separator() const noexcept = 0;
  /// Adds a fragment of a record (or several of the same channel, told alike, with the separator between them), of an event, or a gap.
  virtual void add(const state::Channel& channel, view::Told told, std::string_view fragment) = 0;
  virtual void add_event(const state::Channel& channel, std::string_view fragment) = 0;
  virtual void add(const Gap& gap) = 0;
  /// Something of this channel, which the view may show, is said again as it is: of interest to who repeats.
  virtual void add_announced(const state::Channel& /*channel*/) {}
  void add_announcement(const state::Change& change) {
    state::for_each_changed_channel(change, [this](const state::Channel& channel) { add_announced(channel); });
  }
  [[nodiscard]] virtual bool repeats() const noexcept { return false; }
  /// Whether nothing was added since `begin`, and how large the message is at most, for who divides those that are too large; 0 if nothing was added.
  [[nodiscard]] virtual bool is_empty() const noexcept = 0;
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;

  // Frames say which stage they are: of `subscribed` anew, but where it resumes or replaces; of what is finished a part or complete.

  /// `more`: other parts of the same seq follow.
  [[nodiscard]] virtual FramePtr finish_update(Seq seq, bool more) = 0;
  /// Only sets were added; they are the records of the snapshot. Who reads the state is given none.
  [[nodiscard]] virtual FramePtr finish_snapshot(Seq seq, bool more) = 0;

  /// Whether frames are written from the state as it is then. So they are only made when they go out at once, and are of the newest seq.
  [[nodiscard]] virtual bool reads_state() const noexcept { return false; }
  /// Whether nothing is told but at beats, however quiet it was and however critical what happens is.
  [[nodiscard]] virtual bool keeps_to_beats() const noexcept { return false; }
};

}  // namespace starling::fanout
