#include "starling/core/ws/inflater.hpp"

#include <algorithm>
#include <limits>

#include "starling/core/base/check.hpp"

namespace starling::ws {
namespace {

constexpr int kRawWithAnyWindow = -15;

/// What every sender cuts off behind a message (RFC 7692 §7.2.1): the lengths of an empty block without compression.
constexpr std::string_view kTail{"\x00\x00\xFF\xFF", 4};

/// Appends without ever asking for more than `bytes_max`, as a string that doubles would.
void append_within(std::string& out, std::string_view piece, std::size_t bytes_max) {
  const std::size_t needed = out.size() + piece.size();
  if (needed > out.capacity()) {
    std::size_t capacity = bytes_max;
    while (capacity / 2 >= needed) capacity /= 2;
    std::string grown;
    grown.reserve(capacity);
    grown.append(out);
    out.swap(grown);
  }
  out.append(piece);
}

}  // namespace

Inflater::Inflater(Window window) noexcept : window_(window) {
  const int code = inflateInit2(&stream_, kRawWithAnyWindow);
  STARLING_CHECK(code == Z_OK, code);  // or there is no memory
}

Inflater::~Inflater() { inflateEnd(&stream_); }

Result<std::string, InflateError> Inflater::inflate(std::string_view compressed, std::size_t bytes_max) noexcept {
  if (window_ == Window::fresh) inflateReset(&stream_);
  is_between_blocks_ = true;
  std::string out;
  if (auto fed = feed(compressed, out, bytes_max); !fed) return Unexpected{fed.error()};
  if (is_between_blocks_) return out;
  if (auto fed = feed(kTail, out, bytes_max); !fed) return Unexpected{fed.error()};
  // Else the tail has been taken for a piece of the block that was cut short.
  if (!is_between_blocks_) return Unexpected{InflateError::broken};
  return out;
}

Result<void, InflateError> Inflater::feed(std::string_view input, std::string& out, std::size_t bytes_max) noexcept {
  STARLING_CHECK(input.size() <= std::numeric_limits<uInt>::max(), input.size());
  stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
  stream_.avail_in = static_cast<uInt>(input.size());
  while (true) {
    const std::size_t allowed = bytes_max - out.size();
    const std::size_t room = std::min(piece_.size() - 1, allowed) + 1;  // one more, to see whether it comes
    stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int code = ::inflate(&stream_, Z_SYNC_FLUSH);
    STARLING_CHECK(code != Z_MEM_ERROR && code != Z_STREAM_ERROR, code);

    const std::string_view piece{piece_.data(), room - stream_.avail_out};
    if (piece.size() > allowed) return Unexpected{InflateError::too_long};
    if (out.empty() && stream_.avail_out > 0) {
      out.assign(piece);
    } else {
      append_within(out, piece, bytes_max);
    }

    if (code == Z_STREAM_END) {
      // Another may follow, in this message or the next; it may repeat what this one said, as all blocks may.
      inflateResetKeep(&stream_);
      is_between_blocks_ = true;
      if (stream_.avail_in > 0) continue;
      return {};
    }
    if (code != Z_OK && code != Z_BUF_ERROR) return Unexpected{InflateError::broken};
    if (stream_.avail_out == 0) continue;
    constexpr int kJustBehindBlock = 128;  // and no bits of the last byte unused: those are below 64
    if (!input.empty()) is_between_blocks_ = stream_.data_type == kJustBehindBlock;
    return {};
  }
}

}  // namespace starling::ws
