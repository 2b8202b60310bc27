/// @file
/// One more reader of the batches and of late reports, on a thread of its own: writes what they come to into the store, and looks after it.
///
/// It is never waited for. What it has not written yet waits here; over `waiting_bytes_max` it has fallen off the log: what waits is let go, and once the store
/// takes writes again it is given the whole state, with a gap in its history. A write that fails is tried again, as long as it takes, and `health` says why.
///
///     hub's thread ── put ──▶ what waits ── one transaction for all of it ──▶ store
///                 ◀── ask_state, written ──                                (again, if it failed)
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "starling/core/fanout/tails.hpp"
#include "starling/core/store/batch_rows.hpp"
#include "starling/io/store/store.hpp"
#include "starling/server/retention.hpp"

namespace starling {

struct StoreWriterOptions {
  std::size_t waiting_bytes_max = 64 << 20;  ///< of batches and late reports that are not written; the last one may go beyond
  std::size_t batches_per_write = 256;       ///< in one transaction
  Duration retry_min = std::chrono::milliseconds{100};  ///< after a write that failed; twice as long each time
  Duration retry_max = std::chrono::seconds{5};
  std::optional<Duration> history = {};  ///< how long it is kept of channels that do not say; nullopt: not at all
  std::vector<state::ChannelDeclaration> channels = {};  ///< which may say
  Duration prune_every = std::chrono::seconds{10};
};

/// How it stands, for health and metrics.
struct StoreHealth {
  std::string cause = {};  ///< why it does not write, and what to do about it; empty while it does
  state::Seq written = 0;  ///< the database has everything up to this
  std::size_t waiting_batches = 0;  ///< and, each time some came, late reports
  std::size_t waiting_bytes = 0;
  std::uint64_t writes = 0;     ///< transactions
  std::uint64_t failures = 0;   ///< of them
  std::uint64_t fell_off = 0;   ///< how often what waited was let go
  [[nodiscard]] bool is_degraded() const noexcept { return !cause.empty(); }
};
/// {"status", "cause"?, "written", "waiting_batches"}, as `/healthz` says it.
[[nodiscard]] std::string to_json(const StoreHealth& health);

/// **Thread-safe:** `await` and `health`. The rest is the hub's thread's.
class StoreWriter {
 public:
  /// The state at one seq.
  struct WholeState {
    state::Seq seq = 0;
    Timestamp at;
    std::vector<state::EntityPtr> entities;
  };
  /// Called on the writer's thread: `give_state` is wanted.
  using AskState = std::function<void()>;
  /// Called on the writer's thread: how the store stands has changed, in one line.
  using Told = std::function<void(bool is_degraded, std::string line)>;

  /// `store` has everything up to `seq`; `tails` are the newest events. Nothing is written before `begin`.
  StoreWriter(std::unique_ptr<store::Store> store, state::Seq seq, const std::vector<state::EventPtr>& tails, StoreWriterOptions options, AskState ask_state, Told told);
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  /// Marks the database as this run's: before anything is told to anybody, and not before it is sure that this run will be.
  [[nodiscard]] Result<void, store::Failure> begin(std::string_view epoch, Timestamp at);
  /// A closed batch.
  void put(log::BatchPtr batch);
  /// Late reports. Whoever awaits a batch from now on awaits them, too.
  void put(log::LateReportsPtr late);
  /// Whether it has fallen off the log, and has not been given the state since.
  [[nodiscard]] bool is_behind() const;
  /// Whether it waits for the state: that of a moment when no batch is open.
  [[nodiscard]] bool wants_state() const;
  void give_state(WholeState state);

  /// `done` is called, on whatever thread, with true once everything up to `seq` would survive a power cut, and with false if that cannot be had now.
  void await(state::Seq seq, std::function<void(bool is_stored)> done);

  [[nodiscard]] StoreHealth health() const;

  /// Writes what waits, as far as the store lets it within `wait_max`, and ends the thread. The store, if it has everything then.
  [[nodiscard]] std::unique_ptr<store::Store> stop(Duration wait_max);

 private:
  /// One of both.
  struct Waiting {
    log::BatchPtr batch;
    log::LateReportsPtr late;
    [[nodiscard]] state::Seq seq() const noexcept { return batch ? batch->seq : late->seq; }
    [[nodiscard]] std::size_t bytes() const noexcept { return batch ? batch->bytes : late->bytes; }
  };
  struct Awaiting {
    state::Seq seq;
    std::uint64_t late;  ///< and so much of what came late
    std::function<void(bool)> done;
  };
  using Lock = std::unique_lock<std::mutex>;

  void run();
  /// False: there is nothing to do any more.
  [[nodiscard]] bool wait_for_work(Lock& lock);
  /// False: it was let go.
  [[nodiscard]] bool take_in(Waiting waiting);
  void write_some(Lock& lock);
  void gather(Timestamp now);
  /// Connects anew, and says how far the database is if what is in `rows_` was committed before the connection was lost.
  [[nodiscard]] Result<std::optional<store::Life>, store::Failure> reconnect(state::Seq written);
  void write_state(Lock& lock);
  void prune(Lock& lock);
  void settle(Lock& lock, state::Seq seq, bool is_durable, const Result<void, store::Failure>& written);
  void let_go() noexcept;
  [[nodiscard]] bool has_work() const noexcept;
  /// Whether something that thinning left out is to be written.
  [[nodiscard]] bool is_left_out_due() const noexcept;
  [[nodiscard]] bool is_safe(const Awaiting& awaiting) const noexcept;
  /// Whether somebody waits for what is here.
  [[nodiscard]] bool is_awaited() const noexcept;

  std::unique_ptr<store::Store> store_;
  StoreWriterOptions options_;
  AskState ask_state_;
  Told told_;
  Retention retention_;
  store::BatchRows rows_;      // the thread's: of the first `gathered_` that wait, until they are written
  std::size_t gathered_ = 0;   // the thread's
  Timestamp saved_at_;         // the thread's: of what was written last, as the database has it
  bool is_lost_ = false;       // the thread's: the connection has to be made anew
  std::size_t prune_next_ = 0; // the thread's: of the classes of retention

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  fanout::Tails tails_;
  StoreHealth health_;
  state::Seq durable_ = 0;
  std::uint64_t late_put_ = 0, late_written_ = 0, late_durable_ = 0;  // of late reports, how often; what was let go counts as written
  std::vector<Awaiting> awaiting_;
  bool is_behind_ = false;  // it has fallen off, and needs the state
  bool is_state_asked_ = false;
  std::shared_ptr<const WholeState> whole_;
  Duration retry_{};
  std::optional<std::chrono::steady_clock::time_point> retry_at_, stop_by_;
  std::chrono::steady_clock::time_point prune_at_;
  std::thread thread_;
};

}  // namespace starling
