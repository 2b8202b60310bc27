#include "starling/core/ws/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "starling/core/base/base64.hpp"
#include "starling/core/base/check.hpp"

namespace starling::ws {
namespace {

constexpr std::string_view kWebSocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text) noexcept {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

/// Printing ASCII without the space: what may stand in a request line.
bool is_visible(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

bool is_field_value(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && byte != '\t') || byte == 0x7F;
  });
}

/// Whether one of the comma-separated elements of the headers called `name` is `token`.
bool lists_token(std::span<const HttpHeader> headers, std::string_view name, std::string_view token) noexcept {
  for (const HttpHeader& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    std::string_view list = header.value;
    while (true) {
      const auto comma = list.find(',');
      if (equal_ignoring_case(trimmed(list.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return false;
}

struct Found {
  std::size_t count = 0;
  std::string_view value;  ///< of the last, trimmed
};

Found find_headers(std::span<const HttpHeader> headers, std::string_view name) noexcept {
  Found found;
  for (const HttpHeader& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    ++found.count;
    found.value = trimmed(header.value);
  }
  return found;
}

}  // namespace

bool is_valid_key(std::string_view sec_websocket_key) noexcept {
  // 16 bytes are 22 digits and two signs of padding.
  if (sec_websocket_key.size() != 24 || !sec_websocket_key.ends_with("==")) return false;
  const std::string_view digits = sec_websocket_key.substr(0, 22);
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '+' || c == '/'; });
}

std::string accept_key(std::string_view sec_websocket_key) {
  std::string text{sec_websocket_key};
  text += kWebSocketGuid;
  std::array<std::uint8_t, 20> digest;
  unsigned digest_bytes = 0;
  const int done = EVP_Digest(text.data(), text.size(), digest.data(), &digest_bytes, EVP_sha1(), nullptr);
  STARLING_CHECK(done == 1 && digest_bytes == digest.size(), done, digest_bytes);
  return base64(digest);
}

bool is_subprotocol(std::string_view name) noexcept { return is_token(name); }

std::string client_key(std::span<const std::uint8_t, 16> random) { return base64(random); }

Result<std::string, RequestError> build_client_request(const ClientRequest& request) noexcept {
  STARLING_CHECK(is_valid_key(request.key), request.key);
  if (!is_visible(request.host)) return Unexpected{RequestError::bad_host};
  if (!is_visible(request.path) || request.path.front() != '/' || request.path.find('#') != std::string_view::npos) {
    return Unexpected{RequestError::bad_path};
  }
  if (!request.subprotocol.empty() && !is_token(request.subprotocol))
    return Unexpected{RequestError::bad_subprotocol};

  std::string text;
  const auto append_header = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  text.append("GET ").append(request.path).append(" HTTP/1.1\r\n");
  append_header("Host", request.host);
  append_header("Upgrade", "websocket");
  append_header("Connection", "Upgrade");
  append_header("Sec-WebSocket-Key", request.key);
  append_header("Sec-WebSocket-Version", "13");
  if (!request.subprotocol.empty()) append_header("Sec-WebSocket-Protocol", request.subprotocol);
  if (!request.extensions.empty()) append_header("Sec-WebSocket-Extensions", request.extensions);
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name) || !is_field_value(header.value)) return Unexpected{RequestError::bad_header};
    append_header(header.name, header.value);
  }
  text += "\r\n";
  return text;
}

Result<std::string_view, AnswerError> check_server_answer(unsigned status, std::span<const HttpHeader> headers,
                                                          std::string_view key,
                                                          std::string_view subprotocol,
                                                          std::optional<DeflateAnswer>* agreed_deflate) noexcept {
  if (status != 101) return Unexpected{AnswerError::status};
  const Found upgrade = find_headers(headers, "Upgrade");
  if (upgrade.count != 1 || !equal_ignoring_case(upgrade.value, "websocket")) return Unexpected{AnswerError::upgrade};
  if (!lists_token(headers, "Connection", "Upgrade")) return Unexpected{AnswerError::connection};
  const Found accept = find_headers(headers, "Sec-WebSocket-Accept");
  if (accept.count != 1 || accept.value != accept_key(key)) return Unexpected{AnswerError::accept};
  std::vector<std::string_view> extensions;
  for (const HttpHeader& header : headers) {
    if (equal_ignoring_case(header.name, "Sec-WebSocket-Extensions")) extensions.push_back(header.value);
  }
  const auto deflate = read_deflate_answer(extensions);
  if (!deflate || (*deflate && agreed_deflate == nullptr)) return Unexpected{AnswerError::extension};
  if (agreed_deflate != nullptr) *agreed_deflate = *deflate;
  const Found agreed = find_headers(headers, "Sec-WebSocket-Protocol");
  if (agreed.count == 0) return std::string_view{};
  if (agreed.count > 1 || agreed.value.empty() || agreed.value != subprotocol)
    return Unexpected{AnswerError::subprotocol};
  return agreed.value;
}

}  // namespace starling::ws
