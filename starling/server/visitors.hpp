/// @file
/// Who is connected from where, and how often an address connects: one table for all shards.
///
/// A connection counts for the address it comes from, of IPv6 for its /64, because that is what one visitor has. That of a trusted proxy counts for
/// nobody until a request has said whom the proxy heard. Addresses that the operator exempts, and Unix sockets, count for the whole server only.
///
/// Refused is not cut off: the request is answered with the reason, for which a connection is kept a moment. How many are kept so is bounded too, and
/// who comes after that is closed at once.
///
/// The table is behind a mutex. It is taken when a connection comes and goes, and when a proxy's connection turns to another client, for one search
/// of the table: never for a message, so shards do not meet there.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/token_bucket.hpp"
#include "starling/io/net/socket.hpp"
#include "starling/server/client_address.hpp"

namespace starling {

struct VisitorOptions {
  std::size_t connections = 100'000;                ///< of the whole server
  std::size_t refusals = 256;                       ///< connections over a limit that wait for their answer, besides those
  std::size_t connections_per_ip = 100;             ///< 0: no limit
  std::uint64_t connects_per_ip_per_second = 20;    ///< 0: no limit
  std::size_t addresses = 1 << 18;                  ///< known at once: more than there are connections, each with what came and went lately
  std::vector<config::AddressRange> exempt = loopback();

  [[nodiscard]] static std::vector<config::AddressRange> loopback();
};

enum class VisitRefusal : std::uint8_t {
  connections,         ///< the server is full, or its table of addresses is
  connections_per_ip,  ///< this address has as many as it may
  connects_per_ip,     ///< it connects too often
};
inline constexpr std::size_t kVisitRefusals = 3;
/// As the configuration calls the limit: what metrics and people are told.
[[nodiscard]] std::string_view to_text(VisitRefusal refusal) noexcept;

/// An address as it is counted.
struct VisitorAddress {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const VisitorAddress&) const = default;

  /// Of IPv6 the first 64 bits; IPv4 that came in through IPv6 is IPv4. What is no address is one visitor.
  [[nodiscard]] static VisitorAddress from(std::string_view address) noexcept;
};

struct VisitorCounters {
  std::array<std::uint64_t, kVisitRefusals> refused{};  ///< connections and requests, by `VisitRefusal`
  std::size_t connections = 0;                          ///< now
  std::size_t addresses = 0;                            ///< known now
};

class Visit;

/// **Thread-safe.**
class Visitors : public std::enable_shared_from_this<Visitors> {
 public:
  /// Twice a second's worth at once: a page with its assets, or a fleet of tabs that was closed and opened again.
  static constexpr std::uint64_t kBurstSeconds = 2;

  Visitors(VisitorOptions options, TrustedProxies proxies);

  /// In place of what the options say; before the first connection.
  void set_room(std::size_t connections, std::size_t refusals);
  /// A connection has come. Null: it is over a limit and there is no room to tell it so, it is to be closed at once.
  [[nodiscard]] std::shared_ptr<Visit> enter(const net::Peer& peer, Instant now);
  /// Whether the per-address limits and the rates of a connection do not count for it: empty is a Unix socket's own.
  [[nodiscard]] bool is_exempt(std::string_view address) const noexcept;
  [[nodiscard]] VisitorCounters counters() const;

 private:
  friend class Visit;
  struct Entry {
    std::size_t connections = 0;
    TokenBucket connects;
  };

  [[nodiscard]] std::optional<VisitRefusal> count(const VisitorAddress& address, bool is_connect, Instant now);
  void discount(const VisitorAddress& address);
  [[nodiscard]] bool make_room(Instant now);

  VisitorOptions options_;  // fixed once there are connections
  const TrustedProxies proxies_;
  const Rate connect_rate_;

  mutable std::mutex mutex_;  // of all below
  std::map<VisitorAddress, Entry> addresses_;  // in order, so that nobody can choose addresses that collide
  std::size_t connections_ = 0;
  std::size_t refusals_waiting_ = 0;
  std::size_t sweep_at_;
  std::optional<Instant> swept_at_;
  VisitorCounters counters_;
};

/// One connection's share of the table, given back when it is destroyed. Belongs to the connection's thread.
class Visit {
 public:
  Visit(std::shared_ptr<Visitors> visitors, std::optional<VisitorAddress> address, std::optional<VisitRefusal> refusal)
      : visitors_(std::move(visitors)), address_(address), refusal_(refusal) {}
  ~Visit();
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  /// Why the connection may not stay; its first request is told.
  [[nodiscard]] std::optional<VisitRefusal> refusal() const noexcept { return refusal_; }
  /// The request in hand on a trusted proxy's connection is this client's: it counts for that one from here on, and for nobody if it is refused.
  /// `is_connect`: it is the beginning of a WebSocket, and not one of the many requests that a proxy may give connections of their own.
  [[nodiscard]] std::optional<VisitRefusal> becomes(std::string_view client, bool is_connect, Instant now);

 private:
  std::shared_ptr<Visitors> visitors_;
  std::optional<VisitorAddress> address_;  // that it counts for
  std::optional<VisitRefusal> refusal_;
};

}  // namespace starling
