#include "starling/sources/meshtastic/packet.hpp"

#include <array>

#include <fmt/format.h>

#include "starling/core/base/json.hpp"

namespace starling::sources::meshtastic {
namespace {

using Reason = DecodeError::Reason;

constexpr std::int64_t kInt32Min = -(std::int64_t{1} << 31);
constexpr std::int64_t kUint32Max = (std::int64_t{1} << 32) - 1;

Unexpected<DecodeError> fail(Reason reason, std::string field) {
  return Unexpected{DecodeError{reason, std::move(field)}};
}

}  // namespace

std::string node_key(std::uint32_t number) { return fmt::format("!{:08x}", number); }

std::optional<std::string_view> gateway_of(std::string_view topic) {
  std::array<std::string_view, 4> last{};  // "2", "json", channel, gateway
  for (std::size_t i = last.size(); i-- > 0;) {
    const std::size_t slash = topic.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    last[i] = topic.substr(slash + 1);
    topic = topic.substr(0, slash);
  }
  if (topic.empty() || last[0] != "2" || last[1] != "json" || last[2].empty()) return std::nullopt;
  if (last[3].size() < 2 || last[3].front() != '!') return std::nullopt;
  return last[3];
}

Result<std::optional<std::int64_t>, DecodeError> whole_of(std::string_view object, std::string_view name,
                                                          std::string_view path) {
  const auto value = json::find(object, name);
  if (!value || json::kind_of(*value) == json::Kind::null) return std::optional<std::int64_t>{};
  if (json::kind_of(*value) != json::Kind::number) return fail(Reason::wrong_type, std::string{path}.append(name));
  const auto whole = json::integer(*value);
  if (!whole || *whole < kInt32Min || *whole > kUint32Max)
    return fail(Reason::out_of_range, std::string{path}.append(name));
  return whole;
}

Result<std::uint32_t, DecodeError> originator_of(std::string_view packet) {
  const auto from = whole_of(packet, "from", "");
  if (!from) return Unexpected{from.error()};
  if (!*from) return fail(Reason::missing, "from");
  const auto number = static_cast<std::uint32_t>(**from);
  if (number == 0 || number == kEverybody) return fail(Reason::out_of_range, "from");
  return number;
}

}  // namespace starling::sources::meshtastic
