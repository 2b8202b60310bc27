#include "starling/sources/probe/finding.hpp"

#include <fmt/format.h>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sources::probe {
namespace {

state::Update update(std::string_view channel, const std::string& key, std::string record, Timestamp at) {
  state::Update update;
  update.channel = channel;
  update.key = key;
  update.data = std::move(record);
  update.operation = state::Operation::replace;
  update.time = at;
  return update;
}

}  // namespace

std::string number_or_null(std::optional<std::int64_t> number) { return number ? std::to_string(*number) : "null"; }

std::string record_of(const ServiceFinding& finding) {
  return fmt::format(R"({{"status":"{}","response_time_ms":{}}})", to_text(finding.health), number_or_null(finding.response_ms));
}

std::string record_of(const ReceiverFinding& finding) {
  STARLING_CHECK(finding.checks > 0 && finding.answered <= finding.checks, finding.answered, finding.checks);
  // Cut, not rounded: 100.0 is said of who always answered, and of nobody else.
  const std::uint64_t permille = finding.answered * 1000 / finding.checks;
  std::string record = fmt::format(R"({{"websdr_id":{},"name":{},"status":"{}","last_check":"{}","response_time_ms":{},"uptime":{}.{},"avg_snr":null)", json::quoted(finding.id),
                                   json::quoted(finding.name), finding.is_online ? "online" : "offline", format_rfc3339(finding.at), number_or_null(finding.response_ms),
                                   permille / 10, permille % 10);
  if (!finding.is_online) record += R"(,"error_message":)" + json::quoted(finding.error);
  return record + '}';
}

state::Update update_of(const ServiceFinding& finding) { return update(kServicesChannel, finding.name, record_of(finding), finding.at); }
state::Update update_of(const ReceiverFinding& finding) { return update(kReceiversChannel, finding.id, record_of(finding), finding.at); }

}  // namespace starling::sources::probe
