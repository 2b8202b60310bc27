#include "tests/soak/line.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <variant>

#include "starling/client/answer_head.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/io/net/socket.hpp"
#include "starling/io/net/system_random.hpp"

namespace starling::soak {
namespace {

constexpr std::string_view kSubprotocol = "starling.v1";
constexpr std::size_t kMessageBytesMax = 64 << 20;
constexpr std::size_t kReadBytes = 64 << 10;

/// What guards proxies from scripts in a browser is not what is tested here: one mask does for all.
constexpr ws::MaskingKey kMask{0x53, 0x6f, 0x61, 0x6b};

}  // namespace

Door tcp_door(std::uint16_t port, std::shared_ptr<const net::TlsContext> tls) {
  Door door;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::memcpy(&door.address, &address, sizeof address);
  door.address_bytes = sizeof address;
  door.host = fmt::format("127.0.0.1:{}", port);
  door.tls = std::move(tls);
  return door;
}

Door unix_door(const std::string& path) {
  Door door;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  STARLING_CHECK(path.size() < sizeof address.sun_path, path);
  path.copy(address.sun_path, path.size());
  std::memcpy(&door.address, &address, sizeof address);
  door.address_bytes = sizeof address;
  door.host = "localhost";
  return door;
}

Line::Line(net::EventLoop& loop, const Door& door, int receive_bytes, std::function<void()> on_open, std::function<void(const std::string&)> on_text)
    : host_(door.host), on_open_(std::move(on_open)), on_text_(std::move(on_text)) {
  net::Descriptor socket{::socket(door.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  STARLING_CHECK(socket.is_open(), errno);
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&door.address), door.address_bytes) != 0 && errno != EINPROGRESS) {
    lose(std::strerror(errno));
    return;
  }
  net::set_options(socket.number());
  socket_.emplace(loop, std::move(socket), door.tls, "127.0.0.1");
  socket_->await_writable([this] {
    state_ = State::shaking_hands;
    const std::array<std::uint64_t, 2> random{net::system_random(), net::system_random()};
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), random.data(), bytes.size());
    key_ = ws::client_key(bytes);
    out_ = ws::build_client_request({.host = host_, .path = "/live", .key = key_, .subprotocol = kSubprotocol, .headers = {}}).value();
    reader_.emplace(ws::Role::client, ws::ReaderLimits{.message_bytes_max = kMessageBytesMax});
    flush();
    await_bytes();
  });
}

void Line::send(std::string_view text) {
  STARLING_CHECK(state_ == State::open);
  write(ws::Opcode::text, text);
}

void Line::gather(std::string_view text) {
  STARLING_CHECK(state_ == State::open);
  ws::append_frame(out_, ws::Opcode::text, text, kMask);
}

void Line::flush() {
  if (awaits_writable_ || !socket_) return;
  std::size_t sent_bytes = 0;
  while (sent_bytes < out_.size()) {
    const iovec part{out_.data() + sent_bytes, out_.size() - sent_bytes};
    const net::Transfer sent = socket_->send({&part, 1});
    if (sent.progress == net::Progress::done) {
      sent_bytes += sent.bytes;
      continue;
    }
    if (sent.progress == net::Progress::would_block) {
      awaits_writable_ = true;
      socket_->await_writable([this] {
        awaits_writable_ = false;
        flush();
      });
    }
    break;  // of a line that is gone reading finds out
  }
  out_.erase(0, sent_bytes);
}

void Line::go_on() {
  is_paused_ = false;
  await_bytes();
}

void Line::cut(Ending ending) {
  if (socket_ && ending == Ending::reset) {
    constexpr linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_->number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  lose("cut");
}

void Line::await_bytes() {
  if (!socket_ || state_ == State::connecting || is_paused_ || std::exchange(awaits_readable_, true)) return;
  socket_->await_readable([this] {
    awaits_readable_ = false;
    if (!is_paused_) receive();
  });
}

void Line::receive() {
  std::array<std::uint8_t, kReadBytes> buffer;
  const net::Transfer got = socket_->receive(buffer);
  if (got.progress == net::Progress::closed || got.progress == net::Progress::failed) return lose("the server hung up" + socket_->failure_text());
  if (got.progress == net::Progress::done) {
    const Bytes bytes{buffer.data(), got.bytes};
    state_ == State::shaking_hands ? receive_head(bytes) : receive_frames(bytes);
  }
  await_bytes();
}

void Line::receive_head(Bytes bytes) {
  head_ += as_text(bytes);
  const std::size_t end = head_.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const std::string text = head_.substr(0, end + 4), rest = head_.substr(end + 4);
  head_.clear();
  const auto head = client::read_answer_head(text);
  if (!head || !ws::check_server_answer(head->status, head->headers, key_, kSubprotocol)) return lose("no upgrade: " + text);
  state_ = State::open;
  was_open_ = true;
  on_open_();
  if (!rest.empty()) receive_frames(as_bytes(rest));
}

void Line::receive_frames(Bytes bytes) {
  reader_->receive(bytes);
  while (auto event = reader_->next()) {
    if (const auto* message = std::get_if<ws::TextMessage>(&*event)) {
      on_text_(message->text);
    } else if (const auto* ping = std::get_if<ws::Ping>(&*event)) {
      write(ws::Opcode::pong, ping->payload);
    } else if (const auto* close = std::get_if<ws::Close>(&*event)) {
      return lose(fmt::format("the server closes with {}: {}", close->code, close->reason));
    } else {
      return lose("the server breaks the protocol");
    }
    if (!reader_) return;  // lost
  }
}

void Line::write(ws::Opcode opcode, std::string_view payload) {
  ws::append_frame(out_, opcode, payload, kMask);
  flush();
}

void Line::lose(std::string why) {
  if (state_ == State::lost) return;
  state_ = State::lost;
  why_lost_ = std::move(why);
  socket_.reset();
  reader_.reset();
}

}  // namespace starling::soak
