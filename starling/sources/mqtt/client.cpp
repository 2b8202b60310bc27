#include "starling/sources/mqtt/client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "starling/core/base/check.hpp"

namespace starling::sources::mqtt {
namespace {

// Messages that wait in the socket are offered together: one crossing to the hub for a burst.
constexpr std::size_t kHeardMax = 256;
// How often keep-alive and complaints are looked after.
constexpr int kRound_ms = 1000;
// An ordinary connect finishes within it; only one that hangs is left alone.
constexpr std::chrono::milliseconds kStopPatience{200};
constexpr int kRefused = 0x80;  // SUBACK (MQTT 3.1.1 §3.9.3)
// Where Debian's ca-certificates puts them. (MOSQ_OPT_TLS_USE_OS_CERTS does not do: mosquitto_tls_set wants a file or
// folder.)
constexpr const char* kSystemCertificates = "/etc/ssl/certs";
constexpr int kVerifyNone = 0;  // SSL_VERIFY_NONE
constexpr int kVerifyPeer = 1;  // SSL_VERIFY_PEER

/// libmosquitto wants to be initialised once before anything else and is safe from then on. It is not cleaned up: a
/// thread that was left alone may still use it when the program ends.
bool use_library() {
  static const int result = mosquitto_lib_init();
  return result == MOSQ_ERR_SUCCESS;
}

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

}  // namespace

MqttSource::Client::Client(MqttOptions options, BrokerUrl url, Decoder& decoder, Sink& sink, Clock clock,
                           std::shared_ptr<Ledger> ledger)
    : options_(std::move(options)),
      url_(std::move(url)),
      decoder_(decoder),
      sink_(sink),
      clock_(std::move(clock)),
      ledger_(std::move(ledger)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

MqttSource::Client::~Client() {
  if (wake_ >= 0) close(wake_);
}

void MqttSource::Client::run() {
  Duration delay = options_.reconnect_min;
  for (;;) {
    account([](SourceStatus& status) {
      status.connection = ConnectionState::connecting;
      ++status.attempts;
    });
    const std::string error = attempt();
    if (is_stopping()) break;
    account([&error](SourceStatus& status) {
      status.connection = ConnectionState::waiting;
      status.last_error = error;
    });
    if (error != logged_error_ || was_connected_) say(LogLevel::warning, error);
    logged_error_ = error;
    if (was_connected_) delay = options_.reconnect_min;
    if (!wait(delay)) break;
    delay = std::min(delay * 2, options_.reconnect_max);
  }
  const std::lock_guard lock{mutex_};
  finished_ = true;
  changed_.notify_all();
}

bool MqttSource::Client::stop() {
  std::unique_lock lock{mutex_};
  stopping_ = true;
  changed_.notify_all();
  const std::uint64_t one = 1;
  if (wake_ >= 0) STARLING_CHECK(write(wake_, &one, sizeof one) == sizeof one, errno);
  changed_.wait_for(lock, kStopPatience, [this] { return finished_; });
  changed_.wait(lock, [this] { return finished_ || alone_; });
  return finished_;
}

/// One connection from its opening to its loss.
std::string MqttSource::Client::attempt() {
  refusal_.clear();
  library_error_.clear();
  subscriptions_.clear();
  was_connected_ = false;
  if (!use_library()) return "libmosquitto cannot be initialised";
  // A new client each time: nothing of the last connection is left in it, and renewed certificates are read.
  const Handle client{mosquitto_new(options_.client_id.c_str(), true, this), &mosquitto_destroy};
  if (!client) return std::string{"libmosquitto gives no client: "} + std::strerror(errno);
  std::string error = configure(client.get());
  if (error.empty()) error = connect(client.get());
  if (error.empty()) error = listen(client.get());
  return error;
}

std::string MqttSource::Client::configure(mosquitto* client) {
  mosquitto_connect_callback_set(
      client, [](mosquitto* from, void* object, int code) { static_cast<Client*>(object)->on_connect(from, code); });
  mosquitto_subscribe_callback_set(
      client, [](mosquitto*, void* object, int message_id, int count, const int* granted) {
        static_cast<Client*>(object)->on_subscribe(message_id, count < 1 || granted[0] >= kRefused);
      });
  mosquitto_message_callback_set(client, [](mosquitto*, void* object, const mosquitto_message* message) {
    static_cast<Client*>(object)->on_message(*message);
  });
  mosquitto_log_callback_set(client, [](mosquitto*, void* object, int level, const char* text) {
    if (level == MOSQ_LOG_ERR) static_cast<Client*>(object)->on_library_error(text);
  });
  if (!options_.username.empty()) {
    const int code = mosquitto_username_pw_set(client, options_.username.c_str(), text_or_null(options_.password));
    if (code != MOSQ_ERR_SUCCESS)
      return std::string{"user name and password cannot be used: "} + mosquitto_strerror(code);
  }
  return url_.tls ? configure_tls(client) : std::string{};
}

std::string MqttSource::Client::configure_tls(mosquitto* client) {
  for (const std::string* file : {&options_.ca_file, &options_.cert_file, &options_.key_file}) {
    if (!file->empty() && access(file->c_str(), R_OK) != 0)
      return "\"" + *file + "\" cannot be read: " + std::strerror(errno);
  }
  // The password callback keeps libmosquitto from asking on the terminal when the key is encrypted.
  int code = mosquitto_tls_set(
      client, text_or_null(options_.ca_file), options_.ca_file.empty() ? kSystemCertificates : nullptr,
      text_or_null(options_.cert_file), text_or_null(options_.key_file), [](char*, int, int, void*) { return 0; });
  if (code == MOSQ_ERR_SUCCESS)
    code = mosquitto_tls_opts_set(client, options_.insecure ? kVerifyNone : kVerifyPeer, nullptr, nullptr);
  if (code == MOSQ_ERR_SUCCESS) code = mosquitto_tls_insecure_set(client, options_.insecure);
  if (code != MOSQ_ERR_SUCCESS) return std::string{"TLS cannot be set up: "} + mosquitto_strerror(code);
  return {};
}

std::string MqttSource::Client::connect(mosquitto* client) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_) return "stopping";
    alone_ = true;
    changed_.notify_all();
  }
  // The blocking one tries each address of a name in turn; the asynchronous one only ever the first.
  const int code =
      mosquitto_connect(client, url_.host.c_str(), url_.port, static_cast<int>(options_.keepalive.count()));
  const int error_number = errno;
  const std::lock_guard lock{mutex_};
  alone_ = false;
  if (stopping_) return "stopping";
  return code == MOSQ_ERR_SUCCESS ? std::string{} : failure(code, error_number);
}

std::string MqttSource::Client::listen(mosquitto* client) {
  for (;;) {
    const int socket = mosquitto_socket(client);
    if (socket < 0) return failure(MOSQ_ERR_CONN_LOST, 0);
    const short wanted = static_cast<short>(mosquitto_want_write(client) ? POLLIN | POLLOUT : POLLIN);
    std::array<pollfd, 2> waiting{pollfd{socket, wanted, 0}, pollfd{wake_, POLLIN, 0}};
    const int ready = poll(waiting.data(), waiting.size(), heard_.empty() ? kRound_ms : 0);
    if (ready < 0 && errno != EINTR) return std::string{"waiting for the broker failed: "} + std::strerror(errno);
    if (is_stopping()) {
      offer();  // acknowledged already: nobody would send it again
      mosquitto_disconnect(client);
      return "stopping";
    }
    const short is = ready > 0 ? waiting[0].revents : short{0};
    const bool readable = (is & (POLLIN | POLLHUP | POLLERR)) != 0;
    int code = MOSQ_ERR_SUCCESS;
    errno = 0;
    if (readable) code = read_some(client);
    if (code == MOSQ_ERR_SUCCESS && (is & POLLOUT) != 0 && mosquitto_socket(client) >= 0)
      code = mosquitto_loop_write(client, 1);
    if (code == MOSQ_ERR_SUCCESS) code = mosquitto_loop_misc(client);
    const int error_number = errno;
    if (!readable || heard_.size() >= kHeardMax || code != MOSQ_ERR_SUCCESS) offer();
    if (code != MOSQ_ERR_SUCCESS) return failure(code, error_number);
    if (auto line = complaints_.overdue(clock_().instant)) say(LogLevel::warning, std::move(*line));
  }
}

/// What waits in the socket, up to what is offered together. libmosquitto reads one packet a call, and does not say whether there was one.
int MqttSource::Client::read_some(mosquitto* client) {
  for (std::size_t i = 0; i < kHeardMax && heard_.size() < kHeardMax; ++i) {
    const std::uint64_t before = messages_;
    if (const int code = mosquitto_loop_read(client, 1); code != MOSQ_ERR_SUCCESS) return code;
    if (messages_ == before || mosquitto_socket(client) < 0) break;
  }
  return MOSQ_ERR_SUCCESS;
}

void MqttSource::Client::subscribe(mosquitto* client) {
  for (const std::string& topic : options_.topics) {
    int message_id = 0;
    const int code = mosquitto_subscribe(client, &message_id, topic.c_str(), options_.qos);
    if (code == MOSQ_ERR_SUCCESS) {
      subscriptions_.emplace_back(message_id, topic);
    } else {
      account([&](SourceStatus& status) {
        status.last_error = "subscription to \"" + topic + "\" failed: " + mosquitto_strerror(code);
      });
    }
  }
}

/// What a person reads; the most telling of what is known.
std::string MqttSource::Client::failure(int code, int error_number) const {
  std::string text = shown(url_) + ": ";
  if (!refusal_.empty()) return text + refusal_;
  if (code == MOSQ_ERR_ERRNO && error_number != 0 && error_number != EPROTO)
    return text + std::strerror(error_number);
  if (code == MOSQ_ERR_EAI) return text + "the host's name cannot be resolved";
  text += mosquitto_strerror(code);
  if (!library_error_.empty()) text += " (" + library_error_ + ")";
  return text;
}

void MqttSource::Client::on_connect(mosquitto* client, int code) {
  if (code != 0) {
    refusal_ = mosquitto_connack_string(code);
    return;
  }
  was_connected_ = true;
  account([](SourceStatus& status) {
    status.connection = ConnectionState::connected;
    status.last_error.clear();
  });
  say(LogLevel::note, "connected to " + shown(url_));
  subscribe(client);
}

void MqttSource::Client::on_subscribe(int message_id, bool refused) {
  const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                  [message_id](const auto& entry) { return entry.first == message_id; });
  if (found == subscriptions_.end()) return;
  if (refused) {
    std::string error = "the broker refuses the subscription to \"" + found->second + "\"";
    account([&error](SourceStatus& status) { status.last_error = error; });
    say(LogLevel::error, std::move(error));
  }
  subscriptions_.erase(found);
}

void MqttSource::Client::on_message(const mosquitto_message& message) {
  const Moment now = clock_();
  ++messages_;
  account([](SourceStatus& status) { ++status.received; });
  const std::string_view topic{message.topic};
  const auto bytes = static_cast<std::size_t>(message.payloadlen);
  if (bytes > options_.payload_bytes_max) return bad_payload(topic, "too large", now.instant);
  const std::string_view payload =
      bytes == 0 ? std::string_view{} : std::string_view{static_cast<const char*>(message.payload), bytes};
  const auto decoded = decoder_.decode(topic, payload, message.retain, now.timestamp, heard_);
  if (!decoded) bad_payload(topic, describe(decoded.error()), now.instant);
}

void MqttSource::Client::on_library_error(std::string_view text) { library_error_ = text; }

void MqttSource::Client::bad_payload(std::string_view topic, std::string_view reason, Instant now) {
  account([](SourceStatus& status) { ++status.bad_payloads; });
  if (auto line = complaints_.add(topic, reason, now)) say(LogLevel::warning, std::move(*line));
}

void MqttSource::Client::offer() {
  if (heard_.empty()) return;
  account([this](SourceStatus& status) { status.updates += heard_.size(); });
  sink_.offer(std::exchange(heard_, {}));
}

void MqttSource::Client::say(LogLevel level, std::string text) const {
  if (options_.log) options_.log(level, std::move(text));
}

template <class Change>
void MqttSource::Client::account(Change change) {
  const std::lock_guard lock{ledger_->mutex};
  change(ledger_->status);
}

bool MqttSource::Client::is_stopping() const {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

bool MqttSource::Client::wait(Duration duration) {
  std::unique_lock lock{mutex_};
  return !changed_.wait_for(lock, duration, [this] { return stopping_; });
}

}  // namespace starling::sources::mqtt
