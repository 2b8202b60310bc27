/// @file
/// All HTTP connections of a thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "starling/io/http/http_connection.hpp"

namespace starling::http {

struct HttpOptions {
  std::size_t head_bytes_max = 16 << 10;
  std::size_t body_bytes_max = 16 << 20;
  /// From the first byte of a head to its last; of the first one from when the connection came, or its TLS handshake was over, which has as long.
  Duration head_max = std::chrono::seconds{10};
  Duration idle_max = std::chrono::seconds{60};  ///< without a byte, between requests or within one
  /// Beyond `idle_max` an answer must go at this pace from its beginning, or it holds memory too long. Who reads may be on a much slower line than
  /// who publishes.
  std::size_t answer_bytes_per_second_min = 16 << 10;
  Duration linger_max = std::chrono::seconds{2};
  Duration timeout = std::chrono::seconds{60};  ///< a reader of a streamed body that acknowledges something within so long is alive, however slow
};

struct HttpCounters {
  std::uint64_t connections = 0;             ///< ever
  std::array<std::uint64_t, 6> responses{};  ///< by the hundreds of the status
  std::uint64_t tls_handshakes = 0;          ///< that were finished
  std::array<std::uint64_t, net::kTlsFailures> tls_failures{};  ///< by `net::TlsFailure`
};

class HttpConnections {
 public:
  HttpConnections(net::EventLoop& loop, Site& site, HttpOptions options)
      : loop_(loop), site_(site), options_(options) {}

  void open(net::Stream socket, net::Peer peer);
  /// The end of a turn: what streamed bodies have gathered goes out, and what has ended is gone.
  void end_turn();
  /// To be called at `next_due`.
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;
  /// Ends those that are idle now and the others when they have been answered; `open` is not called after.
  void end_all();

  [[nodiscard]] std::size_t size() const noexcept { return connections_.size(); }
  [[nodiscard]] const HttpCounters& counters() const noexcept { return counters_; }

 private:
  friend class HttpConnection;  // the members below are for connections
  void bury(const HttpConnection& connection);
  friend class BodyStream;
  void flush_later(std::uint64_t id) { to_flush_.push_back(id); }

  net::EventLoop& loop_;
  Site& site_;
  HttpOptions options_;
  std::array<std::uint8_t, 64 << 10> read_buffer_;  // filled and emptied within one step
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<HttpConnection>> connections_;
  std::vector<std::unique_ptr<HttpConnection>> buried_;
  std::vector<std::uint64_t> to_flush_, flushing_;
  std::optional<Instant> swept_at_;
  HttpCounters counters_;
};

}  // namespace starling::http
