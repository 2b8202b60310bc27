#include "starling/core/ws/deflater.hpp"

#include <limits>

#include "starling/core/base/check.hpp"

namespace starling::ws {
namespace {

constexpr int kRawWithLargestWindow = -15;
constexpr int kMemoryLevel = 8;  // zlib's default
/// The lengths of the empty block that ends a flush: whoever inflates puts them back.
constexpr std::size_t kTailBytes = 4;
/// What zlib wants free at the end of a flush, or it cannot be told from one that is cut short.
constexpr std::size_t kFlushMarkBytes = 6;
/// What is kept for the next message; a longer one is rare, and gives its memory back.
constexpr std::size_t kBufferBytesKept = 256 << 10;

}  // namespace

Deflater::Deflater(int level) noexcept {
  const int code = deflateInit2(&stream_, level, Z_DEFLATED, kRawWithLargestWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
  STARLING_CHECK(code == Z_OK, code);  // or there is no memory
}

Deflater::~Deflater() { deflateEnd(&stream_); }

std::optional<std::string_view> Deflater::deflate(std::string_view message) noexcept {
  const std::size_t room = message.size() + kTailBytes + kFlushMarkBytes;
  STARLING_CHECK(room <= std::numeric_limits<uInt>::max(), room);
  if (buffer_.size() > kBufferBytesKept && room <= kBufferBytesKept) buffer_ = {};
  if (buffer_.size() < room) buffer_.resize(room);

  deflateReset(&stream_);
  stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(message.data()));
  stream_.avail_in = static_cast<uInt>(message.size());
  stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
  stream_.avail_out = static_cast<uInt>(room);
  const int code = ::deflate(&stream_, Z_SYNC_FLUSH);
  STARLING_CHECK(code == Z_OK || code == Z_BUF_ERROR, code);

  const std::size_t written = room - stream_.avail_out;
  if (stream_.avail_out == 0 || written - kTailBytes >= message.size()) return std::nullopt;  // cut short, or no smaller
  ++counters_.messages;
  counters_.bytes_before += message.size();
  counters_.bytes_after += written - kTailBytes;
  return std::string_view{buffer_.data(), written - kTailBytes};
}

}  // namespace starling::ws
