/// @file
/// Why an update was not taken. Nothing of it is stored then.
#pragma once

#include <cstdint>

namespace starling::state {

enum class Refusal : std::uint8_t {
  bad_channel,      ///< not `space:facet`, each 1–128 of `[a-z0-9_.-]`
  bad_key,          ///< missing on a state channel, or not 1–256 bytes of UTF-8 without control characters
  bad_operation,    ///< an event can only be said, not merged, replaced or removed
  bad_location,     ///< a latitude beyond ±90
  forbidden,        ///< only the server itself says what is in this channel
  unknown_channel,  ///< only declared channels are allowed, and this is none
  limit_record,     ///< the record would be over `record_bytes`
  limit_fields,     ///< the record would be over `fields_per_record`
  limit_keys,       ///< the space holds `keys_per_space` keys
  limit_channels,   ///< there are `channels` channels
  limit_state,      ///< the state would be over `state_bytes`
};

}  // namespace starling::state
