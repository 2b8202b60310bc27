#include "starling/server/routes/table.hpp"

#include <algorithm>
#include <array>

#include "starling/io/http/query.hpp"
#include "starling/server/routes/broadcast.hpp"
#include "starling/server/routes/changes.hpp"
#include "starling/server/routes/dashboard.hpp"
#include "starling/server/routes/durable.hpp"
#include "starling/server/routes/history.hpp"
#include "starling/server/routes/live.hpp"
#include "starling/server/routes/publish.hpp"
#include "starling/server/routes/state_page.hpp"
#include "starling/server/routes/stream.hpp"

namespace starling::routes {
namespace {

using protocol::ErrorCode;


constexpr std::string_view kJson = "application/json";
constexpr std::string_view kLines = "application/x-ndjson";

// ---- What they are asked with ------------------------------------------------------------------------------------------------------------

constexpr std::array kPageParameters{&kIfNoneMatch};
constexpr std::array kAssetParameters{&kAssetName, &kIfNoneMatch};
constexpr std::array kLiveParameters{&kSubprotocols};
constexpr std::array kPublishParameters{&kDurable};
constexpr std::array kPublishToParameters{&kChannel, &kPublishKey, &kDurable};
constexpr std::array kStateParameters{&kChannel, &kKeys, &kBounds, &kWhere, &kFields, &kPageLimit, &kPageCursor, &kIfNoneMatch, &kAt};
constexpr std::array kChangesParameters{&kChannels, &kKeys, &kBounds, &kUnlocated, &kWhere, &kFields, &kRate, &kRecent, &kSnapshot, &kSince, &kWait, &kAt, &kReplay};
constexpr std::array kStreamParameters{&kChannels, &kKeys, &kBounds, &kUnlocated, &kWhere, &kFields, &kRate, &kRecent, &kSnapshot, &kSince, &kLastEventId, &kAt, &kReplay};
constexpr std::array kHistoryParameters{&kChannel, &kHistoryKey, &kBounds, &kHistoryFrom, &kHistoryTo, &kHistoryLimit, &kHistoryCursor, &kHistoryFormat};
constexpr std::array kDescriptionParameters{&kIfNoneMatch};
constexpr std::array kBroadcastParameters{&kEventType};

constexpr std::array kPublishBodies{
    Content{.media_type = kJson, .schema = "Publish", .example = R"({"channel":"site:position","key":"van-1","data":{"latitude":38.7,"longitude":-9.14}})"},
    Content{.media_type = kLines, .schema = "Publish", .is_sequence = true, .example = "{\"channel\":\"site:position\",\"key\":\"van-2\",\"data\":{\"speed_mps\":12.5}}\n"}};
constexpr std::array kPublishToBodies{
    Content{.media_type = kJson, .schema = "Record", .example = R"({"latitude":38.7,"longitude":-9.14})"},
    Content{.media_type = kLines, .schema = "PublishLine", .is_sequence = true, .example = "{\"key\":\"van-2\",\"data\":{\"speed_mps\":12.5}}\n{\"key\":\"van-3\",\"op\":\"remove\"}\n"}};

constexpr std::array kBroadcastBodies{Content{.media_type = kJson, .schema = "Broadcast", .example = R"({"frequency_mhz":145.5,"snr_db":12.3,"websdr_id":1})"}};

// ---- What they answer ----------------------------------------------------------------------------------------------------------------

constexpr std::array kPageAnswers{Content{.media_type = "text/html"}};
constexpr std::array kAssetAnswers{Content{.media_type = "*/*"}};
constexpr std::array kDashboardAnswers{Content{.media_type = kJson, .schema = "Dashboard"}};
constexpr std::array kPublishAnswers{Content{.media_type = kJson, .schema = "Accepted"}};
constexpr std::array kStateAnswers{Content{.media_type = kJson, .schema = "StatePage"}};
constexpr std::array kChangesAnswers{Content{.media_type = kJson, .schema = "Changes"}};
constexpr std::array kStreamAnswers{Content{.media_type = "text/event-stream", .schema = "StreamEvent", .is_sequence = true}};
constexpr std::array kHistoryReachAnswers{Content{.media_type = kJson, .schema = "HistoryReach"}};
constexpr std::array kHistoryAnswers{Content{.media_type = kJson, .schema = "HistoryPage"},
                                     Content{.media_type = "application/geo+json", .schema = "Trails"},
                                     Content{.media_type = kLines, .schema = "HistoryLine", .is_sequence = true}};
constexpr std::array kSystemStatusAnswers{Content{.media_type = kJson, .schema = "SystemStatus"}};
constexpr std::array kOpenApiAnswers{Content{.media_type = kJson, .schema = "OpenApi"}};
constexpr std::array kAsyncApiAnswers{Content{.media_type = kJson, .schema = "AsyncApi"}};
constexpr std::array kHealthAnswers{Content{.media_type = kJson, .schema = "Health"}};
constexpr std::array kReadyAnswers{Content{.media_type = kJson, .schema = "Ready"}};
constexpr std::array kMetricsAnswers{Content{.media_type = "text/plain"}};
constexpr std::array kBroadcastAnswers{Content{.media_type = kJson, .schema = "Broadcasted"}};
constexpr std::array kDoorStatisticsAnswers{Content{.media_type = kJson, .schema = "DoorStatistics"}};

constexpr std::array kStateLinks{Link{.name = "next", .operation = "readState", .parameter = &kPageCursor, .pointer = "/cursor"}};
constexpr std::array kChangesLinks{Link{.name = "next", .operation = "readChanges", .parameter = &kSince, .pointer = "/since"},
                                   Link{.name = "stream", .operation = "streamChanges", .parameter = &kSince, .pointer = "/since"}};
constexpr std::array kHistoryLinks{Link{.name = "next", .operation = "readHistory", .parameter = &kHistoryCursor, .pointer = "/cursor"}};

// ---- What they refuse ----------------------------------------------------------------------------------------------------------------

constexpr std::array kPublishCodes{ErrorCode::bad_message,  ErrorCode::bad_channel,  ErrorCode::bad_key,      ErrorCode::limit_fields, ErrorCode::forbidden,  ErrorCode::unknown_channel,
                                   ErrorCode::limit_record, ErrorCode::limit_keys, ErrorCode::limit_channels, ErrorCode::limit_state,  ErrorCode::unavailable};
constexpr std::array kStateCodes{ErrorCode::bad_message, ErrorCode::bad_filter, ErrorCode::bad_channel, ErrorCode::unknown_channel, ErrorCode::unavailable};
constexpr std::array kReaderCodes{ErrorCode::bad_message, ErrorCode::bad_filter, ErrorCode::bad_channel, ErrorCode::limit_channels, ErrorCode::unavailable};
constexpr std::array kHistoryReachCodes{ErrorCode::unavailable};
constexpr std::array kHistoryCodes{ErrorCode::bad_message, ErrorCode::bad_filter, ErrorCode::bad_channel, ErrorCode::bad_key, ErrorCode::unavailable};

constexpr std::array kBroadcastCodes{ErrorCode::bad_message,   ErrorCode::bad_key,      ErrorCode::limit_fields, ErrorCode::forbidden,  ErrorCode::unknown_channel,
                                     ErrorCode::limit_message, ErrorCode::limit_record, ErrorCode::limit_keys,   ErrorCode::limit_state};

constexpr std::array kAssetReplies{Reply{.status = 404, .doc = "The dashboard has no such file."}};
constexpr std::array kPublishReplies{Reply{.status = 415, .doc = "Content-Type is none of these."}};
constexpr std::array kLiveReplies{Reply{.status = 101, .doc = "The WebSocket begins.", .is_problem = false},
                                  Reply{.status = 400, .doc = "No handshake of RFC 6455, or only other subprotocols are spoken."},
                                  Reply{.status = 426, .doc = "No upgrade, or another version than 13."}};
constexpr std::array kDoorStatisticsReplies{Reply{.status = 404, .doc = "The configuration has no door here."},
                                            Reply{.status = 426, .doc = "The door here speaks another dialect, and says nothing but to who upgrades."}};
constexpr std::array kGoingReplies{Reply{.status = 503, .doc = "It shuts down."}};

// ---- The table -----------------------------------------------------------------------------------------------------------------------

constexpr std::array kRoutes{
    Route{.id = RouteId::page,
          .method = "GET",
          .path = "/",
          .operation = "page",
          .summary = "The dashboard",
          .parameters = kPageParameters,
          .answer = "The page.",
          .answers = kPageAnswers,
          .is_tagged = true},
    Route{.id = RouteId::asset,
          .method = "GET",
          .path = "/assets/{name}",
          .operation = "asset",
          .summary = "A file of the dashboard",
          .doc = "Its name changes with what is in it, so it may be kept for ever.",
          .parameters = kAssetParameters,
          .answer = "The file.",
          .answers = kAssetAnswers,
          .is_tagged = true,
          .replies = kAssetReplies},
    Route{.id = RouteId::dashboard,
          .method = "GET",
          .path = "/api/v1/dashboard.json",
          .operation = "dashboardSettings",
          .summary = "What the configuration says of the dashboard",
          .parameters = kDescriptionParameters,
          .answer = "What it says.",
          .answers = kDashboardAnswers,
          .is_tagged = true},
    Route{.id = RouteId::live,
          .method = "GET",
          .path = "/live",
          .operation = "live",
          .summary = "A WebSocket of subscriptions",
          .doc = "The handshake of RFC 6455, version 13. What is said then is the protocol `starling.v1`: /api/v1/asyncapi.json describes it.",
          .parameters = kLiveParameters,
          .replies = kLiveReplies},
    Route{.id = RouteId::publish,
          .method = "POST",
          .path = "/api/v1/publish",
          .operation = "publish",
          .summary = "Say what is so, of any channels",
          .doc = "Lines stand alone: the good ones are kept, the others are told. The answer comes when reads show what was published.",
          .parameters = kPublishParameters,
          .bodies = kPublishBodies,
          .answer = "What was accepted.",
          .answers = kPublishAnswers,
          .codes = kPublishCodes,
          .replies = kPublishReplies},
    Route{.id = RouteId::publish_to,
          .method = "POST",
          .path = "/api/v1/publish/{channel}",
          .operation = "publishTo",
          .summary = "Say what is so, of one channel",
          .doc = "As JSON the body is the data itself. Of lines, this is the channel of those that name none.",
          .parameters = kPublishToParameters,
          .bodies = kPublishToBodies,
          .answer = "What was accepted.",
          .answers = kPublishAnswers,
          .codes = kPublishCodes,
          .replies = kPublishReplies},
    Route{.id = RouteId::state,
          .method = "GET",
          .path = "/api/v1/state/{channel}",
          .operation = "readState",
          .summary = "The records of a state channel, in pages",
          .doc = "Pages may be of different seqs, and each says its own; what exists during the whole walk comes exactly once.",
          .parameters = kStateParameters,
          .answer = "The records as of the last closed batch.",
          .answers = kStateAnswers,
          .is_tagged = true,
          .links = kStateLinks,
          .codes = kStateCodes},
    Route{.id = RouteId::changes,
          .method = "GET",
          .path = "/api/v1/changes",
          .operation = "readChanges",
          .summary = "What differs since a cursor: a long poll",
          .doc = "Without `since`, or where that cannot be gone on from, the frames are `subscribed` and the whole snapshot. With it they are the update of all that "
                 "differs; if nothing does, the next one that comes within `wait`.",
          .parameters = kChangesParameters,
          .answer = "Frames, and the cursor of whoever applied them all.",
          .answers = kChangesAnswers,
          .links = kChangesLinks,
          .codes = kReaderCodes},
    Route{.id = RouteId::stream,
          .method = "GET",
          .path = "/api/v1/stream",
          .operation = "streamChanges",
          .summary = "What is shown and how it changes, as Server-Sent Events",
          .doc = "The same frames, until one of both goes.",
          .parameters = kStreamParameters,
          .answer = "One frame an event. Its `id` is the cursor, where it completes a seq.",
          .answers = kStreamAnswers,
          .codes = kReaderCodes},
    Route{.id = RouteId::history_reach,
          .method = "GET",
          .path = "/api/v1/history",
          .operation = "historyReach",
          .summary = "How far back every channel is known",
          .answer = "From when on, and up to when.",
          .answers = kHistoryReachAnswers,
          .codes = kHistoryReachCodes},
    Route{.id = RouteId::history,
          .method = "GET",
          .path = "/api/v1/history/{channel}",
          .operation = "readHistory",
          .summary = "What was, oldest first by the time of the reports, in pages",
          .doc = "While there is a store, as far back as the `history` of its channel, or else `store.history`.",
          .parameters = kHistoryParameters,
          .answer = "What happened, in the format that was asked for.",
          .answers = kHistoryAnswers,
          .links = kHistoryLinks,
          .codes = kHistoryCodes},
    Route{.id = RouteId::system_status,
          .method = "GET",
          .path = "/api/v1/system/status",
          .operation = "systemStatus",
          .summary = "How every service does now, and the server itself",
          .doc = "Every `[[probe]]` is asked, at most once a second, whoever asks; the answer comes when all have answered or timed out. `services:health` is announced.",
          .answer = "What was found.",
          .answers = kSystemStatusAnswers,
          .replies = kGoingReplies},
    Route{.id = RouteId::openapi,
          .method = "GET",
          .path = "/api/v1/openapi.json",
          .operation = "describe",
          .summary = "This description",
          .parameters = kDescriptionParameters,
          .answer = "OpenAPI 3.1.",
          .answers = kOpenApiAnswers,
          .is_tagged = true},
    Route{.id = RouteId::asyncapi,
          .method = "GET",
          .path = "/api/v1/asyncapi.json",
          .operation = "describeMessages",
          .summary = "The description of what is said on WebSockets",
          .parameters = kDescriptionParameters,
          .answer = "AsyncAPI 3.0.",
          .answers = kAsyncApiAnswers,
          .is_tagged = true},
    Route{.id = RouteId::healthz,
          .method = "GET",
          .path = "/healthz",
          .operation = "health",
          .summary = "Whether the process answers, and what it cannot do beside that",
          .answer = "It answers.",
          .answers = kHealthAnswers},
    Route{.id = RouteId::readyz,
          .method = "GET",
          .path = "/readyz",
          .operation = "ready",
          .summary = "Whether it takes visitors",
          .answer = "It does.",
          .answers = kReadyAnswers,
          .replies = kGoingReplies},
    Route{.id = RouteId::metrics,
          .method = "GET",
          .path = "/metrics",
          .operation = "metrics",
          .summary = "Counters, in the text format of Prometheus",
          .answer = "All of them.",
          .answers = kMetricsAnswers},
    Route{.id = RouteId::broadcast,
          .method = "POST",
          .path = "/ws/broadcast",
          .operation = "broadcast",
          .summary = "Say something on the channels of the `event-flat` doors",
          .doc = "On an event channel the body is the event. On a state channel it is the whole map, key to record: what is not in it goes.",
          .parameters = kBroadcastParameters,
          .bodies = kBroadcastBodies,
          .answer = "It is said.",
          .answers = kBroadcastAnswers,
          .codes = kBroadcastCodes,
          .replies = kPublishReplies},
    Route{.id = RouteId::door_statistics,
          .method = "GET",
          .path = "/api/ws",
          .operation = "doorStatistics",
          .summary = "How many are at the `mesh` doors, and what they were sent",
          .doc = "With an upgrade it is the door.",
          .answer = "Of those who are there now.",
          .answers = kDoorStatisticsAnswers,
          .replies = kDoorStatisticsReplies},
};

static_assert(std::ranges::all_of(kRoutes, [](const Route& route) { return &route == &kRoutes[static_cast<std::size_t>(route.id)]; }), "in the order of their ids");

}  // namespace

std::span<const Route> all_routes() noexcept { return kRoutes; }

const Route& route_of(RouteId id) noexcept { return kRoutes[static_cast<std::size_t>(id)]; }

std::optional<Target> find_target(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (!route.has_segment()) {
      if (path == route.path) return Target{&route, {}};
      continue;
    }
    const std::string_view fixed = route.fixed();
    if (!path.starts_with(fixed)) continue;
    auto segment = http::percent_decoded(path.substr(fixed.size()));
    if (!segment || segment->empty() || segment->find('/') != std::string::npos) return std::nullopt;
    return Target{&route, std::move(*segment)};
  }
  return std::nullopt;
}

}  // namespace starling::routes
