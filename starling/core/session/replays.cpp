#include "starling/core/session/replays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "starling/core/protocol/server_message.hpp"

namespace starling::session {

using protocol::Error;
using protocol::ErrorCode;

Replays::Replays(const state::KnownChannels& channels, fanout::FanoutOptions fanout, ReplayOptions options)
    : channels_(channels), fanout_(fanout), options_(options) {
  fanout_.log_bytes = options_.log_bytes;
}

std::optional<Error> Replays::refuse(std::uint64_t session, const protocol::Subscribe& asked, Moment now) const {
  const auto unavailable = [&](std::string why) {
    return Error{ErrorCode::unavailable, std::move(why), asked.at ? "at" : "replay", asked.ref, asked.id};
  };
  if (history_ == nullptr) return unavailable("no history is kept here: it needs a store, see store.url and store.history");
  if ((asked.at ? *asked.at : asked.replay->from) > now.timestamp) return unavailable("that is still to come");
  const auto own = all_.find({session, asked.id});
  const bool makes_room = own != all_.end() && !own->second->is_over;
  if (running() >= options_.replays_max + makes_room) return unavailable(fmt::format("as much as can be is being told of what was: {} at once; come again later", options_.replays_max));
  return std::nullopt;
}

void Replays::begin(std::uint64_t session, fanout::Link& link, const protocol::Subscribe& asked, view::ViewPtr view, fanout::Period period, Moment now) {
  std::vector<std::string> channels = channels_of(view->query());
  auto replay = std::make_shared<Replay>(Replay{.session = session,
                                                .link = link,
                                                .telling = {.id = asked.id, .view = std::move(view), .period = period, .wants_snapshot = asked.snapshot},
                                                .plan = {},
                                                .channels = std::move(channels),
                                                .ref = asked.ref,
                                                .field = asked.at ? "at" : "replay"});
  if (asked.at) {
    replay->plan.from = *asked.at;
  } else {
    replay->plan = {.from = asked.replay->from, .to = std::min(asked.replay->to.value_or(now.timestamp), now.timestamp), .speed = asked.replay->speed};
  }
  all_.insert_or_assign({session, asked.id}, replay);
  replay->is_asking = true;
  history_->ask(replay::StateAsked{.at = replay->plan.from, .channels = replay->channels, .bytes_max = options_.state_bytes_max},
                [this, weak = std::weak_ptr{replay}](Result<std::vector<replay::Row>, replay::NotTold> state, Moment later) {
                  const ReplayPtr asking = weak.lock();
                  if (!asking) return;  // it has ended meanwhile
                  asking->is_asking = false;
                  if (!state) return fail(asking, state.error());
                  asking->player = std::make_unique<replay::Player>(channels_, asking->link, asking->telling, asking->plan, fanout_, *state, later);
                  settle(asking);
                });
}

bool Replays::restart(std::uint64_t session, std::uint32_t id, Instant now) {
  const auto found = all_.find({session, id});
  if (found == all_.end() || found->second->is_over) return false;
  if (found->second->player) found->second->player->restart(now);  // else it is still to begin with one
  return true;
}

std::size_t Replays::of(std::uint64_t session) const {
  const auto first = all_.lower_bound({session, 0});
  return static_cast<std::size_t>(std::distance(first, all_.lower_bound({session + 1, 0})));
}

void Replays::end_all(std::uint64_t session) {
  if (!all_.empty()) all_.erase(all_.lower_bound({session, 0}), all_.lower_bound({session + 1, 0}));
}

template <class Call>
void Replays::for_each(Call&& call) {
  for (const auto& [whose, replay] : all_) {
    if (!replay->player) continue;
    call(*replay->player);
    settle(replay);
  }
}

void Replays::drained(std::uint64_t session, Instant now) {
  for (auto next = all_.lower_bound({session, 0}); next != all_.end() && next->first.first == session; ++next) {
    if (!next->second->player) continue;
    next->second->player->drained(now);
    settle(next->second);
  }
}

void Replays::on_time(Instant now) {
  for_each([now](replay::Player& player) {
    if (const auto due = player.next_due(); due && *due <= now) player.on_time(now);
  });
}

std::optional<Instant> Replays::next_due() const {
  std::optional<Instant> due;
  for (const auto& [whose, replay] : all_) {
    const auto next = replay->player ? replay->player->next_due() : std::nullopt;
    if (next && (!due || *next < *due)) due = next;
  }
  return due;
}

void Replays::tend(Instant now) {
  for_each([now](replay::Player& player) { player.tend(now); });
}

std::size_t Replays::running() const {
  return static_cast<std::size_t>(std::ranges::count_if(all_, [](const auto& each) { return !each.second->is_over; }));
}

std::vector<std::string> Replays::channels_of(const view::Query& query) const {
  const auto space_of = [](std::string_view name) { return name.substr(0, name.find(':')); };
  std::vector<std::string> names;
  for (const state::Channel* channel : channels_.all()) {
    const auto looks_at = [&](const std::string& pattern) { return pattern == "*" || space_of(pattern) == channel->space(); };
    if (std::ranges::any_of(query.channels, looks_at)) names.push_back(channel->name);
  }
  return names;
}

void Replays::ask_course(const ReplayPtr& replay) {
  replay->is_asking = true;
  history_->ask(replay::CourseAsked{.after = replay->player->cursor(), .from = replay->plan.from, .to = *replay->plan.to, .channels = replay->channels},
                [this, weak = std::weak_ptr{replay}](Result<replay::CoursePage, replay::NotTold> page, Moment later) {
                  const ReplayPtr asking = weak.lock();
                  if (!asking) return;
                  asking->is_asking = false;
                  if (!page) return fail(asking, page.error());
                  asking->player->add(std::move(*page), later.instant);
                  settle(asking);
                });
}

void Replays::settle(const ReplayPtr& replay) {
  if (replay->player->is_over()) {
    replay->is_over = true;
    replay->player.reset();
  } else if (!replay->is_asking && replay->player->wants_rows()) {
    ask_course(replay);
  }
}

void Replays::fail(const ReplayPtr& replay, const std::string& why) {
  all_.erase({replay->session, replay->telling.id});
  replay->link.send(fanout::Frame::text(protocol::write(Error{ErrorCode::unavailable, why, replay->field, replay->ref, replay->telling.id})));
}

}  // namespace starling::session
