/// @file
/// When what a frame brings was due to be sent, without reading the frame as JSON: all that a load generator can afford for each viewer.
///
/// What is published bears a field `sent_us`, microseconds of the steady clock, so publisher and viewers are one process. Many viewers are told
/// the same, one after the other: a frame that is the last one again costs a comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace starling::load {

inline constexpr std::string_view kStampField = "sent_us";

class StampReader {
 public:
  /// The stamps in the frame, in order. They are valid until the next call.
  [[nodiscard]] const std::vector<std::uint64_t>& read(std::string_view frame);

 private:
  std::string last_;
  std::vector<std::uint64_t> stamps_;
};

/// What kind of message a frame is, by how the protocol says that it begins and ends.
enum class FrameKind : std::uint8_t { welcome, subscribed, snapshot, update, error, other };
[[nodiscard]] FrameKind kind_of(std::string_view frame) noexcept;
/// Of a snapshot or an update: no other part of it follows.
[[nodiscard]] bool is_last_part(std::string_view frame) noexcept;

}  // namespace starling::load
