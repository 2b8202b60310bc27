#include "starling/io/http/http_connection.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "starling/core/base/bytes.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling::http {
namespace {

using net::Progress;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// As RFC 9110 §5.6.7 wants it.
std::string http_date() {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(net::now().timestamp.time_since_epoch()).count();
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// A body that trickles in holds memory: beyond the first minute it must keep up this much from its beginning.
constexpr std::size_t kBodyBytesPerSecondMin = 64 << 10;

}  // namespace

HttpConnection::HttpConnection(HttpConnections& all, std::uint64_t id, net::Stream socket, net::Peer peer)
    : all_(all),
      id_(id),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      reader_({.head_bytes_max = all.options_.head_bytes_max, .body_bytes_max = all.options_.body_bytes_max}) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start() {
  enter(State::idle);
  await_readable();
}

void HttpConnection::on_time(Instant now) {
  if (now < due_) return;
  if (!socket_.is_established()) count(net::TlsFailure::timed_out);
  if (state_ == State::head || state_ == State::body) {
    refuse(problem(408, "the request did not come in time"));
  } else if (state_ != State::working && state_ != State::streaming) {
    end();
  }
}

void HttpConnection::end_when_answered() {
  is_last_ = true;
  if (state_ == State::idle || state_ == State::head) end();
}

void HttpConnection::await_readable() {
  if (std::exchange(is_awaiting_readable_, true)) return;
  socket_.await_readable([this] {
    is_awaiting_readable_ = false;
    read();
  });
}

void HttpConnection::read() {
  const bool was_established = socket_.is_established();
  const net::Transfer received = socket_.receive(all_.read_buffer_);
  if (!was_established) look_at_handshake();
  switch (received.progress) {
    case Progress::would_block:
      await_readable();
      return;
    case Progress::closed:
    case Progress::failed:
      socket_.is_plain_http() ? refuse_plain_http() : end();
      return;
    case Progress::done:
      break;
  }
  if (state_ == State::streaming) {
    reader_.receive(as_text(Bytes{all_.read_buffer_}.first(received.bytes)));  // the beginning of another request; one read of it is kept for its turn
    return;
  }
  if (state_ != State::idle && state_ != State::head && state_ != State::body) {
    await_readable();  // the rest of a request that is refused already: never the beginning of another
    return;
  }
  receive(as_text(Bytes{all_.read_buffer_}.first(received.bytes)));
}

/// Under TLS, until that is established.
void HttpConnection::look_at_handshake() {
  if (socket_.is_established()) {
    ++all_.counters_.tls_handshakes;
    enter(State::idle);
  } else if (socket_.failure() != net::TlsFailure::none) {
    count(socket_.failure());
  }
}

void HttpConnection::count(net::TlsFailure failure) {
  ++all_.counters_.tls_failures[static_cast<std::size_t>(failure)];
}

void HttpConnection::receive(std::string_view bytes) {
  if (state_ == State::body) moves(State::body, bytes.size(), kBodyBytesPerSecondMin);
  reader_.receive(bytes);
  go_on();
}

/// Goes on with what has come. While an answer is in the making or on its way nothing is read.
void HttpConnection::go_on() {
  if (state_ == State::idle && !reader_.rest().empty()) enter(State::head);
  while (true) {
    switch (reader_.next()) {
      case RequestStep::more:
        await_readable();
        return;
      case RequestStep::head:
        is_first_ = false;
        enter(State::body);
        moving_due_ = due_;
        if (!accept_head()) return;
        break;
      case RequestStep::whole:
        answer_request();
        return;
      case RequestStep::refused:
        refuse(problem(reader_.refusal().status, reader_.refusal().detail));
        return;
    }
  }
}

/// Makes the request known to the site before its body has come. False: it is answered or upgraded already.
bool HttpConnection::accept_head() {
  Request& request = reader_.request();
  request.peer = peer_;
  is_last_ = is_last_ || reader_.is_last();
  if (const auto refusal = all_.site_.refuse(request)) {
    refuse(*refusal);
    return false;
  }
  if (request.is_upgrade()) {
    upgrade();
    return false;
  }
  if (reader_.wants_continue()) {
    const iovec part{const_cast<char*>(kContinue.data()), kContinue.size()};
    // A socket that does not take 25 bytes between requests is of no use.
    if (socket_.send({&part, 1}).bytes != part.iov_len) {
      end();
      return false;
    }
  }
  return true;
}

void HttpConnection::moves(State state, std::size_t bytes, std::size_t bytes_per_second_min) {
  moving_due_ += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_min)));
  enter(state);
  due_ = std::min(due_, moving_due_);
}

void HttpConnection::upgrade() {
  auto agreement = all_.site_.agree(reader_.request());
  if (const auto* response = std::get_if<Response>(&agreement)) {
    refuse(*response);
    return;
  }
  state_ = State::ended;
  all_.bury(*this);
  auto& [head, take_over] = std::get<Agreement>(agreement);
  take_over(std::move(socket_), std::move(head), reader_.rest());
}

void HttpConnection::answer_request() {
  Answer answer = all_.site_.answer(reader_.request());
  if (const auto* response = std::get_if<Response>(&answer)) {
    respond(*response);
    return;
  }
  if (const auto* streamed = std::get_if<StreamedAnswer>(&answer)) {
    stream(*streamed);
    return;
  }
  work_ = std::move(std::get<std::unique_ptr<Work>>(answer));
  work_->on_wake([&all = all_, id = id_] {
    const auto found = all.connections_.find(id);
    if (found != all.connections_.end() && std::exchange(found->second->is_work_waiting_, false)) found->second->work_later();
  });
  enter(State::working);
  work();
}

void HttpConnection::work() {
  if (state_ != State::working) return;
  if (const auto response = work_->step()) {
    work_.reset();
    respond(*response);
    return;
  }
  is_work_waiting_ = work_->is_waiting();
  if (!is_work_waiting_) work_later();
}

void HttpConnection::work_later() {
  all_.loop_.defer([&all = all_, id = id_] {
    if (const auto found = all.connections_.find(id); found != all.connections_.end()) found->second->work();
  });
}

/// Answers without reading what is left of the request, so nothing can follow it.
void HttpConnection::refuse(const Response& response) {
  if (!reader_.is_whole()) is_last_ = true;
  respond(response);
}

/// In the clear, to who asked in the clear at a port that speaks TLS. The request is not read: its first bytes went into the handshake.
void HttpConnection::refuse_plain_http() {
  socket_.drop_tls();
  refuse(problem(400, "this port speaks TLS: ask with https:// or wss://"));
}

/// `framing`: the header that says where the body ends, with its line's end.
std::string HttpConnection::head_of(unsigned status, const std::vector<Header>& headers, std::string_view framing) {
  ++all_.counters_.responses[std::min<std::size_t>(status / 100, all_.counters_.responses.size() - 1)];
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nX-Content-Type-Options: nosniff\r\n", status, reason_phrase(status), http_date());
  for (const Header& header : headers) head += header.name + ": " + header.value + "\r\n";
  for (const Header& header : all_.site_.headers(reader_.request())) head += header.name + ": " + header.value + "\r\n";
  head += framing;
  if (is_last_) head += "Connection: close\r\n";
  return head + "\r\n";
}

void HttpConnection::respond(const Response& response) {
  is_last_ = is_last_ || response.ends_connection;
  const bool has_content = response.status != 204 && response.status != 304;
  out_ = head_of(response.status, response.headers, has_content ? fmt::format("Content-Length: {}\r\n", response.body.size()) : "");
  if (has_content && reader_.request().method != "HEAD") out_ += response.body;
  out_at_ = 0;
  reader_.begin_next();
  enter(State::writing);
  moving_due_ = due_;
  write();
}

void HttpConnection::stream(const StreamedAnswer& answer) {
  const bool is_chunked = reader_.request().minor > 0;  // HTTP/1.0 has no chunks: its body ends with the connection
  std::string head = head_of(200, answer.headers, is_chunked ? "Transfer-Encoding: chunked\r\n" : "");
  const bool has_body = reader_.request().method != "HEAD";
  reader_.begin_next();
  if (!has_body) {
    out_ = std::move(head);
    out_at_ = 0;
    enter(State::writing);
    moving_due_ = due_;
    write();
    return;
  }
  enter(State::streaming);
  body_ = std::make_unique<BodyStream>(all_, id_, socket_, std::move(head), is_chunked);
  await_readable();  // who hangs up is let go
  body_->begin(answer, net::now());
}

void HttpConnection::flush(Moment now) {
  if (state_ != State::streaming) return;
  switch (body_->flush(now)) {
    case BodyStream::Flushed::going_on:
      return;
    case BodyStream::Flushed::over:
      body_.reset();
      answered();
      return;
    case BodyStream::Flushed::failed:
      end();
      return;
  }
}

void HttpConnection::write() {
  while (out_at_ < out_.size()) {
    const iovec part{out_.data() + out_at_, out_.size() - out_at_};
    const net::Transfer sent = socket_.send({&part, 1});
    if (sent.progress == Progress::would_block) {
      socket_.await_writable([this] { write(); });
      return;
    }
    if (sent.progress != Progress::done) {
      end();
      return;
    }
    out_at_ += sent.bytes;
    moves(State::writing, sent.bytes, all_.options_.answer_bytes_per_second_min);
  }
  answered();
}

void HttpConnection::answered() {
  out_ = std::string{};
  out_at_ = 0;
  if (is_last_) {
    linger();
    return;
  }
  enter(State::idle);
  if (reader_.rest().empty()) {
    await_readable();
    return;
  }
  // The next request is here already; it has its turn like everybody's.
  all_.loop_.defer([&all = all_, id = id_] {
    if (const auto found = all.connections_.find(id); found != all.connections_.end()) found->second->go_on();
  });
}

void HttpConnection::linger() {
  socket_.end_sending();
  enter(State::lingering);
  await_readable();
}

void HttpConnection::end() {
  state_ = State::ended;
  body_.reset();
  socket_.close();
  all_.bury(*this);
}

void HttpConnection::enter(State state) {
  state_ = state;
  const Instant now = net::now().instant;
  switch (state) {
    case State::head:
      if (!is_first_) due_ = now + all_.options_.head_max;
      return;
    case State::lingering:
      due_ = now + all_.options_.linger_max;
      return;
    case State::idle:
      due_ = now + (is_first_ ? all_.options_.head_max : all_.options_.idle_max);
      return;
    case State::body:
    case State::working:
    case State::writing:
    case State::streaming:
    case State::ended:
      due_ = now + all_.options_.idle_max;
      return;
  }
}

}  // namespace starling::http
