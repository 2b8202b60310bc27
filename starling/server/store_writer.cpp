#include "starling/server/store_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"
#include "starling/core/log/batch_text.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling {
namespace {

using std::chrono::steady_clock;
using store::Failure;
using store::Fault;

/// So many entities are given to the store in one part of the whole state.
constexpr std::size_t kEntitiesPerPart = 4'096;
/// So many rows of history are looked at in one step, beside which nothing is written.
constexpr std::size_t kPruneRowsMax = 200;

bool is_lost_by(Fault fault) noexcept { return fault == Fault::unreachable || fault == Fault::corrupt; }

}  // namespace

std::string to_json(const StoreHealth& health) {
  const std::string cause = health.is_degraded() ? R"(,"cause":)" + json::quoted(health.cause) : std::string{};
  return fmt::format(R"({{"status":"{}"{},"written":{},"waiting_batches":{}}})", health.is_degraded() ? "degraded" : "ok", cause, health.written, health.waiting_batches);
}

StoreWriter::StoreWriter(std::unique_ptr<store::Store> store, state::Seq seq, const std::vector<state::EventPtr>& tails, StoreWriterOptions options,
                         AskState ask_state, Told told)
    : store_(std::move(store)),
      options_(std::move(options)),
      ask_state_(std::move(ask_state)),
      told_(std::move(told)),
      retention_(options_.history, options_.channels),
      rows_([this](const state::Channel& channel) { return retention_.keeps(channel); }),
      durable_(seq),
      retry_(options_.retry_min),
      prune_at_(steady_clock::now() + options_.prune_every) {
  health_.written = seq;
  for (const state::EventPtr& event : tails) tails_.add(event);
}

StoreWriter::~StoreWriter() {
  if (thread_.joinable()) (void)stop(Duration{0});
}

Result<void, Failure> StoreWriter::begin(std::string_view epoch, Timestamp at) {
  if (auto begun = store_->begin_life(epoch, health_.written, at); !begun) return begun;
  saved_at_ = at;
  thread_ = std::thread{[this] { run(); }};
  return {};
}

void StoreWriter::put(log::BatchPtr batch) {
  const std::scoped_lock lock{mutex_};
  for (const state::EventPtr& event : batch->events) tails_.add(event);
  (void)take_in({.batch = std::move(batch), .late = nullptr});
}

void StoreWriter::put(log::LateReportsPtr late) {
  const std::scoped_lock lock{mutex_};
  if (take_in({.batch = nullptr, .late = std::move(late)})) ++late_put_;
}

bool StoreWriter::take_in(Waiting waiting) {
  const std::size_t bytes = waiting.bytes();
  const bool is_over = health_.waiting_bytes + bytes > options_.waiting_bytes_max && !waiting_.empty();
  if (is_behind_ && !whole_) return false;  // the state, when it comes, has it, behind a gap
  if (is_over) {
    let_go();
    return false;
  }
  health_.waiting_bytes += bytes;
  waiting_.push_back(std::move(waiting));
  health_.waiting_batches = waiting_.size();
  wake_.notify_one();
  return true;
}

/// It has fallen off: from here on only the state helps.
void StoreWriter::let_go() noexcept {
  waiting_.clear();
  late_written_ = late_put_;
  health_.waiting_batches = health_.waiting_bytes = 0;
  ++health_.fell_off;
  is_behind_ = true;
  whole_.reset();
  is_state_asked_ = false;
}

bool StoreWriter::is_behind() const {
  const std::scoped_lock lock{mutex_};
  return is_behind_ && !whole_;
}

bool StoreWriter::wants_state() const {
  const std::scoped_lock lock{mutex_};
  return is_behind_ && is_state_asked_ && !whole_;
}

void StoreWriter::give_state(WholeState state) {
  const std::scoped_lock lock{mutex_};
  if (!is_behind_ || whole_) return;
  whole_ = std::make_shared<const WholeState>(std::move(state));
  wake_.notify_one();
}

void StoreWriter::await(state::Seq seq, std::function<void(bool)> done) {
  bool is_stored = false;
  {
    const std::scoped_lock lock{mutex_};
    Awaiting awaiting{.seq = seq, .late = late_put_, .done = std::move(done)};
    is_stored = is_safe(awaiting);
    if (!is_stored && !health_.is_degraded()) {
      awaiting_.push_back(std::move(awaiting));
      wake_.notify_one();
      return;
    }
    done = std::move(awaiting.done);
  }
  done(is_stored);
}

StoreHealth StoreWriter::health() const {
  const std::scoped_lock lock{mutex_};
  return health_;
}

std::unique_ptr<store::Store> StoreWriter::stop(Duration wait_max) {
  {
    const std::scoped_lock lock{mutex_};
    stop_by_ = steady_clock::now() + wait_max;
    wake_.notify_one();
  }
  thread_.join();
  const bool has_all = waiting_.empty() && !is_behind_ && !health_.is_degraded();
  for (const Awaiting& awaiting : std::exchange(awaiting_, {})) awaiting.done(false);
  return has_all ? std::move(store_) : nullptr;
}

void StoreWriter::run() {
  Lock lock{mutex_};
  while (wait_for_work(lock)) {
    if (is_behind_) {
      write_state(lock);
    } else if (has_work()) {
      write_some(lock);
    } else {
      prune(lock);
    }
  }
}

bool StoreWriter::is_safe(const Awaiting& awaiting) const noexcept { return awaiting.seq <= durable_ && awaiting.late <= late_durable_; }

bool StoreWriter::is_awaited() const noexcept {
  const state::Seq newest = waiting_.empty() ? health_.written : waiting_.back().seq();
  return std::ranges::any_of(awaiting_, [&](const Awaiting& awaiting) { return awaiting.seq <= newest; });
}

bool StoreWriter::is_left_out_due() const noexcept {
  const store::Thinning& thinning = rows_.thinning();
  const auto due = thinning.next_due();
  return (due && *due <= net::now().timestamp) || (stop_by_ && thinning.has_left_out());
}

bool StoreWriter::has_work() const noexcept {
  if (is_behind_) return whole_ || !is_state_asked_;
  return !waiting_.empty() || !rows_.is_empty() || is_awaited() || is_left_out_due();
}

bool StoreWriter::wait_for_work(Lock& lock) {
  while (true) {
    const auto now = steady_clock::now();
    const bool is_busy = has_work();
    if (stop_by_ && (now >= *stop_by_ || (!is_busy && !is_behind_))) return false;
    if (is_busy && (!retry_at_ || now >= *retry_at_)) return true;
    if (!is_busy && !is_behind_ && now >= prune_at_) return true;
    auto until = now + std::chrono::hours{1};
    if (is_busy) {
      until = *retry_at_;
    } else if (!is_behind_) {
      until = prune_at_;
      if (const auto due = rows_.thinning().next_due()) until = std::min(until, now + (*due - net::now().timestamp));
    }
    if (stop_by_) until = std::min(until, *stop_by_);
    wake_.wait_until(lock, until);
  }
}

void StoreWriter::write_some(Lock& lock) {
  const Timestamp now = net::now().timestamp;
  // What failed is tried again with more, but where it may be there already: written again, its history would be there twice.
  if (!is_lost_) gather(now);
  const bool is_durable = !awaiting_.empty();
  const state::Seq written_before = health_.written;
  lock.unlock();
  const auto there = is_lost_ ? reconnect(written_before) : Result<std::optional<store::Life>, Failure>{std::optional<store::Life>{}};
  is_lost_ = !there;
  Result<void, Failure> written{};
  store::Life life{.seq = written_before, .saved_at = now};
  if (!there) {
    written = Unexpected{there.error()};
  } else if (*there) {
    life = **there;
  } else {
    store::Transaction transaction = rows_.transaction();
    if (gathered_ == 0) transaction.seq = written_before, transaction.at = now;
    // By its seq, or by its moment, it can be told whether it is there.
    if (!rows_.has_batches()) transaction.at = std::max(transaction.at, saved_at_ + Timestamp::duration{1});
    transaction.is_durable = is_durable;
    life.seq = transaction.seq, life.saved_at = transaction.at;
    written = store_->write(transaction);
  }
  lock.lock();
  if (written) {
    saved_at_ = life.saved_at;
    rows_.clear();
    const std::size_t count = std::exchange(gathered_, 0);
    for (std::size_t i = 0; i < count && !is_behind_; ++i) {  // it may have fallen off meanwhile
      health_.waiting_bytes -= waiting_.front().bytes();
      late_written_ += waiting_.front().late ? 1 : 0;
      waiting_.pop_front();
    }
    health_.waiting_batches = waiting_.size();
  }
  settle(lock, life.seq, is_durable && there && !*there, written);
}

void StoreWriter::gather(Timestamp now) {
  const std::size_t count = std::min(waiting_.size(), options_.batches_per_write);
  for (; gathered_ < count; ++gathered_) {
    const Waiting& next = waiting_[gathered_];
    if (next.batch) {
      rows_.add(next.batch);
    } else {
      rows_.add(next.late);
    }
  }
  if (count < waiting_.size()) return;  // what is due is told in its order
  if (stop_by_) {
    rows_.add_left_out(now);
  } else {
    rows_.add_due(now);
  }
}

Result<std::optional<store::Life>, Failure> StoreWriter::reconnect(state::Seq written) {
  if (auto connected = store_->reopen(); !connected) return Unexpected{connected.error()};
  const auto life = store_->life();
  if (!life) return Unexpected{life.error()};
  const bool is_there = *life && ((*life)->seq > written || ((*life)->seq == written && (*life)->saved_at > saved_at_));
  return is_there ? *life : std::optional<store::Life>{};
}

void StoreWriter::write_state(Lock& lock) {
  if (!whole_) {
    is_state_asked_ = true;
    lock.unlock();
    ask_state_();
    lock.lock();
    return;
  }
  const std::shared_ptr<const WholeState> whole = whole_;
  const std::string written_before = std::to_string(health_.written);
  std::vector<state::EventPtr> tails;
  tails_.for_each([&](const state::EventPtr& event) {
    if (event->seq <= whole->seq) tails.push_back(event);
  });
  lock.unlock();
  rows_.clear();  // of what was let go
  rows_.forget_thinning();
  gathered_ = 0;
  Result<void, Failure> written{};
  if (is_lost_) written = store_->reopen();
  is_lost_ = !written;
  if (written) {
    std::size_t next = 0;
    bool are_tails_told = false;
    std::vector<std::string> texts;
    const store::KeepsHistory is_kept = [this](const state::Channel& channel) { return retention_.keeps(channel); };
    written = store_->replace_state([&](store::Transaction& part) {
      part.seq = whole->seq;
      part.at = whole->at;
      if (next == 0 && !are_tails_told && retention_.keeps_any()) {
        part.history.push_back({.kind = store::HistoryKind::gap, .seq = whole->seq, .at = whole->at, .time = whole->at, .text = written_before});
      }
      const std::size_t end = std::min(whole->entities.size(), next + kEntitiesPerPart);
      for (; next < end; ++next) store::add_entity(part, *whole->entities[next], is_kept);
      if (!part.facets.empty()) return true;
      if (std::exchange(are_tails_told, true)) return false;
      texts.reserve(tails.size());  // rows borrow from them
      for (const state::EventPtr& event : tails) {
        if (event->entity) texts.push_back(log::write_entity(*event->entity));
        part.tails.push_back(store::tail_row(*event, event->entity ? &texts.back() : nullptr));
      }
      return true;
    });
  }
  lock.lock();
  if (written) saved_at_ = whole->at;
  // What waits since then goes on from there, unless that has been let go, too.
  if (written && whole_ == whole) {
    is_behind_ = is_state_asked_ = false;
    whole_.reset();
  }
  settle(lock, whole->seq, true, written);
}

void StoreWriter::prune(Lock& lock) {
  lock.unlock();
  const auto pruned = store_->prune(retention_.step(prune_next_, net::now().timestamp, kPruneRowsMax));
  lock.lock();
  // One that fails fails when something is written, too, and is told then. Where there is more, it goes on as soon as nothing is to be written.
  if (pruned && !pruned->is_done) return;
  if (pruned && ++prune_next_ < retention_.classes()) return;
  prune_next_ = 0;
  prune_at_ = steady_clock::now() + options_.prune_every;
}

void StoreWriter::settle(Lock& lock, state::Seq seq, bool is_durable, const Result<void, Failure>& written) {
  std::vector<Awaiting> answered;
  const bool was_degraded = health_.is_degraded();
  if (written) {
    ++health_.writes;
    health_.written = std::max(health_.written, seq);
    if (is_durable) {
      durable_ = std::max(durable_, seq);
      late_durable_ = late_written_;
    }
    health_.cause.clear();
    retry_at_.reset();
    retry_ = options_.retry_min;
    for (Awaiting& awaiting : awaiting_) {
      if (is_safe(awaiting)) answered.push_back(std::move(awaiting));
    }
    std::erase_if(awaiting_, [&](const Awaiting& awaiting) { return is_safe(awaiting); });
  } else {
    ++health_.failures;
    health_.cause = written.error().message;
    is_lost_ = is_lost_ || is_lost_by(written.error().fault);
    retry_at_ = steady_clock::now() + retry_;
    retry_ = std::min(retry_ * 2, options_.retry_max);
    answered = std::exchange(awaiting_, {});  // nobody knows how long it takes
  }
  const std::string cause = health_.cause;
  lock.unlock();
  for (const Awaiting& awaiting : answered) awaiting.done(static_cast<bool>(written));
  if (told_ && was_degraded != !cause.empty()) {
    told_(!cause.empty(), cause.empty() ? fmt::format("the store is written again, up to batch {}", seq) : fmt::format("the store is not written, which is tried again: {}", cause));
  }
  lock.lock();
}

}  // namespace starling
