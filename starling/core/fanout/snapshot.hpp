/// @file
/// Everything a view shows at one seq, in parts, from a cut or a list: a pure function of what never changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "starling/core/fanout/subscription.hpp"

namespace starling::fanout {

struct SnapshotOptions {
  std::size_t part_bytes = kPartBytes;  ///< a part is ended when it has grown to this
  /// Sent after the last part, as an update of the same seq, in (seq, n) order.
  std::vector<state::EventPtr> recent = {};
};

class Snapshot final : public Job {
 public:
  /// Of everything there was.
  Snapshot(StateCutPtr cut, SnapshotOptions options) : seq_(cut->seq), options_(std::move(options)), cut_(std::move(cut)) {}
  /// Of these entities, already picked.
  Snapshot(Seq seq, std::vector<state::EntityPtr> entities, SnapshotOptions options)
      : seq_(seq), options_(std::move(options)), list_(std::move(entities)) {}
  /// Of nothing but recent events.
  Snapshot(Seq seq, SnapshotOptions options) : seq_(seq), options_(std::move(options)), is_recording_(false) {}

  bool send_part(Subscription& to) override;
  [[nodiscard]] Seq seq() const noexcept override { return seq_; }
  [[nodiscard]] StateCutPtr cut() const noexcept override { return cut_; }
  [[nodiscard]] bool is_showing() const noexcept override { return is_recording_; }

 private:
  [[nodiscard]] state::EntityPtr next() noexcept;
  /// True: it was the last part of the records.
  [[nodiscard]] bool send_records(Subscription& to);
  [[nodiscard]] bool send_recent(Subscription& to);

  Seq seq_;
  SnapshotOptions options_;
  StateCutPtr cut_;
  std::vector<state::EntityPtr> list_;
  std::size_t next_space_ = 0, next_slot_ = 0, next_listed_ = 0, next_recent_ = 0;
  bool is_recording_ = true;             // false: the records have been sent
  state::EntityPtr entity_;              // the one being sent
  std::vector<view::Transition> waiting_;  // its records
  std::size_t next_waiting_ = 0;
};

}  // namespace starling::fanout
