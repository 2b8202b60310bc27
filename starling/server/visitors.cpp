#include "starling/server/visitors.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "starling/core/base/check.hpp"

namespace starling {
namespace {

/// The table is first looked through when it has so many.
constexpr std::size_t kSweepMin = 1024;
/// A table that is full of addresses in use is not looked through for everybody who comes.
constexpr Duration kSweepPeriod = std::chrono::seconds{1};

std::uint64_t big_endian(const std::uint8_t* bytes) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

std::vector<config::AddressRange> VisitorOptions::loopback() {
  return {*config::read_address_range("127.0.0.0/8"), *config::read_address_range("::1")};
}

std::string_view to_text(VisitRefusal refusal) noexcept {
  switch (refusal) {
    case VisitRefusal::connections: return "connections";
    case VisitRefusal::connections_per_ip: return "connections_per_ip";
    case VisitRefusal::connects_per_ip: return "connects_per_ip_per_second";
  }
  return "";
}

VisitorAddress VisitorAddress::from(std::string_view text) noexcept {
  constexpr std::uint64_t kMapped = 0xFFFF'0000'0000;  // ::ffff:a.b.c.d
  constexpr std::uint64_t kMappedMask = 0xFFFF'FFFF'0000'0000;
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return {};
  std::ranges::copy(text, terminated.begin());
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, terminated.data(), bytes.data()) == 1) return {0, kMapped | big_endian(bytes.data()) >> 32};
  if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return {};
  const std::uint64_t high = big_endian(bytes.data()), low = big_endian(bytes.data() + 8);
  if (high == 0 && (low & kMappedMask) == kMapped) return {0, low};
  return {high, 1};  // apart from what is no address, and from IPv4
}

Visitors::Visitors(VisitorOptions options, TrustedProxies proxies)
    : options_(std::move(options)),
      proxies_(std::move(proxies)),
      connect_rate_{options_.connects_per_ip_per_second, options_.connects_per_ip_per_second * kBurstSeconds},
      sweep_at_(kSweepMin) {}

void Visitors::set_room(std::size_t connections, std::size_t refusals) {
  options_.connections = connections;
  options_.refusals = refusals;
}

std::shared_ptr<Visit> Visitors::enter(const net::Peer& peer, Instant now) {
  const bool counts_alone = peer.is_unix_socket || is_exempt(peer.address) || proxies_.contain(peer);
  const std::lock_guard lock{mutex_};
  std::optional<VisitorAddress> address;
  std::optional<VisitRefusal> refusal;
  if (connections_ >= options_.connections) {
    refusal = VisitRefusal::connections;
  } else if (!counts_alone) {
    address = VisitorAddress::from(peer.address);
    refusal = count(*address, true, now);
  }
  if (refusal) {
    ++counters_.refused[static_cast<std::size_t>(*refusal)];
    if (refusals_waiting_ >= options_.refusals) return nullptr;
    ++refusals_waiting_;
    return std::make_shared<Visit>(shared_from_this(), std::nullopt, refusal);
  }
  ++connections_;
  return std::make_shared<Visit>(shared_from_this(), address, std::nullopt);
}

bool Visitors::is_exempt(std::string_view address) const noexcept {
  return address.empty() || std::ranges::any_of(options_.exempt, [&](const config::AddressRange& range) { return range.contains(address); });
}

VisitorCounters Visitors::counters() const {
  const std::lock_guard lock{mutex_};
  VisitorCounters counters = counters_;
  counters.connections = connections_;
  counters.addresses = addresses_.size();
  return counters;
}

std::optional<VisitRefusal> Visitors::count(const VisitorAddress& address, bool is_connect, Instant now) {
  auto found = addresses_.find(address);
  if (found == addresses_.end()) {
    if (!make_room(now)) return VisitRefusal::connections;
    found = addresses_.emplace(address, Entry{.connections = 0, .connects = {connect_rate_, now}}).first;
  }
  Entry& entry = found->second;
  if (options_.connections_per_ip != 0 && entry.connections >= options_.connections_per_ip) return VisitRefusal::connections_per_ip;
  if (is_connect && connect_rate_.per_second != 0) {
    if (entry.connects.available(connect_rate_, now) == 0) return VisitRefusal::connects_per_ip;
    entry.connects.take(1, connect_rate_, now);
  }
  ++entry.connections;
  return std::nullopt;
}

/// It stays in the table while its bucket says something.
void Visitors::discount(const VisitorAddress& address) {
  const auto found = addresses_.find(address);
  STARLING_CHECK(found != addresses_.end() && found->second.connections > 0);
  --found->second.connections;
}

/// Whether there is room for one address more. Looked through is a table that has doubled since, so that each address costs one look.
bool Visitors::make_room(Instant now) {
  const bool is_full = addresses_.size() >= options_.addresses;
  const bool is_due = is_full ? !swept_at_ || now >= *swept_at_ + kSweepPeriod : addresses_.size() >= sweep_at_;
  if (is_due) {
    std::erase_if(addresses_, [&](const auto& known) { return known.second.connections == 0 && known.second.connects.is_full(connect_rate_, now); });
    sweep_at_ = std::max(kSweepMin, addresses_.size() * 2);
    swept_at_ = now;
  }
  return addresses_.size() < options_.addresses;
}

Visit::~Visit() {
  const std::lock_guard lock{visitors_->mutex_};
  --(refusal_ ? visitors_->refusals_waiting_ : visitors_->connections_);
  if (address_) visitors_->discount(*address_);
}

std::optional<VisitRefusal> Visit::becomes(std::string_view client, bool is_connect, Instant now) {
  STARLING_CHECK(!refusal_);
  const auto address = visitors_->is_exempt(client) ? std::nullopt : std::optional{VisitorAddress::from(client)};
  if (address == address_) return std::nullopt;
  const std::lock_guard lock{visitors_->mutex_};
  if (address_) visitors_->discount(*std::exchange(address_, std::nullopt));
  if (!address) return std::nullopt;
  const auto refusal = visitors_->count(*address, is_connect, now);
  if (refusal) {
    ++visitors_->counters_.refused[static_cast<std::size_t>(*refusal)];
  } else {
    address_ = address;
  }
  return refusal;
}

}  // namespace starling
