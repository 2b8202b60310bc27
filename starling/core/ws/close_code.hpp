/// @file
/// Why a connection ends, as a number: RFC 6455 §7.4.1, its IANA registry, and Starling's own.
///
/// The hundreds of a private code are what the client should do next: 40xx reconnect with back-off, 41xx get a new
/// token first, 42xx reconnect elsewhere, 43xx subscribe afresh, 44xx do not retry.
#pragma once

#include <cstdint>

namespace starling::ws {

/// A number, not an enumeration: a peer may send any of 3000–4999.
using CloseCode = std::uint16_t;

namespace close_code {
inline constexpr CloseCode kNormalClosure = 1000;
inline constexpr CloseCode kGoingAway = 1001;
inline constexpr CloseCode kProtocolError = 1002;
inline constexpr CloseCode kUnsupportedData = 1003;
inline constexpr CloseCode kNoStatusReceived = 1005;  ///< the close frame was empty; never on the wire
inline constexpr CloseCode kAbnormalClosure = 1006;   ///< there was no close frame; never on the wire
inline constexpr CloseCode kInvalidPayload = 1007;    ///< text that is not UTF-8
inline constexpr CloseCode kPolicyViolation = 1008;
inline constexpr CloseCode kMessageTooBig = 1009;
inline constexpr CloseCode kMandatoryExtension = 1010;
inline constexpr CloseCode kInternalError = 1011;
inline constexpr CloseCode kServiceRestart = 1012;
inline constexpr CloseCode kTryAgainLater = 1013;
inline constexpr CloseCode kBadGateway = 1014;
inline constexpr CloseCode kTlsHandshake = 1015;  ///< TLS failed; never on the wire

inline constexpr CloseCode kTimeout = 4001;
inline constexpr CloseCode kTokenExpired = 4101;
inline constexpr CloseCode kDrain = 4201;
inline constexpr CloseCode kBadProtocol = 4400;
inline constexpr CloseCode kNoCredential = 4401;
inline constexpr CloseCode kForbidden = 4403;
inline constexpr CloseCode kNoHello = 4408;
inline constexpr CloseCode kAbuse = 4429;
}  // namespace close_code

/// Whether a close frame may carry `code` (§7.4): what is defined for it, and 3000–4999, which anybody may use.
[[nodiscard]] constexpr bool is_valid_on_wire(CloseCode code) noexcept {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace starling::ws
