/// @file
/// A shard's line to history: what was, asked of the store on its reader's thread, for those who look back.
#pragma once

#include <functional>
#include <vector>

#include "starling/core/replay/history.hpp"
#include "starling/core/session/shard.hpp"
#include "starling/server/store_line.hpp"

namespace starling {

class HistoryLine final : public replay::History {
 public:
  /// Both outlive it.
  HistoryLine(StoreLine& store, const session::Shard& shard) : store_(store), shard_(shard) {}

  /// What was told up to now is written down first.
  void ask(replay::StateAsked asked, std::function<void(Result<std::vector<replay::Row>, replay::NotTold>, Moment now)> done) override;
  void ask(replay::CourseAsked asked, std::function<void(Result<replay::CoursePage, replay::NotTold>, Moment now)> done) override;

 private:
  StoreLine& store_;
  const session::Shard& shard_;
};

}  // namespace starling
