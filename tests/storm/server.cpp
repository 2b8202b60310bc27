#include "tests/storm/server.hpp"

#include <algorithm>

#include "sim/heap.hpp"
#include "starling/core/base/check.hpp"

namespace starling::storm {

Server::Server(std::uint32_t entities, std::size_t shards, std::size_t log_bytes) {
  for (std::size_t i = 0; i < shards; ++i) {
    session::ShardOptions options;
    options.fanout.log_bytes = log_bytes;
    options.epoch = "storm";
    shards_.push_back(std::make_unique<session::Shard>(std::move(options), hub_.channels(), hub_));
  }
  const sim::ModelScope model;
  fleet_ = std::make_unique<Fleet>(entities, 1);
}

void Server::load() {
  for (std::uint32_t number = 0; number < fleet_->size(); ++number) {
    publish(fleet_->report(number));
    if (number % 1'000 == 999) close_batch();
  }
  close_batch();
}

void Server::step(std::size_t updates) {
  now_.instant += kStep;
  now_.timestamp += std::chrono::duration_cast<std::chrono::milliseconds>(kStep);
  for (const auto& shard : shards_) {
    if (const auto due = shard->next_due(); due && *due <= now_.instant) shard->on_time(now_);
    see_cuts();
  }
  for (std::size_t i = 0; i < updates; ++i) publish(fleet_->next());
  close_batch();
}

void Server::see_cuts() {
  for (const auto& shard : shards_) cuts_most_ = std::max(cuts_most_, shard->fanout().cuts());
}

void Server::publish(state::Update update) { STARLING_CHECK(hub_.publish(std::move(update), now_).has_value()); }

void Server::close_batch() {
  const log::BatchPtr batch = hub_.close_batch(now_);
  if (!batch) return;
  for (const auto& shard : shards_) shard->take(batch, now_);
  see_cuts();
}

}  // namespace starling::storm
