#include "starling/client/connection.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "starling/core/base/json.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/io/net/socket.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/system_random.hpp"

namespace starling::client {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr Duration kGoodbyeMax = std::chrono::seconds{1};
constexpr Duration kAskedWaitMax = std::chrono::minutes{10};  // a server that asks for more is not believed

Instant instant() { return net::now().instant; }

ws::MaskingKey masking_key() {
  const std::uint64_t random = net::system_random();
  ws::MaskingKey key;
  std::memcpy(key.data(), &random, key.size());
  return key;
}

std::string handshake_key() {
  const std::array<std::uint64_t, 2> random{net::system_random(), net::system_random()};
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), random.data(), bytes.size());
  return ws::client_key(bytes);
}

}  // namespace

Connection::Connection(net::EventLoop& loop, ConnectionOptions options, ConnectionHandlers handlers)
    : loop_(loop),
      options_(std::move(options)),
      handlers_(std::move(handlers)),
      random_(net::system_random()),
      backoff_(options_.backoff),
      again_timer_(loop, [this] { stage_ == Stage::closing ? end(std::nullopt) : begin_try(); }),
      alive_timer_(loop, [this] { check_alive(); }) {}

void Connection::subscribe(std::uint32_t id, view::Query query, std::optional<double> rate) {
  send(session_.subscribe(id, std::move(query), rate));  // without a connection: `resubscribe` says it
}

void Connection::send(std::string_view text) {
  if (stage_ == Stage::open) write_text(text);
}

Result<void, std::string> Connection::run() {
  if (stage_ == Stage::idle) {
    if (options_.url.is_tls) {
      auto context = net::TlsContext::for_client(options_.ca_file);
      if (!context) return Unexpected{context.error()};
      tls_ = std::move(*context);
    }
    begin_try();
    if (stage_ != Stage::ended) loop_.run([](bool) {});
  }
  if (failure_) return Unexpected{*failure_};
  return {};
}

void Connection::stop() {
  if (stage_ != Stage::open) {
    if (stage_ != Stage::closing) end(std::nullopt);
    return;
  }
  write_close(ws::close_code::kNormalClosure, {});
  stage_ = Stage::closing;
  again_timer_.set(instant() + kGoodbyeMax);
}

// ---- Connecting -----------------------------------------------------------------------------------------------------

void Connection::begin_try() {
  stage_ = Stage::connecting;
  heard_at_ = instant();
  silence_max_ = options_.handshake_max;
  alive_timer_.set(heard_at_ + silence_max_);

  // Names are looked up while nothing else runs: this loop has nothing else to do.
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(options_.url.host.c_str(), std::to_string(options_.url.port).c_str(), &hints, &found);
  if (error != 0) return lose(fmt::format("{}: {}", options_.url.host, ::gai_strerror(error)), Again::yes);
  addresses_.clear();
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address& address = addresses_.emplace_back();
    std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  ::freeaddrinfo(found);
  connect_next("no address");
}

void Connection::connect_next(std::string why) {
  socket_.reset();
  while (!addresses_.empty()) {
    const Address address = addresses_.front();
    addresses_.erase(addresses_.begin());
    net::Descriptor socket{::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (socket.is_open() &&
        (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0 || errno == EINPROGRESS)) {
      net::set_options(socket.number());
      socket_.emplace(loop_, std::move(socket), tls_, tls_ ? options_.url.host : std::string{});
      socket_->await_writable([this] { finish_connect(); });
      return;
    }
    why = std::strerror(errno);
  }
  lose(std::move(why), Again::yes);
}

void Connection::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_->number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return connect_next(std::strerror(error));
  shake_hands();
}

void Connection::shake_hands() {
  stage_ = Stage::shaking_hands;
  handshake_.emplace(handshake_key());
  out_ = handshake_->request(options_.url);
  out_at_ = 0;
  awaits_writable_ = false;
  flush();
  await_bytes();
}

// ---- Reading --------------------------------------------------------------------------------------------------------

void Connection::await_bytes() {
  socket_->await_readable([this] { receive(); });
}

void Connection::receive() {
  std::array<std::uint8_t, kReadBytes> buffer;
  const net::Transfer got = socket_->receive(buffer);
  switch (got.progress) {
    case net::Progress::would_block:
      break;
    case net::Progress::closed:
    case net::Progress::failed:
      return lose_line();
    case net::Progress::done:
      heard_at_ = instant();
      if (const Bytes bytes{buffer.data(), got.bytes}; stage_ == Stage::shaking_hands) {
        receive_answer(bytes);
      } else {
        receive_frames(bytes);
      }
  }
  if (socket_) await_bytes();
}

void Connection::lose_line() {
  const bool can_get_better = socket_->failure() == net::TlsFailure::none || socket_->failure() == net::TlsFailure::hung_up;
  std::string why = socket_->failure_text();
  if (socket_->failure() == net::TlsFailure::untrusted) why += "; give the CA's certificate with --cacert FILE if you trust it";
  if (why.empty()) why = stage_ == Stage::shaking_hands ? "the server hung up during the handshake" : "the server hung up";
  lose(std::move(why), can_get_better ? Again::yes : Again::no);
}

void Connection::receive_answer(Bytes bytes) {
  auto answer = handshake_->receive(bytes);
  if (!answer) return;
  if (auto* declined = std::get_if<Declined>(&*answer)) {
    if (declined->wait_s) {
      asked_wait_ = std::chrono::seconds{std::min<std::int64_t>(*declined->wait_s, kAskedWaitMax / std::chrono::seconds{1})};
    }
    return lose(std::move(declined->reason), declined->can_get_better ? Again::yes : Again::no);
  }
  const Agreed& agreed = std::get<Agreed>(*answer);
  handshake_.reset();
  agree_on(agreed.deflate);
  stage_ = Stage::open;
  for (const std::string& message : session_.resubscribe()) send(message);
  if (handlers_.on_connected) handlers_.on_connected();
  if (!agreed.frames.empty() && reader_) receive_frames(as_bytes(agreed.frames));
}

/// Nothing of an earlier connection is left: what its server said is not what this one repeats.
void Connection::agree_on(std::optional<ws::DeflateAnswer> deflate) {
  inflater_.reset();
  if (deflate) inflater_.emplace(deflate->server_keeps_window ? ws::Window::kept : ws::Window::fresh);
  reader_.emplace(ws::Role::client, ws::ReaderLimits{.message_bytes_max = options_.message_bytes_max}, inflater_ ? &*inflater_ : nullptr);
}

void Connection::receive_frames(Bytes bytes) {
  reader_->receive(bytes);
  while (auto event = reader_->next()) {
    if (const auto* message = std::get_if<ws::TextMessage>(&*event)) {
      if (stage_ == Stage::open) receive_text(message->text);
    } else if (const auto* ping = std::get_if<ws::Ping>(&*event)) {
      if (stage_ == Stage::open) write(ws::Opcode::pong, ping->payload);
    } else if (const auto* close = std::get_if<ws::Close>(&*event)) {
      receive_close(*close);
    } else if (const auto* failure = std::get_if<ws::Failure>(&*event)) {
      write_close(failure->code, failure->reason);
      lose(fmt::format("the server breaks the protocol: {}", failure->reason), Again::yes);
    } else if (std::holds_alternative<ws::BinaryMessage>(*event)) {
      write_close(ws::close_code::kUnsupportedData, "no binary messages were agreed on");
      lose("the server sends binary messages", Again::yes);
    }
    if (!reader_) return;  // lost, or ended by a handler
  }
}

void Connection::receive_text(const std::string& text) {
  using session::ClientSession;
  if (handlers_.on_frame) handlers_.on_frame(text);
  if (stage_ != Stage::open) return;
  const auto received = session_.receive(text);
  if (!received) {
    write_close(ws::close_code::kProtocolError, "not a message of this protocol");
    return lose(fmt::format("the server breaks the protocol: {}", received.error()), Again::yes);
  }
  if (!*received) return;
  if (const auto* welcomed = std::get_if<ClientSession::Welcomed>(&**received)) {
    tries_failed_ = 0;
    backoff_.reset();
    if (welcomed->timeout_ms > 0) silence_max_ = std::chrono::milliseconds{welcomed->timeout_ms};
    alive_timer_.set(heard_at_ + silence_max_);
  } else if (const auto* other = std::get_if<ClientSession::Other>(&**received); other && other->type == "bye") {
    const auto compact = json::compact(text);
    const auto wait = json::find(*compact, "reconnect_ms");  // it has been read as an object just now
    const auto wait_ms = wait ? json::integer(*wait) : std::nullopt;
    if (wait_ms && *wait_ms >= 0) {
      asked_wait_ = std::chrono::milliseconds{std::min<std::int64_t>(*wait_ms, kAskedWaitMax / std::chrono::milliseconds{1})};
    }
  }
  if (handlers_.on_notice) handlers_.on_notice(**received);
}

void Connection::receive_close(const ws::Close& close) {
  if (stage_ == Stage::closing) return end(std::nullopt);
  write_close(close.code, {});
  // 41xx wants another token, and there is none; 44xx says that trying again is no use.
  const bool is_final = (close.code >= 4100 && close.code < 4200) || (close.code >= 4400 && close.code < 4500);
  // In quotes and escapes: whoever prints it is not to be written to by the server.
  const std::string reason = close.reason.empty() ? std::string{} : ": " + json::quoted(close.reason);
  lose(fmt::format("the server closes with {}{}", close.code, reason), is_final ? Again::no : Again::yes);
}

// ---- Writing --------------------------------------------------------------------------------------------------------

void Connection::write(ws::Opcode opcode, std::string_view payload) {
  ws::append_frame(out_, opcode, payload, masking_key());
  flush();
}

void Connection::write_text(std::string_view text) {
  if (inflater_ && text.size() >= ws::Deflater::kPayloadBytesMin) {
    if (!deflater_) deflater_.emplace();
    if (const auto deflated = deflater_->deflate(text)) {
      ws::append_frame(out_, ws::Opcode::text, *deflated, masking_key(), true);
      return flush();
    }
  }
  write(ws::Opcode::text, text);
}

void Connection::write_close(ws::CloseCode code, std::string_view reason) {
  if (stage_ == Stage::closing) return;  // it has been sent
  ws::append_close(out_, code, reason, masking_key());
  flush();
}

void Connection::flush() {
  if (awaits_writable_) return;
  while (out_at_ < out_.size()) {
    const iovec part{out_.data() + out_at_, out_.size() - out_at_};
    const net::Transfer sent = socket_->send({&part, 1});
    if (sent.progress == net::Progress::done) {
      out_at_ += sent.bytes;
    } else if (sent.progress == net::Progress::would_block) {
      // What is gone is cut off only here, so that many small messages are not moved for each other.
      out_.erase(0, std::exchange(out_at_, 0));
      awaits_writable_ = true;
      socket_->await_writable([this] {
        awaits_writable_ = false;
        flush();
      });
      return;
    } else {
      break;  // reading finds out that the connection is gone, after what the server still said
    }
  }
  out_.clear();
  out_at_ = 0;
}

// ---- Ending, and beginning again ------------------------------------------------------------------------------------

void Connection::check_alive() {
  const Instant due = heard_at_ + silence_max_;
  if (instant() < due) return alive_timer_.set(due);
  lose(fmt::format("nothing heard for {} s", silence_max_ / std::chrono::seconds{1}), Again::yes);
}

void Connection::lose(std::string reason, Again again) {
  if (stage_ == Stage::closing) return end(std::nullopt);
  const bool was_connected = stage_ == Stage::open;
  stage_ = Stage::waiting;
  socket_.reset();
  reader_.reset();
  out_.clear();
  out_at_ = 0;
  alive_timer_.clear();
  if (again == Again::no || (options_.attempts && tries_failed_ >= *options_.attempts)) return end(std::move(reason));
  ++tries_failed_;
  const Duration jittered = backoff_.next(random_);
  const Duration wait = std::exchange(asked_wait_, std::nullopt).value_or(jittered);
  again_timer_.set(instant() + wait);
  if (handlers_.on_lost) handlers_.on_lost({.was_connected = was_connected, .reason = std::move(reason), .again_in = wait});
}

void Connection::end(std::optional<std::string> failure) {
  stage_ = Stage::ended;
  failure_ = std::move(failure);
  socket_.reset();
  reader_.reset();
  again_timer_.clear();
  alive_timer_.clear();
  loop_.stop();
}

}  // namespace starling::client
