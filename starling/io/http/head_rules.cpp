#include "starling/io/http/head_rules.hpp"

#include <algorithm>

namespace starling::http {
namespace {

constexpr Refusal kHeadTooLong{431, "a request's head has at most 16 KiB"};
constexpr Refusal kLineEnd{400, "a line of a head ends with CR LF, and neither stands alone"};
constexpr Refusal kControl{400, "a control character stands in the head"};
constexpr Refusal kFolded{400, "a line of a head does not begin with white space"};
constexpr Refusal kNoRequest{400, "not an HTTP/1.1 request"};
constexpr Refusal kVersion{505, "only HTTP/1.1 and HTTP/1.0 are spoken"};
constexpr Refusal kTarget{400, "a request's target is a path, or a URL of this server"};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Of a whole version that is not ours it is said so (505); what is no version is no request (400).
std::optional<Refusal> check_request_line(std::string_view line) noexcept {
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos) return kNoRequest;
  const std::string_view version = line.substr(space + 1);
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return std::nullopt;
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  return is_version ? kVersion : kNoRequest;
}

/// `host[:port]` with the letters that RFC 3986 §3.2 gives it, but no user, and no comma: that is how two `Host` become one.
bool is_authority(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view{"-._~%!$&'()*+;=:[]"}.find(c) != std::string_view::npos;
  });
}

bool is_in_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The scheme and its "://" of a whole URL; nothing if it is none.
std::string_view scheme_of(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return target.substr(0, scheme.size());
  }
  return {};
}

}  // namespace

Result<std::optional<std::size_t>, Refusal> HeadScanner::scan(std::string_view received) noexcept {
  const std::size_t end = std::min(received.size(), bytes_max_);
  for (; at_ < end; ++at_) {
    const char byte = received[at_];
    const bool is_behind_return = at_ > 0 && received[at_ - 1] == '\r';
    if (is_behind_return != (byte == '\n')) return Unexpected{kLineEnd};
    if (byte == '\n') {
      const std::string_view line = received.substr(line_at_, at_ - 1 - line_at_);
      if (line.empty() && line_at_ > 0) return std::optional{at_ + 1};
      if (line_at_ == 0) {
        if (const auto refusal = check_request_line(line)) return Unexpected{*refusal};
      }
      line_at_ = at_ + 1;
      continue;
    }
    const auto code = static_cast<unsigned char>(byte);
    if ((code < ' ' && byte != '\t' && byte != '\r') || code == 0x7F) return Unexpected{kControl};
    if (at_ == line_at_ && (byte == ' ' || byte == '\t')) return Unexpected{kFolded};
  }
  if (at_ == bytes_max_) return Unexpected{kHeadTooLong};
  return std::optional<std::size_t>{};
}

std::optional<Refusal> read_target(std::string_view target, Request& request) {
  if (request.method == "CONNECT") return Refusal{400, "this is no proxy"};
  if (!is_in_ascii(target) || target.find('#') != std::string_view::npos) return kTarget;
  if (const std::string_view scheme = scheme_of(target); !scheme.empty()) {
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    const std::string_view authority = target.substr(0, end);
    if (authority.empty() || !is_authority(authority)) return kTarget;
    for (Header& header : request.headers) {
      if (equals_ignoring_case(header.name, "Host")) header.value = authority;
    }
    target.remove_prefix(end);
  } else if (!target.starts_with('/')) {
    return kTarget;
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  if (request.path.empty()) request.path = "/";
  request.query = target.substr(std::min(mark + 1, target.size()));
  return std::nullopt;
}

std::optional<Refusal> check_headers(const Request& request, unsigned minor) noexcept {
  if (request.count("Host") != 1) return Refusal{400, "a request has exactly one Host"};
  if (!is_authority(request.header("Host"))) return Refusal{400, "Host is not a host and port"};

  const std::size_t lengths = request.count("Content-Length");
  const std::string_view length = request.header("Content-Length");
  if (lengths > 1 || (lengths == 1 && (length.empty() || !std::all_of(length.begin(), length.end(), is_digit)))) {
    return Refusal{400, "Content-Length is there at most once, and a number in digits"};
  }
  if (const std::size_t codings = request.count("Transfer-Encoding"); codings > 0) {
    if (lengths > 0) return Refusal{400, "Content-Length and Transfer-Encoding exclude each other"};
    if (codings > 1 || minor < 1 || !equals_ignoring_case(request.header("Transfer-Encoding"), "chunked")) {
      return Refusal{400, "the only transfer coding known is chunked, in HTTP/1.1"};
    }
  }
  if (const std::size_t expectations = request.count("Expect"); expectations > 0 && minor >= 1) {
    if (expectations > 1 || !equals_ignoring_case(request.header("Expect"), "100-continue")) {
      return Refusal{417, "the only expectation known is 100-continue"};
    }
  }
  return std::nullopt;
}

}  // namespace starling::http
