#include "starling/server/hub_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/protocol/error.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/server/due_timer.hpp"

namespace starling {
namespace {

/// Applied in one step, of sources' updates and of shards' requests each.
constexpr std::size_t kUpdatesPerStep = 512;

InputOptions with_events(InputOptions options, const std::vector<state::ChannelDeclaration>& channels) {
  for (const state::ChannelDeclaration& channel : channels) {
    if (channel.kind == state::ChannelKind::event) options.event_channels.insert(channel.name);
  }
  return options;
}

}  // namespace

HubDesk::HubDesk(net::EventLoop& loop, HubDeskOptions options, HandOn hand_on)
    : loop_(loop),
      hub_(options.hub, options.channels),
      hand_on_(std::move(hand_on)),
      hand_on_late_(std::move(options.hand_on_late)),
      log_(std::move(options.log)),
      input_wake_(loop, [this] { begin_applying(); }),
      input_(with_events(std::move(options.input), options.channels), [this] { input_wake_.call(); }),
      requests_(loop, [this] { begin_applying(); }),
      room_(loop, [] {}) {}  // only ends the wait: the turn's end does the rest

void HubDesk::apply(Request request, Moment now) {
  Answer answer{.to = std::move(request.to), .outcomes = {}, .bytes = request.bytes};
  answer.outcomes.reserve(request.updates.size());
  for (state::Update& update : request.updates) answer.outcomes.push_back(hub_.publish(std::move(update), now));
  if (!request.announced.empty()) announce(request.announced, now);
  answers_.push_back({request.from, std::move(answer)});
}

void HubDesk::announce(const std::string& channel_name, Moment now) {
  const state::Channel* channel = hub_.channels().find(channel_name);
  if (channel == nullptr) return;
  for (const std::string& key : hub_.state().keys_of(*channel)) hub_.announce(channel_name, key, now);
}

void HubDesk::after_turn(bool is_idle, Moment now) {
  if (to_hand_on_) {
    hand_on(now);
    if (!to_hand_on_ && is_applying_) loop_.defer([this] { apply_some(); });
  }
  if (const auto due = hub_.next_due(); due && !to_hand_on_ && *due <= now.instant) hub_.on_time(now);
  if (const auto due = hub_.close_due(); due && !to_hand_on_ && (is_idle || *due <= now.instant)) {
    to_hand_on_ = hub_.close_batch(now);
    hand_on(now);
  }
  if (!is_settled()) return;
  if (auto late = hub_.take_late(now)) hand_on_late_(std::move(late));
  answer_all();
}

std::optional<Instant> HubDesk::next_due() const noexcept {
  return to_hand_on_ ? std::nullopt : earliest(hub_.close_due(), hub_.next_due());
}

void HubDesk::begin_applying() {
  has_more_ = true;
  if (!std::exchange(is_applying_, true)) apply_some();
}

void HubDesk::apply_some() {
  if (to_hand_on_) return;  // goes on when that has been handed on
  const Moment now = net::now();
  if (requests_at_ == taken_requests_.size() && updates_at_ == taken_updates_.size()) has_more_ = false;
  if (requests_at_ == taken_requests_.size()) {
    taken_requests_ = requests_.take();
    requests_at_ = 0;
  }
  for (std::size_t updates = 0; updates < kUpdatesPerStep && requests_at_ < taken_requests_.size(); ++requests_at_) {
    updates += taken_requests_[requests_at_].updates.size();
    apply(std::move(taken_requests_[requests_at_]), now);
  }
  if (updates_at_ == taken_updates_.size()) {
    taken_updates_ = input_.take();
    updates_at_ = 0;
  }
  const std::size_t end = std::min(taken_updates_.size(), updates_at_ + kUpdatesPerStep);
  for (; updates_at_ < end; ++updates_at_) apply_source_update(std::move(taken_updates_[updates_at_]), now);

  is_applying_ = has_more_ || requests_at_ < taken_requests_.size() || updates_at_ < taken_updates_.size();
  if (is_applying_) loop_.defer([this] { apply_some(); });
  if (requests_at_ == taken_requests_.size()) taken_requests_ = {}, requests_at_ = 0;
  if (updates_at_ == taken_updates_.size()) taken_updates_ = {}, updates_at_ = 0;
}

void HubDesk::apply_source_update(state::Update update, Moment now) {
  const std::string channel = update.channel;
  const auto applied = hub_.publish(std::move(update), now);
  if (applied || !told_refusals_.insert(applied.error()).second || !log_) return;
  log_(sources::LogLevel::warning,
       fmt::format(
           "an update of a source for {} was refused: {} (said once; starling_updates_refused_total counts them)",
           channel, protocol::error_of(applied.error()).message));
}

void HubDesk::hand_on(Moment now) {
  if (to_hand_on_ && hand_on_(to_hand_on_, now)) to_hand_on_.reset();
}

void HubDesk::answer_all() {
  for (Held& held : std::exchange(answers_, {})) held.to->take_answer(std::move(held.answer));
}

}  // namespace starling
