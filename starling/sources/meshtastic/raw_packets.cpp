#include "starling/sources/meshtastic/raw_packets.hpp"

#include <string>

#include <fmt/format.h>

#include "starling/core/base/base64.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/base/utf8.hpp"
#include "starling/sources/meshtastic/packet.hpp"

namespace starling::sources::meshtastic {
namespace {

/// What somebody asks a gateway to send (`…/json/mqtt/!<gateway>`) is no word of the node it names.
constexpr std::string_view kRequests[] = {R"("sendtext")", R"("sendposition")"};

/// As JSON text.
std::string_view type_of(std::string_view packet) {
  constexpr std::string_view kUnknown = R"("unknown")";
  if (packet.empty()) return kUnknown;
  const auto type = json::find(packet, "type");
  if (type && json::kind_of(*type) == json::Kind::string && *type != R"("")") return *type;
  return json::find(packet, "bytes") ? R"("encrypted")" : kUnknown;
}

std::optional<std::string> key_of(std::string_view packet, std::string_view type) {
  if (packet.empty()) return std::nullopt;
  for (const std::string_view request : kRequests) {
    if (type == request) return std::nullopt;
  }
  const auto from = originator_of(packet);
  return from ? std::optional{node_key(*from)} : std::nullopt;
}

}  // namespace

std::optional<state::Update> RawPackets::repeat(std::string_view topic, std::string_view payload,
                                                std::string_view packet, Timestamp now) {
  if (payload.size() > kRawBytesMax || !is_utf8(topic)) return std::nullopt;
  const std::string_view type = type_of(packet);
  state::Update event;
  event.channel = "mesh:raw";
  event.key = key_of(packet, type);
  event.time = now;
  event.data = fmt::format(R"({{"id":{},"topic":{},"payload":"{}","timestamp":{},"parsedType":{})", repeated_ + 1,
                           json::quoted(topic), base64(as_bytes(payload)), now.time_since_epoch().count(), type);
  if (event.key) event.data += R"(,"nodeId":")" + *event.key + '"';
  const auto inner = packet.empty() ? std::nullopt : json::find(packet, "payload");
  if (inner) event.data.append(R"(,"data":)").append(*inner);
  event.data += '}';
  if (event.data.size() > kRawBytesMax) return std::nullopt;
  ++repeated_;
  return event;
}

}  // namespace starling::sources::meshtastic
