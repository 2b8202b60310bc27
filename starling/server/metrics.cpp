#include "starling/server/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace starling {
namespace {

/// Writes one family after the other: HELP, TYPE, then its samples.
class Writer {
 public:
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    single(name, "counter", help, value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    single(name, "gauge", help, value);
  }

  void family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  void sample(std::string_view name, std::string_view label, std::string_view label_value, std::uint64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}{{{}=\"{}\"}} {}\n", name, label, escaped(label_value), value);
  }
  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  void single(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    family(name, type, help);
    fmt::format_to(std::back_inserter(text_), "{} {}\n", name, value);
  }
  static std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
      if (c == '\\' || c == '"') out += '\\';
      if (c == '\n') {
        out += "\\n";
      } else {
        out += c;
      }
    }
    return out;
  }
  std::string text_;
};

void write_sources(Writer& writer, const std::vector<MeasuredSource>& sources) {
  if (sources.empty()) return;
  const auto family = [&](std::string_view name, std::string_view type, std::string_view help, auto&& value_of) {
    writer.family(name, type, help);
    for (const MeasuredSource& source : sources) writer.sample(name, "source", source.name, value_of(source.status));
  };
  using sources::SourceStatus;
  family("starling_source_connected", "gauge", "1 while the source is connected", [](const SourceStatus& status) {
    return std::uint64_t{status.connection == sources::ConnectionState::connected};
  });
  family("starling_source_payloads_total", "counter", "Payloads received, good and bad",
         [](const SourceStatus& status) { return status.received; });
  family("starling_source_updates_total", "counter", "Updates the source made of them",
         [](const SourceStatus& status) { return status.updates; });
  family("starling_source_bad_payloads_total", "counter", "Payloads that could not be read",
         [](const SourceStatus& status) { return status.bad_payloads; });
}

/// Of the clients who are there: who goes takes along what it was sent.
void write_doors(Writer& writer, const std::vector<ShardMeasures>& shards) {
  const auto family = [&](std::string_view name, std::string_view help, std::uint64_t session::DoorCounts::*counter) {
    writer.family(name, "gauge", help);
    for (const protocol::DialectName dialect : kDialects) writer.sample(name, "dialect", protocol::to_text(dialect), door_counts(shards, dialect).*counter);
  };
  family("starling_door_connections", "Clients at the doors of a dialect", &session::DoorCounts::connections);
  family("starling_door_messages_sent", "Messages that they were sent", &session::DoorCounts::messages_sent);
  family("starling_door_sent_bytes", "Bytes of them that their machines have taken", &session::DoorCounts::bytes_sent);
}

void write_store(Writer& writer, const StoreHealth& store) {
  writer.gauge("starling_store_degraded", "1 while the store cannot be written", store.is_degraded() ? 1 : 0);
  writer.gauge("starling_store_seq", "Number of the newest batch that is stored", store.written);
  writer.gauge("starling_store_waiting_batches", "Batches that are not stored yet", store.waiting_batches);
  writer.gauge("starling_store_waiting_bytes", "Memory of them, about", store.waiting_bytes);
  writer.counter("starling_store_writes_total", "Transactions that were written", store.writes);
  writer.counter("starling_store_failures_total", "Transactions that were not, and were tried again", store.failures);
  writer.counter("starling_store_fell_off_total", "Times what waited was let go, and the whole state written instead", store.fell_off);
}

}  // namespace

std::string metrics_text(const Measured& measured) {
  Writer writer;
  const hub::HubCounters& hub = measured.hub.counters();
  writer.counter("starling_updates_applied_total", "Updates applied, also those that changed nothing", hub.updates);
  writer.counter("starling_updates_refused_total", "Updates refused, by whatever rule or limit", hub.refused);
  writer.counter("starling_updates_late_total", "Reports older than what was held", hub.late);
  writer.counter("starling_times_clamped_total", "Times of updates that were too far ahead of ours", hub.clamped);
  writer.counter("starling_facets_expired_total", "Facets whose channel's ttl was over", hub.expired);
  writer.counter("starling_changes_total", "Changes of state", hub.changes);
  writer.counter("starling_events_total", "Events", hub.events);
  writer.gauge("starling_state_bytes", "Memory of the state, about", measured.hub.state_bytes());
  writer.gauge("starling_channels", "Channels in use", measured.hub.channels().all().size());

  const std::vector<ShardMeasures>& shards = measured.shards;
  const auto sum = [&](auto&& value_of) {
    std::uint64_t total = 0;
    for (const ShardMeasures& shard : shards) total += value_of(shard);
    return total;
  };
  const auto fanned = [&](std::uint64_t fanout::Counters::*counter) {
    return sum([&](const ShardMeasures& shard) { return shard.fanout.*counter; });
  };
  // Batches are the same on all shards: what is told is what the last of them has.
  const ShardMeasures& last = *std::ranges::min_element(shards, {}, &ShardMeasures::log_seq);
  writer.gauge("starling_shards", "Threads that serve viewers", shards.size());
  writer.gauge("starling_log_seq", "Number of the newest batch", last.log_seq);
  writer.gauge("starling_log_bytes", "Memory of the batches that a resume can reach, about", last.log_bytes);
  writer.counter("starling_batches_total", "Batches", last.fanout.batches);
  writer.counter("starling_beats_total", "Beats at which something was pending", fanned(&fanout::Counters::beats));
  writer.counter("starling_updates_encoded_total", "Update frames made for audiences",
                 fanned(&fanout::Counters::updates_encoded));
  writer.counter("starling_updates_sent_total", "Update frames handed to viewers that keep up",
                 fanned(&fanout::Counters::updates_sent));
  writer.counter("starling_catch_ups_total", "Viewers brought on by a fold of their own",
                 fanned(&fanout::Counters::catch_ups));
  writer.counter("starling_snapshots_total", "Snapshots begun", fanned(&fanout::Counters::snapshots));
  writer.counter("starling_cursors_expired_total", "Snapshots begun because the log no longer reached back",
                 fanned(&fanout::Counters::expired));

  writer.gauge("starling_sessions", "Viewers' sessions", sum([](const ShardMeasures& shard) { return shard.sessions; }));
  writer.gauge("starling_readings", "Polls and streams of events that are being answered", sum([](const ShardMeasures& shard) { return shard.readings; }));
  write_doors(writer, shards);
  const auto web_sockets = [&](std::uint64_t net::WebSocketCounters::*counter) {
    return sum([&](const ShardMeasures& shard) { return shard.web_sockets.*counter; });
  };
  writer.gauge("starling_websocket_connections", "WebSocket connections",
               sum([](const ShardMeasures& shard) { return shard.web_socket_connections; }));
  writer.counter("starling_websocket_connections_total", "WebSocket connections ever",
                 web_sockets(&net::WebSocketCounters::opened));
  writer.counter("starling_websocket_messages_received_total", "Messages from viewers",
                 web_sockets(&net::WebSocketCounters::received_messages));
  writer.counter("starling_websocket_sent_bytes_total", "Bytes the viewers' sockets took",
                 web_sockets(&net::WebSocketCounters::sent_bytes));

  const auto deflated = [&](std::uint64_t ws::DeflateCounters::*counter) {
    return sum([&](const ShardMeasures& shard) { return shard.deflated.*counter; });
  };
  writer.counter("starling_deflated_frames_total", "Frames deflated, each once however many viewers it went to",
                 deflated(&ws::DeflateCounters::messages));
  writer.counter("starling_deflated_bytes_before_total", "Their bytes before", deflated(&ws::DeflateCounters::bytes_before));
  writer.counter("starling_deflated_bytes_after_total", "Their bytes after", deflated(&ws::DeflateCounters::bytes_after));

  writer.counter("starling_websocket_pauses_total", "Times a viewer was not read from because it was over its rates",
                 web_sockets(&net::WebSocketCounters::pauses));

  writer.gauge("starling_connections", "Connections of every kind that were let in", measured.visitors.connections);
  writer.gauge("starling_visitor_addresses", "Addresses that are connected, or were lately; exempt ones apart", measured.visitors.addresses);
  writer.family("starling_refused_connections_total", "counter", "Connections, and requests behind a proxy, refused by a limit");
  for (std::size_t i = 0; i < kVisitRefusals; ++i) {
    writer.sample("starling_refused_connections_total", "reason", to_text(static_cast<VisitRefusal>(i)), measured.visitors.refused[i]);
  }

  writer.gauge("starling_http_connections", "HTTP connections",
               sum([](const ShardMeasures& shard) { return shard.http_connections; }));
  writer.counter("starling_http_connections_total", "HTTP connections ever",
                 sum([](const ShardMeasures& shard) { return shard.http.connections; }));
  writer.family("starling_http_responses_total", "counter", "HTTP responses by class of status");
  for (std::size_t hundreds = 2; hundreds < shards.front().http.responses.size(); ++hundreds) {
    writer.sample("starling_http_responses_total", "class", fmt::format("{}xx", hundreds),
                  sum([&](const ShardMeasures& shard) { return shard.http.responses[hundreds]; }));
  }

  writer.counter("starling_tls_handshakes_total", "TLS handshakes finished",
                 sum([](const ShardMeasures& shard) { return shard.http.tls_handshakes; }));
  writer.family("starling_tls_handshakes_failed_total", "counter", "TLS handshakes that failed, by why");
  for (std::size_t i = 1; i < net::kTlsFailures; ++i) {
    const auto failure = static_cast<net::TlsFailure>(i);
    if (failure == net::TlsFailure::untrusted) continue;  // a client's
    writer.sample("starling_tls_handshakes_failed_total", "why", net::to_text(failure),
                  sum([&](const ShardMeasures& shard) { return shard.http.tls_failures[i]; }));
  }

  writer.counter("starling_input_updates_total", "Updates offered by sources", measured.input.offered);
  writer.counter("starling_input_conflated_total", "Of them, merged with one that waited because the queue was full",
                 measured.input.conflated);
  writer.counter("starling_input_dropped_total", "Of them, lost because the queue was full", measured.input.dropped);
  if (measured.store) write_store(writer, *measured.store);
  write_sources(writer, measured.sources);
  return std::move(writer).take();
}

session::DoorCounts door_counts(const std::vector<ShardMeasures>& shards, protocol::DialectName dialect) noexcept {
  session::DoorCounts sum;
  for (const ShardMeasures& shard : shards) {
    const session::DoorCounts& counts = shard.at_doors_of(dialect);
    sum.connections += counts.connections;
    sum.messages_sent += counts.messages_sent;
    sum.bytes_sent += counts.bytes_sent;
  }
  return sum;
}

http::Response metrics_response(std::string text) {
  return {.status = 200,
          .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
          .body = std::move(text)};
}

}  // namespace starling
