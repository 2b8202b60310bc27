#include "starling/core/fanout/tails.hpp"

#include <algorithm>

namespace starling::fanout {

void Tails::add(const state::EventPtr& event) {
  const state::Channel& channel = *event->channel;
  if (channel.keep == 0) return;
  if (channel.index >= tails_.size()) tails_.resize(channel.index + 1);
  Tail& tail = tails_[channel.index];
  tail.events.push_back(event);
  tail.bytes += event->bytes();
  while (tail.events.size() > channel.keep || tail.bytes > kTailBytesMax) {
    tail.bytes -= tail.events.front()->bytes();
    tail.events.pop_front();
  }
}

std::vector<state::EventPtr> Tails::newest(const view::View& view, std::size_t count, state::Seq upto) const {
  std::vector<state::EventPtr> newest;
  for (const Tail& tail : tails_) {
    std::size_t found = 0;
    for (auto event = tail.events.rbegin(); event != tail.events.rend() && found < count; ++event) {
      if ((*event)->seq > upto || !view.shows(**event)) continue;
      newest.push_back(*event);
      ++found;
    }
  }
  std::ranges::sort(newest, [](const state::EventPtr& a, const state::EventPtr& b) { return std::pair{a->seq, a->n} < std::pair{b->seq, b->n}; });
  return newest;
}

}  // namespace starling::fanout
