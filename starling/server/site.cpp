#include "starling/server/site.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/io/http/awaited.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/io/http/query.hpp"
#include "starling/server/routes/changes.hpp"
#include "starling/server/routes/history.hpp"
#include "starling/server/routes/live.hpp"
#include "starling/server/routes/publish.hpp"
#include "starling/server/routes/state_page.hpp"
#include "starling/server/routes/stream.hpp"

namespace starling {
namespace {

using http::Answer;
using http::problem;
using http::Request;
using http::Response;

enum class Route : std::uint8_t { page, live, publish, state, changes, stream, history, healthz, readyz, metrics };

struct Target {
  Route route;
  std::string channel;  ///< of publish, where the path names one, of state and of history
};

std::optional<Target> find_target(std::string_view path) {
  if (path == "/") return Target{Route::page, {}};
  if (path == "/live") return Target{Route::live, {}};
  if (path == "/healthz") return Target{Route::healthz, {}};
  if (path == "/readyz") return Target{Route::readyz, {}};
  if (path == "/metrics") return Target{Route::metrics, {}};
  if (path == "/api/v1/changes") return Target{Route::changes, {}};
  if (path == "/api/v1/stream") return Target{Route::stream, {}};
  if (path == "/api/v1/publish") return Target{Route::publish, {}};
  for (const auto& [prefix, route] : {std::pair{std::string_view{"/api/v1/publish/"}, Route::publish},
                                      std::pair{std::string_view{"/api/v1/state/"}, Route::state},
                                      std::pair{std::string_view{"/api/v1/history/"}, Route::history}}) {
    if (!path.starts_with(prefix)) continue;
    auto channel = http::percent_decoded(path.substr(prefix.size()));
    if (!channel || channel->empty() || channel->find('/') != std::string::npos) return std::nullopt;
    return Target{route, std::move(*channel)};
  }
  return std::nullopt;
}

Response not_found() { return problem(404, "nothing is here: see /api/v1/publish, /api/v1/state/{channel}, /api/v1/changes, /api/v1/stream, /api/v1/history/{channel}, /live"); }

Response json_text(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = std::move(body)};
}

Visit& visit_of(const Request& head) noexcept { return *static_cast<Visit*>(head.peer.visit.get()); }

/// `Retry-After` is in seconds: when there may be room, or certainly a token again.
Response too_many(VisitRefusal refusal, bool ends_connection) {
  struct Told {
    unsigned status;
    std::string_view retry_after_s, detail;
  };
  const auto told = [refusal]() -> Told {
    switch (refusal) {
      case VisitRefusal::connections: return {503, "10", "the server has limits.connections connections; try later"};
      case VisitRefusal::connections_per_ip: return {429, "10", "this address has limits.connections_per_ip connections; close some"};
      case VisitRefusal::connects_per_ip: return {429, "1", "this address connects more often than limits.connects_per_ip_per_second; slow down"};
    }
    return {503, "10", ""};
  }();
  Response response = problem(told.status, told.detail);
  response.headers.push_back({"Retry-After", std::string{told.retry_after_s}});
  response.ends_connection = ends_connection;
  return response;
}

}  // namespace

Site::Site(SiteSurroundings surroundings, GuardOptions guard)
    : at_(std::move(surroundings)), guard_(std::move(guard)), page_(routes::page_text()) {}

std::optional<Response> Site::refuse(const Request& head) {
  // Known before anything was read; it is not worth more than the answer.
  if (const auto refusal = visit_of(head).refusal()) return too_many(*refusal, true);
  if (const auto refusal = check_at_door(head, guard_)) return problem(refusal->status, refusal->detail);
  if (auto response = refuse_visitor(head)) return response;
  if (at_.raw.find(head.path) != nullptr && (head.is_upgrade() || !find_target(head.path))) return std::nullopt;
  const auto target = find_target(head.path);
  if (!target || (head.is_upgrade() && target->route != Route::live)) return not_found();
  const bool is_post = target->route == Route::publish;
  if (is_post ? head.method == "POST" : head.method == "GET" || head.method == "HEAD") return std::nullopt;
  Response response = problem(405, "this method is not for this path");
  response.headers.push_back({"Allow", is_post ? "POST" : "GET, HEAD"});
  return response;
}

/// Behind a proxy a visitor is who is asking now. The connection is the proxy's, and stays.
std::optional<Response> Site::refuse_visitor(const Request& head) {
  if (!guard_.trusted_proxies.contain(head.peer)) return std::nullopt;
  const auto client = client_address(head, guard_.trusted_proxies);
  if (!client) return std::nullopt;  // the guard has said so
  const auto target = find_target(head.path);
  const bool is_stream = target && target->route == Route::stream;
  const auto refusal = visit_of(head).becomes(*client, head.is_upgrade() || is_stream, at_.clock().instant);
  return refusal ? std::optional{too_many(*refusal, false)} : std::nullopt;
}

Answer Site::answer(const Request& request) {
  const auto target = find_target(request.path);
  if (!target) return at_.raw.find(request.path) != nullptr ? routes::upgrade_required("this is a WebSocket: upgrade") : not_found();
  switch (target->route) {
    case Route::page:
      return page_.response();
    case Route::live:
      return routes::upgrade_required("this is a WebSocket: upgrade");
    case Route::publish:
      return publish(request, target->channel);
    case Route::state:
      return state(request, target->channel);
    case Route::changes:
      return read(request, false);
    case Route::stream:
      return read(request, true);
    case Route::history:
      return history(request, target->channel);
    case Route::healthz:
      return health();
    case Route::readyz:
      if (is_shutting_down_) return problem(503, "shutting down");
      return json_text(R"({"status":"ready"})");
    case Route::metrics:
      return at_.metrics();
  }
  return not_found();
}

std::variant<http::Agreement, Response> Site::agree(const Request& request) {
  const RawDoor* raw = at_.raw.find(request.path);
  auto agreed = routes::agree_to_upgrade(request, raw != nullptr ? std::string_view{} : routes::kSubprotocol, at_.compression);
  if (const auto* refusal = std::get_if<Response>(&agreed)) return *refusal;
  auto& [head, deflates] = std::get<routes::Agreed>(agreed);
  const session::SessionOptions& session = at_.shard.options().session;
  const auto client = client_address(request, guard_.trusted_proxies);
  const bool is_exempt = client && at_.visitors.is_exempt(*client);
  const std::size_t message_bytes = raw != nullptr ? raw->message_bytes : session.message_bytes;
  net::WebSocketOptions options{.message_bytes_max = static_cast<std::uint32_t>(std::min<std::size_t>(message_bytes, std::numeric_limits<std::uint32_t>::max())),
                                .deflates = deflates,
                                .is_exempt = is_exempt,
                                .visit = request.peer.visit};
  net::Converse converse = [this, raw, messages_per_second = is_exempt ? 0 : at_.messages_per_second](fanout::Link& link, Moment now) {
    return raw != nullptr ? at_.raw.open(*raw, link, now) : at_.live.open(link, messages_per_second, now);
  };
  return http::Agreement{std::move(head),
                         [this, options, converse = std::move(converse)](net::Stream socket, std::string answer, std::string_view received) {
                           at_.web_sockets.open(std::move(socket), std::move(answer), received, options, converse);
                         }};
}

Answer Site::publish(const Request& request, const std::string& channel) {
  const auto query = http::Query::parse(request.query);
  if (!query) return problem(400, "a % in the query is followed by two hex digits");
  const auto is_durable = routes::is_durable(*query, at_.store);
  if (!is_durable) return is_durable.error();
  const bool is_lines = http::media_type(request.header("Content-Type")) == "application/x-ndjson";
  Answer answer = is_lines ? Answer{std::make_unique<routes::PublishLines>(request.body, channel, at_.runs)}
                           : routes::publish_object(request.body, channel, *query, at_.runs);
  if (!*is_durable) return answer;
  return std::make_unique<routes::DurableAnswer>(std::move(answer), *at_.store, [this] { return at_.shard.fanout().log().head(); });
}

Answer Site::history(const Request& request, const std::string& channel) {
  const auto query = http::Query::parse(request.query);
  if (!query) return problem(400, "a % in the query is followed by two hex digits");
  auto asked = routes::read_history(channel, *query);
  if (!asked) return problem(asked.error());
  const auto unavailable = [](std::string why) { return problem({protocol::ErrorCode::unavailable, std::move(why), {}, {}, {}}); };
  if (at_.store == nullptr) return unavailable("there is no history without a store: give store.url in the configuration");
  const http::ResponseSlot slot;
  const bool is_asked = at_.store->ask(
      [asked = std::move(*asked), unavailable](Result<store::Store*, store::Failure> store) {
        if (!store) return unavailable("the store cannot be read now: " + store.error().message);
        const auto page = (*store)->history(asked.query());
        return page ? routes::history_page(asked, *page) : unavailable("the store cannot be read now: " + page.error().message);
      },
      [slot](Response response) { slot.put(std::move(response)); });
  if (!is_asked) return unavailable("too many wait for the store: try later");
  return std::make_unique<http::AwaitedResponse>(slot);
}

/// It answers, so it serves; what it cannot do beside that makes it degraded.
Response Site::health() const {
  if (at_.store == nullptr) return json_text(R"({"status":"ok"})");
  const StoreHealth store = at_.store->health();
  const std::string_view status = store.is_degraded() ? "degraded" : "ok";
  const std::string cause = store.is_degraded() ? R"(,"cause":)" + json::quoted(store.cause) : std::string{};
  return json_text(fmt::format(R"({{"status":"{}","store":{{"status":"{}"{},"written":{},"waiting_batches":{}}}}})", status, status, cause, store.written, store.waiting_batches));
}

Answer Site::state(const Request& request, const std::string& channel) {
  const auto query = http::Query::parse(request.query);
  if (!query) return problem(400, "a % in the query is followed by two hex digits");
  at_.publisher.catch_up(at_.clock());
  auto read = routes::read_state_query(channel, *query, at_.shard.channels(), at_.shard.options().epoch);
  if (!read) return problem(read.error());
  return routes::state_page(std::move(*read), request.header("If-None-Match"), at_.shard);
}

Answer Site::read(const Request& request, bool is_stream) {
  if (is_shutting_down_) return problem(503, "shutting down");
  const auto query = http::Query::parse(request.query);
  if (!query) return problem(400, "a % in the query is followed by two hex digits");
  at_.publisher.catch_up(at_.clock());
  return is_stream ? routes::stream(*query, request.header("Last-Event-ID"), at_.shard) : routes::changes(*query, at_.shard);
}

}  // namespace starling
