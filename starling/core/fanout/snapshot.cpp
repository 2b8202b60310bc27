#include "starling/core/fanout/snapshot.hpp"

namespace starling::fanout {

const state::EntityPtr* Snapshot::next() noexcept {
  while (next_cut_ < cuts_.size()) {
    const state::Cut& cut = *cuts_[next_cut_];
    while (next_slot_ < cut.slots()) {
      const state::EntityPtr& entity = cut.at(next_slot_++);
      if (entity) return &entity;
    }
    cuts_[next_cut_++].reset();  // what lies behind is not kept
    next_slot_ = 0;
  }
  return next_listed_ < list_.size() ? &list_[next_listed_++] : nullptr;
}

bool Snapshot::send_part(Subscription& to) {
  Encoder& encoder = to.encoder;
  encoder.begin(to.id);
  std::vector<view::Difference> sets;
  const auto add = [&](const state::EntityPtr& entity) {
    sets.clear();
    view::append_differences(*to.view, *to.view, {nullptr, entity, state::Cause::reported}, sets);
    for (const view::Difference& set : sets) encoder.add(entity->key(), set, *to.view);
  };
  if (waiting_) add(std::exchange(waiting_, nullptr));
  while (const state::EntityPtr* entity = next()) {
    if (encoder.bytes() >= kPartBytes) {
      waiting_ = *entity;
      to.link.send(encoder.finish_snapshot(seq_, true));
      return false;
    }
    add(*entity);
  }
  to.link.send(encoder.finish_snapshot(seq_, false));
  return true;
}

}  // namespace starling::fanout
