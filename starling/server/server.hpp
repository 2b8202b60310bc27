/// @file
/// The whole of it: doors, hub, viewers and sources. The hub has the thread that calls `run`; so has the shard, if there is one, and
/// otherwise each shard has a thread of its own.
///
///     Server server{options};
///     if (auto started = server.start(); !started) …
///     server.run();   // until stop()
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/core/protocol/door.hpp"
#include "starling/core/session/options.hpp"
#include "starling/core/ws/intake.hpp"
#include "starling/io/net/tls_context.hpp"
#include "starling/server/guard.hpp"
#include "starling/server/input.hpp"
#include "starling/server/raw.hpp"
#include "starling/server/routes/dashboard.hpp"
#include "starling/server/visitors.hpp"
#include "starling/sources/probe/probe.hpp"
#include "starling/sources/recording/recording.hpp"
#include "starling/sources/source.hpp"

namespace starling {

/// Where the state outlives the server.
struct StoreOptions {
  std::string url;           ///< "sqlite:starling.db", "postgresql://…"; empty: nowhere
  std::string folder = ".";  ///< what a relative path is relative to
  std::optional<Duration> history = {};  ///< how long every change and event of channels that do not say is kept; nullopt: none is
  Duration flush_max = std::chrono::seconds{30};  ///< at the end: how long what is not written may take
};

struct ServerOptions {
  std::vector<std::string> listen{
      "127.0.0.1:8080"};  ///< "host:port", "[::1]:port", "unix:/path", "systemd"; port 0: any free one
  std::optional<net::TlsFiles> tls = {};  ///< what connections over TCP speak; absent: plain
  std::size_t shards = 0;  ///< threads that serve viewers; 0: one a core. 1 shares the hub's thread
  GuardOptions guard = {};
  routes::DashboardOptions dashboard = {};  ///< what is at /
  hub::HubOptions hub = {};
  std::vector<state::ChannelDeclaration> channels = {};
  session::ShardOptions shard = {};  ///< without an epoch: a new one at every start
  InputOptions input = {};
  StoreOptions store = {};
  std::size_t body_bytes = 16 << 20;                        ///< of an HTTP request
  bool compression = true;                                  ///< of WebSocket messages, where it is offered (RFC 7692)
  VisitorOptions visitors = {};                             ///< `connections` is lowered to what the descriptor limit allows
  ws::IntakeLimits intake = {.messages_per_second = 50, .bytes_per_second = 1 << 20};  ///< of a connection that is not exempt
  Duration drain_spread = std::chrono::seconds{5};          ///< over which viewers are asked to come back after `stop`
  Duration shutdown_max = std::chrono::milliseconds{4500};  ///< from `stop` to the end of `run`
  bool stop_on_signals = false;  ///< SIGINT and SIGTERM stop it, a second one ends the process at once;
                                 ///< with `tls`, SIGHUP is `reload_certificate`
  std::map<std::string, RawDoor> raw = {};  ///< paths of the program's own, "/echo"; not "/live". Where there is a door, it gives way
  std::vector<protocol::DoorOptions> doors = protocol::default_doors();
  sources::Log log = {};
};

/// One line: what, where, cure.
struct StartError {
  std::string message;
};

class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where sources put what they hear.
  [[nodiscard]] sources::Sink& sink() noexcept;
  /// A source of `sink()`; started with the server. `name` is what metrics call it; a second of
  /// that name gets a number.
  void add(std::string name, std::unique_ptr<sources::Source> source);
  /// One more source of `sink()`, at most one of it: whom `GET /api/v1/system/status` has asked.
  void probe(std::unique_ptr<sources::probe::ProbeSource> probes);
  /// Played in a loop while the server runs.
  void play(sources::recording::Recording recording);

  /// Listens. Nothing is answered before `run`.
  [[nodiscard]] Result<void, StartError> start();
  /// Serves until `stop`: then takes nobody in, says `bye` to the viewers and closes with 1012, and returns when they are gone, at the
  /// latest after `shutdown_max`.
  void run();
  /// **Thread-safe.** May be called before `run`.
  void stop();
  /// **Thread-safe:** reads the files of `tls` again, for connections to come. Where they cannot be used the old certificate stays. Either is
  /// logged.
  void reload_certificate();

  /// Of the first TCP address; 0 if there is none.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Where it listens: "http://127.0.0.1:8080", "https://[::1]:8443", "unix:/run/starling.sock".
  [[nodiscard]] std::vector<std::string> urls() const;
  [[nodiscard]] std::size_t shards() const noexcept;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace starling
