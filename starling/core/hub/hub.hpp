/// @file
/// Applies what sources say to the state, and what time does to it, and closes what changed as the next batch.
///
/// What a late report may do is decided in `reports` and `placing`, what expires in `expiry`, who is there in `presence`.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "starling/core/hub/expiry.hpp"
#include "starling/core/hub/presence.hpp"
#include "starling/core/hub/reports.hpp"
#include "starling/core/log/batch.hpp"
#include "starling/core/log/late_reports.hpp"
#include "starling/core/log/past.hpp"
#include "starling/core/session/publisher.hpp"
#include "starling/core/state/channels.hpp"
#include "starling/core/state/state.hpp"

namespace starling::hub {

struct HubOptions {
  state::ChannelsOptions channels = {};
  std::vector<state::SpaceDeclaration> spaces = {};  ///< of one with `offline_after` nobody may have declared `space:presence`
  std::size_t record_bytes_max = 65'536;
  std::size_t fields_per_record_max = 256;
  std::size_t keys_per_space_max = 1'000'000;
  std::size_t state_bytes_max = 1 << 30;
  /// A batch is closed when the input is empty, at the latest this long after it was opened.
  Duration batch_age_max = std::chrono::milliseconds{5};
  /// So many facets expire and keys fall silent in one call of `on_time`, so that a batch of them stays small; what is left is due at once.
  std::size_t dues_per_call_max = 1'024;
  /// Late reports are gathered for `take_late`, which is to be called at least as often as `close_batch`.
  bool keeps_late = false;
};

struct HubCounters {
  std::uint64_t updates = 0;  ///< applied, also those that changed nothing
  std::uint64_t changes = 0;
  std::uint64_t events = 0;
  std::uint64_t refused = 0;
  std::uint64_t late = 0;     ///< reports older than what was held
  std::uint64_t clamped = 0;  ///< times too far ahead of ours
  std::uint64_t expired = 0;  ///< facets whose `ttl` was over
};

class Hub final : public session::Publisher {
 public:
  Hub(HubOptions options, const std::vector<state::ChannelDeclaration>& declarations);

  /// A channel of what was there before, so that it can be taken up; null if it may not be.
  [[nodiscard]] const state::Channel* open_channel(std::string_view name);
  /// Before the first update: goes on from there. `away`: how long nobody listened. Facets and keys are as silent as if each had been heard last when that
  /// began, so what is over by now expires and turns offline at once.
  void take_up(log::Past& past, Duration away, Moment now);

  /// `update.data` must be a compact JSON object (any text for a removal).
  [[nodiscard]] session::Outcome publish(state::Update update, Moment now);
  /// The same for a shard on the hub's own thread: answered at once.
  [[nodiscard]] session::Offered offer(state::Update& update, session::Ticket&, Moment now) override { return publish(std::move(update), now); }

  /// Says a record again to those who repeat whole ones: a change with the same entity on both sides, in the open batch. Its seq; nullopt if there is no
  /// such record.
  std::optional<state::Seq> announce(std::string_view channel_name, std::string_view key, Moment now);

  /// Does what is due: facets expire, keys turn offline. To be called at `next_due`, and again while that has passed.
  void on_time(Moment now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  /// The batch of what changed since the last one, with the next seq; null if nothing did.
  [[nodiscard]] log::BatchPtr close_batch(Moment now);
  /// The late reports since the last call, while no batch is open; null if there were none. Not those that a broker had retained: it says them again to
  /// whoever connects. Nor removals: what they say of the past is not known to have been so.
  [[nodiscard]] log::LateReportsPtr take_late(Moment now);
  /// When the open batch has to be closed; nullopt while nothing changed.
  [[nodiscard]] std::optional<Instant> close_due() const noexcept;

  /// Of the last closed batch.
  [[nodiscard]] state::Seq seq() const noexcept { return last_; }
  [[nodiscard]] const state::Channels& channels() const noexcept { return channels_; }
  [[nodiscard]] const state::State& state() const noexcept { return state_; }
  [[nodiscard]] const HubCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::size_t state_bytes() const noexcept { return state_bytes_; }

 private:
  using Outcome = session::Outcome;
  [[nodiscard]] Outcome apply(state::Update& update, Moment now);
  [[nodiscard]] Outcome apply_event(const state::Channel& channel, state::Update& update, Moment now);
  [[nodiscard]] Outcome apply_report(const state::Channel* channel, state::Update& update, Moment now);
  [[nodiscard]] Outcome apply_removal(const state::Channel& channel, const state::Update& update, Moment now);
  void keep_late(const Reports::Entity& known, const state::Channel& channel, const state::Update& update, Timestamp time, const state::Fields& said);
  session::Applied take_away(const state::Channel& channel, const state::EntityPtr& before, state::Cause cause, Moment now);
  void hear(const state::EntityPtr& entity, Moment now);
  void say_presence(const state::EntityPtr& before, state::Fields record, Moment now);
  session::Applied record(state::Change change, std::size_t facet_bytes, Moment now);
  /// What the state would weigh with `fields` in the place of `held` (null: beside the other facets) of `before` (null: of a new entity).
  [[nodiscard]] std::size_t state_bytes_after(const state::Entity* before, const state::Facet* held, const state::Fields& fields,
                                              const state::Channel& channel, std::string_view key) const noexcept;
  [[nodiscard]] session::Applied unchanged() const noexcept;
  void open_batch(Moment now);

  HubOptions options_;
  state::Channels channels_;
  std::size_t channels_told_ = channels_.all().size();  ///< by batches; those declared are known
  state::State state_;
  Reports reports_;
  Expiry expiry_;
  Presence presence_;
  state::Seq last_ = 0;  ///< of the last closed batch
  std::shared_ptr<log::Batch> open_;
  std::vector<std::shared_ptr<state::Event>> open_events_;  // stamped when the batch closes
  std::shared_ptr<log::LateReports> late_;  // null: none came
  Instant opened_at_{};
  std::size_t changes_before_ = 0;  ///< of the last closed batch: the next may hold as many
  std::size_t state_bytes_ = 0;
  HubCounters counters_;
};

}  // namespace starling::hub
