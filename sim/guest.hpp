/// @file
/// A client at a door on a simulated line: it says what its kind says, reads, and is cut off; what it is told its model judges.
#pragma once

#include <memory>
#include <string>

#include "sim/door_model.hpp"
#include "sim/line.hpp"
#include "sim/rates.hpp"
#include "sim/server.hpp"

namespace starling::sim {

struct GuestOptions {
  int number = 0;
  std::uint64_t seed = 0;
  Rates rates;
  std::size_t door = 0;  ///< of its server's doors
  bool trace = false;
};

class Guest {
 public:
  /// `now` is the clock of the simulation.
  Guest(GuestOptions options, const Moment& now, std::unique_ptr<DoorModel> model, Plant& plant)
      : options_(options), now_(now), random_(options.seed), plant_(plant), model_(std::move(model)) {}
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  /// Does something a client does, or nothing, and reads what has arrived.
  void act(Server& server);
  /// Reads everything, as one whose line has become good, and stays.
  void settle(Server& server);
  /// The line is cut.
  void lose_line();
  /// Throws unless it holds what its door shows of the truth's head.
  void check_current() const;
  [[nodiscard]] std::uint64_t judged() const { return model_->judged(); }

 private:
  void connect(Server& server);
  /// The server's turn.
  void serve();
  void read();
  [[nodiscard]] DoorKnowledge knowledge() const;
  void print(const char* arrow, std::string_view text) const;

  GuestOptions options_;
  const Moment& now_;
  Dice random_;
  Plant& plant_;
  std::unique_ptr<DoorModel> model_;
  std::unique_ptr<Line> line_;
  session::Shard* shard_ = nullptr;
  session::DoorSession* session_ = nullptr;
  std::uint64_t said_ = 0;  // on this line
  bool is_stalled_ = false, is_calm_ = false;
};

}  // namespace starling::sim
