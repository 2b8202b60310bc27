#include "tests/storm/viewer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/heap.hpp"
#include "starling/core/base/json.hpp"

namespace starling::storm {
namespace {

constexpr std::size_t kFramesRemembered = 4;

std::uint32_t whole(std::string_view digits) {
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

/// Of a number with at most four decimals.
std::int32_t ten_thousandths(std::string_view degrees) {
  const std::size_t point = std::min(degrees.find('.'), degrees.size());
  auto number = static_cast<std::int32_t>(whole(degrees.substr(0, point)));
  for (std::size_t i = 1; i <= 4; ++i) number = number * 10 + (point + i < degrees.size() ? degrees[point + i] - '0' : 0);
  return number;
}

void read_entry(Told& told, Told::Entry::Kind kind, const json::Member& member) {
  Told::Entry entry{kind, whole(member.name.substr(1)), {}, {}, {}};
  if (kind != Told::Entry::Kind::remove) {
    for (const json::Member& field : json::Members{member.value}) {
      if (field.name == "latitude") entry.latitude = ten_thousandths(field.value);
      if (field.name == "longitude") entry.longitude = ten_thousandths(field.value);
      if (field.name == "round") entry.round = whole(field.value);
    }
  }
  told.entries.push_back(entry);
}

}  // namespace

Told read_frame(std::string_view payload) {
  Told told;
  const std::string_view type = json::find(payload, "type").value_or("");
  told.more = json::find(payload, "more") == "true";
  if (type == R"("subscribed")") {
    told.type = Told::Type::subscribed;
    told.reason = json::decode(json::find(payload, "reason").value_or("\"\""));
  }
  const bool is_snapshot = type == R"("snapshot")";
  if (!is_snapshot && type != R"("update")") return told;
  told.type = is_snapshot ? Told::Type::snapshot : Told::Type::update;
  const auto channels = json::find(payload, "channels");
  const auto records = channels ? json::find(*channels, kChannel) : std::nullopt;
  if (!records) return told;
  using Kind = Told::Entry::Kind;
  if (is_snapshot) {
    for (const json::Member& record : json::Members{*records}) read_entry(told, Kind::set, record);
    return told;
  }
  for (const auto& [name, kind] : {std::pair{"remove", Kind::remove}, std::pair{"set", Kind::set}, std::pair{"patch", Kind::patch}}) {
    const auto list = json::find(*records, name);
    if (!list) continue;
    for (const json::Member& record : json::Members{*list}) read_entry(told, kind, record);
  }
  return told;
}

const Told& Reader::read(const fanout::FramePtr& frame) {
  for (const auto& read : read_) {
    if (read->frame == frame) return read->told;
  }
  if (frame.use_count() == 1) {  // nobody else's: it does not come again
    own_ = read_frame(frame->payload());
    return own_;
  }
  if (read_.size() == kFramesRemembered) read_.erase(read_.begin());
  read_.push_back(std::make_unique<Read>(Read{frame, read_frame(frame->payload())}));
  return read_.back()->told;
}

void Line::send(fanout::FramePtr frame) {
  const sim::ModelScope model;
  ++frames_;
  if (!close_code) waiting.push_back(std::move(frame));
}

std::size_t Line::waiting_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const fanout::FramePtr& frame : waiting) bytes += frame->wire().size();
  return bytes;
}

void Viewer::open(session::Shard& shard, std::string name, Moment now, bool is_paused) {
  session_ = &shard.open(line_, std::move(name), now);
  std::string message;
  {
    const sim::ModelScope model;
    message = fmt::format(R"({{"type":"subscribe","id":1,"channels":["{}"])", kChannel);
    if (box_) {
      message += fmt::format(R"(,"filter":{{"bounds":{{"north":{},"south":{},"east":{},"west":{}}}}})", degrees(box_->north), degrees(box_->south),
                             degrees(box_->east), degrees(box_->west));
    }
    if (is_paused) message += R"(,"rate":0)";
    message += '}';
  }
  session_->receive(message, now);
}

void Viewer::hang_up(session::Shard& shard) {
  shard.close(*session_);
  session_ = nullptr;
}

bool Viewer::read(Reader& reader, Moment now) {
  if (line_.is_shut || session_ == nullptr) return false;
  if (std::exchange(line_.was_pinged, false)) session_->heard(now.instant);
  if (line_.waiting.empty()) return false;
  {
    const sim::ModelScope model;
    std::vector<fanout::FramePtr> frames;
    frames.swap(line_.waiting);
    for (const fanout::FramePtr& frame : frames) apply(reader.read(frame));
  }
  if (!line_.close_code) session_->drained(now.instant);
  return true;
}

void Viewer::apply(const Told& told) {
  if (told.type == Told::Type::subscribed) {
    story_.push_back(told.reason);
    staged_.clear();
    is_whole_ = false;
  } else if (told.type == Told::Type::snapshot) {
    for (const Told::Entry& entry : told.entries) {
      if (!entry.latitude || !entry.longitude || !entry.round) fault_ = "a snapshot's record that is not whole";
      staged_.push_back({entry.number, {entry.latitude.value_or(0), entry.longitude.value_or(0), entry.round.value_or(0)}});
    }
    if (told.more) return;
    std::ranges::sort(staged_, {}, &Held::number);
    held_ = std::move(staged_);
    staged_ = {};
    is_whole_ = true;
    story_.emplace_back("snapshot");
  } else if (told.type == Told::Type::update) {
    for (const Told::Entry& entry : told.entries) assign(entry);
    if (!told.more) story_.emplace_back("update");
  }
}

void Viewer::assign(const Told::Entry& entry) {
  auto at = std::ranges::lower_bound(held_, entry.number, {}, &Held::number);
  const bool is_held = at != held_.end() && at->number == entry.number;
  if (entry.kind == Told::Entry::Kind::remove) {
    if (is_held) held_.erase(at);
    return;
  }
  if (entry.kind == Told::Entry::Kind::patch && !is_held) fault_ = fmt::format("a patch for !{}, which is not held", entry.number);
  if (!is_held) at = held_.insert(at, {entry.number, {}});
  if (entry.latitude) at->thing.latitude = *entry.latitude;
  if (entry.longitude) at->thing.longitude = *entry.longitude;
  if (entry.round) at->thing.round = *entry.round;
}

std::optional<std::string> Viewer::difference(const Fleet& fleet) const {
  if (!fault_.empty()) return fault_;
  if (!is_whole_) return "it holds nothing whole";
  std::size_t next = 0;
  for (std::uint32_t number = 0; number < fleet.size(); ++number) {
    const bool is_held = next < held_.size() && held_[next].number == number;
    const bool is_due = fleet.is_shown(number, box_ ? &*box_ : nullptr);
    if (is_held && !is_due) return fmt::format("it holds !{}, which it is not shown", number);
    if (!is_held && is_due) return fmt::format("it lacks !{}", number);
    if (is_held && held_[next].thing != fleet[number]) {
      return fmt::format("of !{} it holds round {}, and {} is the last", number, held_[next].thing.round, fleet[number].round);
    }
    next += is_held;
  }
  return next == held_.size() ? std::nullopt : std::optional<std::string>{"it holds one twice, or one nobody knows"};
}

}  // namespace starling::storm
