/// @file
/// The opening handshake of one connection, without I/O: our request, and what the server's answer comes to.
///
/// An answer that does not upgrade ends the connection; what it says to people, and whether and when it is worth another try, is read from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "starling/client/url.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/ws/deflate_offer.hpp"

namespace starling::client {

/// The server upgrades to `starling.v1`.
struct Agreed {
  std::optional<ws::DeflateAnswer> deflate;
  std::string frames;  ///< what came behind the answer
};

/// It does not, or not to what was asked for.
struct Declined {
  std::string reason;  ///< for people, one line
  bool can_get_better = false;
  std::optional<std::int64_t> wait_s = {};  ///< as `Retry-After` asks for, not negative; a date is left out
};

class Handshake {
 public:
  /// More than that of a refusal's body is not waited for.
  static constexpr std::size_t kRefusalBytesMax = 64 << 10;

  /// `key` is of this handshake alone (RFC 6455 §4.1), as `ws::client_key` makes it.
  explicit Handshake(std::string key);

  [[nodiscard]] std::string request(const Url& url) const;
  /// Nullopt until all of the answer has come; to be called no more after that.
  [[nodiscard]] std::optional<std::variant<Agreed, Declined>> receive(Bytes bytes);

 private:
  std::string key_;
  std::string head_;  // of the answer, and what has come of its body
};

}  // namespace starling::client
