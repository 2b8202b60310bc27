/// @file
/// A model viewer on a simulated line: the client's side of the session, judged after every complete seq.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/truth.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/fanout/link.hpp"
#include "starling/core/session/client_session.hpp"
#include "starling/core/session/shard.hpp"

namespace starling::sim {

/// A promise was broken; the text says which.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A line with a socket buffer: what does not fit waits, and while something waits nothing more is produced for it.
class Line final : public fanout::Link {
 public:
  Line(std::size_t buffer_bytes_max, int plant) noexcept : buffer_bytes_max_(buffer_bytes_max), plant_(plant) {}

  [[nodiscard]] bool is_writable() const noexcept override { return waiting_.empty() && !is_closed_; }
  void send(fanout::FramePtr frame) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return waiting_bytes_; }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_; }
  void ping() override {}
  [[nodiscard]] bool is_stalled() const noexcept override { return !waiting_.empty(); }
  void close(std::uint16_t, std::string_view) override { is_closed_ = true; }

  /// The next message the network delivers, if any.
  [[nodiscard]] std::optional<std::string> deliver();
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }

 private:
  std::size_t buffer_bytes_max_;
  int plant_;
  std::deque<std::string> buffer_, waiting_;
  std::size_t buffer_bytes_ = 0, waiting_bytes_ = 0;
  std::uint64_t frames_ = 0;
  bool is_closed_ = false;
};

class Viewer {
 public:
  Viewer(int number, std::uint64_t seed, const state::Channels& channels, int plant, bool trace)
      : number_(number), random_(seed), channels_(channels), plant_(plant), trace_(trace) {}

  /// Does something a viewer does, or nothing, and reads what has arrived.
  void act(session::Shard& shard, const Truth& truth, Moment now);
  /// Reads everything, as a viewer whose line has become good.
  void settle(session::Shard& shard, const Truth& truth, Moment now);
  /// The server is gone.
  void lose_line(session::Shard* shard);
  /// Stays, reading, from here on: so that in the end all converge.
  void calm() { is_calm_ = true; }
  /// Throws unless it holds the state at the truth's head.
  void check_current(const Truth& truth) const;
  [[nodiscard]] std::uint64_t judged() const noexcept { return judged_; }

 private:
  /// A query with the name its view has on the wire.
  struct Asked {
    PlainQuery query;
    std::string view;
  };
  void connect(session::Shard& shard, Moment now);
  void ask(Moment now);
  void say(const std::string& message, Moment now);
  void take_answer(const session::ClientSession::Subscribed& subscribed, std::optional<std::uint64_t> position, const Truth& truth);
  void take_progress(const Truth& truth);
  void read(const Truth& truth, int messages_max, Moment now);
  void judge(const session::Replica::Step& step, const Truth& truth);
  void judge_events(const session::Replica::Step& step, const Truth& truth);
  /// Of events a replaced query left behind, only those it showed itself were due.
  void drop_never_due(std::vector<const SaidEvent*>& events, const Truth& truth, std::uint64_t after, std::uint64_t upto) const;
  void check_gaps(const std::vector<session::Replica::Gap>& gaps, const Truth& truth) const;
  [[noreturn]] void fail(const std::string& what) const;

  int number_;
  Random random_;
  const state::Channels& channels_;
  int plant_;
  bool trace_;
  std::unique_ptr<Line> line_;
  session::Session* session_ = nullptr;
  session::ClientSession client_;
  Asked query_;                      // the last it asked for
  Asked held_;                       // what it holds is judged by this: changes when the answer comes
  bool is_paused_ = false;
  std::optional<std::uint64_t> events_from_;  // events after this were due
  std::optional<PlainQuery> replaced_;        // the query before, until the first complete seq of the new one
  std::deque<Asked> asked_;                   // whose `subscribed` has not come yet
  bool is_stalled_ = false;
  bool is_calm_ = false;
  std::uint64_t judged_ = 0;
};

}  // namespace starling::sim
