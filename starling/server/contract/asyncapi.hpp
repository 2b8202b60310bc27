/// @file
/// `GET /api/v1/asyncapi.json`: what is said on WebSockets as AsyncAPI 3.0, door by door, in both directions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace starling::contract {

/// A path, and what is spoken there.
struct DescribedDoor {
  std::string path;
  std::string dialect;             ///< one of `dialects_text`
  std::vector<std::string> names;  ///< what it calls the channels that it shows, where its dialect has a message for each
};

/// The document, in compact JSON. `version` is the program's.
[[nodiscard]] std::string asyncapi_text(std::string_view version, std::span<const DescribedDoor> doors);

}  // namespace starling::contract
