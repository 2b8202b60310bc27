#include "starling/sources/probe/verdict.hpp"

#include <string>

#include "starling/core/base/json.hpp"

namespace starling::sources::probe {

std::string_view to_text(Health health) noexcept {
  switch (health) {
    case Health::healthy: return "healthy";
    case Health::degraded: return "degraded";
    case Health::unhealthy: return "unhealthy";
    case Health::unreachable: return "unreachable";
  }
  return "";
}

Health judge(unsigned status, std::string_view body) {
  if (status < 200 || status > 299) return Health::unhealthy;
  std::string room;
  const auto object = json::compact(body, room);
  if (!object || json::kind_of(*object) != json::Kind::object) return Health::healthy;
  const auto said = json::find(*object, "status");
  if (!said || json::kind_of(*said) != json::Kind::string) return Health::healthy;
  const std::string word = json::decode(*said);
  for (const Health health : {Health::degraded, Health::unhealthy}) {
    if (word == to_text(health)) return health;
  }
  return Health::healthy;
}

}  // namespace starling::sources::probe
