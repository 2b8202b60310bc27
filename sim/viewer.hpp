/// @file
/// A model viewer on a simulated line: the client's side of the session, that subscribes, reads, publishes and is cut off.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/client.hpp"
#include "sim/fleet.hpp"
#include "sim/frames.hpp"
#include "sim/line.hpp"
#include "sim/query.hpp"
#include "sim/published.hpp"
#include "sim/rates.hpp"
#include "sim/replies.hpp"
#include "sim/server.hpp"
#include "sim/watch.hpp"
#include "starling/core/session/client_session.hpp"

namespace starling::sim {

struct ViewerOptions {
  int number = 0;
  std::uint64_t seed = 0;
  Choices* choices = nullptr;
  Tastes tastes;
  std::uint32_t subscriptions = 1;
  bool has_critical = false;  ///< a channel is
  bool trace = false;
  Frames* frames = nullptr;   ///< what it says and is told is written down
};

class Viewer {
 public:
  /// `now` is the clock of the simulation.
  Viewer(ViewerOptions options, const Moment& now, const state::KnownChannels& channels, const Truth& truth, Fleet& fleet, Published& published, Plant& plant);
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  /// Does something a viewer does, or nothing, and reads what has arrived.
  void act(Server& server);
  /// Reads everything, as a viewer whose line has become good, and stays: so that in the end all converge.
  void settle(Server& server);
  /// The line is cut.
  void lose_line();
  /// Throws unless it holds the state at the truth's head. `must_know`: and has been told so.
  void check_current(bool must_know) const;
  [[nodiscard]] std::uint64_t judged() const;

 private:
  struct Held {
    Watch watch;
    Wish wish = {};  ///< it asked for last
    bool is_paused = false;
    bool is_bare = false;  ///< it asks for events only, and no snapshot to begin with
    enum class Life { held, ending, ended } life = Life::ended;  ///< ending: the answer has not come yet
  };
  /// By chance. Of what never happens no dice are thrown, so that a seed without it means what it meant before there was such a thing.
  [[nodiscard]] bool happens(double rate) { return rate > 0 && random_.chance(rate); }
  /// What is said beside subscriptions: pings and the like, and mistakes.
  void chat();
  void connect(Server& server);
  /// Says it under the id again, with a cursor of its own or, sometimes, one that nobody can know.
  void take_up(Held& held, std::string message);
  /// As it stands on the wire within the rights it has now.
  [[nodiscard]] Asked asked(PlainQuery query, std::size_t recent) const;
  void ask(Held& held);
  /// For the snapshot.
  void ask_again(Held& held);
  void unsubscribe(Held& held);
  /// It has been, or nobody is left who could say so.
  void end(Held& held);
  void publish();
  /// What only the hub can refuse.
  void publish_badly();
  void subscribe_one_too_many();
  /// As it stands in a message; nobody else's, and never the same.
  [[nodiscard]] std::string next_ref();
  void say(std::string message);
  void say(const Mistake& mistake);
  void read(int messages_max);
  void take(const Client::Notice& notice, const std::vector<std::optional<std::uint64_t>>& positions);
  [[nodiscard]] Knowledge knowledge() const;
  [[nodiscard]] std::int64_t now_us() const noexcept { return now_.instant.time_since_epoch().count(); }
  /// Throws if a message is larger than frames and parts may be.
  void check_size(const std::string& message) const;
  /// The library's own client is told the same, and must come to the same.
  void take_in_library(const std::string& message, const Client::Notice& judged);
  [[nodiscard]] Held& held_of(std::uint32_t id) { return held_.at(id - 1); }
  /// Throws if more waits for it than may: one frame, and replies up to their bound.
  void check_bounds() const;
  void note_said(std::string_view message) const;
  void note_told(std::string_view message) const;
  /// It holds the truth at a seq, and that is complete.
  void note_held(const Watch& watch) const;
  void print(const char* arrow, std::string_view message) const;

  ViewerOptions options_;
  const Moment& now_;
  Dice random_;
  const state::KnownChannels& channels_;
  const Truth& truth_;
  Fleet& fleet_;
  Published& published_;
  Plant& plant_;
  PlainRights rights_;
  std::unique_ptr<Line> line_;
  std::size_t gathered_bytes_max_ = 0;  // by its line
  session::Shard* shard_ = nullptr;
  session::Session* session_ = nullptr;
  Client client_;
  session::ClientSession library_client_;
  Replies replies_;
  std::uint64_t refs_ = 0;
  std::vector<Held> held_;  // by id − 1
  bool is_stalled_ = false;
  bool is_calm_ = false;
};

}  // namespace starling::sim
