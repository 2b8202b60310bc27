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
  while (true) {
    for (; next_set_ < sets_.size(); ++next_set_) {
      if (encoder.bytes() >= part_bytes_) {  // a record at a time: an entity may be larger than a part
        to.link.send(encoder.finish_snapshot(seq_, true));
        return false;
      }
      encoder.add(entity_->key(), sets_[next_set_], *to.view);
    }
    const state::EntityPtr* entity = next();
    if (entity == nullptr) break;
    entity_ = *entity;
    sets_.clear();
    next_set_ = 0;
    view::append_differences(*to.view, *to.view, {nullptr, entity_}, sets_);
  }
  to.link.send(encoder.finish_snapshot(seq_, false));
  return true;
}

}  // namespace starling::fanout
