/// @file
/// What every connector is: something that is started, reports what it hears to a sink, and is stopped.
///
/// A source owns its connection and its thread, and nothing of the server's: it is given a `Sink` for what it hears,
/// a `Log` for what a person should know, and a `Clock`. The server reads `status()` whenever it is asked how the
/// source does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/state/update.hpp"

namespace starling::sources {

/// **Thread-safe:** where a source puts what it heard, from its own thread.
///
/// The server hands the updates to the hub's thread through a bounded queue; what happens when that is full is its
/// decision. Must not wait for long: a source stops only after a call in progress has returned.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void offer(std::vector<state::Update> updates) = 0;
};

enum class LogLevel : std::uint8_t { debug, note, warning, error };

/// **Thread-safe:** called from a source's thread with one line without secrets.
using Log = std::function<void(LogLevel, std::string)>;

/// **Thread-safe:** the time; io reads the clock, a source only asks.
using Clock = std::function<Moment()>;

enum class ConnectionState : std::uint8_t {
  stopped,     ///< not started, or stopped
  connecting,  ///< an attempt is under way
  connected,
  waiting,  ///< the last attempt failed or the connection was lost; another follows
};

struct SourceStatus {
  ConnectionState connection = ConnectionState::stopped;
  std::uint64_t attempts = 0;      ///< connections tried
  std::uint64_t received = 0;      ///< payloads, good and bad
  std::uint64_t updates = 0;       ///< updates offered to the sink
  std::uint64_t bad_payloads = 0;  ///< payloads that said nothing that could be read
  std::string last_error;          ///< why it does not work; empty when it does. Holds no secrets
};

/// A connector. `start` and `stop` belong to one thread; `status` is **thread-safe**.
class Source {
 public:
  virtual ~Source() = default;
  /// Begins; returns at once, whether the other end is there or not.
  virtual void start() = 0;
  /// Ends; when it returns, nothing is offered or logged any more. May be started again.
  virtual void stop() = 0;
  [[nodiscard]] virtual SourceStatus status() const = 0;
  /// Open at once at most: as many are kept back from viewers. Of one connection: that, the next while it is tried, a wake-up, files read meanwhile.
  [[nodiscard]] virtual std::size_t descriptors_max() const noexcept { return 8; }
};

}  // namespace starling::sources
