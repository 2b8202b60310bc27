/// @file
/// The opening handshake (RFC 6455 §4), as far as it is more than HTTP. Requests and answers are parsed elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/ws/deflate_offer.hpp"

namespace starling::ws {

/// Whether a `Sec-WebSocket-Key` is the Base64 of 16 bytes (§4.2.1). Unused bits of its last digit may be anything.
[[nodiscard]] bool is_valid_key(std::string_view sec_websocket_key) noexcept;

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (§4.2.2).
[[nodiscard]] std::string accept_key(std::string_view sec_websocket_key);

/// Whether it can be a subprotocol's name: a token (§4.1, §4.3).
[[nodiscard]] bool is_subprotocol(std::string_view name) noexcept;

// ---- The client's side ----------------------------------------------------------------------------------

/// A `Sec-WebSocket-Key` of 16 random bytes, new for every connection.
[[nodiscard]] std::string client_key(std::span<const std::uint8_t, 16> random);

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

struct ClientRequest {
  std::string_view host;                ///< as in `Host`: with the port, unless it is the scheme's own
  std::string_view path;                ///< from the slash on, with the query
  std::string_view key;                 ///< of `client_key`
  std::string_view subprotocol;         ///< none if empty
  std::string_view extensions = {};     ///< to offer, as `Sec-WebSocket-Extensions` names them; none if empty
  std::span<const HttpHeader> headers;  ///< besides those of the handshake: credentials, Origin
};

enum class RequestError : std::uint8_t {
  bad_host,         ///< empty, or with white space, control or non-ASCII characters
  bad_path,         ///< the same, or not starting with a slash, or with a fragment (§3)
  bad_subprotocol,  ///< not a token (RFC 9110 §5.6.2)
  bad_header,       ///< the name is not a token, or the value has control characters
};

/// The bytes of the request, so that nothing given can add a header or a request of its own. `key` must be valid.
[[nodiscard]] Result<std::string, RequestError> build_client_request(const ClientRequest& request) noexcept;

enum class AnswerError : std::uint8_t {
  status,       ///< not 101
  upgrade,      ///< `Upgrade` is not `websocket`
  connection,   ///< `Connection` does not name `Upgrade`
  accept,       ///< `Sec-WebSocket-Accept` is absent, there twice, or not the one of our key
  extension,    ///< an extension was agreed that we did not offer, or not as we can serve it
  subprotocol,  ///< a subprotocol was agreed that we did not offer, or more than one
};

/// Checks the server's answer to a request with `key` and `subprotocol` (§4.1).
///
/// Returns the subprotocol agreed on, as a view into `headers`; empty if none was, whether offered or not. What was agreed of
/// extensions is told by `agreed_deflate`; who gives none has offered none.
[[nodiscard]] Result<std::string_view, AnswerError> check_server_answer(unsigned status,
                                                                        std::span<const HttpHeader> headers,
                                                                        std::string_view key,
                                                                        std::string_view subprotocol,
                                                                        std::optional<DeflateAnswer>* agreed_deflate = nullptr) noexcept;

}  // namespace starling::ws
