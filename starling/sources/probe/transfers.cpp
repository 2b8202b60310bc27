#include "starling/sources/probe/transfers.hpp"

#include <algorithm>
#include <limits>

#include "starling/core/base/check.hpp"

namespace starling::sources::probe {
namespace {

constexpr long kRedirectsMax = 3;

/// libcurl wants to be initialised once before anything else. It is not cleaned up: a name may still be looked up, by a thread of its own, when the program ends.
CURLM* new_multi() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  STARLING_CHECK(initialised == CURLE_OK);
  return curl_multi_init();
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  STARLING_CHECK(code == CURLE_OK, static_cast<int>(option));
}

long milliseconds_of(Duration duration) { return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count()); }

bool is_no_answer(CURLcode code) noexcept { return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT; }

}  // namespace

struct Transfers::Transfer {
  explicit Transfer(std::size_t of) : target(of), easy(curl_easy_init(), &curl_easy_cleanup) { STARLING_CHECK(easy != nullptr); }

  std::size_t target;
  std::string body;
  bool is_too_long = false;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy;
};

Transfers::Transfers() : multi_(new_multi(), &curl_multi_cleanup) { STARLING_CHECK(multi_ != nullptr); }

Transfers::~Transfers() {
  for (const auto& transfer : under_way_) curl_multi_remove_handle(multi_.get(), transfer->easy.get());
}

void Transfers::begin(const Request& request) {
  const auto& transfer = under_way_.emplace_back(std::make_unique<Transfer>(request.target));
  CURL* easy = transfer->easy.get();
  set(easy, CURLOPT_URL, request.url.asked.c_str());
  if (!request.url.username.empty() || !request.url.password.empty()) {
    set(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    set(easy, CURLOPT_USERNAME, request.url.username.c_str());
    set(easy, CURLOPT_PASSWORD, request.url.password.c_str());
  }
  const char* const scheme = request.url.is_tls ? "https" : "http";
  set(easy, CURLOPT_PROTOCOLS_STR, scheme);
  set(easy, CURLOPT_REDIR_PROTOCOLS_STR, scheme);
  set(easy, CURLOPT_FOLLOWLOCATION, 1L);
  set(easy, CURLOPT_MAXREDIRS, kRedirectsMax);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_FRESH_CONNECT, 1L);
  set(easy, CURLOPT_FORBID_REUSE, 1L);
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!request.ca_file.empty()) set(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  set(easy, CURLOPT_USERAGENT, "starling");
  set(easy, CURLOPT_TIMEOUT_MS, milliseconds_of(request.timeout));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(request.timeout));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // a name that is still being looked up is not waited for
  set(easy, CURLOPT_WRITEFUNCTION, &Transfers::take_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(transfer.get()));
  const CURLMcode added = curl_multi_add_handle(multi_.get(), easy);
  STARLING_CHECK(added == CURLM_OK, static_cast<int>(added));
}

std::vector<Reply> Transfers::go_on() {
  int running = 0;
  const CURLMcode performed = curl_multi_perform(multi_.get(), &running);
  STARLING_CHECK(performed == CURLM_OK, static_cast<int>(performed));
  std::vector<Reply> replies;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* const easy = message->easy_handle;  // the message is gone with the handle
    const auto transfer = std::ranges::find(under_way_, easy, [](const auto& each) { return each->easy.get(); });
    STARLING_CHECK(transfer != under_way_.end());
    replies.push_back(reply_of(**transfer, code));
    curl_multi_remove_handle(multi_.get(), easy);
    under_way_.erase(transfer);
  }
  return replies;
}

void Transfers::wait(Duration at_most) {
  const Duration::rep most = std::numeric_limits<int>::max();
  const auto timeout_ms = std::clamp<Duration::rep>(milliseconds_of(at_most), 0, most);
  const CURLMcode polled = curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(timeout_ms), nullptr);
  STARLING_CHECK(polled == CURLM_OK, static_cast<int>(polled));
}

void Transfers::wake() noexcept { curl_multi_wakeup(multi_.get()); }

std::size_t Transfers::take_body(char* bytes, std::size_t, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  transfer.is_too_long = transfer.body.size() + count > kBodyBytesMax;
  if (transfer.is_too_long) return CURL_WRITEFUNC_ERROR;
  transfer.body.append(bytes, count);
  return count;
}

Reply Transfers::reply_of(Transfer& transfer, CURLcode code) {
  Reply reply{.target = transfer.target, .kind = ReplyKind::whole};
  if (code != CURLE_OK && !transfer.is_too_long) {
    reply.kind = is_no_answer(code) ? ReplyKind::nothing : ReplyKind::bad;
    reply.why = curl_easy_strerror(code);
    return reply;
  }
  long status = 0;
  curl_off_t took_us = 0;
  CURL* const easy = transfer.easy.get();
  STARLING_CHECK(curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK);
  STARLING_CHECK(curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took_us) == CURLE_OK);
  reply.status = static_cast<unsigned>(status);
  reply.took = Duration{took_us};
  if (!transfer.is_too_long) reply.body = std::move(transfer.body);
  return reply;
}

}  // namespace starling::sources::probe
