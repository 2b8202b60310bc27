#include "starling/io/http/body_stream.hpp"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

#include "starling/core/base/check.hpp"
#include "starling/io/http/http_connections.hpp"

namespace starling::http {
namespace {

/// Gathered in a turn before the outlet says it is full: as much as a socket takes at once.
constexpr std::size_t kGatheredBytesMax = 64 << 10;
/// Buffers of one write: a frame is three.
constexpr std::size_t kPartsMax = 64;

}  // namespace

BodyStream::BodyStream(HttpConnections& all, std::uint64_t id, net::Stream& socket, std::string head, bool is_chunked)
    : all_(all), id_(id), socket_(socket), head_(std::move(head)), is_chunked_(is_chunked) {}

void BodyStream::begin(const StreamedAnswer& answer, Moment now) {
  writer_ = answer.begin(*this, now);
  list();
}

BodyStream::Flushed BodyStream::flush(Moment now) {
  is_listed_ = false;
  if (is_dropped_) return Flushed::failed;
  if (!is_ended_ && writer_) writer_->settle();
  if (is_ended_) writer_.reset();
  if (is_awaiting_) return Flushed::going_on;
  const bool was_writable = is_writable();
  std::array<iovec, kPartsMax> parts;
  while (!outbox_.empty()) {
    const net::Transfer sent = socket_.send(std::span{parts}.first(outbox_.gather(parts)));
    if (sent.progress == net::Progress::would_block) {
      is_blocked_ = is_awaiting_ = true;
      socket_.await_writable([this] {
        is_awaiting_ = false;
        list();
      });
      return Flushed::going_on;
    }
    if (sent.progress != net::Progress::done) return Flushed::failed;
    outbox_.take(sent.bytes);
    sent_bytes_ += sent.bytes;
  }
  is_blocked_ = false;
  if (is_ended_) return Flushed::over;
  if (!was_writable) writer_->drained(now.instant);
  return Flushed::going_on;
}

bool BodyStream::is_writable() const noexcept { return !is_ended_ && !is_dropped_ && !is_blocked_ && outbox_.bytes() < kGatheredBytesMax; }

void BodyStream::write(std::string before, fanout::FramePtr frame, std::string after) {
  STARLING_CHECK(!is_ended_);
  const std::string_view payload = frame ? frame->payload() : std::string_view{};
  if (is_chunked_) {
    before.insert(0, fmt::format("{:x}\r\n", before.size() + payload.size() + after.size()));
    after += "\r\n";
  }
  add(std::exchange(head_, {}) + before);
  if (frame) outbox_.add(std::move(frame), payload);
  add(std::move(after));
  list();
}

bool BodyStream::is_stalled() const noexcept { return net::is_stalled(net::send_queue_of(socket_.number()), is_writable(), all_.options_.timeout); }

std::uint64_t BodyStream::taken_bytes() const noexcept {
  const std::optional<net::SendQueue> queue = net::send_queue_of(socket_.number());
  return queue ? queue->acknowledged_bytes : sent_bytes_;
}

void BodyStream::end() {
  if (std::exchange(is_ended_, true)) return;
  add(std::exchange(head_, {}));  // of a body without a byte
  if (is_chunked_) add("0\r\n\r\n");
  list();
}

void BodyStream::drop() {
  is_dropped_ = true;
  list();
}

void BodyStream::add(std::string bytes) {
  if (bytes.empty()) return;
  auto frame = std::make_shared<const fanout::Frame>(std::move(bytes), 0);
  const std::string_view all_of_it = frame->wire();
  outbox_.add(std::move(frame), all_of_it);
}

void BodyStream::list() {
  if (!std::exchange(is_listed_, true)) all_.flush_later(id_);
}

}  // namespace starling::http
