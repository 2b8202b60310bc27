/// @file
/// A store over one connection: what each call is made of, and what it does when the connection has failed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "starling/io/store/database.hpp"
#include "starling/io/store/store.hpp"

namespace starling::store {

/// Makes a connection whose tables are there and of the right version.
using Connect = std::function<Result<std::unique_ptr<Database>, Failure>()>;

class DatabaseStore final : public Store {
 public:
  explicit DatabaseStore(Connect connect) noexcept : connect_(std::move(connect)) {}

  Result<void, Failure> reopen() noexcept override;
  Result<std::optional<Life>, Failure> life() noexcept override;
  Result<void, Failure> begin_life(std::string_view epoch, Seq seq, Timestamp at) noexcept override;
  Result<void, Failure> keep_log(std::span<const LogText> batches) noexcept override;
  Result<void, Failure> end_life(Seq seq, Timestamp at) noexcept override;
  Result<void, Failure> read_log(const LogVisitor& visitor) noexcept override;
  Result<void, Failure> read_state(StateVisitor& visitor) noexcept override;
  Result<void, Failure> write(const Transaction& transaction) noexcept override;
  Result<void, Failure> replace_state(const NextPart& next) noexcept override;
  Result<HistoryPage, Failure> history(const HistoryQuery& query) noexcept override;
  Result<void, Failure> state_at(Timestamp at, std::span<const std::string_view> channels, const HistoryVisitor& visitor) noexcept override;
  Result<CoursePage, Failure> course(const CourseQuery& query) noexcept override;
  Result<std::optional<HistoryReach>, Failure> history_reach(std::span<const std::string_view> channels) noexcept override;
  Result<Pruned, Failure> prune(const PruneStep& step) noexcept override;

 private:
  /// Does `work` (given the database) within a transaction; notes a failure after which the connection is not to be used.
  template <class Work>
  auto transact(Access access, Work work) noexcept -> decltype(work(std::declval<Database&>()));

  Connect connect_;
  std::unique_ptr<Database> database_;
  std::optional<Failure> broken_ = Failure{Fault::unreachable, "the store is not open"};
};

}  // namespace starling::store
