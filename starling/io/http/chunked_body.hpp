/// @file
/// A body that comes in chunks (RFC 9112 §7.1), taken apart however it is cut.
///
///     5;extension CR LF hello CR LF 0 CR LF trailer: value CR LF CR LF
///
/// Extensions and the trailer mean nothing here. They are checked as far as another reader could see the body's end elsewhere: no line end but CR LF,
/// no control character, no size that is more than digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/io/http/refusal.hpp"

namespace starling::http {

class ChunkedBody {
 public:
  /// `lines_bytes_max`: of what stands between the data of two chunks; of the last chunk and the trailer.
  ChunkedBody(std::size_t lines_bytes_max, std::size_t body_bytes_max) noexcept : lines_bytes_max_(lines_bytes_max), body_bytes_max_(body_bytes_max) {}

  /// Appends to `body` what `bytes` hold of it. Returns how many bytes were used: all, unless the body ends before.
  [[nodiscard]] Result<std::size_t, Refusal> read(std::string_view bytes, std::string& body);

  [[nodiscard]] bool is_over() const noexcept { return at_ == At::end; }

 private:
  enum class At : std::uint8_t { size, extension, size_end, data, data_return, data_end, trailer_line, trailer_name, trailer_value, trailer_value_end, trailer_end, end };

  [[nodiscard]] Result<void, Refusal> read_line_byte(char byte, std::size_t body_bytes);
  [[nodiscard]] Result<void, Refusal> read_size(char byte);
  [[nodiscard]] Result<void, Refusal> end_size(std::size_t body_bytes);

  std::size_t lines_bytes_max_;
  std::size_t body_bytes_max_;
  std::size_t lines_bytes_ = 0;  // since the last data
  At at_ = At::size;
  bool has_digit_ = false;
  std::uint64_t size_ = 0;  // of the chunk; of its data, what is still to come
};

}  // namespace starling::http
