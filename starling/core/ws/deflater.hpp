/// @file
/// Messages made smaller (RFC 7692 §7.2.1), each by itself: what is deflated once may go to everybody who inflates.
///
/// A deflater is some 260 KiB, and has nothing left of a message when the next comes: a thread has one.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace starling::ws {

struct DeflateCounters {
  std::uint64_t messages = 0;      ///< that became smaller
  std::uint64_t bytes_before = 0;  ///< of them
  std::uint64_t bytes_after = 0;
};

class Deflater {
 public:
  explicit Deflater(int level = kLevel) noexcept;
  ~Deflater();
  Deflater(const Deflater&) = delete;  // zlib's state points to its stream
  Deflater& operator=(const Deflater&) = delete;

  /// Payloads that are smaller go as they are: a header and what little is saved cost more than they bring.
  static constexpr std::size_t kPayloadBytesMin = 512;
  /// Level 6 takes three times as long for 45 KB and leaves an eighth less (docs/decisions/0006-shared-deflate.md).
  static constexpr int kLevel = 1;

  /// The payload of a frame with RSV1, without the tail; borrowed until the next call. Nullopt if `message` is not over
  /// this by a byte at least: then it goes as it is.
  [[nodiscard]] std::optional<std::string_view> deflate(std::string_view message) noexcept;

  [[nodiscard]] const DeflateCounters& counters() const noexcept { return counters_; }

 private:
  z_stream stream_{};
  std::vector<char> buffer_;
  DeflateCounters counters_;
};

}  // namespace starling::ws
