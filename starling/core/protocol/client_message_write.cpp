#include <fmt/format.h>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"

namespace starling::protocol {
namespace {

std::string list_of(const std::vector<std::string>& strings) {
  std::string text = "[";
  for (const std::string& string : strings) {
    if (text.size() > 1) text += ',';
    json::append_string(text, string);
  }
  return text + ']';
}

std::string filter_of(const view::Filter& filter) {
  std::string text;
  const auto append = [&text](const std::string& member) { text += (text.empty() ? "" : ",") + member; };
  if (filter.keys) append(R"("keys":)" + list_of(*filter.keys));
  if (const auto& box = filter.bounds) {
    append(fmt::format(R"("bounds":{{"north":{},"south":{},"east":{},"west":{}}})", box->north_deg(), box->south_deg(), box->east_deg(), box->west_deg()));
  }
  if (filter.unlocated) append(R"("unlocated":true)");
  if (!filter.where.is_empty()) append(fmt::format(R"("where":{})", filter.where.json()));
  return text;
}

/// `,"ref":…`, if there is one.
std::string ref_of(const std::optional<std::string>& ref) { return ref ? R"(,"ref":)" + *ref : std::string{}; }

}  // namespace

std::string write(const Subscribe& message) {
  std::string text = fmt::format(R"({{"type":"subscribe","id":{},"channels":{})", message.id, list_of(message.query.channels));
  if (const std::string filter = filter_of(message.query.filter); !filter.empty()) text += R"(,"filter":{)" + filter + '}';
  if (const auto& fields = message.query.fields) {
    std::vector<std::string> decoded;
    for (const std::string& name : *fields) decoded.push_back(json::decode_inside(name));
    text += R"(,"fields":)" + list_of(decoded);
  }
  if (message.rate) text += fmt::format(R"(,"rate":{})", *message.rate);
  if (!message.snapshot) text += R"(,"snapshot":false)";
  if (message.recent > 0) text += fmt::format(R"(,"recent":{})", message.recent);
  if (const auto& since = message.since) {
    text += fmt::format(R"(,"since":{{"epoch":{},"seq":{},"view":{}}})", json::quoted(since->epoch), since->seq, json::quoted(since->view));
  }
  if (message.at) text += fmt::format(R"(,"at":"{}")", format_rfc3339(*message.at));
  if (const auto& replay = message.replay) {
    text += fmt::format(R"(,"replay":{{"from":"{}")", format_rfc3339(replay->from));
    if (replay->to) text += fmt::format(R"(,"to":"{}")", format_rfc3339(*replay->to));
    text += fmt::format(R"(,"speed":{}}})", replay->speed);
  }
  return text + ref_of(message.ref) + '}';
}

std::string write(const Unsubscribe& message) { return fmt::format(R"({{"type":"unsubscribe","id":{}{}}})", message.id, ref_of(message.ref)); }

std::string write(const SnapshotAgain& message) { return fmt::format(R"({{"type":"snapshot","id":{}{}}})", message.id, ref_of(message.ref)); }

std::string write(const Publish& message) {
  const state::Update& update = message.update;
  std::string text = R"({"type":"publish","channel":)" + json::quoted(update.channel);
  if (update.key) text += R"(,"key":)" + json::quoted(*update.key);
  if (update.operation != state::Operation::remove) text += R"(,"data":)" + update.data;
  if (update.operation == state::Operation::replace) text += R"(,"op":"replace")";
  if (update.operation == state::Operation::remove) text += R"(,"op":"remove")";
  if (const auto* point = std::get_if<geo::Point>(&update.location)) {
    text += fmt::format(R"(,"location":{{"latitude":{},"longitude":{}}})", point->latitude_deg, point->longitude_deg);
  } else if (std::holds_alternative<state::NoLocation>(update.location)) {
    text += R"(,"location":null)";
  }
  if (update.time) text += fmt::format(R"(,"time":"{}")", format_rfc3339(*update.time));
  return text + ref_of(message.ref) + '}';
}

std::string write(const Ping& message) { return R"({"type":"ping")" + ref_of(message.ref) + '}'; }

}  // namespace starling::protocol
