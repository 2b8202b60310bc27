#include "starling/server/system_status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling {
namespace {

using namespace sources::probe;

std::string_view to_text(sources::ConnectionState state) noexcept {
  switch (state) {
    case sources::ConnectionState::stopped: return "stopped";
    case sources::ConnectionState::connecting: return "connecting";
    case sources::ConnectionState::connected: return "connected";
    case sources::ConnectionState::waiting: return "waiting";
  }
  return "";
}

std::string to_json(const ServiceFinding& service) {
  return fmt::format(R"({{"name":{},"status":"{}","url":{},"response_time_ms":{}}})", json::quoted(service.name), to_text(service.health), json::quoted(service.url),
                     number_or_null(service.response_ms));
}

/// Its record, and where it is.
std::string to_json(const ReceiverFinding& receiver) {
  std::string text = record_of(receiver);
  text.insert(text.size() - 1, R"(,"url":)" + json::quoted(receiver.url));
  return text;
}

std::string to_json(const MeasuredSource& source) {
  const sources::SourceStatus& status = source.status;
  const std::string error = status.last_error.empty() ? "" : R"(,"last_error":)" + json::quoted(status.last_error);
  return fmt::format(R"({{"name":{},"status":"{}","received":{},"updates":{},"bad_payloads":{}{}}})", json::quoted(source.name), to_text(status.connection), status.received,
                     status.updates, status.bad_payloads, error);
}

template <class Each>
std::string list_of(const std::vector<Each>& all) {
  std::string list = "[";
  for (const Each& each : all) list += (list.size() > 1 ? "," : "") + to_json(each);
  return list + ']';
}

}  // namespace

std::string system_status_text(const ServerFacts& facts, const Findings& found, Timestamp now) {
  const bool is_healthy = std::ranges::all_of(found.services, [](const ServiceFinding& service) { return service.health == Health::healthy; }) &&
                          !(facts.store && facts.store->is_degraded());
  const std::string store = facts.store ? R"("store":)" + to_json(*facts.store) + ',' : std::string{};
  return fmt::format(
      R"({{"overall_status":"{}","services":{},"timestamp":"{}","server":{{"version":{},"epoch":{},"seq":{},"uptime_s":{}}},{}"sources":{},"receivers":{}}})",
      is_healthy ? "healthy" : "degraded", list_of(found.services), format_rfc3339(now), json::quoted(facts.version), json::quoted(facts.epoch), facts.seq,
      std::chrono::floor<std::chrono::seconds>(facts.uptime).count(), store, list_of(facts.sources), list_of(found.receivers));
}

void SystemStatus::ask(ResponseDone done, Instant now) {
  const bool is_round_due = probes_ != nullptr && (!begun_ || now - *begun_ >= kBetweenRounds);
  waiting_.push_back(std::move(done));
  if (!is_asking_ && !is_round_due) return answer({});
  if (std::exchange(is_asking_, true)) return;
  begun_ = now;
  probes_->ask_all([this](std::optional<Findings> found) { loop_.post([this, found = std::move(found)] { round_over(found); }); });
}

void SystemStatus::round_over(std::optional<Findings> found) {
  is_asking_ = false;
  if (!found) {
    for (const ResponseDone& done : std::exchange(waiting_, {})) done(http::problem(503, "shutting down"));
    return;
  }
  found_ = std::move(*found);
  // The source has offered all but the last, which may wait in the input. Said again it does nothing, nor if something newer has come meanwhile.
  std::vector<state::Update> updates;
  for (const ServiceFinding& service : found_.services) updates.push_back(update_of(service));
  answer(std::move(updates));
}

/// By way of the desk: the updates are applied and the channel is announced in one batch, and the answer is given when that has been handed on.
void SystemStatus::answer(std::vector<state::Update> updates) {
  desk_.ask({.updates = std::move(updates),
             .announced = std::string{kServicesChannel},
             .to = routes::RunDone{[this, callers = std::exchange(waiting_, {})](const std::vector<session::Outcome>&) {
               const std::string text = system_status_text(facts_(), found_, net::now().timestamp);
               for (const ResponseDone& done : callers) {
                 done({.status = 200, .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, .body = text});
               }
             }},
             .bytes = 0,
             .from = this});
}

void SystemStatus::take_answer(Answer answer) { std::get<routes::RunDone>(answer.to)(std::move(answer.outcomes)); }

}  // namespace starling
