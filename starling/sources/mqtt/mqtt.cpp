#include "starling/sources/mqtt/mqtt.hpp"

#include <signal.h>

#include <fmt/format.h>

#include "starling/core/base/check.hpp"
#include "starling/sources/mqtt/client.hpp"

namespace starling::sources::mqtt {
namespace {

// What MQTT and libmosquitto can count.
constexpr std::chrono::seconds kKeepaliveMin{5};
constexpr std::chrono::seconds kKeepaliveMax{65535};

Unexpected<MqttOptionError> wrong(std::string option, std::string message) {
  return Unexpected{MqttOptionError{std::move(option), std::move(message)}};
}

}  // namespace

Result<std::unique_ptr<MqttSource>, MqttOptionError> MqttSource::from(MqttOptions options,
                                                                      std::unique_ptr<Decoder> decoder, Sink& sink,
                                                                      Clock clock, Random random) {
  STARLING_CHECK(decoder != nullptr);
  STARLING_CHECK(static_cast<bool>(clock));
  auto url = parse_broker_url(options.url);
  if (!url) return wrong("url", std::string{describe(url.error())});
  if (options.topics.empty()) return wrong("topics", "at least one topic is needed");
  for (const std::string& topic : options.topics) {
    if (topic.empty() || mosquitto_sub_topic_check2(topic.data(), topic.size()) != MOSQ_ERR_SUCCESS) {
      return wrong("topics",
                   "\"" + topic + "\" is not a topic filter: + and # stand alone between slashes, # comes last");
    }
  }
  if (options.qos < 0 || options.qos > 2) return wrong("qos", "the quality of service is 0, 1 or 2");
  if (options.cert_file.empty() != options.key_file.empty())
    return wrong("key_file", "cert_file and key_file come together");
  if (!url->tls && !(options.ca_file.empty() && options.cert_file.empty() && !options.insecure)) {
    return wrong("url", "certificates need mqtts://");
  }
  if (options.keepalive < kKeepaliveMin || options.keepalive > kKeepaliveMax)
    return wrong("keepalive", "it is 5 s to 65,535 s");
  if (options.reconnect_min <= Duration::zero() || options.reconnect_max < options.reconnect_min) {
    return wrong("reconnect_max", "it is at least reconnect_min, which is over 0");
  }
  for (const std::string* text : {&options.username, &options.password, &options.client_id}) {
    if (text->find('\0') != std::string::npos)
      return wrong("username", "user, password and client id cannot hold a zero byte");
  }

  if (options.username.empty()) options.username = url->username.value_or("");
  if (options.password.empty()) options.password = url->password.value_or("");
  if (options.username.empty() && !options.password.empty()) return wrong("username", "a password needs a user name");
  if (options.client_id.empty()) options.client_id = fmt::format("starling-{:016x}", random.next());
  return std::make_unique<MqttSource>(Checked{std::move(options), std::move(*url)}, std::move(decoder), sink,
                                      std::move(clock));
}

MqttSource::MqttSource(Checked checked, std::unique_ptr<Decoder> decoder, Sink& sink, Clock clock)
    : checked_(std::move(checked)),
      decoder_(std::move(decoder)),
      sink_(sink),
      clock_(std::move(clock)),
      ledger_(std::make_shared<Ledger>()) {}

MqttSource::~MqttSource() { stop(); }

void MqttSource::start() {
  if (client_) return;
  client_ = std::make_shared<Client>(checked_.options, checked_.url, *decoder_, sink_, clock_, ledger_);
  // Signals are for the program's own threads; and libmosquitto may write to a closed socket (SIGPIPE).
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  STARLING_CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
  thread_ = std::thread{[client = client_] { client->run(); }};
  STARLING_CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

void MqttSource::stop() {
  if (!client_) return;
  if (client_->stop()) {
    thread_.join();
  } else {
    thread_.detach();
  }
  client_.reset();
  const std::lock_guard lock{ledger_->mutex};
  ledger_->status.connection = ConnectionState::stopped;
  ledger_->status.last_error.clear();
}

SourceStatus MqttSource::status() const {
  const std::lock_guard lock{ledger_->mutex};
  return ledger_->status;
}

}  // namespace starling::sources::mqtt
