/// @file
/// Services and receivers as a source: each is asked by HTTP every so often, and what that comes to is said on `services:health` and `websdrs:status`.
///
/// A service is `healthy`, `degraded`, `unhealthy` or `unreachable` (`verdict.hpp`), a receiver `online` (2xx) or `offline`. Whoever wants to know now
/// has a round made (`ask_all`).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/sources/probe/finding.hpp"
#include "starling/sources/probe/plan.hpp"
#include "starling/sources/probe/url.hpp"
#include "starling/sources/source.hpp"

namespace starling::sources::probe {

struct TargetOptions {
  bool is_service = true;  ///< else a receiver
  std::string key = {};    ///< of its record; of each kind there is one of it
  std::string name = {};   ///< of a receiver
  std::string url = {};
  Duration every = std::chrono::seconds{30};
  Duration timeout = std::chrono::seconds{5};
  std::string ca_file = {};  ///< PEM; empty: the system's. For https
};

struct ProbeOptions {
  std::vector<TargetOptions> targets = {};
  Log log = {};
};

/// What is wrong with the options: whose, which, and why. Holds no secrets.
struct ProbeOptionError {
  std::size_t target;
  std::string option;
  std::string message;
};

class ProbeSource final : public Source {
  struct Checked;  // options that `from` has looked at; only it can make one

 public:
  /// `sink` must outlive the source. Fails with everything that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<ProbeSource>, std::vector<ProbeOptionError>> from(ProbeOptions options, Sink& sink, Clock clock);
  ProbeSource(Checked checked, Sink& sink, Clock clock);
  ~ProbeSource() override;
  ProbeSource(const ProbeSource&) = delete;
  ProbeSource& operator=(const ProbeSource&) = delete;

  void start() override;
  /// At once: who is being asked is left.
  void stop() override;
  [[nodiscard]] SourceStatus status() const override;
  [[nodiscard]] std::size_t descriptors_max() const noexcept override;

  /// **Thread-safe:** has every service asked that is not being asked, and `done` called when each has answered: on the source's thread, or on this one where it does
  /// not run, with nullopt. The last answer of a round is not offered to the sink: who is called says what was found.
  void ask_all(RoundDone done);

 private:
  class Watch;
  struct Ledger;
  struct Checked {
    ProbeOptions options;
    std::vector<ProbeUrl> urls;  ///< as the targets
  };

  const Checked checked_;
  Sink& sink_;
  const Clock clock_;
  const std::unique_ptr<Ledger> ledger_;
  std::mutex mutex_;
  std::unique_ptr<Watch> watch_;  ///< between start and stop
  std::thread thread_;
};

}  // namespace starling::sources::probe
