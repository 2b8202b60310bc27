#include "starling/server/site.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "starling/core/protocol/client_message.hpp"
#include "starling/io/http/awaited.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/server/contract/asyncapi.hpp"
#include "starling/server/cross_origin.hpp"
#include "starling/server/door_sessions.hpp"
#include "starling/server/routes/changes.hpp"
#include "starling/server/routes/door_statistics.hpp"
#include "starling/server/routes/given.hpp"
#include "starling/server/routes/history.hpp"
#include "starling/server/routes/live.hpp"
#include "starling/server/routes/openapi.hpp"
#include "starling/server/routes/publish.hpp"
#include "starling/server/routes/state_page.hpp"
#include "starling/server/routes/stream.hpp"
#ifdef STARLING_TESTS
#include "starling/server/contract/check/checked_conversation.hpp"
#endif

namespace starling {
namespace {

using http::Answer;
using http::problem;
using http::Request;
using http::Response;
using routes::find_target;
using routes::Given;
using routes::RouteId;
using routes::Target;

Response not_found() { return problem(404, "nothing is here: /api/v1/openapi.json says what is where"); }

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

Response unavailable(std::string why) { return problem({protocol::ErrorCode::unavailable, std::move(why), {}, {}, {}}); }

Response unreadable(const store::Failure& failure) { return unavailable("the store cannot be read now: " + failure.message); }

/// Every path where something is spoken, for the description.
std::vector<contract::DescribedDoor> described(const std::vector<protocol::DoorOptions>& doors) {
  std::vector<contract::DescribedDoor> described{{std::string{routes::route_of(RouteId::live).path}, "native", {}}};
  for (const protocol::DoorOptions& door : doors) {
    contract::DescribedDoor& one = described.emplace_back(contract::DescribedDoor{door.path, std::string{protocol::to_text(door.dialect)}, {}});
    for (const protocol::DoorChannel& channel : door.channels) one.names.push_back(channel.event_name);
  }
  return described;
}

}  // namespace

Site::Site(SiteSurroundings surroundings, GuardOptions guard, routes::DashboardOptions dashboard)
    : at_(std::move(surroundings)), guard_(std::move(guard)), dashboard_(std::move(dashboard)), openapi_(routes::openapi_text(version())),
      asyncapi_(contract::asyncapi_text(version(), described(at_.shard.options().doors))),
      broadcast_names_(at_.shard.options().doors) {}

std::string_view Site::version() const noexcept { return routes::version_of(at_.shard.options().session.server); }

std::vector<http::Header> Site::headers(const Request& request) { return cross_origin_headers(request, guard_); }

std::optional<Response> Site::refuse(const Request& head) {
  // Known before anything was read; it is not worth more than the answer.
  if (const auto refusal = visit_of(head).refusal()) return too_many(*refusal, true);
  if (const auto refusal = check_at_door(head, guard_)) return problem(refusal->status, refusal->detail);
  if (auto response = refuse_visitor(head)) return response;
  const auto target = find_target(head.path);
  const bool is_door = at_.raw.find(head.path) != nullptr || at_.shard.doors().find(head.path);
  if (is_door && (head.is_upgrade() || !target)) return std::nullopt;
  if (!target || (head.is_upgrade() && target->route->id != RouteId::live)) return not_found();
  if (target->route->allows(head.method) || is_preflight(head)) return std::nullopt;
  Response response = problem(405, "this method is not for this path");
  response.headers.push_back({"Allow", std::string{target->route->allow()}});
  return response;
}

/// Behind a proxy a visitor is who is asking now. The connection is the proxy's, and stays.
std::optional<Response> Site::refuse_visitor(const Request& head) {
  if (!guard_.trusted_proxies.contain(head.peer)) return std::nullopt;
  const auto client = client_address(head, guard_.trusted_proxies);
  if (!client) return std::nullopt;  // the guard has said so
  const auto target = find_target(head.path);
  const bool is_stream = target && target->route->id == RouteId::stream;
  const auto refusal = visit_of(head).becomes(*client, head.is_upgrade() || is_stream, at_.clock().instant);
  return refusal ? std::optional{too_many(*refusal, false)} : std::nullopt;
}

Answer Site::answer(const Request& request) {
  const auto target = find_target(request.path);
  const bool is_door = at_.raw.find(request.path) != nullptr || at_.shard.doors().find(request.path);
  if (!target) return is_door ? routes::upgrade_required("this is a WebSocket: upgrade") : not_found();
  if (is_preflight(request)) return preflight(*target->route);
  switch (target->route->id) {
    case RouteId::page:
    case RouteId::asset:
      return dashboard_.file(request.path, request.header(routes::kIfNoneMatch.name), request.header("Accept-Encoding"));
    case RouteId::dashboard:
      return dashboard_.settings(request.header(routes::kIfNoneMatch.name));
    case RouteId::live:
      return routes::upgrade_required("this is a WebSocket: upgrade");
    case RouteId::publish:
    case RouteId::publish_to:
      return publish(request, *target);
    case RouteId::state:
      return state(request, *target);
    case RouteId::changes:
    case RouteId::stream:
      return read(request, *target);
    case RouteId::history_reach:
      return history_reach();
    case RouteId::history:
      return history(request, *target);
    case RouteId::openapi:
      return openapi_.response(request.header(routes::kIfNoneMatch.name));
    case RouteId::asyncapi:
      return asyncapi_.response(request.header(routes::kIfNoneMatch.name));
    case RouteId::healthz:
      return health();
    case RouteId::readyz:
      if (is_shutting_down_) return problem(503, "shutting down");
      return json_text(R"({"status":"ready"})");
    case RouteId::metrics:
      return ask([](Overview& overview, ResponseDone done) { overview.metrics(std::move(done)); });
    case RouteId::system_status:
      return ask([](Overview& overview, ResponseDone done) { overview.system_status(std::move(done)); });
    case RouteId::broadcast:
      return broadcast(request, *target);
    case RouteId::door_statistics:
      return door_statistics(request.path);
  }
  return not_found();
}

std::variant<http::Agreement, Response> Site::agree(const Request& request) {
  const RawDoor* raw = at_.raw.find(request.path);
  const bool is_native = raw == nullptr && (request.path == routes::route_of(RouteId::live).path || routes::offers(request, routes::kSubprotocol));
  const auto door = raw != nullptr || is_native ? std::nullopt : at_.shard.doors().find(request.path);
  auto agreed = routes::agree_to_upgrade(request, is_native ? routes::kSubprotocol : std::string_view{}, at_.compression);
  if (const auto* refusal = std::get_if<Response>(&agreed)) return *refusal;
  auto& [head, deflates] = std::get<routes::Agreed>(agreed);
  const session::SessionOptions& session = at_.shard.options().session;
  const auto client = client_address(request, guard_.trusted_proxies);
  const bool is_exempt = client && at_.visitors.is_exempt(*client);
  std::size_t message_bytes = session.message_bytes;
  if (raw != nullptr) message_bytes = raw->message_bytes;
  if (door) message_bytes = at_.shard.doors().options(*door).message_bytes.value_or(message_bytes);
  net::WebSocketOptions options{.message_bytes_max = static_cast<std::uint32_t>(std::min<std::size_t>(message_bytes, std::numeric_limits<std::uint32_t>::max())),
                                .deflates = deflates,
                                .is_exempt = is_exempt,
                                .visit = request.peer.visit};
  net::Converse converse = [this, raw, door, messages_per_second = is_exempt ? 0 : at_.messages_per_second](fanout::Link& link, Moment now) {
    if (raw != nullptr) return at_.raw.open(*raw, link, now);
    return door ? open_door_session(at_.shard, *door, link, now) : at_.live.open(link, messages_per_second, now);
  };
#ifdef STARLING_TESTS
  if (raw == nullptr) converse = contract::checked(door ? std::string{protocol::to_text(at_.shard.doors().options(*door).dialect)} : "native", std::move(converse));
#endif
  return http::Agreement{std::move(head),
                         [this, options, converse = std::move(converse)](net::Stream socket, std::string answer, std::string_view received) {
                           at_.web_sockets.open(std::move(socket), std::move(answer), received, options, converse);
                         }};
}

Answer Site::publish(const Request& request, const Target& target) {
  const auto query = Given::read(*target.route, request.query);
  if (!query) return query.error();
  const auto is_durable = routes::is_durable(*query, at_.store);
  if (!is_durable) return is_durable.error();
  const bool is_lines = http::media_type(request.header("Content-Type")) == "application/x-ndjson";
  Answer answer = is_lines ? Answer{std::make_unique<routes::PublishLines>(request.body, target.segment, at_.runs)}
                           : routes::publish_object(request.body, target.segment, *query, at_.runs);
  if (!*is_durable) return answer;
  return std::make_unique<routes::DurableAnswer>(std::move(answer), *at_.store, [this] { return at_.shard.fanout().log().head(); });
}

/// The clients are counted when it has been said.
Answer Site::broadcast(const Request& request, const Target& target) {
  const auto query = Given::read(*target.route, request.query);
  if (!query) return query.error();
  at_.publisher.catch_up(at_.clock());
  const std::optional<std::string> event_type = query->find(routes::kEventType);
  auto updates = routes::read_broadcast(request.body, event_type, broadcast_names_, at_.shard.channels(), at_.shard.fanout().state());
  if (!updates) return problem(updates.error());
  const http::ResponseSlot slot;
  at_.runs.publish(std::move(*updates), [this, slot, event_type = *event_type](const std::vector<session::Outcome>& outcomes) {
    const auto refused = std::ranges::find_if(outcomes, [](const session::Outcome& outcome) { return !outcome; });
    if (refused != outcomes.end()) return slot.put(problem(protocol::error_of(refused->error())));
    at_.ask_overview(
        [event_type](Overview& overview, ResponseDone done) {
          overview.door_counts(protocol::DialectName::event_flat, [event_type, done = std::move(done)](const session::DoorCounts& counts) {
            done(routes::broadcasted(event_type, counts.connections));
          });
        },
        [slot](Response response) { slot.put(std::move(response)); });
  });
  return std::make_unique<http::AwaitedResponse>(slot);
}

Answer Site::door_statistics(std::string_view path) {
  const auto door = at_.shard.doors().find(path);
  if (!door) return not_found();
  if (at_.shard.doors().options(*door).dialect != protocol::DialectName::mesh) return routes::upgrade_required("this is a WebSocket: upgrade");
  return ask([](Overview& overview, ResponseDone done) {
    overview.door_counts(protocol::DialectName::mesh, [done = std::move(done)](const session::DoorCounts& counts) { done(routes::door_statistics(counts)); });
  });
}

Answer Site::history_reach() {
  if (at_.store == nullptr) return routes::history_reach(false, std::nullopt);
  return ask_store([](store::Store& store) {
    const auto reach = store.history_reach({});
    return reach ? routes::history_reach(true, *reach) : unreadable(reach.error());
  });
}

Answer Site::history(const Request& request, const Target& target) {
  const auto query = Given::read(*target.route, request.query);
  if (!query) return query.error();
  auto asked = routes::read_history(target.segment, *query);
  if (!asked) return problem(asked.error());
  return ask_store([asked = std::move(*asked)](store::Store& store) {
    const auto page = store.history(asked.query());
    return page ? routes::history_page(asked, *page) : unreadable(page.error());
  });
}

Answer Site::ask_store(std::function<Response(store::Store& store)> answer) {
  if (at_.store == nullptr) return unavailable("there is no history without a store: give store.url in the configuration");
  const http::ResponseSlot slot;
  const bool is_asked = at_.store->ask(
      [answer = std::move(answer)](Result<store::Store*, store::Failure> store) { return store ? answer(**store) : unreadable(store.error()); },
      [slot](Response response) { slot.put(std::move(response)); });
  if (!is_asked) return unavailable("too many wait for the store: try later");
  return std::make_unique<http::AwaitedResponse>(slot);
}

/// It answers, so it serves; what it cannot do beside that makes it degraded.
Response Site::health() const {
  if (at_.store == nullptr) return json_text(R"({"status":"ok"})");
  const StoreHealth store = at_.store->health();
  return json_text(fmt::format(R"({{"status":"{}","store":{}}})", store.is_degraded() ? "degraded" : "ok", to_json(store)));
}

Answer Site::ask(Question question) {
  const http::ResponseSlot slot;
  at_.ask_overview(std::move(question), [slot](Response response) { slot.put(std::move(response)); });
  return std::make_unique<http::AwaitedResponse>(slot);
}

Answer Site::state(const Request& request, const Target& target) {
  const auto query = Given::read(*target.route, request.query);
  if (!query) return query.error();
  at_.publisher.catch_up(at_.clock());
  auto read = routes::read_state_query(target.segment, *query, at_.shard.channels(), at_.shard.options().epoch);
  if (!read) return problem(read.error());
  return routes::state_page(std::move(*read), request.header(routes::kIfNoneMatch.name), at_.shard);
}

Answer Site::read(const Request& request, const Target& target) {
  if (is_shutting_down_) return problem(503, "shutting down");
  const auto query = Given::read(*target.route, request.query);
  if (!query) return query.error();
  at_.publisher.catch_up(at_.clock());
  if (target.route->id == RouteId::changes) return routes::changes(*query, at_.shard);
  return routes::stream(*query, request.header(routes::kLastEventId.name), at_.shard);
}

}  // namespace starling
