#include "starling/io/http/request_reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "starling/core/base/check.hpp"

namespace starling::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr Refusal kNoRequest{400, "not an HTTP/1.1 request"};
constexpr Refusal kBodyTooLong{413, "a request's body has at most limits.body_bytes"};
constexpr Refusal kUpgrade{400, "an upgrade is asked for in HTTP/1.1 and has no body"};

/// Empty, and without memory: an assignment would keep it.
template <class Value>
void clear(Value& value) {
  (void)std::exchange(value, Value{});
}

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

/// Reads one head, whole. Bodies are not for Beast: what it makes of a chunk's extensions depends on the pieces (1.81).
class HeadParser final : public beast::http::basic_parser<true> {
 public:
  explicit HeadParser(Request& request) : request_(request) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // ours is the scanner's
    skip(true);
  }

  /// Whether all of `head` is one.
  [[nodiscard]] bool parse(std::string_view head) {
    error_code error;
    return put(boost::asio::const_buffer{head.data(), head.size()}, error) == head.size() && !error && is_header_done();
  }
  [[nodiscard]] const std::string& target() const noexcept { return target_; }
  [[nodiscard]] unsigned minor() const noexcept { return minor_; }

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version, error_code&) override {
    request_.method = text_of(method);
    target_ = text_of(target);
    minor_ = static_cast<unsigned>(version % 10);
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, error_code&) override {
    request_.headers.push_back({text_of(name), text_of(value)});
  }
  void on_header_impl(error_code&) override {}
  void on_finish_impl(error_code&) override {}
  // Of responses and bodies:
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view bytes, error_code&) override { return bytes.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, error_code&) override { return bytes.size(); }

  Request& request_;
  std::string target_;
  unsigned minor_ = 0;
};

}  // namespace

void RequestReader::receive(std::string_view bytes) {
  if (state_ == State::refused) return;
  buffer_.erase(0, std::exchange(at_, 0));
  buffer_ += bytes;
}

RequestStep RequestReader::next() {
  STARLING_CHECK(state_ != State::refused);
  return state_ == State::head ? read_head() : read_body();
}

void RequestReader::begin_next() {
  if (!is_whole()) {
    clear(buffer_);
    at_ = 0;
  }
  clear(request_);
  chunks_.reset();
  body_bytes_left_ = 0;
  scanner_ = HeadScanner{limits_.head_bytes_max};
  if (state_ != State::refused) state_ = State::head;
  (void)wait();
}

bool RequestReader::wants_continue() const noexcept { return expects_continue_ && !is_whole() && rest().empty(); }

std::size_t RequestReader::buffer_bytes() const noexcept {
  const std::size_t inside_the_object = std::string{}.capacity();
  return (buffer_.capacity() - inside_the_object) + (request_.body.capacity() - inside_the_object);
}

RequestStep RequestReader::read_head() {
  const auto end = scanner_.scan(rest());
  if (!end) return refuse(end.error());
  if (!*end) return wait();
  if (const auto refusal = parse_head(rest().substr(0, **end))) return refuse(*refusal);
  at_ += **end;
  state_ = State::body;
  return RequestStep::head;
}

std::optional<Refusal> RequestReader::parse_head(std::string_view head) {
  HeadParser parser{request_};
  if (!parser.parse(head)) return kNoRequest;
  request_.minor = parser.minor();
  if (auto refusal = check_headers(request_, parser.minor())) return refusal;
  if (auto refusal = read_target(parser.target(), request_)) return refusal;

  body_bytes_left_ = parser.content_length().value_or(0);
  if (body_bytes_left_ > limits_.body_bytes_max) return kBodyTooLong;
  if (request_.count("Transfer-Encoding") > 0) chunks_.emplace(limits_.head_bytes_max, limits_.body_bytes_max);
  if (request_.is_upgrade() && (parser.minor() < 1 || chunks_ || body_bytes_left_ > 0)) return kUpgrade;

  expects_continue_ = parser.minor() >= 1 && request_.count("Expect") > 0;
  is_last_ = parser.minor() < 1 || request_.has_token("Connection", "close");
  return std::nullopt;
}

RequestStep RequestReader::read_body() {
  if (chunks_) {
    const auto used = chunks_->read(rest(), request_.body);
    if (!used) return refuse(used.error());
    at_ += *used;
  } else {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(body_bytes_left_, rest().size()));
    // Grown by what has come, never by what was declared: a client must pay for the memory it takes.
    request_.body.append(rest().substr(0, taken));
    at_ += taken;
    body_bytes_left_ -= taken;
  }
  return is_whole() ? RequestStep::whole : wait();
}

RequestStep RequestReader::refuse(const Refusal& refusal) {
  refusal_ = refusal;
  state_ = State::refused;
  is_last_ = true;
  clear(buffer_);
  at_ = 0;
  clear(request_.body);
  return RequestStep::refused;
}

RequestStep RequestReader::wait() {
  if (rest().empty()) {
    clear(buffer_);
    at_ = 0;
  }
  return RequestStep::more;
}

}  // namespace starling::http
