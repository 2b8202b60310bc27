/// @file
/// What a viewer is sent, as the lines of a recording: played into an empty server, they bring it to what the viewer held.
///
/// Time 0 is the first complete snapshot, each of whose records is a line. A later snapshot, after a break or because the viewer fell behind, is told as
/// what differs: what went meanwhile is removed, with the reason "unseen". Notes say what was asked for and when, where the connection was
/// lost and how it was taken up, and which events are missing. A place that is in no field is not in what a viewer is sent, so it is not recorded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/session/client_session.hpp"
#include "starling/sources/recording/line.hpp"

namespace starling::sources::recording {

class Recorder {
 public:
  /// The one subscription whose frames are recorded has this id.
  static constexpr std::uint32_t kSubscription = 1;

  Recorder(view::Query query, std::optional<double> rate);

  /// A message of the server, and when it came; `now` must not run backwards. Returns lines, each with its end; those of one seq together.
  [[nodiscard]] std::string receive(std::string_view message, Moment now);
  /// The connection was lost.
  [[nodiscard]] std::string lose(std::string_view reason, Moment now);
  /// So long it lasted.
  [[nodiscard]] std::string end(Moment now);

  /// From the first snapshot to the last line.
  [[nodiscard]] std::chrono::milliseconds length() const noexcept { return at_; }
  /// Lines returned so far that are no notes.
  [[nodiscard]] std::uint64_t reports() const noexcept { return reports_; }

 private:
  using Channels = std::map<std::string, session::Replica::Records>;

  void begin(Moment now);
  void take(const session::ClientSession::Subscribed& subscribed);
  void take_snapshot(const Channels& before, const Channels& after);
  void take_update(const session::Replica::Step& step);
  void report(Report report);
  void report(std::string_view channel, std::string_view key, state::Operation operation, std::string_view data, std::string_view reason = {});
  void note(std::string_view name, std::string_view members = {});
  void note_gap(const session::Replica::Gap& gap);
  [[nodiscard]] std::string take_lines() { return std::exchange(lines_, {}); }

  session::ClientSession session_;
  std::string asked_;                // the subscribe message
  std::vector<std::string> parts_;   // of the update under way
  std::optional<Instant> begun_at_;
  std::chrono::milliseconds at_{0};
  std::string lines_;
  std::uint64_t reports_ = 0;
};

}  // namespace starling::sources::recording
