#include "starling/core/protocol/server_message.hpp"

#include <doctest/doctest.h>

namespace starling::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kNow{milliseconds{1'795'251'600'007}};  // 2026-11-21T09:00:00.007Z

TEST_CASE("welcome") {
  const Welcome welcome{.session = "s\"1",
                        .epoch = "e1",
                        .time = kNow,
                        .tick = milliseconds{100},
                        .heartbeat = seconds{30},
                        .timeout = seconds{60},
                        .message_bytes = 262'144,
                        .frame_bytes = 262'145,
                        .subscriptions = 64,
                        .channels_per_subscription = 256,
                        .publish_per_second = 50,
                        .server = "starling/0.1.0"};
  CHECK(write(welcome) ==
        R"({"type":"welcome","session":"s\"1","epoch":"e1","time":"2026-11-21T09:00:00.007Z","tick_ms":100,"heartbeat_ms":30000,"timeout_ms":60000,)"
        R"("limits":{"message_bytes":262144,"frame_bytes":262145,"subscriptions":64,"channels_per_subscription":256,"publish_per_second":50},)"
        R"("server":"starling/0.1.0"})");
}

TEST_CASE("ok, pong and unsubscribed, with the ref as it came") {
  CHECK(write_ok(std::nullopt, 7) == R"({"type":"ok","seq":7})");
  CHECK(write_ok(R"("a\u0041")", 7) == R"({"type":"ok","ref":"a\u0041","seq":7})");
  CHECK(write_pong(std::nullopt, kNow) == R"({"type":"pong","time":"2026-11-21T09:00:00.007Z"})");
  CHECK(write_pong("1.50", kNow) == R"({"type":"pong","ref":1.50,"time":"2026-11-21T09:00:00.007Z"})");
  CHECK(write_unsubscribed(4'294'967'295) == R"({"type":"unsubscribed","id":4294967295})");
}

TEST_CASE("progress lists positions by id") {
  CHECK(write_progress(kNow, {}) == R"({"type":"progress","time":"2026-11-21T09:00:00.007Z","at":{}})");
  CHECK(write_progress(kNow, {{1, 5}, {7, 18'446'744'073'709'551'615u}}) ==
        R"({"type":"progress","time":"2026-11-21T09:00:00.007Z","at":{"1":5,"7":18446744073709551615}})");
}

TEST_CASE("an error says what is known of where it comes from") {
  CHECK(write(Error{ErrorCode::bad_message, "not \"JSON\"", {}, {}, {}}) ==
        R"({"type":"error","code":"bad_message","message":"not \"JSON\"","retry":"never"})");
  CHECK(write(Error{ErrorCode::bad_filter, "m", "filter.bounds.north", R"("r")", 3}) ==
        R"({"type":"error","code":"bad_filter","message":"m","retry":"never","ref":"r","id":3,"field":"filter.bounds.north"})");
}

TEST_CASE("each code by its name, and whether asking again can help") {
  struct Case {
    ErrorCode code;
    std::string_view name, retry;
  };
  for (const Case& c : {
           Case{ErrorCode::bad_message, "bad_message", "never"},
           Case{ErrorCode::bad_filter, "bad_filter", "never"},
           Case{ErrorCode::bad_channel, "bad_channel", "never"},
           Case{ErrorCode::bad_key, "bad_key", "never"},
           Case{ErrorCode::unknown_type, "unknown_type", "never"},
           Case{ErrorCode::unknown_id, "unknown_id", "resync"},
           Case{ErrorCode::unknown_channel, "unknown_channel", "never"},
           Case{ErrorCode::forbidden, "forbidden", "auth"},
           Case{ErrorCode::unauthorized, "unauthorized", "auth"},
           Case{ErrorCode::backlog, "backlog", "later"},
           Case{ErrorCode::rate, "rate", "later"},
           Case{ErrorCode::unavailable, "unavailable", "later"},
           Case{ErrorCode::limit_message, "limit_message", "never"},
           Case{ErrorCode::limit_record, "limit_record", "never"},
           Case{ErrorCode::limit_fields, "limit_fields", "never"},
           Case{ErrorCode::limit_keys, "limit_keys", "later"},
           Case{ErrorCode::limit_channels, "limit_channels", "later"},
           Case{ErrorCode::limit_state, "limit_state", "later"},
           Case{ErrorCode::limit_subscriptions, "limit_subscriptions", "later"},
       }) {
    CHECK(to_text(c.code) == c.name);
    CHECK(to_text(retry_of(c.code)) == c.retry);
  }
}

TEST_CASE("each refusal of the hub has its code and field") {
  using state::Refusal;
  struct Case {
    Refusal refusal;
    ErrorCode code;
    std::string_view field;
  };
  for (const Case& c : {
           Case{Refusal::bad_channel, ErrorCode::bad_channel, "channel"},
           Case{Refusal::bad_key, ErrorCode::bad_key, "key"},
           Case{Refusal::bad_operation, ErrorCode::bad_message, "op"},
           Case{Refusal::bad_location, ErrorCode::bad_message, "location"},
           Case{Refusal::unknown_channel, ErrorCode::unknown_channel, "channel"},
           Case{Refusal::limit_record, ErrorCode::limit_record, "data"},
           Case{Refusal::limit_fields, ErrorCode::limit_fields, "data"},
           Case{Refusal::limit_keys, ErrorCode::limit_keys, "key"},
           Case{Refusal::limit_channels, ErrorCode::limit_channels, "channel"},
           Case{Refusal::limit_state, ErrorCode::limit_state, "data"},
       }) {
    const Error error = error_of(c.refusal);
    CAPTURE(error.message);
    CHECK(error.code == c.code);
    CHECK(error.field == c.field);
    CHECK_FALSE(error.message.empty());
  }
}

}  // namespace
}  // namespace starling::protocol
