#include "starling/core/fanout/roster.hpp"

#include <algorithm>

namespace starling::fanout {

void Roster::add_laggard(Subscription& viewer) {
  viewer.lag(laggards_.size());
  laggards_.push_back(&viewer);
}

void Roster::remove(Subscription& viewer) {
  if (viewer.standing() == Standing::member) {
    Audience& audience = *viewer.audience;
    audience.leave(viewer);
    if (audience.members.empty()) remove(audience);
    return;
  }
  STARLING_CHECK(viewer.standing() == Standing::lagging || viewer.standing() == Standing::overdue);
  laggards_.back()->list_index = viewer.list_index;
  laggards_[viewer.list_index] = laggards_.back();
  laggards_.pop_back();
  viewer.rest();
}

std::vector<Subscription*> Roster::members() const {
  std::vector<Subscription*> all;
  for (const auto& [key, alike] : audiences_) {
    for (const auto& audience : alike) all.insert(all.end(), audience->members.begin(), audience->members.end());
  }
  return all;
}

void Roster::become_busy(Audience& audience) {
  quiet_index_.erase(&audience, *audience.view);
  audience.is_quiet = false;
  join_busy(audience);
}

void Roster::find_quiet(std::int64_t beat) {
  for (std::size_t i = 0; i < busy_.size();) {
    if (busy_[i]->sent_beat < beat && !busy_[i]->encoder.keeps_to_beats()) {
      become_quiet(*busy_[i]);
    } else {
      ++i;
    }
  }
}

void Roster::merge_twins() {
  for (const std::string& key : std::exchange(twins_, {})) {
    const auto entry = audiences_.find(key);
    if (entry == audiences_.end()) continue;
    while (entry->second.size() > 1) {
      Audience &first = *entry->second.front(), &other = *entry->second.back();
      first.sent_beat = std::max(first.sent_beat, other.sent_beat);
      if (first.is_quiet && !other.is_quiet) become_busy(first);
      while (!other.members.empty()) {
        Subscription& member = *other.members.back();
        other.leave(member);
        member.view = member.shown = first.view;
        first.join(member);
      }
      remove(other);
    }
  }
}

std::string Roster::key_of(std::uint32_t id, const Encoder& encoder, const view::View& view) {
  // Numbers first: the view's text is the only part of free length.
  return std::to_string(id) + '/' + std::to_string(reinterpret_cast<std::uintptr_t>(&encoder)) + '/' + view.text();
}

std::vector<Audience*> Roster::take(std::vector<Audience*>& list, bool Audience::*is_in_it) noexcept {
  for (Audience* audience : list) audience->*is_in_it = false;
  return std::exchange(list, {});
}

Audience& Roster::add(Alike& alike, const Subscription& viewer, std::int64_t beat) {
  if (alike.size() == 1) twins_.push_back(key_of(viewer.id, viewer.encoder, *viewer.view));
  alike.push_back(std::make_unique<Audience>(viewer.view, viewer.id, viewer.encoder, beat));
  Audience& audience = *alike.back();
  index_.insert(&audience, *audience.view);
  if (audience.view->has_box()) {
    audience.map_index = maps_.size();
    maps_.push_back(&audience);
  }
  join_busy(audience);
  return audience;
}

void Roster::remove(Audience& audience) {
  index_.erase(&audience, *audience.view);
  if (audience.view->has_box()) {
    maps_.back()->map_index = audience.map_index;
    maps_[audience.map_index] = maps_.back();
    maps_.pop_back();
  }
  if (audience.is_quiet) {
    quiet_index_.erase(&audience, *audience.view);
  } else {
    leave_busy(audience);
  }
  if (audience.is_touched) std::erase(touched_, &audience);
  if (audience.is_chosen) std::erase(chosen_, &audience);
  if (audience.is_waiting) std::erase(waiting_, &audience);
  const auto entry = audiences_.find(key_of(audience.id, audience.encoder, *audience.view));
  std::erase_if(entry->second, [&](const std::unique_ptr<Audience>& each) { return each.get() == &audience; });
  if (entry->second.empty()) audiences_.erase(entry);
}

void Roster::become_quiet(Audience& audience) {
  leave_busy(audience);
  audience.is_quiet = true;
  quiet_index_.insert(&audience, *audience.view);
}

void Roster::join_busy(Audience& audience) {
  audience.busy_index = busy_.size();
  busy_.push_back(&audience);
}

void Roster::leave_busy(Audience& audience) {
  busy_.back()->busy_index = audience.busy_index;
  busy_[audience.busy_index] = busy_.back();
  busy_.pop_back();
}

}  // namespace starling::fanout
