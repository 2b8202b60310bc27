/// @file
/// History in memory, of closed batches: for tests of those who look back.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "starling/core/log/batch.hpp"
#include "starling/core/replay/history.hpp"

namespace starling::replay {

/// Answers when it is told to. Pages are short, so that there are some.
class TestHistory final : public History {
 public:
  static constexpr std::size_t kPageRows = 7;

  void keep(const log::Batch& batch) {
    if (!began_) began_ = batch.time;
    for (const state::Change& change : batch.changes) {
      if (!change.is_announcement()) keep(batch, change);
    }
    for (const state::EventPtr& event : batch.events) {
      rows_.push_back({.kind = RowKind::event, .channel = event->channel->name, .key = event->key, .seq = batch.seq, .at = batch.time, .time = event->time,
                       .text = event->data, .place = event->place()});
    }
  }
  /// Answers what is asked, and what is asked then.
  void tell(Moment now) {
    while (!asked_.empty()) {
      for (const auto& answer : std::exchange(asked_, {})) answer(now);
    }
  }
  [[nodiscard]] std::size_t asked() const noexcept { return asked_.size(); }

  void ask(StateAsked asked, std::function<void(Result<std::vector<Row>, NotTold>, Moment)> done) override {
    asked_.push_back([this, asked = std::move(asked), done = std::move(done)](Moment now) { done(state(asked), now); });
  }
  void ask(CourseAsked asked, std::function<void(Result<CoursePage, NotTold>, Moment)> done) override {
    asked_.push_back([this, asked = std::move(asked), done = std::move(done)](Moment now) {
      if (fails) return done(Unexpected{NotTold{"the store cannot be read now"}}, now);
      done(course(asked), now);
    });
  }

  bool fails = false;  ///< when it is asked what became of a state

 private:
  void keep(const log::Batch& batch, const state::Change& change) {
    const auto place = change.after && change.after->place ? std::optional{change.after->place->point} : std::nullopt;
    const auto add = [&](RowKind kind, const state::Channel& channel, std::string_view text, Timestamp time) {
      rows_.push_back({.kind = kind, .channel = channel.name, .key = change.identity().key, .seq = batch.seq, .at = batch.time, .time = time,
                       .text = std::string{text}, .place = place, .is_placing = place && change.after->place->owner == &channel});
    };
    const state::Channel* moved = change.before && change.after && change.before->place != change.after->place
                                      ? (change.after->place ? change.after->place->owner : change.before->place->owner)
                                      : nullptr;
    state::for_each_changed_channel(change, [&](const state::Channel& channel) {
      if (&channel == moved) moved = nullptr;
      const state::Facet* facet = change.after ? change.after->find(channel) : nullptr;
      if (facet != nullptr) {
        add(RowKind::set, channel, facet->fields.text(), facet->time);
      } else {
        add(change.cause_of(channel) == state::Cause::expired ? RowKind::expired : RowKind::deleted, channel, "", batch.time);
      }
    });
    if (moved == nullptr) return;
    if (const state::Facet* facet = change.after->find(*moved)) add(RowKind::set, *moved, facet->fields.text(), facet->time);
  }

  [[nodiscard]] Result<std::vector<Row>, NotTold> state(const StateAsked& asked) const {
    if (!began_ || asked.at < *began_) return Unexpected{NotTold{"history begins later"}};
    std::map<std::pair<std::string, std::string>, const Row*> newest;
    for (const Row& row : rows_) {
      if (row.at > asked.at || row.kind == RowKind::event || std::ranges::find(asked.channels, row.channel) == asked.channels.end()) continue;
      newest[{row.channel, *row.key}] = &row;
    }
    std::vector<Row> state;
    std::size_t bytes = 0;
    for (const auto& [whose, row] : newest) {
      if (row->kind != RowKind::set) continue;
      bytes += row->text.size() + row->key->size();
      state.push_back(*row);
    }
    if (bytes > asked.bytes_max) return Unexpected{NotTold{"too much"}};
    return state;
  }

  [[nodiscard]] CoursePage course(const CourseAsked& asked) const {
    CoursePage page;
    for (std::size_t i = asked.after.value_or(0); i < rows_.size() && rows_[i].at <= asked.to; ++i) {
      page.has_more = page.rows.size() == kPageRows;
      if (page.has_more) break;
      page.cursor = i + 1;
      if (rows_[i].at > asked.from && std::ranges::find(asked.channels, rows_[i].channel) != asked.channels.end()) page.rows.push_back(rows_[i]);
    }
    return page;
  }

  std::optional<Timestamp> began_;
  std::vector<Row> rows_;
  std::vector<std::function<void(Moment)>> asked_;
};

}  // namespace starling::replay
