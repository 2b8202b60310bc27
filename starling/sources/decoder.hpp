/// @file
/// What turns a message of a broker into updates. The server gives each MQTT source one, so neither knows the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/state/update.hpp"

namespace starling::sources {

/// Why a payload could not be read.
struct DecodeError {
  enum class Reason : std::uint8_t {
    not_json,          ///< not one JSON value
    not_object,        ///< JSON, but not an object
    missing,           ///< `field` is not there
    wrong_type,        ///< `field` is of another type
    out_of_range,      ///< `field` has a value it cannot have
    bad_channel,       ///< topic and template give no channel name
    bad_key,           ///< topic and template give no key
    unexpected_topic,  ///< no subscription of the source matches the topic
  };
  Reason reason;
  std::string field = {};  ///< path of the field at fault, where one is: "payload.latitude_i"
};

/// "field payload.latitude_i is missing"; never holds a value of the payload.
[[nodiscard]] std::string describe(const DecodeError& error);

/// May remember what it saw; used by one thread at a time.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Appends the updates a message stands for, none if it is of no interest; what was appended holds also when it fails.
  /// An empty payload (MQTT's way of clearing a retained message) is no report. `retained`: the broker kept the
  /// message; it goes into each update.
  virtual Result<void, DecodeError> decode(std::string_view topic, std::string_view payload, bool retained,
                                           Timestamp now, std::vector<state::Update>& updates) = 0;
};

}  // namespace starling::sources
