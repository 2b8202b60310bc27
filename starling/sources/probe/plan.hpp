/// @file
/// Whose turn it is to be asked, and who waits for a round: an answer of every service. Pure: it is told the time.
///
/// A target is asked again `every` after it was asked last, whatever for, and never while it is being asked. A round has every service asked that is not being asked, and
/// is over when each of them has answered.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/sources/probe/finding.hpp"

namespace starling::sources::probe {

/// Of receivers, however many are due: each is a connection. The others wait, and the time for an answer begins when they are asked.
inline constexpr std::size_t kReceiversAtOnceMax = 32;

/// Called once, with what is known when the round is over; with nullopt where nobody is asked any more.
using RoundDone = std::function<void(std::optional<Findings> found)>;

class Plan {
 public:
  struct Target {
    bool is_service;
    Duration every;
  };
  /// All are due at once.
  explicit Plan(const std::vector<Target>& targets);

  void ask_round(RoundDone done);
  /// Those to be asked now; they are being asked from here on.
  [[nodiscard]] std::vector<std::size_t> begin(Instant now);
  /// The target has answered, or will not. Those whose round is over with it.
  [[nodiscard]] std::vector<RoundDone> finish(std::size_t target);
  /// Those whose round is not over; they are forgotten.
  [[nodiscard]] std::vector<RoundDone> give_up();
  /// When `begin` has somebody to ask; nullopt: not before somebody has finished.
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

 private:
  struct Planned {
    Target target;
    std::optional<Instant> due = Instant{};  ///< nullopt: it is being asked
    Instant next = {};                       ///< when it is due again
  };
  struct Round {
    RoundDone done;
    std::vector<std::size_t> missing;
  };
  [[nodiscard]] bool may_begin(const Planned& planned) const noexcept;

  std::vector<Planned> targets_;
  std::vector<Round> rounds_;
  std::size_t receivers_asked_ = 0;
};

}  // namespace starling::sources::probe
