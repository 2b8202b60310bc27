/// @file
/// What is answered where: the guard, then the routes.
#pragma once

#include <functional>
#include <string>

#include "starling/core/session/shard.hpp"
#include "starling/io/http/site.hpp"
#include "starling/io/net/web_socket_connections.hpp"
#include "starling/server/live_sessions.hpp"
#include "starling/server/raw_conversations.hpp"
#include "starling/server/guard.hpp"
#include "starling/server/overview.hpp"
#include "starling/server/routes/broadcast.hpp"
#include "starling/server/routes/dashboard.hpp"
#include "starling/server/routes/description.hpp"
#include "starling/server/routes/runs.hpp"
#include "starling/server/routes/table.hpp"
#include "starling/server/store_line.hpp"
#include "starling/server/visitors.hpp"

namespace starling {

/// What the routes speak of; all of it outlives the site.
struct SiteSurroundings {
  session::Shard& shard;
  session::Publisher& publisher;
  routes::RunPublisher& runs;
  net::WebSocketConnections& web_sockets;
  LiveSessions& live;
  RawConversations& raw;
  AskOverview ask_overview;
  std::function<Moment()> clock;
  bool compression = true;  ///< with viewers that offer it
  const Visitors& visitors;
  std::uint32_t messages_per_second = 0;  ///< a connection that is not exempt may say; 0: no limit
  StoreLine* store = nullptr;             ///< null: nothing is stored
};

class Site final : public http::Site {
 public:
  Site(SiteSurroundings surroundings, GuardOptions guard, routes::DashboardOptions dashboard);

  /// From here on `/readyz` says no.
  void begin_shutdown() noexcept { is_shutting_down_ = true; }

  [[nodiscard]] std::vector<http::Header> headers(const http::Request& request) override;
  [[nodiscard]] std::optional<http::Response> refuse(const http::Request& head) override;
  [[nodiscard]] http::Answer answer(const http::Request& request) override;
  [[nodiscard]] std::variant<http::Agreement, http::Response> agree(const http::Request& request) override;

 private:
  [[nodiscard]] std::string_view version() const noexcept;
  [[nodiscard]] std::optional<http::Response> refuse_visitor(const http::Request& head);
  [[nodiscard]] http::Answer publish(const http::Request& request, const routes::Target& target);
  [[nodiscard]] http::Answer broadcast(const http::Request& request, const routes::Target& target);
  [[nodiscard]] http::Answer door_statistics(std::string_view path);
  [[nodiscard]] http::Response health() const;
  [[nodiscard]] http::Answer history_reach();
  /// What `answer`, called on the store's reading thread, makes of it; 503 where there is none or it cannot be read.
  [[nodiscard]] http::Answer ask_store(std::function<http::Response(store::Store& store)> answer);
  [[nodiscard]] http::Answer history(const http::Request& request, const routes::Target& target);
  [[nodiscard]] http::Answer state(const http::Request& request, const routes::Target& target);
  /// The answer that the hub's thread gives.
  [[nodiscard]] http::Answer ask(Question question);
  [[nodiscard]] http::Answer read(const http::Request& request, const routes::Target& target);

  SiteSurroundings at_;
  GuardOptions guard_;
  routes::Dashboard dashboard_;
  routes::Description openapi_, asyncapi_;
  routes::BroadcastNames broadcast_names_;
  bool is_shutting_down_ = false;
};

}  // namespace starling
