/// @file
/// The shards of a server, as its hub's thread sees them: one on this thread, or several with a thread each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/server/config/listen_address.hpp"
#include "starling/server/hub_desk.hpp"
#include "starling/server/overview.hpp"
#include "starling/server/served_shard.hpp"

namespace starling {

/// Where a server listens.
struct Listening {
  std::uint16_t port;  ///< 0 of a Unix socket
  std::string url;
};

struct ShardsOptions {
  std::size_t shards = 1;
  ServedShardOptions shard = {};
  std::shared_ptr<Visitors> visitors;
  Overview* overview = nullptr;      ///< asked on the hub's thread; outlives them
  const StoreEnds* store = nullptr;  ///< null: nothing is stored
};

class Shards {
 public:
  virtual ~Shards() = default;

  /// Before everything else: goes on from there.
  virtual void take_up(const log::Past& past) = 0;
  /// What connections over TCP speak that are taken in from here on. The first time before `listen`.
  virtual void speak_tls(std::shared_ptr<const net::TlsContext> context) = 0;
  [[nodiscard]] virtual Result<Listening, std::string> listen(const config::ListenAddress& address) = 0;
  /// The same for a socket that listens already, on what `options` say.
  [[nodiscard]] virtual Listening listen(net::Descriptor socket, const net::ListenOptions& options) = 0;
  /// From here on connections are taken in.
  virtual void start() = 0;

  /// Gives a batch to every shard; false if there is no room, and then `HubDesk::room_made` is called when there is.
  [[nodiscard]] virtual bool hand_on(const log::BatchPtr& batch, Moment now) = 0;
  /// The end of a turn of the hub's loop.
  virtual void after_turn(Moment now) = 0;
  [[nodiscard]] virtual std::optional<Instant> next_due() const noexcept = 0;

  /// As `ServedShard`, for all of them.
  virtual void begin_shutdown() = 0;
  [[nodiscard]] virtual bool is_empty() const noexcept = 0;
  /// Ends what `start` began, whoever is still there.
  virtual void stop() = 0;
  /// After `stop`: the log that all of them have, up to the last batch handed on.
  [[nodiscard]] virtual const log::Log& log() const noexcept = 0;

  /// `done` is called on the hub's thread, in this call or later.
  virtual void measure(std::function<void(std::vector<ShardMeasures> shards)> done) = 0;
};

}  // namespace starling
