#include "starling/sources/probe/watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sources::probe {
namespace {

/// While nothing is due.
constexpr Duration kWaitMax = std::chrono::hours{1};

std::vector<Plan::Target> planned(const std::vector<TargetOptions>& targets) {
  std::vector<Plan::Target> planned;
  for (const TargetOptions& target : targets) planned.push_back({.is_service = target.is_service, .every = target.every});
  return planned;
}

std::optional<std::int64_t> response_ms(const Reply& reply) {
  if (reply.kind != ReplyKind::whole) return std::nullopt;
  return std::chrono::round<std::chrono::milliseconds>(reply.took).count();
}

bool is_success(const Reply& reply) noexcept { return reply.kind == ReplyKind::whole && reply.status >= 200 && reply.status <= 299; }

Health health_of(const Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::whole: return judge(reply.status, reply.body);
    case ReplyKind::bad: return Health::unhealthy;
    case ReplyKind::nothing: return Health::unreachable;
  }
  return Health::unhealthy;
}

/// Why it is not as it should be.
std::string reason_of(const Reply& reply) {
  if (reply.kind != ReplyKind::whole) return std::string{reply.why};
  return is_success(reply) ? "it says so" : fmt::format("HTTP {}", reply.status);
}

}  // namespace

ProbeSource::Watch::Watch(const Checked& checked, Sink& sink, const Clock& clock, Ledger& ledger)
    : checked_(checked), sink_(sink), clock_(clock), ledger_(ledger), plan_(planned(checked.options.targets)), known_(checked.options.targets.size()) {}

void ProbeSource::Watch::run() {
  while (take_rounds()) {
    const std::vector<TargetOptions>& targets = checked_.options.targets;
    for (const std::size_t i : plan_.begin(clock_().instant)) {
      transfers_.begin({.target = i, .url = checked_.urls[i], .timeout = targets[i].timeout, .ca_file = targets[i].ca_file});
      const std::lock_guard lock{ledger_.mutex};
      ++ledger_.status.attempts;
    }
    for (Reply& reply : transfers_.go_on()) settle(std::move(reply), clock_());
    const auto due = plan_.next_due();
    transfers_.wait(due ? *due - clock_().instant : kWaitMax);
  }
  for (const RoundDone& done : plan_.give_up()) done(std::nullopt);
}

void ProbeSource::Watch::stop() {
  const std::lock_guard lock{mutex_};
  is_stopping_ = true;
  transfers_.wake();
}

void ProbeSource::Watch::ask_all(RoundDone done) {
  {
    const std::lock_guard lock{mutex_};
    if (!is_stopping_) {
      asked_.push_back(std::move(done));
      transfers_.wake();
      return;
    }
  }
  done(std::nullopt);
}

bool ProbeSource::Watch::take_rounds() {
  std::vector<RoundDone> asked;
  bool is_stopping = false;
  {
    const std::lock_guard lock{mutex_};
    asked = std::exchange(asked_, {});
    is_stopping = is_stopping_;
  }
  const bool has_services = std::ranges::any_of(checked_.options.targets, &TargetOptions::is_service);
  for (RoundDone& done : asked) {
    if (has_services) {
      plan_.ask_round(std::move(done));
    } else {
      done(findings());
    }
  }
  return !is_stopping;
}

void ProbeSource::Watch::settle(Reply reply, Moment now) {
  const TargetOptions& target = checked_.options.targets[reply.target];
  Known& known = known_[reply.target];
  std::vector<state::Update> updates;
  updates.push_back(target.is_service ? learn_service(target, reply, now.timestamp, known) : learn_receiver(target, reply, now.timestamp, known));
  const std::vector<RoundDone> over = plan_.finish(reply.target);
  // Who had a round made says what was found together with what he makes of it; said here as well it would be told apart from that.
  if (over.empty()) sink_.offer(std::move(updates));
  {
    const std::lock_guard lock{ledger_.mutex};
    ledger_.status.received += reply.kind == ReplyKind::nothing ? 0 : 1;
    ledger_.status.bad_payloads += reply.kind == ReplyKind::bad ? 1 : 0;
    ++ledger_.status.updates;
  }
  for (const RoundDone& done : over) done(findings());
}

state::Update ProbeSource::Watch::learn_service(const TargetOptions& target, const Reply& reply, Timestamp at, Known& known) const {
  const Health health = health_of(reply);
  const std::string& url = checked_.urls[reply.target].shown;
  known.service = ServiceFinding{.name = target.key, .url = url, .health = health, .response_ms = response_ms(reply), .at = at};
  tell_change(target, url, std::string{to_text(health)}, health == Health::healthy, reason_of(reply), known);
  return update_of(*known.service);
}

state::Update ProbeSource::Watch::learn_receiver(const TargetOptions& target, const Reply& reply, Timestamp at, Known& known) const {
  const bool is_online = is_success(reply);
  const std::string& url = checked_.urls[reply.target].shown;
  if (!known.receiver) known.receiver.emplace(ReceiverFinding{.id = target.key, .name = target.name, .url = url});
  ReceiverFinding& finding = *known.receiver;
  finding.is_online = is_online;
  finding.response_ms = response_ms(reply);
  ++finding.checks;
  finding.answered += is_online ? 1 : 0;
  finding.error = is_online ? "" : reason_of(reply);
  finding.at = at;
  tell_change(target, url, is_online ? "online" : "offline", is_online, finding.error, known);
  return update_of(finding);
}

/// The first time only what is not as it should be.
void ProbeSource::Watch::tell_change(const TargetOptions& target, const std::string& url, std::string health, bool is_good, const std::string& why, Known& known) const {
  const bool is_news = known.health.empty() ? !is_good : known.health != health;
  if (is_news && checked_.options.log) {
    const std::string line = fmt::format("{} {} at {} is {}", target.is_service ? "service" : "receiver", json::quoted(target.key), url, health);
    checked_.options.log(is_good ? LogLevel::note : LogLevel::warning, is_good ? line : line + ": " + why);
  }
  known.health = std::move(health);
}

Findings ProbeSource::Watch::findings() const {
  Findings findings;
  for (const Known& known : known_) {
    if (known.service) findings.services.push_back(*known.service);
    if (known.receiver) findings.receivers.push_back(*known.receiver);
  }
  return findings;
}

}  // namespace starling::sources::probe
