/// @file
/// GETs under way, side by side in one thread: libcurl is behind this and nowhere else.
///
/// Each is a connection of its own, so that a service that takes no connections any more is found out. Certificates are verified. At most three redirects are
/// followed, of the same scheme: what was asked by https is not answered in the clear. No proxy is asked, whatever the environment says, for it would
/// answer in the place of a service that is not there.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/sources/probe/url.hpp"

namespace starling::sources::probe {

/// Of an answer's body; what is longer is not looked at.
inline constexpr std::size_t kBodyBytesMax = 64 << 10;

enum class ReplyKind : std::uint8_t {
  whole,    ///< an answer
  bad,      ///< what came is no answer: no HTTP, a certificate that is not trusted, one that ends early
  nothing,  ///< within the timeout; refused; no such host
};

/// What came of asking.
struct Reply {
  std::size_t target = 0;
  ReplyKind kind = ReplyKind::nothing;
  unsigned status = 0;       ///< of an answer
  std::string body = {};     ///< of an answer; empty where it is longer than kBodyBytesMax
  Duration took{};           ///< to the end of the answer, or to where its body was too long
  std::string_view why = {}; ///< there is none: a constant of libcurl's
};

/// One thread's, but for `wake`.
class Transfers {
 public:
  Transfers();
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  struct Request {
    std::size_t target;  ///< comes back in the reply
    const ProbeUrl& url;
    Duration timeout;            ///< from here to the end of the answer
    const std::string& ca_file;  ///< PEM; empty: the system's
  };
  void begin(const Request& request);
  /// Goes on with all; those that are over.
  [[nodiscard]] std::vector<Reply> go_on();
  /// Returns when there is something to go on with, when it was woken, or after `at_most`.
  void wait(Duration at_most);
  /// **Thread-safe:** ends a wait, or the next one.
  void wake() noexcept;

 private:
  struct Transfer;
  [[nodiscard]] static std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* transfer);
  [[nodiscard]] static Reply reply_of(Transfer& transfer, CURLcode code);

  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
  std::vector<std::unique_ptr<Transfer>> under_way_;
};

}  // namespace starling::sources::probe
