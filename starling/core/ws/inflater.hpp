/// @file
/// Messages as they were before they were deflated (RFC 7692 §7.2.2), one at a time and whole.
///
/// An inflater is some 40 KiB, so a thread has one for all its connections: what is compressed is gathered until it is complete,
/// and nothing of one message is left for the next. Only who must (a client whose server keeps its window) has one of its own.
///
/// How much a message inflates to is not known before it has been, and may be a thousand times what came. So the caller says how
/// much it may be: one byte more ends it, and no memory beyond that is asked for.
#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

namespace starling::ws {

enum class InflateError : std::uint8_t {
  broken,    ///< not DEFLATE (RFC 1951), or it ends inside a block
  too_long,  ///< more than was allowed
};

enum class Window : std::uint8_t {
  fresh,  ///< every message begins with an empty one (`…_no_context_takeover`)
  kept,   ///< a message may repeat what messages before it said
};

class Inflater {
 public:
  explicit Inflater(Window window = Window::fresh) noexcept;
  ~Inflater();
  Inflater(const Inflater&) = delete;  // zlib's state points to its stream
  Inflater& operator=(const Inflater&) = delete;

  /// `compressed`: the payload of all frames of a message. The result has at most `bytes_max` bytes, and no more capacity
  /// (but for a few bytes of a small string). With a kept window nothing may follow an error.
  ///
  /// Final blocks may stand anywhere (§7.2.3.4), and what ends between blocks is complete without the tail that senders cut off:
  /// an empty payload is an empty message.
  [[nodiscard]] Result<std::string, InflateError> inflate(std::string_view compressed, std::size_t bytes_max) noexcept;

 private:
  [[nodiscard]] Result<void, InflateError> feed(std::string_view input, std::string& out, std::size_t bytes_max) noexcept;

  Window window_;
  bool is_between_blocks_ = true;  // and no bits are left over
  z_stream stream_{};
  std::array<char, 32 << 10> piece_;  // most messages are no longer, and are copied once into a string of their size
};

}  // namespace starling::ws
