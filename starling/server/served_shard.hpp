/// @file
/// A shard with its doors: listeners, HTTP, WebSockets and the sessions behind them, all on one loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/session/shard.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/net/listener.hpp"
#include "starling/io/net/tls_context.hpp"
#include "starling/io/net/web_socket_connections.hpp"
#include "starling/server/guard.hpp"
#include "starling/server/history_line.hpp"
#include "starling/server/live_sessions.hpp"
#include "starling/server/metrics.hpp"
#include "starling/server/overview.hpp"
#include "starling/server/raw_conversations.hpp"
#include "starling/server/site.hpp"
#include "starling/server/visitors.hpp"

namespace starling {

struct ServedShardOptions {
  session::ShardOptions shard = {};
  GuardOptions guard = {};
  routes::DashboardOptions dashboard = {};
  std::size_t body_bytes = 16 << 20;  ///< of an HTTP request
  bool compression = true;            ///< of WebSocket messages, where it is offered
  std::map<std::string, RawDoor> raw = {};  ///< by path
  ws::IntakeLimits intake = {};             ///< of a connection that is not exempt
  Duration drain_spread{0};                 ///< over which viewers are asked to come back after `begin_shutdown`
};

/// What a shard needs of the hub's side, all on the shard's own thread.
struct HubSide {
  const state::KnownChannels& declared;
  session::Publisher& publisher;
  routes::RunPublisher& runs;
  AskOverview ask_overview;
  const StoreEnds* store = nullptr;  ///< null: nothing is stored
};

class ServedShard {
 public:
  /// `visitors` are those of all shards.
  ServedShard(net::EventLoop& loop, ServedShardOptions options, std::shared_ptr<Visitors> visitors, HubSide hub);

  /// What connections over TCP speak from here on; null: plain. To be called before `listen` where they shall speak it at all.
  void speak_tls(std::shared_ptr<const net::TlsContext> context) noexcept { tls_ = std::move(context); }
  /// Listens; connections are taken in once `accept` is called.
  [[nodiscard]] Result<net::Listener*, std::string> listen(const net::ListenOptions& options);
  /// The same for a socket that listens already, on what `options` say.
  net::Listener* listen(net::Descriptor socket, const net::ListenOptions& options);
  /// What a listener takes in that is alone on its address is given to `hand_round`, if there is one.
  void accept(const net::Listener::Accept& hand_round = {});
  /// Takes a connection in that `visitors` know of.
  void open(net::Descriptor socket, net::Peer peer);

  void take(log::BatchPtr batch, Moment now) { shard_.take(std::move(batch), now); }
  /// The end of a turn: what is due, and everything gathered goes out.
  void after_turn(Moment now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  /// Takes nobody in, says `bye` to the viewers and closes with 1012, and answers what is being answered.
  void begin_shutdown();
  /// Whether everybody has gone.
  [[nodiscard]] bool is_empty() const noexcept { return web_sockets_.size() == 0 && http_.size() == 0; }

  [[nodiscard]] session::Shard& shard() noexcept { return shard_; }
  [[nodiscard]] const session::Shard& shard() const noexcept { return shard_; }
  [[nodiscard]] ShardMeasures measures() const;

 private:
  net::EventLoop& loop_;
  std::shared_ptr<Visitors> visitors_;
  Duration drain_spread_;
  session::Shard shard_;
  std::optional<StoreLine> store_;
  std::optional<HistoryLine> history_;
  LiveSessions live_;
  RawConversations raw_;
  net::WebSocketConnections web_sockets_;
  Site site_;
  http::HttpConnections http_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::shared_ptr<const net::TlsContext> tls_;
  bool is_shutting_down_ = false;
};

}  // namespace starling
