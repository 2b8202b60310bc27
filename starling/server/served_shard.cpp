#include "starling/server/served_shard.hpp"

#include "starling/core/ws/close_code.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/system_random.hpp"
#include "starling/server/due_timer.hpp"

namespace starling {

ServedShard::ServedShard(net::EventLoop& loop, ServedShardOptions options, std::shared_ptr<Visitors> visitors, HubSide hub)
    : loop_(loop),
      visitors_(std::move(visitors)),
      drain_spread_(options.drain_spread),
      shard_(std::move(options.shard), hub.declared, hub.publisher),
      store_(hub.store ? std::optional<StoreLine>{std::in_place, loop, *hub.store} : std::nullopt),
      live_(shard_, net::system_random()),
      raw_(std::move(options.raw), shard_.options().session),
      web_sockets_(loop, {.timeout = shard_.options().session.timeout, .intake = options.intake}),
      site_({.shard = shard_,
             .publisher = hub.publisher,
             .runs = hub.runs,
             .web_sockets = web_sockets_,
             .live = live_,
             .raw = raw_,
             .ask_overview = std::move(hub.ask_overview),
             .clock = net::now,
             .compression = options.compression,
             .visitors = *visitors_,
             .messages_per_second = static_cast<std::uint32_t>(options.intake.messages_per_second),
             .store = store_ ? &*store_ : nullptr},
            std::move(options.guard), std::move(options.dashboard)),
      http_(loop, site_, {.body_bytes_max = options.body_bytes, .timeout = shard_.options().session.timeout}) {
  if (store_) shard_.set_history(history_.emplace(*store_, shard_));
}

Result<net::Listener*, std::string> ServedShard::listen(const net::ListenOptions& options) {
  net::ListenOptions spoken = options;
  spoken.is_tls = tls_ != nullptr;
  auto listener = net::Listener::open(loop_, spoken);
  if (!listener) return Unexpected{listener.error()};
  listeners_.push_back(std::move(*listener));
  return listeners_.back().get();
}

net::Listener* ServedShard::listen(net::Descriptor socket, const net::ListenOptions& options) {
  net::ListenOptions spoken = options;
  spoken.is_tls = tls_ != nullptr;
  listeners_.push_back(
      std::make_unique<net::Listener>(loop_, std::move(socket), spoken, net::Listener::Origin::inherited));
  return listeners_.back().get();
}

void ServedShard::accept(const net::Listener::Accept& hand_round) {
  for (const auto& listener : listeners_) {
    listener->start([this, hand_round, is_alone = listener->is_alone()](net::Descriptor socket, net::Peer peer) {
      peer.visit = visitors_->enter(peer, net::now().instant);  // before it is handed on: those on their way count, too
      if (!peer.visit) return;  // closed as it is: there are enough to be told why
      if (is_alone && hand_round) {
        hand_round(std::move(socket), std::move(peer));
      } else {
        open(std::move(socket), std::move(peer));
      }
    });
  }
}

void ServedShard::open(net::Descriptor socket, net::Peer peer) {
  if (is_shutting_down_) return;
  peer.is_tls = tls_ != nullptr && !peer.is_unix_socket;
  net::Stream stream{loop_, std::move(socket), peer.is_tls ? tls_ : nullptr};
  http_.open(std::move(stream), std::move(peer));
}

void ServedShard::after_turn(Moment now) {
  const auto call_if_due = [&](std::optional<Instant> due, auto&& call) {
    if (due && *due <= now.instant) call();
  };
  call_if_due(shard_.next_due(), [&] { shard_.on_time(now); });
  call_if_due(web_sockets_.next_due(), [&] { web_sockets_.on_time(now.instant); });
  call_if_due(raw_.next_due(), [&] { raw_.on_time(now.instant); });
  call_if_due(http_.next_due(), [&] { http_.on_time(now.instant); });
  web_sockets_.flush();
  http_.end_turn();
}

std::optional<Instant> ServedShard::next_due() const noexcept {
  return earliest(shard_.next_due(), earliest(raw_.next_due(), earliest(web_sockets_.next_due(), http_.next_due())));
}

void ServedShard::begin_shutdown() {
  is_shutting_down_ = true;
  listeners_.clear();
  site_.begin_shutdown();
  http_.end_all();
  Random random{net::system_random()};
  shard_.leave(drain_spread_, random);
  raw_.close_all(ws::close_code::kServiceRestart, "restart");
}

ShardMeasures ServedShard::measures() const {
  const fanout::Fanout& fanout = shard_.fanout();
  ShardMeasures measures{.log_seq = fanout.log().head(),
          .log_bytes = fanout.log().bytes(),
          .fanout = fanout.counters(),
          .sessions = shard_.sessions(),
          .readings = shard_.readings(),
          .web_socket_connections = web_sockets_.size(),
          .web_sockets = web_sockets_.counters(),
          .deflated = web_sockets_.deflated(),
          .http_connections = http_.size(),
          .http = http_.counters(),
          .doors = {}};
  for (const protocol::DialectName dialect : kDialects) measures.doors[static_cast<std::size_t>(dialect)] = shard_.doors().counts(dialect);
  return measures;
}

}  // namespace starling
