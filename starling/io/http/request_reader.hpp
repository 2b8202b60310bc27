/// @file
/// Requests, from the bytes a client sends in whatever pieces they come. No socket and no clock.
///
///     reader.receive(bytes);
///     switch (reader.next()) …            // head: decide; whole: answer, then `begin_next`; refused: answer, and close
///
/// A request is known by its head, before anything of its body is read, so that it can be refused or upgraded. What is wrong is told at the first
/// byte that shows it, and the same whatever the pieces: an ambiguous framing ends the connection, because nobody knows where the next request
/// begins (RFC 9112 §6.3, §11.2).
///
/// Between requests a reader owns no memory, because most connections are idle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/io/http/chunked_body.hpp"
#include "starling/io/http/head_rules.hpp"
#include "starling/io/http/message.hpp"

namespace starling::http {

struct RequestLimits {
  std::size_t head_bytes_max = 16 << 10;  ///< of a head; of what stands between two chunks' data; of the last chunk with its trailer
  std::size_t body_bytes_max = 16 << 20;
};

enum class RequestStep : std::uint8_t {
  more,     ///< nothing before more bytes have come
  head,     ///< `request` is known, but for its body
  whole,    ///< `request` is there; `begin_next` before anything else
  refused,  ///< `refusal` says why; nothing of this connection is read any more
};

class RequestReader {
 public:
  explicit RequestReader(RequestLimits limits) noexcept : limits_(limits), scanner_(limits.head_bytes_max) {}

  void receive(std::string_view bytes);
  /// How far it has got, from step to step; not to be called after `whole` or `refused`.
  [[nodiscard]] RequestStep next();
  /// Forgets this request. What came behind it is the beginning of the next, if this one is whole; else it is dropped.
  void begin_next();

  /// Peer is for the caller to fill in.
  [[nodiscard]] Request& request() noexcept { return request_; }
  [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  // From `head` on:
  /// Whether all of it has come.
  [[nodiscard]] bool is_whole() const noexcept { return state_ == State::body && body_bytes_left_ == 0 && (!chunks_ || chunks_->is_over()); }
  /// Whether the client sends its body only when it is told to: `Expect: 100-continue`, and nothing of the body has come.
  [[nodiscard]] bool wants_continue() const noexcept;
  /// Whether the client will send no other request, or none that we could tell.
  [[nodiscard]] bool is_last() const noexcept { return is_last_; }

  /// Received and not read: behind a whole request, what belongs to the next, or to the protocol that it upgrades to.
  [[nodiscard]] std::string_view rest() const noexcept { return std::string_view{buffer_}.substr(at_); }
  /// Heap memory held for a request that is not whole yet.
  [[nodiscard]] std::size_t buffer_bytes() const noexcept;

 private:
  enum class State : std::uint8_t { head, body, refused };

  [[nodiscard]] RequestStep read_head();
  [[nodiscard]] std::optional<Refusal> parse_head(std::string_view head);
  [[nodiscard]] RequestStep read_body();
  [[nodiscard]] RequestStep refuse(const Refusal& refusal);
  [[nodiscard]] RequestStep wait();

  RequestLimits limits_;
  std::string buffer_;  // received
  std::size_t at_ = 0;  // of it, what is read already
  State state_ = State::head;
  HeadScanner scanner_;
  std::optional<ChunkedBody> chunks_;   // if the body comes in them
  std::uint64_t body_bytes_left_ = 0;   // else
  Request request_;
  Refusal refusal_;
  bool expects_continue_ = false;
  bool is_last_ = false;
};

}  // namespace starling::http
