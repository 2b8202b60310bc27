#include "sim/plain_store.hpp"

namespace starling::sim {
namespace {

std::optional<std::string> owned(const std::optional<std::string_view>& text) { return text ? std::optional{std::string{*text}} : std::nullopt; }
std::optional<std::string_view> borrowed(const std::optional<std::string>& text) { return text ? std::optional{std::string_view{*text}} : std::nullopt; }

}  // namespace

void PlainStore::begin_life(std::string epoch, Timestamp now) {
  life_ = store::Life{.epoch = std::move(epoch), .seq = life_ ? life_->seq : 0, .is_clean = false, .saved_at = now};
  log_.clear();
}

void PlainStore::write() {
  if (waiting_.empty()) return;
  for (log::BatchPtr& batch : waiting_) rows_.add(std::move(batch));
  waiting_.clear();
  apply(rows_.transaction());
  rows_.clear();
}

void PlainStore::apply(const store::Transaction& transaction) {
  for (const auto& gone : transaction.facets_gone) facets_.erase({std::string{gone.channel}, std::string{gone.key}});
  for (const auto& gone : transaction.places_gone) places_.erase({std::string{gone.space}, std::string{gone.key}});
  for (const store::FacetRow& row : transaction.facets) {
    facets_.insert_or_assign({std::string{row.channel}, std::string{row.key}}, Facet{std::string{row.record}, row.seq, row.time});
  }
  for (const store::PlaceRow& row : transaction.places) {
    places_.insert_or_assign({std::string{row.space}, std::string{row.key}}, Place{row.point, std::string{row.channel}});
  }
  for (const store::TailRow& row : transaction.tails) {
    tails_[std::string{row.channel}].push_back({row.seq, row.n, owned(row.key), row.time, row.location, std::string{row.data}, owned(row.entity)});
  }
  for (const store::TailCut& cut : transaction.tail_cuts) {
    std::deque<Event>& tail = tails_[std::string{cut.channel}];
    while (tail.size() > cut.keep) tail.pop_front();
  }
  life_->seq = transaction.seq;
  life_->saved_at = transaction.at;
}

void PlainStore::end_life(const log::Log& log, Timestamp now) {
  log.for_each([this](const log::Batch& batch) { log_.push_back(log::write_batch(batch)); });
  life_->seq = log.head();
  life_->saved_at = now;
  life_->is_clean = true;
}

store::TakenUp PlainStore::take_up(log::ChannelOf channel_of, Timestamp now) {
  waiting_.clear();
  rows_ = new_rows();
  store::TakingUp taking_up{std::move(channel_of)};
  for (const auto& [name, facet] : facets_) taking_up.facet({.channel = name.first, .key = name.second, .record = facet.record, .seq = facet.seq, .time = facet.time});
  for (const auto& [name, place] : places_) taking_up.place({.space = name.first, .key = name.second, .point = place.point, .channel = place.channel});
  for (const auto& [channel, tail] : tails_) {
    for (const Event& event : tail) {
      taking_up.tail({.channel = channel, .seq = event.seq, .n = event.n, .key = borrowed(event.key), .time = event.time, .location = event.location, .data = event.data, .entity = borrowed(event.entity)});
    }
  }
  return taking_up.take(life_, log_, now);
}

/// Nobody asks for history.
store::BatchRows PlainStore::new_rows() {
  return store::BatchRows{[](const state::Channel&) { return false; }};
}

}  // namespace starling::sim
