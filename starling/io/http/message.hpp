/// @file
/// HTTP requests and responses as plain values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/io/net/socket.hpp"

namespace starling::http {

struct Header {
  std::string name;
  std::string value;
};

/// ASCII letters of either case are the same, as in header names.
/// The media type of a Content-Type in lower case, without parameters (RFC 9110 §8.3.1).
[[nodiscard]] std::string media_type(std::string_view content_type);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

struct Request {
  std::string method;  ///< "GET"
  std::string path;    ///< from the slash on, percent-encoded as it came
  unsigned minor = 1;  ///< of HTTP/1
  std::string query;   ///< behind the '?', as it came; never logged
  std::vector<Header> headers;
  std::string body;
  net::Peer peer;

  /// The value of the first header of this name; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// How many headers have this name.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// Whether a comma-separated list (`Connection: keep-alive, Upgrade`) holds this token, in any case and any of its
  /// headers.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;
  /// Whether it asks to become a WebSocket.
  [[nodiscard]] bool is_upgrade() const noexcept {
    return has_token("Upgrade", "websocket") && has_token("Connection", "upgrade");
  }
};

struct Response {
  unsigned status = 200;
  std::vector<Header> headers =
      {};  ///< besides those of every response (Content-Length, Connection, Date, X-Content-Type-Options)
  std::string body = {};
  bool ends_connection = false;  ///< whatever the request said
};

[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// The elements of a comma-separated list, without white space around them.
[[nodiscard]] std::vector<std::string_view> list_elements(std::string_view list);

}  // namespace starling::http
