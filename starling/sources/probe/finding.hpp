/// @file
/// What is known of a service and of a receiver, and how it is said: as records of `services:health` and `websdrs:status`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/state/update.hpp"
#include "starling/sources/probe/verdict.hpp"

namespace starling::sources::probe {

inline constexpr std::string_view kServicesChannel = "services:health";
inline constexpr std::string_view kReceiversChannel = "websdrs:status";

struct ServiceFinding {
  std::string name = {};  ///< the key
  std::string url = {};   ///< as it may be shown
  Health health = Health::unreachable;
  std::optional<std::int64_t> response_ms = {};  ///< nullopt: there was no whole answer
  Timestamp at = {};
};

struct ReceiverFinding {
  std::string id = {};  ///< the key
  std::string name = {};
  std::string url = {};  ///< as it may be shown
  bool is_online = false;
  std::optional<std::int64_t> response_ms = {};
  std::uint64_t checks = 0, answered = 0;  ///< since the start; at least one check
  std::string error = {};                  ///< why it is offline
  Timestamp at = {};
};

/// As they stand in the configuration; receivers that have been asked.
struct Findings {
  std::vector<ServiceFinding> services = {};
  std::vector<ReceiverFinding> receivers = {};
};

[[nodiscard]] std::string record_of(const ServiceFinding& finding);
[[nodiscard]] std::string record_of(const ReceiverFinding& finding);

/// The whole record, and no older one's fields: an `error_message` goes with its error.
[[nodiscard]] state::Update update_of(const ServiceFinding& finding);
[[nodiscard]] state::Update update_of(const ReceiverFinding& finding);

/// "12", or "null".
[[nodiscard]] std::string number_or_null(std::optional<std::int64_t> number);

}  // namespace starling::sources::probe
