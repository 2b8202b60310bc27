#include "starling/core/fanout/snapshot.hpp"

namespace starling::fanout {

bool Snapshot::send_part(Subscription& to) {
  if (is_recording_) {
    if (!send_records(to)) return false;
    is_recording_ = false;
    list_ = {};
    return options_.recent.empty();
  }
  return send_recent(to);
}

bool Snapshot::send_records(Subscription& to) {
  Encoder& encoder = to.encoder;
  std::string fragment;
  encoder.begin_for(to.id, *to.view);
  while (true) {
    for (; next_waiting_ < waiting_.size(); ++next_waiting_) {
      if (encoder.bytes() >= options_.part_bytes) {  // a record at a time: an entity may be larger than a part
        to.link.send_if(encoder.finish_snapshot(seq_, true));
        return false;
      }
      const view::Transition& transition = waiting_[next_waiting_];
      fragment.clear();
      (void)encoder.write(fragment, entity_->key(), transition, *to.view, *to.view);
      encoder.add(*transition.channel, view::Told::set, fragment);
    }
    entity_ = next();
    if (!entity_) break;
    waiting_.clear();
    next_waiting_ = 0;
    state::Change came;
    came.after = entity_;
    view::for_each_transition(*to.view, *to.view, came, [this](const view::Transition& transition) { waiting_.push_back(transition); });
  }
  to.link.send_if(encoder.finish_snapshot(seq_, false));
  return true;
}

bool Snapshot::send_recent(Subscription& to) {
  Encoder& encoder = to.encoder;
  std::string fragment;
  encoder.begin_for(to.id, *to.view);
  for (; next_recent_ < options_.recent.size(); ++next_recent_) {
    if (encoder.bytes() >= options_.part_bytes) {
      to.link.send_if(encoder.finish_update(seq_, true));
      return false;
    }
    const state::Event& event = *options_.recent[next_recent_];
    fragment.clear();
    encoder.write(fragment, event, *to.view);
    encoder.add_event(*event.channel, fragment);
  }
  if (!encoder.is_empty()) to.link.send_if(encoder.finish_update(seq_, false));
  return true;
}

state::EntityPtr Snapshot::next() noexcept {
  while (cut_ && next_space_ < cut_->spaces.size()) {
    const state::Cut& space = cut_->spaces[next_space_];
    while (next_slot_ < space.slots()) {
      if (const state::EntityPtr& entity = space.at(next_slot_++)) return entity;
    }
    ++next_space_;
    next_slot_ = 0;
  }
  return next_listed_ < list_.size() ? list_[next_listed_++] : nullptr;
}

}  // namespace starling::fanout
