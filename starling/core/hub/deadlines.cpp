#include "starling/core/hub/deadlines.hpp"

#include <algorithm>

namespace starling::hub {

Deadlines::Handle Deadlines::add(Duration wait, const state::Identity& identity, const state::Channel& channel, Instant now) {
  std::list<Waiting>& line = lines_[wait];
  return line.insert(line.end(), {due_in(line, wait, now), wait, &identity, &channel});
}

void Deadlines::put_off(Handle waiting, Instant now) {
  std::list<Waiting>& line = lines_.find(waiting->wait)->second;
  waiting->due = due_in(line, waiting->wait, now);
  line.splice(line.end(), line, waiting);
}

void Deadlines::remove(Handle waiting) { lines_.find(waiting->wait)->second.erase(waiting); }

std::optional<Instant> Deadlines::next_due() const noexcept {
  std::optional<Instant> next;
  for (const auto& [wait, line] : lines_) {
    if (!line.empty() && (!next || line.front().due < *next)) next = line.front().due;
  }
  return next;
}

const Deadlines::Waiting* Deadlines::due(Instant now) const noexcept {
  for (const auto& [wait, line] : lines_) {
    if (!line.empty() && line.front().due <= now) return &line.front();
  }
  return nullptr;
}

std::size_t Deadlines::size() const noexcept {
  std::size_t size = 0;
  for (const auto& [wait, line] : lines_) size += line.size();
  return size;
}

Instant Deadlines::due_in(const std::list<Waiting>& line, Duration wait, Instant now) noexcept {
  return line.empty() ? now + wait : std::max(line.back().due, now + wait);
}

}  // namespace starling::hub
