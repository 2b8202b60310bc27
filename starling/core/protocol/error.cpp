#include "starling/core/protocol/error.hpp"

namespace starling::protocol {

std::string_view to_text(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::bad_message: return "bad_message";
    case ErrorCode::bad_filter: return "bad_filter";
    case ErrorCode::bad_channel: return "bad_channel";
    case ErrorCode::bad_key: return "bad_key";
    case ErrorCode::unknown_type: return "unknown_type";
    case ErrorCode::unknown_id: return "unknown_id";
    case ErrorCode::unknown_channel: return "unknown_channel";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::unauthorized: return "unauthorized";
    case ErrorCode::backlog: return "backlog";
    case ErrorCode::rate: return "rate";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::limit_message: return "limit_message";
    case ErrorCode::limit_record: return "limit_record";
    case ErrorCode::limit_fields: return "limit_fields";
    case ErrorCode::limit_keys: return "limit_keys";
    case ErrorCode::limit_channels: return "limit_channels";
    case ErrorCode::limit_state: return "limit_state";
    case ErrorCode::limit_subscriptions: return "limit_subscriptions";
  }
  return "";
}

Retry retry_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::bad_message:
    case ErrorCode::bad_filter:
    case ErrorCode::bad_channel:
    case ErrorCode::bad_key:
    case ErrorCode::unknown_type:
    case ErrorCode::unknown_channel:
    case ErrorCode::limit_message:
    case ErrorCode::limit_record:
    case ErrorCode::limit_fields: return Retry::never;
    case ErrorCode::unknown_id: return Retry::resync;
    case ErrorCode::forbidden:
    case ErrorCode::unauthorized: return Retry::auth;
    case ErrorCode::backlog:
    case ErrorCode::rate:
    case ErrorCode::unavailable:
    case ErrorCode::limit_keys:
    case ErrorCode::limit_channels:
    case ErrorCode::limit_state:
    case ErrorCode::limit_subscriptions: return Retry::later;
  }
  return Retry::never;
}

std::string_view to_text(Retry retry) noexcept {
  switch (retry) {
    case Retry::never: return "never";
    case Retry::later: return "later";
    case Retry::auth: return "auth";
    case Retry::resync: return "resync";
  }
  return "";
}

Error error_of(state::Refusal refusal) {
  using state::Refusal;
  switch (refusal) {
    case Refusal::bad_channel: return {ErrorCode::bad_channel, "a channel is named space:facet, each 1 to 128 of [a-z0-9_.-]", "channel", {}, {}};
    case Refusal::bad_key: return {ErrorCode::bad_key, "a state channel needs a key of 1 to 256 bytes without control characters", "key", {}, {}};
    case Refusal::bad_operation: return {ErrorCode::bad_message, "an event can only be published, not replaced or removed", "op", {}, {}};
    case Refusal::bad_location: return {ErrorCode::bad_message, "a latitude lies within -90 and 90", "location", {}, {}};
    case Refusal::forbidden: return {ErrorCode::forbidden, "only the server itself says what is in this channel", "channel", {}, {}};
    case Refusal::unknown_channel: return {ErrorCode::unknown_channel, "only declared channels can be published to", "channel", {}, {}};
    case Refusal::limit_record: return {ErrorCode::limit_record, "the record would be over limits.record_bytes", "data", {}, {}};
    case Refusal::limit_fields: return {ErrorCode::limit_fields, "the record would be over limits.fields_per_record", "data", {}, {}};
    case Refusal::limit_keys: return {ErrorCode::limit_keys, "the space holds limits.keys_per_space keys", "key", {}, {}};
    case Refusal::limit_channels: return {ErrorCode::limit_channels, "there are limits.channels channels", "channel", {}, {}};
    case Refusal::limit_state: return {ErrorCode::limit_state, "the state would be over limits.state_bytes", "data", {}, {}};
  }
  return {};
}

}  // namespace starling::protocol
