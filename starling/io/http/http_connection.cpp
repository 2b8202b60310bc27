#include "starling/io/http/http_connection.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <limits>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "starling/core/base/bytes.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using net::Progress;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

/// As RFC 9110 §5.6.7 wants it.
std::string http_date() {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(net::now().timestamp.time_since_epoch()).count();
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// A target may be a whole URL (RFC 9112 §3.2.2): its authority then stands in for `Host`.
void read_target(std::string_view target, Request& request) {
  if (target.starts_with("http://")) {
    target.remove_prefix(7);
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    for (Header& header : request.headers) {
      if (equals_ignoring_case(header.name, "Host")) header.value = target.substr(0, end);
    }
    target.remove_prefix(end);
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  if (request.path.empty()) request.path = "/";
  request.query = target.substr(std::min(mark + 1, target.size()));
}

Response response_for(beast::http::error error) {
  switch (error) {
    case beast::http::error::header_limit:
      return problem(431, "a request's head has at most 16 KiB");
    case beast::http::error::body_limit:
      return problem(413, "a request's body has at most limits.body_bytes");
    default:
      return problem(400, "not an HTTP/1.1 request");
  }
}

constexpr double kBodyBytesPerSecondMin = 64 << 10;

}  // namespace

struct HttpConnection::Parser {
  beast::http::request_parser<beast::http::string_body> request;
};

HttpConnection::HttpConnection(HttpConnections& all, std::uint64_t id, net::WatchedDescriptor socket, net::Peer peer)
    : all_(all), id_(id), socket_(std::move(socket)), peer_(std::move(peer)) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start() {
  enter(State::idle);
  await_readable();
}

void HttpConnection::on_time(Instant now) {
  if (now < due_) return;
  if (state_ == State::head || state_ == State::body) {
    refuse(problem(408, "the request did not come in time"));
  } else if (state_ != State::working) {
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
  const net::Transfer received = net::receive(socket_.number(), all_.read_buffer_);
  switch (received.progress) {
    case Progress::would_block:
      await_readable();
      return;
    case Progress::closed:
    case Progress::failed:
      end();
      return;
    case Progress::done:
      break;
  }
  if (state_ != State::idle && state_ != State::head && state_ != State::body) {
    await_readable();  // the rest of a request that is refused already: never the beginning of another
    return;
  }
  receive(as_text(Bytes{all_.read_buffer_}.first(received.bytes)));
}

void HttpConnection::receive(std::string_view bytes) {
  buffer_ += bytes;
  if (state_ == State::body) body_moves(bytes.size());
  parse();
}

/// Goes on with what has come. While an answer is in the making or on its way nothing is read.
void HttpConnection::parse() {
  while (!buffer_.empty()) {
    if (!parser_) {
      parser_ = std::make_unique<Parser>();
      parser_->request.header_limit(std::numeric_limits<std::uint32_t>::max());  // ours is `is_head_too_long`
      parser_->request.body_limit(all_.options_.body_bytes_max);
      enter(State::head);
    }
    if (state_ == State::head && is_head_too_long()) {
      refuse(response_for(beast::http::error::header_limit));
      return;
    }
    error_code error;
    const std::size_t used = parser_->request.put(boost::asio::const_buffer{buffer_.data(), buffer_.size()}, error);
    buffer_.erase(0, used);
    const bool needs_more = error == beast::http::error::need_more;
    if (error && !needs_more) {
      refuse(response_for(static_cast<beast::http::error>(error.value())));
      return;
    }
    if (state_ == State::head && parser_->request.is_header_done()) {
      enter(State::body);
      body_due_ = due_;
      if (!accept_head()) return;
    }
    if (parser_->request.is_done()) {
      answer_request();
      return;
    }
    if (needs_more && state_ == State::body && buffer_.size() > all_.options_.head_bytes_max) {
      // What the parser leaves over within a body is the head of a chunk or a trailer, of which it knows no limit.
      refuse(problem(431, "a chunk's extensions and the trailer together are too long"));
      return;
    }
    if (needs_more) break;
  }
  if (buffer_.empty()) buffer_.shrink_to_fit();
  await_readable();
}

/// Beast's own limit is not exact. It takes nothing of a head before all of it is there, so all of it is in the
/// buffer.
bool HttpConnection::is_head_too_long() const noexcept {
  const std::size_t max = all_.options_.head_bytes_max;
  if (buffer_.size() <= max) return false;
  const std::size_t end = buffer_.find("\r\n\r\n");
  return end == std::string::npos || end + 4 > max;
}

/// Makes the request known to the site before its body has come. False: it is answered or upgraded already.
bool HttpConnection::accept_head() {
  const auto& message = parser_->request.get();
  request_ = Request{};
  request_.method = text_of(message.method_string());
  request_.peer = peer_;
  for (const auto& field : message)
    request_.headers.push_back({text_of(field.name_string()), text_of(field.value())});
  const std::string target = text_of(message.target());
  read_target(target, request_);
  is_last_ = is_last_ || !message.keep_alive() || message.version() < 11;
  if (const std::size_t codings = request_.count("Transfer-Encoding");
      codings > 0 && (codings > 1 || message.version() < 11 || !equals_ignoring_case(request_.header("Transfer-Encoding"), "chunked"))) {
    is_last_ = true;  // where such a body ends is anybody's guess (RFC 9112 §6.3)
    refuse(problem(400, "the only transfer coding known is chunked, in HTTP/1.1"));
    return false;
  }
  if (request_.count("Expect") > 0 && !equals_ignoring_case(request_.header("Expect"), "100-continue")) {
    refuse(problem(417, "the only expectation known is 100-continue"));
    return false;
  }
  if (const auto refusal = all_.site_.refuse(request_)) {
    refuse(*refusal);
    return false;
  }
  if (request_.is_upgrade()) {
    if (message.version() < 11 || !parser_->request.is_done()) {
      is_last_ = true;
      refuse(problem(400, "an upgrade is asked for in HTTP/1.1 and has no body"));
      return false;
    }
    upgrade();
    return false;
  }
  if (request_.count("Expect") > 0 && buffer_.empty() && !parser_->request.is_done()) {
    const iovec part{const_cast<char*>(kContinue.data()), kContinue.size()};
    // A socket that does not take 25 bytes between requests is of no use; if it has failed, the next read says so.
    (void)net::send(socket_.number(), {&part, 1});
  }
  return true;
}

/// A body that trickles holds memory: beyond the first minute it must keep up `kBodyBytesPerSecondMin` from its beginning.
void HttpConnection::body_moves(std::size_t bytes) {
  body_due_ += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(static_cast<double>(bytes) / kBodyBytesPerSecondMin));
  enter(State::body);
  due_ = std::min(due_, body_due_);
}

void HttpConnection::upgrade() {
  auto agreement = all_.site_.agree(request_);
  if (const auto* response = std::get_if<Response>(&agreement)) {
    refuse(*response);
    return;
  }
  state_ = State::ended;
  all_.bury(*this);
  auto& [head, take_over] = std::get<Agreement>(agreement);
  take_over(std::move(socket_), std::move(head), buffer_);
}

void HttpConnection::answer_request() {
  request_.body = std::move(parser_->request.get().body());
  parser_.reset();
  Answer answer = all_.site_.answer(request_);
  if (const auto* response = std::get_if<Response>(&answer)) {
    respond(*response);
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
  const bool has_unread_body = !parser_ || !parser_->request.is_done();
  if (has_unread_body) {
    is_last_ = true;
    buffer_.clear();
  }
  respond(response);
}

void HttpConnection::respond(const Response& response) {
  ++all_.counters_.responses[std::min<std::size_t>(response.status / 100, all_.counters_.responses.size() - 1)];
  out_ = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nX-Content-Type-Options: nosniff\r\n", response.status,
                     reason_phrase(response.status), http_date());
  for (const Header& header : response.headers) out_ += header.name + ": " + header.value + "\r\n";
  if (response.status != 304) out_ += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (is_last_) out_ += "Connection: close\r\n";
  out_ += "\r\n";
  if (request_.method != "HEAD" && response.status != 304) out_ += response.body;
  out_at_ = 0;
  parser_.reset();
  request_ = Request{};
  enter(State::writing);
  write();
}

void HttpConnection::write() {
  while (out_at_ < out_.size()) {
    const iovec part{out_.data() + out_at_, out_.size() - out_at_};
    const net::Transfer sent = net::send(socket_.number(), {&part, 1});
    if (sent.progress == Progress::would_block) {
      socket_.await_writable([this] { write(); });
      return;
    }
    if (sent.progress != Progress::done) {
      end();
      return;
    }
    out_at_ += sent.bytes;
    enter(State::writing);  // it moves
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
  if (buffer_.empty()) {
    buffer_.shrink_to_fit();
    await_readable();
    return;
  }
  // The next request is here already; it has its turn like everybody's.
  all_.loop_.defer([&all = all_, id = id_] {
    if (const auto found = all.connections_.find(id); found != all.connections_.end()) found->second->parse();
  });
}

void HttpConnection::linger() {
  net::end_sending(socket_.number());
  enter(State::lingering);
  await_readable();
}

void HttpConnection::end() {
  state_ = State::ended;
  socket_.close();
  all_.bury(*this);
}

void HttpConnection::enter(State state) {
  state_ = state;
  const Instant now = net::now().instant;
  switch (state) {
    case State::head:
      due_ = now + all_.options_.head_max;
      return;
    case State::lingering:
      due_ = now + all_.options_.linger_max;
      return;
    case State::idle:
    case State::body:
    case State::working:
    case State::writing:
    case State::ended:
      due_ = now + all_.options_.idle_max;
      return;
  }
}

}  // namespace starling::http
