/// @file
/// Some IP addresses: one ("192.0.2.7", "::1") or a network ("10.0.0.0/8").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace starling::config {

class AddressRange {
 public:
  /// Whether `address` (without brackets or port) is one of them. Not an address: no. An IPv4 address that came in
  /// through an IPv6 socket ("::ffff:10.1.2.3") counts as the IPv4 address it is.
  [[nodiscard]] bool contains(std::string_view address) const noexcept;

 private:
  friend std::optional<AddressRange> read_address_range(std::string_view text) noexcept;
  std::array<std::uint8_t, 16> bytes_{};  ///< IPv4 as ::ffff:a.b.c.d
  unsigned bits_ = 128;                   ///< how many of them count
};

/// Nullopt if it is neither an address nor a network. Bits behind the prefix are ignored: "10.1.2.3/8" is 10.0.0.0/8.
[[nodiscard]] std::optional<AddressRange> read_address_range(std::string_view text) noexcept;

}  // namespace starling::config
