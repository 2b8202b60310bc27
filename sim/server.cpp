#include "sim/server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/broken.hpp"
#include "sim/heap.hpp"

namespace starling::sim {

Server::Server(ServerOptions options, const state::KnownChannels& channels, Publish publish, Plant& plant, std::uint64_t seed)
    : options_(std::move(options)), publish_(std::move(publish)), plant_(plant), random_(seed, options_.choices) {
  const ServerScope server;
  for (std::size_t i = 0; i < options_.shards; ++i) {
    doors_.push_back(std::make_unique<Door>(*this));
    doors_.back()->shard = std::make_unique<session::Shard>(options_.shard, channels, *doors_.back());
  }
}

session::Session& Server::open(session::Shard& shard, fanout::Link& link, std::string name, view::RightsPtr rights, Moment now) {
  const ServerScope server;
  return shard.open(link, std::move(name), now, std::move(rights));
}

session::DoorSession& Server::open_door(session::Shard& shard, std::size_t door, fanout::Link& link, Moment now) {
  const ServerScope server;
  return shard.open_door(door, link, now);
}

session::Reading& Server::read(session::Shard& shard, fanout::Outlet& out, protocol::Subscribe asked, std::optional<Duration> wait, view::RightsPtr rights, Moment now) {
  const ServerScope server;
  return wait ? shard.poll(out, std::move(asked), *wait, now, std::move(rights)) : shard.stream(out, std::move(asked), now, std::move(rights));
}

void Server::take_up(const log::Past& past) {
  const ServerScope server;
  for (const auto& door : doors_) door->shard->take_up(past);
}

void Server::take(const log::BatchPtr& batch, Moment now) {
  const ServerScope server;
  for (const auto& door : doors_) {
    if (options_.delay_max == Duration{}) {
      door->shard->take(plant_.batch(batch), now);
    } else {
      door->coming.push_back({arrival(door->coming.empty() ? now.instant : door->coming.back().due, now.instant), batch});
    }
  }
}

Instant Server::arrival(Instant after, Instant now) {
  return std::max(after, now + Duration{random_.below(static_cast<std::uint64_t>(options_.delay_max.count()))});
}

void Server::on_time(Moment now) {
  const ServerScope server;
  for (const auto& door : doors_) {
    while (!door->coming.empty() && door->coming.front().due <= now.instant) {
      const log::BatchPtr batch = std::move(door->coming.front().batch);
      door->coming.pop_front();
      door->shard->take(plant_.batch(batch), now);
    }
    while (!door->going.empty() && door->going.front().due <= now.instant) {
      Door::Going going = std::move(door->going.front());
      door->going.pop_front();
      const session::Outcome outcome = publish_(std::move(going.update), going.ticket.ref, now);
      door->shard->answer(going.ticket, outcome, now);
      for (std::size_t i = door->turned_away.size(); i > 0 && door->going.size() < options_.publishes_max; --i) {
        const std::uint64_t session = door->turned_away.front();
        door->turned_away.pop_front();
        door->shard->offer_again(session, now);
      }
    }
    door->shard->on_time(now);
  }
}

std::optional<Instant> Server::next_due() const {
  std::optional<Instant> next;
  const auto consider = [&next](std::optional<Instant> due) {
    if (due) next = std::min(next.value_or(*due), *due);
  };
  for (const auto& door : doors_) {
    consider(door->shard->next_due());
    if (!door->coming.empty()) consider(door->coming.front().due);
    if (!door->going.empty()) consider(door->going.front().due);
  }
  return next;
}

void Server::check_bounds() const {
  for (const auto& door : doors_) {
    const fanout::Fanout& fanout = door->shard->fanout();
    if (fanout.cuts() > fanout.options().cuts_max) throw Broken{fmt::format("{} cuts, {} may be", fanout.cuts(), fanout.options().cuts_max)};
    // The newest batch is kept however large it is.
    const bool is_one_batch = fanout.log().head() < 2 || !fanout.log().reaches(fanout.log().head() - 2);
    if (fanout.log().bytes() > fanout.log().bytes_max() && !is_one_batch) throw Broken{fmt::format("a log of {} bytes, {} may be", fanout.log().bytes(), fanout.log().bytes_max())};
  }
}

void Server::catch_up(Moment now) {
  const ServerScope server;
  for (const auto& door : doors_) door->catch_up(now);
}

session::Offered Server::Door::offer(state::Update& update, session::Ticket& ticket, Moment now) {
  if (server.options_.delay_max == Duration{}) return server.publish_(std::move(update), ticket.ref, now);
  if (going.size() >= server.options_.publishes_max) {
    turned_away.push_back(ticket.session);
    return session::Full{};
  }
  going.push_back({server.arrival(going.empty() ? now.instant : going.back().due, now.instant), std::move(update), std::move(ticket)});
  return session::Later{};
}

void Server::Door::catch_up(Moment now) {
  while (!coming.empty()) {
    const log::BatchPtr batch = std::move(coming.front().batch);
    coming.pop_front();
    shard->take(server.plant_.batch(batch), now);
  }
}

}  // namespace starling::sim
