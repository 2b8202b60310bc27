#include "starling/io/http/chunked_body.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace starling::http {
namespace {

const Unexpected<Refusal> kNoChunk{Refusal{400, "the body is not in chunks as RFC 9112 §7.1 has them"}};
const Unexpected<Refusal> kLinesTooLong{Refusal{431, "a chunk's extensions and the trailer together are too long"}};
const Unexpected<Refusal> kBodyTooLong{Refusal{413, "a request's body has at most limits.body_bytes"}};

std::optional<unsigned> hexadecimal(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// RFC 9110 §5.6.2.
bool is_token_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_control(char c) noexcept {
  const auto code = static_cast<unsigned char>(c);
  return (code < ' ' && c != '\t') || code == 0x7F;
}

}  // namespace

Result<std::size_t, Refusal> ChunkedBody::read(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (used < bytes.size() && at_ != At::end) {
    if (at_ == At::data) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size() - used));
      body.append(bytes.substr(used, taken));
      used += taken;
      size_ -= taken;
      if (size_ == 0) at_ = At::data_return;
      continue;
    }
    if (lines_bytes_ == lines_bytes_max_) return kLinesTooLong;
    ++lines_bytes_;
    if (auto read = read_line_byte(bytes[used], body.size()); !read) return Unexpected{read.error()};
    ++used;
  }
  return used;
}

Result<void, Refusal> ChunkedBody::read_line_byte(char byte, std::size_t body_bytes) {
  const auto expect = [&](char wanted, At next) -> Result<void, Refusal> {
    if (byte != wanted) return kNoChunk;
    at_ = next;
    return {};
  };
  switch (at_) {
    case At::size:
      return read_size(byte);
    case At::extension:
      if (byte == '\r') return expect('\r', At::size_end);
      if (is_control(byte)) return kNoChunk;
      return {};
    case At::size_end:
      if (byte != '\n') return kNoChunk;
      return end_size(body_bytes);
    case At::data_return:
      return expect('\r', At::data_end);
    case At::data_end:
      return expect('\n', At::size);
    case At::trailer_line:
      if (byte == '\r') return expect('\r', At::trailer_end);
      [[fallthrough]];
    case At::trailer_name: {
      const bool is_named = at_ == At::trailer_name;
      if (byte == ':' && is_named) return expect(':', At::trailer_value);
      if (!is_token_letter(byte)) return kNoChunk;
      at_ = At::trailer_name;
      return {};
    }
    case At::trailer_value:
      if (byte == '\r') return expect('\r', At::trailer_value_end);
      if (is_control(byte)) return kNoChunk;
      return {};
    case At::trailer_value_end:
      return expect('\n', At::trailer_line);
    case At::trailer_end:
      return expect('\n', At::end);
    case At::data:
    case At::end:
      break;
  }
  return {};
}

Result<void, Refusal> ChunkedBody::read_size(char byte) {
  if (const auto digit = hexadecimal(byte)) {
    if (size_ > std::numeric_limits<std::uint64_t>::max() >> 4) return kNoChunk;
    size_ = size_ << 4 | *digit;
    has_digit_ = true;
    return {};
  }
  if (!has_digit_ || (byte != ';' && byte != '\r')) return kNoChunk;
  at_ = byte == ';' ? At::extension : At::size_end;
  return {};
}

Result<void, Refusal> ChunkedBody::end_size(std::size_t body_bytes) {
  has_digit_ = false;
  if (size_ == 0) {
    at_ = At::trailer_line;
    return {};
  }
  if (size_ > body_bytes_max_ - body_bytes) return kBodyTooLong;
  at_ = At::data;
  lines_bytes_ = 0;
  return {};
}

}  // namespace starling::http
