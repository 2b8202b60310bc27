#include "starling/server/store_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

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

store::KeepsHistory keeps_history(const StoreWriterOptions& options) {
  // What is built in says what the other channels' reports come to, again and again.
  return [is_kept = options.history.has_value()](const state::Channel& channel) { return is_kept && !channel.built_in; };
}

bool is_lost_by(Fault fault) noexcept { return fault == Fault::unreachable || fault == Fault::corrupt; }

}  // namespace

StoreWriter::StoreWriter(std::unique_ptr<store::Store> store, state::Seq seq, const std::vector<state::EventPtr>& tails, StoreWriterOptions options,
                         AskState ask_state, Told told)
    : store_(std::move(store)),
      options_(options),
      ask_state_(std::move(ask_state)),
      told_(std::move(told)),
      rows_(keeps_history(options)),
      durable_(seq),
      retry_(options.retry_min),
      prune_at_(steady_clock::now() + options.prune_every) {
  health_.written = seq;
  for (const state::EventPtr& event : tails) tails_.add(event);
}

StoreWriter::~StoreWriter() {
  if (thread_.joinable()) (void)stop(Duration{0});
}

Result<void, Failure> StoreWriter::begin(std::string_view epoch, Timestamp at) {
  if (auto begun = store_->begin_life(epoch, health_.written, at); !begun) return begun;
  thread_ = std::thread{[this] { run(); }};
  return {};
}

void StoreWriter::put(log::BatchPtr batch) {
  const std::scoped_lock lock{mutex_};
  for (const state::EventPtr& event : batch->events) tails_.add(event);
  const bool is_over = health_.waiting_bytes + batch->bytes > options_.waiting_bytes_max && !waiting_.empty();
  if (is_behind_ && !whole_) return;  // the state, when it comes, has it
  if (is_over) {
    let_go();
    return;
  }
  health_.waiting_bytes += batch->bytes;
  waiting_.push_back(std::move(batch));
  health_.waiting_batches = waiting_.size();
  wake_.notify_one();
}

/// It has fallen off: from here on only the state helps.
void StoreWriter::let_go() noexcept {
  waiting_.clear();
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
    is_stored = seq <= durable_;
    if (!is_stored && !health_.is_degraded()) {
      awaiting_.push_back({seq, std::move(done)});
      wake_.notify_one();
      return;
    }
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
    } else if (!waiting_.empty() || is_awaited()) {
      write_some(lock);
    } else {
      prune(lock);
    }
  }
}

bool StoreWriter::is_awaited() const noexcept {
  const state::Seq newest = waiting_.empty() ? health_.written : waiting_.back()->seq;
  return std::ranges::any_of(awaiting_, [&](const Awaiting& awaiting) { return awaiting.seq <= newest; });
}

bool StoreWriter::has_work() const noexcept { return is_behind_ ? whole_ || !is_state_asked_ : !waiting_.empty() || is_awaited(); }

bool StoreWriter::wait_for_work(Lock& lock) {
  while (true) {
    const auto now = steady_clock::now();
    if (stop_by_ && (now >= *stop_by_ || (!has_work() && !is_behind_))) return false;
    if (has_work() && (!retry_at_ || now >= *retry_at_)) return true;
    if (!has_work() && !retry_at_ && options_.history && now >= prune_at_) return true;
    auto until = has_work() && retry_at_ ? *retry_at_ : options_.history ? prune_at_ : now + std::chrono::hours{1};
    if (stop_by_) until = std::min(until, *stop_by_);
    wake_.wait_until(lock, until);
  }
}

void StoreWriter::write_some(Lock& lock) {
  const std::size_t count = std::min(waiting_.size(), options_.batches_per_write);
  for (std::size_t i = 0; i < count; ++i) rows_.add(waiting_[i]);
  const state::Seq seq = count > 0 ? waiting_[count - 1]->seq : health_.written;
  const bool is_durable = !awaiting_.empty();
  const state::Seq written_before = health_.written;
  lock.unlock();
  Result<void, Failure> written{};
  if (is_lost_) written = store_->reopen();
  // Whether the one that a lost connection cut off was committed only the database knows: written again, its history would be there twice.
  const auto life = is_lost_ && written ? store_->life() : Result<std::optional<store::Life>, Failure>{std::optional<store::Life>{}};
  if (!life) written = Unexpected{life.error()};
  is_lost_ = !written;
  const state::Seq has = life && *life ? (*life)->seq : 0;
  if (written && has > written_before) {
    lock.lock();
    rows_.clear();
    while (!is_behind_ && !waiting_.empty() && waiting_.front()->seq <= has) {
      health_.waiting_bytes -= waiting_.front()->bytes;
      waiting_.pop_front();
    }
    health_.waiting_batches = waiting_.size();
    settle(lock, has, false, written);
    return;
  }
  if (written) {
    store::Transaction transaction = rows_.transaction();
    if (count == 0) transaction.seq = seq, transaction.at = net::now().timestamp;
    transaction.is_durable = is_durable;
    written = store_->write(transaction);
  }
  rows_.clear();
  lock.lock();
  if (written && !is_behind_) {  // it may have fallen off meanwhile
    for (std::size_t i = 0; i < count; ++i) {
      health_.waiting_bytes -= waiting_.front()->bytes;
      waiting_.pop_front();
    }
    health_.waiting_batches = waiting_.size();
  }
  settle(lock, seq, is_durable, written);
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
  Result<void, Failure> written{};
  if (is_lost_) written = store_->reopen();
  is_lost_ = !written;
  if (written) {
    std::size_t next = 0;
    bool are_tails_told = false;
    std::vector<std::string> texts;
    const store::KeepsHistory is_kept = keeps_history(options_);
    written = store_->replace_state([&](store::Transaction& part) {
      part.seq = whole->seq;
      part.at = whole->at;
      if (next == 0 && !are_tails_told && options_.history) {
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
  // What waits since then goes on from there, unless that has been let go, too.
  if (written && whole_ == whole) {
    is_behind_ = is_state_asked_ = false;
    whole_.reset();
  }
  settle(lock, whole->seq, true, written);
}

void StoreWriter::prune(Lock& lock) {
  lock.unlock();
  const Timestamp now = net::now().timestamp;
  const auto pruned = store_->prune({.older_than = now - std::chrono::duration_cast<Timestamp::duration>(*options_.history), .rows_max = kPruneRowsMax});
  lock.lock();
  // One that fails fails when something is written, too, and is told then. Where there is more, it goes on as soon as nothing is to be written.
  if (!pruned || pruned->is_done) prune_at_ = steady_clock::now() + options_.prune_every;
}

void StoreWriter::settle(Lock& lock, state::Seq seq, bool is_durable, const Result<void, Failure>& written) {
  std::vector<Awaiting> answered;
  const bool was_degraded = health_.is_degraded();
  if (written) {
    ++health_.writes;
    health_.written = std::max(health_.written, seq);
    if (is_durable) durable_ = std::max(durable_, seq);
    health_.cause.clear();
    retry_at_.reset();
    retry_ = options_.retry_min;
    for (Awaiting& awaiting : awaiting_) {
      if (awaiting.seq <= durable_) answered.push_back(std::move(awaiting));
    }
    std::erase_if(awaiting_, [&](const Awaiting& awaiting) { return awaiting.seq <= durable_; });
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
