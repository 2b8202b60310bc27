#include "starling/server/config/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace starling::config {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kBits4 = 32;
constexpr unsigned kBits6 = 128;

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_four = false;
};

std::optional<Address> read_address(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  Address address;
  if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) == 1) return address;
  std::ranges::copy(kMapped, address.bytes.begin());
  address.is_four = true;
  if (inet_pton(AF_INET, terminated.data(), address.bytes.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

}  // namespace

std::optional<AddressRange> read_address_range(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const auto address = read_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  AddressRange range;
  range.bytes_ = address->bytes;
  if (slash == std::string_view::npos) return range;

  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const unsigned most = address->is_four ? kBits4 : kBits6;
  if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) return std::nullopt;
  range.bits_ = bits + (kBits6 - most);
  return range;
}

bool AddressRange::contains(std::string_view text) const noexcept {
  const auto address = read_address(text);
  if (!address) return false;
  const std::size_t whole = bits_ / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole), address->bytes.begin()))
    return false;
  const unsigned rest = bits_ % 8;
  return rest == 0 || (bytes_[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

}  // namespace starling::config
