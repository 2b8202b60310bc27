#include "starling/io/store/database_store.hpp"

#include <utility>

#include "starling/io/store/history_reader.hpp"
#include "starling/io/store/life_table.hpp"
#include "starling/io/store/pruner.hpp"
#include "starling/io/store/state_table.hpp"

namespace starling::store {

namespace {

bool ends_connection(Fault fault) noexcept {
  switch (fault) {
    case Fault::corrupt:
    case Fault::unreachable:
    case Fault::newer: return true;
    case Fault::busy:
    case Fault::full:
    case Fault::read_only:
    case Fault::other: return false;
  }
  return true;
}

}  // namespace

template <class Work>
auto DatabaseStore::transact(Access access, Work work) noexcept -> decltype(work(std::declval<Database&>())) {
  if (broken_) return Unexpected{*broken_};
  auto done = within(*database_, access, [&] { return work(*database_); });
  if (!done && ends_connection(done.error().fault)) broken_ = done.error();
  return done;
}

Result<void, Failure> DatabaseStore::reopen() noexcept {
  // First the old one goes: it may hold what the new one needs.
  database_.reset();
  auto made = connect_();
  if (!made) {
    broken_ = made.error();
    return Unexpected{made.error()};
  }
  database_ = std::move(*made);
  broken_.reset();
  return {};
}

Result<std::optional<Life>, Failure> DatabaseStore::life() noexcept {
  return transact(Access::read, [](Database& database) { return read_life(database); });
}

Result<void, Failure> DatabaseStore::begin_life(std::string_view epoch, Seq seq, Timestamp at) noexcept {
  STARLING_CHECK(!epoch.empty());
  return transact(Access::write_durably, [&](Database& database) { return store::begin_life(database, epoch, seq, at); });
}

Result<void, Failure> DatabaseStore::keep_log(std::span<const LogText> batches) noexcept {
  return transact(Access::write, [&](Database& database) { return store::keep_log(database, batches); });
}

Result<void, Failure> DatabaseStore::end_life(Seq seq, Timestamp at) noexcept {
  return transact(Access::write_durably, [&](Database& database) { return store::end_life(database, seq, at); });
}

Result<void, Failure> DatabaseStore::read_log(const LogVisitor& visitor) noexcept {
  return transact(Access::read, [&](Database& database) { return store::read_log(database, visitor); });
}

Result<void, Failure> DatabaseStore::read_state(StateVisitor& visitor) noexcept {
  return transact(Access::read, [&](Database& database) { return store::read_state(database, visitor); });
}

Result<void, Failure> DatabaseStore::write(const Transaction& transaction) noexcept {
  return transact(transaction.is_durable ? Access::write_durably : Access::write, [&](Database& database) { return database.apply(transaction); });
}

Result<void, Failure> DatabaseStore::replace_state(const NextPart& next) noexcept {
  return transact(Access::write_durably, [&](Database& database) { return store::replace_state(database, next); });
}

Result<HistoryPage, Failure> DatabaseStore::history(const HistoryQuery& query) noexcept {
  return transact(Access::read, [&](Database& database) { return HistoryReader{database}.page(query); });
}

Result<void, Failure> DatabaseStore::state_at(Timestamp at, std::span<const std::string_view> channels, const HistoryVisitor& visitor) noexcept {
  return transact(Access::read, [&](Database& database) { return HistoryReader{database}.state_at(at, channels, visitor); });
}

Result<CoursePage, Failure> DatabaseStore::course(const CourseQuery& query) noexcept {
  return transact(Access::read, [&](Database& database) { return HistoryReader{database}.course(query); });
}

Result<std::optional<HistoryReach>, Failure> DatabaseStore::history_reach(std::span<const std::string_view> channels) noexcept {
  return transact(Access::read, [&](Database& database) { return HistoryReader{database}.reach(channels); });
}

Result<Pruned, Failure> DatabaseStore::prune(const PruneStep& step) noexcept {
  return transact(Access::write, [&](Database& database) { return store::prune(database, step); });
}

}  // namespace starling::store
