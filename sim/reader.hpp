/// @file
/// A model reader over HTTP: one subscription, read as a stream of events or by one poll after the other, each on a line and a shard of its own, and
/// taken up by the cursor that it was told last.
///
/// It reads the body as the protocol's page describes it, and knows nothing of how that is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/body.hpp"
#include "sim/client.hpp"
#include "sim/query.hpp"
#include "sim/server.hpp"
#include "sim/watch.hpp"

namespace starling::sim {

struct ReaderOptions {
  int number = 0;
  std::uint64_t seed = 0;
  Tastes tastes;
  bool is_stream = false;
  bool has_critical = false;  ///< a channel is
  bool trace = false;
};

class Reader {
 public:
  /// `now` is the clock of the simulation.
  Reader(ReaderOptions options, const Moment& now, const state::KnownChannels& channels, const Truth& truth, Plant& plant);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Does something a reader does, or nothing, and reads what has arrived.
  void act(Server& server);
  /// Reads everything, as one whose line has become good, and stays.
  void settle(Server& server);
  /// The line is cut.
  void lose_line();
  /// Throws unless it holds the state at the truth's head. `must_know`: and has been told so.
  void check_current(bool must_know) const;
  [[nodiscard]] std::uint64_t judged() const { return watch_.judged(); }

 private:
  void ask(Server& server);
  void choose();
  void end_answer();
  void read();
  /// The lines of a stream that have come whole.
  void take_lines();
  void take_event();
  /// A whole answer to a poll.
  void take_answer();
  void take(std::string_view frame);
  /// The cursor it is told; it must be where it is.
  void take_cursor(std::string_view cursor);
  void check_bounds() const;
  [[nodiscard]] Knowledge knowledge() const;
  void print(const char* arrow, std::string_view text) const;

  ReaderOptions options_;
  const Moment& now_;
  Dice random_;
  const state::KnownChannels& channels_;
  Plant& plant_;
  PlainRights rights_;
  std::unique_ptr<Body> body_;
  std::size_t gathered_bytes_max_ = 0;
  session::Shard* shard_ = nullptr;
  session::Reading* reading_ = nullptr;
  Client client_;
  Watch watch_;
  Wish wish_;
  std::optional<double> rate_;
  std::size_t recent_ = 0;
  std::string cursor_;      // it was told last; empty: none that it could go on from
  std::string received_;    // of the body, and not taken yet
  std::string data_, id_;   // of the event that is being read
  bool has_id_ = false;
  bool is_known_ = false;   // it has asked before
  bool is_stalled_ = false, is_calm_ = false, is_returning_ = true;
};

}  // namespace starling::sim
