/// @file
/// One HTTP/1.1 connection: requests one after the other, each answered before the next is read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/time.hpp"
#include "starling/io/http/body_stream.hpp"
#include "starling/io/http/request_reader.hpp"
#include "starling/io/http/site.hpp"
#include "starling/io/net/stream.hpp"

namespace starling::http {

class HttpConnections;

class HttpConnection {
 public:
  HttpConnection(HttpConnections& all, std::uint64_t id, net::Stream socket, net::Peer peer);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void start();
  /// Ends it if it is overdue.
  void on_time(Instant now);
  /// The end of a turn: what a streamed body has gathered goes out.
  void flush(Moment now);
  /// What is being answered is answered; then it ends.
  void end_when_answered();

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 private:
  enum class State : std::uint8_t {
    idle,       ///< between requests, or before the first, a TLS handshake included: owns no memory but its own
    head,       ///< some of a head has come
    body,       ///< the head was accepted
    working,    ///< the site works on the answer
    writing,    ///< the socket has not taken all of the answer
    streaming,  ///< the answer's body is being written, and sent meanwhile
    lingering,  ///< the last answer is out; what still comes is thrown away, so that closing does not destroy the
                ///< answer
    ended,
  };
  void await_readable();
  void read();
  void look_at_handshake();
  void count(net::TlsFailure failure);
  void receive(std::string_view bytes);
  void go_on();
  [[nodiscard]] bool accept_head();
  void answer_request();
  void work();
  void work_later();
  void moves(State state, std::size_t bytes, std::size_t bytes_per_second_min);
  void upgrade();
  [[nodiscard]] std::string head_of(unsigned status, const std::vector<Header>& headers, std::string_view framing);
  void respond(const Response& response);
  void stream(const StreamedAnswer& answer);
  void refuse(const Response& response);
  void refuse_plain_http();
  void write();
  void answered();
  void linger();
  void end();
  void enter(State state);

  HttpConnections& all_;
  std::uint64_t id_;
  net::Stream socket_;
  net::Peer peer_;
  State state_ = State::idle;
  Instant due_{};  // when the state has lasted too long
  Instant moving_due_{};  // for all of the body that has come so far, or of the answer that has gone
  bool is_first_ = true;  // no head has come yet
  bool is_awaiting_readable_ = false;
  bool is_work_waiting_ = false;
  bool is_last_ = false;  // the connection ends after this answer
  RequestReader reader_;
  std::unique_ptr<Work> work_;
  std::unique_ptr<BodyStream> body_;  // while streaming
  std::string out_;
  std::size_t out_at_ = 0;
};

}  // namespace starling::http
