#include "starling/io/http/http_connections.hpp"

#include "starling/io/net/system_clock.hpp"

namespace starling::http {
namespace {

/// Time-outs are counted in seconds and looked at this often.
constexpr Duration kSweepPeriod = std::chrono::seconds{1};

}  // namespace

void HttpConnections::open(net::Stream socket, net::Peer peer) {
  const std::uint64_t id = ++last_id_;
  auto connection =
      std::make_unique<HttpConnection>(*this, id, std::move(socket), std::move(peer));
  HttpConnection& opened = *connection;
  connections_.emplace(id, std::move(connection));
  ++counters_.connections;
  if (!swept_at_) swept_at_ = net::now().instant;
  opened.start();
}

void HttpConnections::end_turn() {
  // Who has room again writes anew while it is flushed; that goes out after the next turn.
  flushing_.clear();
  flushing_.swap(to_flush_);
  if (!flushing_.empty()) {
    const Moment now = net::now();
    for (const std::uint64_t id : flushing_) {
      if (const auto found = connections_.find(id); found != connections_.end()) found->second->flush(now);
    }
  }
  if (!to_flush_.empty()) loop_.defer([] {});
  buried_.clear();
}

void HttpConnections::on_time(Instant now) {
  if (!swept_at_ || now < *swept_at_ + kSweepPeriod) return;
  swept_at_ = now;
  std::vector<HttpConnection*> all;  // ending one takes it out of the map
  all.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) all.push_back(connection.get());
  for (HttpConnection* connection : all) connection->on_time(now);
  if (connections_.empty()) swept_at_.reset();
}

std::optional<Instant> HttpConnections::next_due() const noexcept {
  if (!swept_at_) return std::nullopt;
  return *swept_at_ + kSweepPeriod;
}

void HttpConnections::end_all() {
  std::vector<HttpConnection*> all;
  for (const auto& [id, connection] : connections_) all.push_back(connection.get());
  for (HttpConnection* connection : all) connection->end_when_answered();
}

void HttpConnections::bury(const HttpConnection& connection) {
  const auto found = connections_.find(connection.id());
  if (found == connections_.end()) return;
  buried_.push_back(std::move(found->second));
  connections_.erase(found);
}

}  // namespace starling::http
