#include "starling/core/session/doors.hpp"

#include <algorithm>

namespace starling::session {

Doors::Doors(const std::vector<protocol::DoorOptions>& options, const Surroundings& surroundings) : at_(surroundings) {
  doors_.reserve(options.size());  // sessions point to them
  for (const protocol::DoorOptions& door : options) doors_.push_back({&door, protocol::make_dialect(door, {at_.fanout, at_.channels, times_})});
}

std::optional<std::size_t> Doors::find(std::string_view path) const noexcept {
  const auto found = std::ranges::find_if(doors_, [path](const Door& door) { return door.options->path == path; });
  return found == doors_.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - doors_.begin())};
}

DoorSession& Doors::open(std::size_t door, fanout::Link& link, view::RightsPtr rights, Moment now) {
  return sessions_.add([&](std::uint64_t number) { return std::make_unique<Visitor>(at_, doors_[door], times_, link, number, std::move(rights), now); }).session;
}

void Doors::close(DoorSession& session) { sessions_.take(session.number()); }

void Doors::missed(Duration time, Instant now) {
  sessions_.for_each([&](Visitor& visitor) { visitor.session.missed(time, now); });
}

void Doors::on_time(Moment now) {
  sessions_.for_each([&](Visitor& visitor) { visitor.session.on_time(now); });
}

void Doors::leave() {
  sessions_.for_each([](Visitor& visitor) { visitor.session.leave(); });
}

DoorCounts Doors::counts(protocol::DialectName dialect) const {
  DoorCounts counts;
  sessions_.for_each([&](const Visitor& visitor) {
    if (visitor.door.options->dialect != dialect) return;
    ++counts.connections;
    counts.messages_sent += visitor.session.link().frames_sent();
    counts.bytes_sent += visitor.session.link().taken_bytes();
  });
  return counts;
}

}  // namespace starling::session
