#include "sim/viewer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace starling::sim {
namespace {

std::string to_text(const Shown& shown) {
  std::string text;
  for (const auto& [channel, records] : shown) {
    for (const auto& [key, record] : records) {
      text += fmt::format("\n    {} {}", channel, key);
      for (const auto& [name, value] : record) text += fmt::format(" {}={}", name, value);
    }
  }
  return text.empty() ? " nothing" : text;
}

Shown held_by(const session::Replica& replica) {
  Shown held;
  for (const auto& [channel, records] : replica.channels()) {
    for (const auto& [key, fields] : records) {
      Record& record = held[channel][key];
      for (std::size_t i = 0; i < fields.size(); ++i) record.emplace(fields[i].name, fields[i].value);
    }
  }
  return held;
}

view::Query to_query(const PlainQuery& plain) {
  view::Query query;
  query.channels.assign(plain.channels.begin(), plain.channels.end());
  if (plain.keys) query.filter.keys.emplace(plain.keys->begin(), plain.keys->end());
  if (plain.bounds) query.filter.bounds = geo::Box::from(plain.bounds->north, plain.bounds->south, plain.bounds->east, plain.bounds->west);
  query.filter.unlocated = plain.unlocated;
  if (plain.fields) query.fields.emplace(plain.fields->begin(), plain.fields->end());
  return query;
}

PlainQuery random_query(Random& random) {
  PlainQuery query;
  if (random.chance(0.4)) {
    query.channels = {"*"};
  } else {
    query.channels = {"mesh:position"};
    if (random.chance(0.5)) query.channels.insert("mesh:telemetry");
    if (random.chance(0.5)) query.channels.insert("mesh:message");
  }
  if (random.chance(0.2)) {
    query.keys.emplace();
    for (int i = 0; i < 3; ++i) query.keys->insert(fmt::format("!{}", random.below(12)));
  }
  if (random.chance(0.7)) {
    const double west = 168 + static_cast<double>(random.below(16)), south = -6 + static_cast<double>(random.below(8));
    double east = west + 1 + static_cast<double>(random.below(10));
    if (east > 180 && random.chance(0.5)) east -= 360;
    query.bounds = Box{south + 1 + static_cast<double>(random.below(5)), south, east, west > 180 && east < 0 ? west - 360 : west};
    query.unlocated = random.chance(0.2);
  }
  if (random.chance(0.15)) query.fields = {"latitude", "battery"};
  if (random.chance(0.03)) query.fields.emplace();
  return query;
}

bool is_in_gap(const std::vector<session::Replica::Gap>& gaps, const SaidEvent& event) {
  return std::ranges::any_of(gaps, [&](const auto& gap) { return gap.channel == event.channel && event.seq > gap.after && event.seq < gap.before; });
}

/// Plant 1: a frame's first `remove` never arrives.
std::string without_remove(std::string_view payload) {
  std::string text{payload};
  const std::size_t at = text.find(R"("remove":{)");
  if (at == std::string::npos || text.find(R"("type":"update")") == std::string::npos) return text;
  std::size_t end = text.find('}', at) + 1;
  if (end < text.size() && text[end] == ',') ++end;
  return text.erase(at, end - at);
}

}  // namespace

void Line::send(fanout::FramePtr frame) {
  if (is_closed_) return;
  ++frames_;
  std::string payload = plant_ == 1 ? without_remove(frame->payload()) : std::string{frame->payload()};
  if (waiting_.empty() && buffer_bytes_ < buffer_bytes_max_) {
    buffer_bytes_ += payload.size();
    buffer_.push_back(std::move(payload));
  } else {
    waiting_bytes_ += payload.size();
    waiting_.push_back(std::move(payload));
  }
}

std::optional<std::string> Line::deliver() {
  if (buffer_.empty()) return std::nullopt;
  std::string message = std::move(buffer_.front());
  buffer_.pop_front();
  buffer_bytes_ -= message.size();
  while (!waiting_.empty() && buffer_bytes_ < buffer_bytes_max_) {
    buffer_bytes_ += waiting_.front().size();
    waiting_bytes_ -= waiting_.front().size();
    buffer_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return message;
}

void Viewer::act(session::Shard& shard, const Truth& truth, Moment now) {
  if (!line_) {
    if (is_calm_ || random_.chance(0.1)) connect(shard, now);
    return;
  }
  if (line_->is_closed()) {
    lose_line(&shard);
    return;
  }
  if (!is_calm_) {
    if (random_.chance(0.01)) {
      lose_line(&shard);
      return;
    }
    if (random_.chance(0.02)) is_stalled_ = !is_stalled_;
    if (random_.chance(0.02)) ask(now);
    if (random_.chance(0.002) && client_.position(1)) say(R"({"type":"snapshot","id":1})", now);
  } else {
    is_stalled_ = false;
    if (is_paused_) ask(now);
  }
  if (!is_stalled_) read(truth, is_calm_ ? 1'000 : static_cast<int>(random_.below(6)), now);
}

void Viewer::settle(session::Shard& shard, const Truth& truth, Moment now) {
  calm();
  act(shard, truth, now);
}

void Viewer::lose_line(session::Shard* shard) {
  if (shard && session_) shard->close(*session_);
  session_ = nullptr;
  line_.reset();
  is_stalled_ = false;
  if (trace_) fmt::print("             viewer {} is cut off\n", number_);
}

void Viewer::check_current(const Truth& truth) const {
  const session::Replica* replica = client_.replica(1);
  const std::optional<std::uint64_t> position = client_.position(1);
  if (!replica || !position) fail("in the end it holds nothing whole");
  const Shown held = held_by(*replica), due = truth.shown(held_.query, truth.head());
  if (held != due) fail(fmt::format("in the end, at seq {} of {}, it holds{}\n  but its query shows{}", *position, truth.head(), to_text(held), to_text(due)));
}

void Viewer::connect(session::Shard& shard, Moment now) {
  static constexpr std::size_t kBuffers[] = {1, 300, 4'000, 1'000'000};
  line_ = std::make_unique<Line>(kBuffers[random_.below(4)], plant_);
  session_ = &shard.open(*line_, fmt::format("viewer-{}", number_), now);
  asked_.clear();
  const std::vector<std::string> again = client_.resubscribe();
  for (const std::string& message : again) {
    asked_.push_back(query_);
    say(message, now);
  }
  if (again.empty()) ask(now);
}

void Viewer::ask(Moment now) {
  // Half the time the same map, moved: what a pan does.
  PlainQuery plain = query_.query;
  if (client_.replica(1) && plain.bounds && random_.chance(0.5)) {
    plain.bounds->north += 1;
    plain.bounds->south += random_.chance(0.5) ? 1 : 0;
  } else {
    plain = random_query(random_);
  }
  query_ = {plain, view::View(to_query(plain), channels_).name()};
  static constexpr std::optional<double> kRates[] = {std::nullopt, std::nullopt, 5.0, 1.0, 0.0};
  const std::optional<double> rate = kRates[is_calm_ ? 0 : random_.below(5)];
  is_paused_ = rate == 0.0;
  asked_.push_back(query_);
  say(client_.subscribe(1, to_query(plain), rate), now);
}

void Viewer::say(const std::string& message, Moment now) {
  if (trace_) fmt::print("{:>8} ms  viewer {} > {}\n", now.instant.time_since_epoch() / std::chrono::milliseconds{1}, number_, message);
  session_->receive(message, now);
}

void Viewer::read(const Truth& truth, int messages_max, Moment now) {
  for (int i = 0; i < messages_max && line_; ++i) {
    const std::optional<std::string> message = line_->deliver();
    if (!message) break;
    if (trace_) fmt::print("{:>8} ms  viewer {} < {}\n", now.instant.time_since_epoch() / std::chrono::milliseconds{1}, number_, *message);
    const std::optional<std::uint64_t> position = client_.position(1);
    const auto notice = client_.receive(*message);
    if (!notice) fail(fmt::format("{} in {}", notice.error(), *message));
    if (line_->is_writable()) session_->drained(now.instant);
    if (!*notice) continue;
    if (const auto* subscribed = std::get_if<session::ClientSession::Subscribed>(&**notice)) {
      take_answer(*subscribed, position, truth);
    } else if (const auto* stepped = std::get_if<session::ClientSession::Stepped>(&**notice)) {
      judge(stepped->step, truth);
    } else if (const auto* refused = std::get_if<session::ClientSession::Refused>(&**notice)) {
      if (refused->code != "backlog") fail("refused: " + refused->message);
    } else if (std::holds_alternative<session::ClientSession::Other>(**notice)) {
      if (client_.position(1) != position) take_progress(truth);
    }
  }
}

void Viewer::take_answer(const session::ClientSession::Subscribed& subscribed, std::optional<std::uint64_t> position, const Truth& truth) {
  // Answers come in the order of the questions; `expired` may also come unasked, about the query it has.
  if (!asked_.empty() && asked_.front().view == subscribed.view) {
    if (!replaced_) replaced_ = held_.query;
    held_ = asked_.front();
    asked_.pop_front();
  } else if (subscribed.view != held_.view) {
    fail("a view nobody asked for");
  }
  if (subscribed.resumed || subscribed.reason == "replaced") return;
  if (subscribed.reason == "expired") {
    const std::uint64_t from = events_from_.value_or(position.value_or(subscribed.seq));
    check_gaps(subscribed.gaps, truth);
    std::vector<const SaidEvent*> lost = truth.events(held_.query, from, subscribed.seq);
    drop_never_due(lost, truth, from, subscribed.seq);
    for (const SaidEvent* event : lost) {
      if (!is_in_gap(subscribed.gaps, *event)) fail(fmt::format("the event ({}, {}) is lost and no gap says so", event->seq, event->n));
    }
  }
  replaced_.reset();
  events_from_.reset();
}

void Viewer::take_progress(const Truth& truth) {
  // It says that what is held is the view of a later seq too.
  const session::Replica* replica = client_.replica(1);
  if (!replica || !client_.position(1) || !asked_.empty() || !events_from_) return;
  const std::uint64_t at = *client_.position(1);
  if (at > truth.head()) fail(fmt::format("progress to seq {} before it exists", at));
  if (held_by(*replica) != truth.shown(held_.query, at)) fail(fmt::format("progress to seq {} is not true", at));
  if (!truth.events(held_.query, *events_from_, at).empty()) fail(fmt::format("progress to seq {} skips an event", at));
  events_from_ = at;
}

void Viewer::judge(const session::Replica::Step& step, const Truth& truth) {
  ++judged_;
  if (step.seq > truth.head()) fail(fmt::format("seq {} before it exists", step.seq));
  const Shown held = held_by(*client_.replica(1));
  const Shown due = truth.shown(held_.query, step.seq);
  if (held != due) fail(fmt::format("at seq {} it holds{}\n  but its query shows{}", step.seq, to_text(held), to_text(due)));
  for (const session::Replica::Removal& removal : step.removals) {
    static constexpr std::string_view kReasons[] = {"moved", "filtered", "deleted", "expired"};
    if (std::ranges::find(kReasons, removal.reason) == std::end(kReasons)) fail("unknown reason " + removal.reason);
  }
  judge_events(step, truth);
}

void Viewer::judge_events(const session::Replica::Step& step, const Truth& truth) {
  if (step.is_snapshot) {
    // A snapshot asked for again skips nothing: what was told before it stays told, the rest comes after.
    if (!events_from_) events_from_ = step.seq;
    return;
  }
  std::uint64_t from = events_from_.value_or(step.seq);
  check_gaps(step.gaps, truth);
  std::vector<const SaidEvent*> due = truth.events(held_.query, from, step.seq);
  std::erase_if(due, [&](const SaidEvent* event) { return is_in_gap(step.gaps, *event); });
  if (replaced_ && due.size() > step.events.size()) {
    // The new query counts from where the server stood, which the viewer need not know: what came before it was due only if the old one
    // showed it too.
    std::vector<const SaidEvent*> before(due.begin(), due.end() - static_cast<std::ptrdiff_t>(step.events.size()));
    drop_never_due(before, truth, from, step.seq);
    if (before.empty()) due.erase(due.begin(), due.end() - static_cast<std::ptrdiff_t>(step.events.size()));
  }
  replaced_.reset();
  const bool same = std::ranges::equal(due, step.events, [](const SaidEvent* said, const session::Replica::Event& got) {
    return said->channel == got.channel && said->seq == got.seq && said->n == got.n;
  });
  if (!same) fail(fmt::format("at seq {} it got {} events, {} were due since seq {}", step.seq, step.events.size(), due.size(), from));
  events_from_ = step.seq;
}

void Viewer::drop_never_due(std::vector<const SaidEvent*>& events, const Truth& truth, std::uint64_t after, std::uint64_t upto) const {
  if (!replaced_) return;
  const std::vector<const SaidEvent*> shown_before = truth.events(*replaced_, after, upto);
  std::erase_if(events, [&](const SaidEvent* event) { return std::ranges::find(shown_before, event) == shown_before.end(); });
}

void Viewer::check_gaps(const std::vector<session::Replica::Gap>& gaps, const Truth& truth) const {
  for (const session::Replica::Gap& gap : gaps) {
    PlainQuery channel;
    channel.channels = {gap.channel};
    if (truth.events(channel, gap.after, gap.before - 1).empty()) fail(fmt::format("a gap after {} before {} in which nothing was said", gap.after, gap.before));
  }
}

void Viewer::fail(const std::string& what) const { throw Broken{fmt::format("viewer {}: {}", number_, what)}; }

}  // namespace starling::sim
