/// @file
/// A response body that goes out while it is made: the outlet of who writes it, and what of it the socket has not taken yet.
///
/// What is written in a turn is gathered and handed to the socket at its end. Until that has taken it the outlet is not writable, so that core makes
/// nothing for this reader meanwhile: it is as slow as it likes, at the price of what was gathered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "starling/core/fanout/outlet.hpp"
#include "starling/io/http/site.hpp"
#include "starling/io/net/outbox.hpp"
#include "starling/io/net/stream.hpp"

namespace starling::http {

class HttpConnections;

class BodyStream final : public fanout::Outlet {
 public:
  /// Of the connection with this id, which outlives it, and so does the socket. `head` goes out with the first bytes. In chunks (RFC 9112 §7.1), or as
  /// it is.
  BodyStream(HttpConnections& all, std::uint64_t id, net::Stream& socket, std::string head, bool is_chunked);

  void begin(const StreamedAnswer& answer, Moment now);

  enum class Flushed : std::uint8_t {
    going_on,
    over,    ///< all of it has gone
    failed,  ///< the connection is of no use any more
  };
  /// The end of a turn.
  [[nodiscard]] Flushed flush(Moment now);

  // Outlet
  [[nodiscard]] bool is_writable() const noexcept override;
  void write(std::string before, fanout::FramePtr frame, std::string after) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return outbox_.bytes(); }
  [[nodiscard]] bool is_stalled() const noexcept override;
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override;
  void end() override;
  void drop() override;

 private:
  void add(std::string bytes);
  void list();

  HttpConnections& all_;
  std::uint64_t id_;
  net::Stream& socket_;
  std::string head_;  // empty once it has been written
  bool is_chunked_;
  net::Outbox outbox_;
  std::uint64_t sent_bytes_ = 0;
  bool is_blocked_ = false;   // bytes of earlier turns wait
  bool is_awaiting_ = false;  // the socket says when it takes them
  bool is_listed_ = false;    // for the end of the turn
  bool is_ended_ = false;
  bool is_dropped_ = false;
  std::unique_ptr<BodyWriter> writer_;  // last: it writes to all of the above. Null once it has ended
};

}  // namespace starling::http
