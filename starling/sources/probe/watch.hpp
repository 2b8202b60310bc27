/// @file
/// One life of a source of probes, from start to stop: a thread that asks, and says what it finds.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "starling/sources/probe/probe.hpp"
#include "starling/sources/probe/transfers.hpp"

namespace starling::sources::probe {

/// **Thread-safe:** the status, written by the watch's thread and read by anybody.
struct ProbeSource::Ledger {
  mutable std::mutex mutex;
  SourceStatus status;
};

class ProbeSource::Watch {
 public:
  Watch(const Checked& checked, Sink& sink, const Clock& clock, Ledger& ledger);

  /// What the thread does, until `stop`.
  void run();
  /// **Thread-safe.**
  void stop();
  /// **Thread-safe:** as `ProbeSource::ask_all`.
  void ask_all(RoundDone done);

 private:
  /// What is known of a target: of its kind, once it has been asked.
  struct Known {
    std::optional<ServiceFinding> service;
    std::optional<ReceiverFinding> receiver;
    std::string health;  ///< as it was found last; empty: not yet
  };

  /// False: it is to stop.
  [[nodiscard]] bool take_rounds();
  void settle(Reply reply, Moment now);
  [[nodiscard]] state::Update learn_service(const TargetOptions& target, const Reply& reply, Timestamp at, Known& known) const;
  [[nodiscard]] state::Update learn_receiver(const TargetOptions& target, const Reply& reply, Timestamp at, Known& known) const;
  void tell_change(const TargetOptions& target, const std::string& url, std::string health, bool is_good, const std::string& why, Known& known) const;
  [[nodiscard]] Findings findings() const;

  const Checked& checked_;
  Sink& sink_;
  const Clock& clock_;
  Ledger& ledger_;

  // The thread's own.
  Plan plan_;
  std::vector<Known> known_;  ///< as the targets

  Transfers transfers_;  ///< the thread's; anybody wakes it
  std::mutex mutex_;
  bool is_stopping_ = false;
  std::vector<RoundDone> asked_;  ///< rounds that the thread has not taken yet
};

}  // namespace starling::sources::probe
