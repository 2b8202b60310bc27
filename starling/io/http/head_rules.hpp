/// @file
/// What a request's head must be before anybody acts on it.
///
/// Whoever stands between a client and us (a proxy, a cache) must read the same requests from the same bytes as we do: a shape that two servers
/// may read differently is refused here, however harmless it looks (RFC 9112 §11.2). The grammar of lines and names is left to the parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/io/http/message.hpp"
#include "starling/io/http/refusal.hpp"

namespace starling::http {

/// Finds the end of a head while it comes, looking at every byte once.
///
/// Refuses control characters, line ends that are not CR LF, lines that begin with white space (obs-fold), a first line that is no request line of
/// HTTP/1.0 or 1.1, and what does not end within `bytes_max`: each at the first byte that shows it.
class HeadScanner {
 public:
  explicit HeadScanner(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  /// `received` is all that has come of the head and what follows it; each time longer than before. Returns the bytes of the head, its empty line
  /// included, or nullopt: it has not ended.
  [[nodiscard]] Result<std::optional<std::size_t>, Refusal> scan(std::string_view received) noexcept;

 private:
  std::size_t bytes_max_;
  std::size_t at_ = 0;       // bytes before it are looked at
  std::size_t line_at_ = 0;  // where the line begins
};

/// Takes path and query from a request's target, which is a path or, as RFC 9112 §3.2.2 has it, a whole URL: its authority then stands in for `Host`.
/// The forms for proxies and for the server as a whole (`CONNECT host:1`, `OPTIONS *`) are refused.
[[nodiscard]] std::optional<Refusal> read_target(std::string_view target, Request& request);

/// Checks the headers of a request in HTTP/1.`minor`: one Host, one framing of the body, a known expectation.
[[nodiscard]] std::optional<Refusal> check_headers(const Request& request, unsigned minor) noexcept;

}  // namespace starling::http
