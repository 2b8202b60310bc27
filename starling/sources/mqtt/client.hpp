/// @file
/// One life of an MQTT source, from start to stop: a thread that connects, listens, and connects again.
///
/// libmosquitto brings a thread of its own (mosquitto_loop_start), which does not do here (2.0.11): it waits with
/// select, so it fails for descriptors over 1023, and a server with many viewers has those; it ends for good when a
/// name cannot be resolved or TLS fails, and a broker that comes up later is never found; its stop can wait for ever.
/// So the thread and the waiting are ours, and libmosquitto reads, writes and speaks MQTT. All calls to it are made
/// from that thread.
///
/// Looking up a name and opening a connection block, for minutes if the network swallows packets. Meanwhile the
/// thread touches nothing that belongs to others, so `stop` leaves it to finish alone: it finds `stopping_` and ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mosquitto.h>

#include "starling/sources/mqtt/complaints.hpp"
#include "starling/sources/mqtt/mqtt.hpp"

namespace starling::sources::mqtt {

/// **Thread-safe:** the status, written by the client's thread and read by anybody.
struct MqttSource::Ledger {
  mutable std::mutex mutex;
  SourceStatus status;
};

class MqttSource::Client {
 public:
  Client(MqttOptions options, BrokerUrl url, Decoder& decoder, Sink& sink, Clock clock,
         std::shared_ptr<Ledger> ledger);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// What the thread does, until `stop`.
  void run();
  /// **Thread-safe:** ends `run`. True when it has ended; false when it is left alone in a blocking call and will end
  /// by itself, without touching the decoder, the sink, the log, the clock or the ledger again.
  [[nodiscard]] bool stop();

 private:
  using Handle = std::unique_ptr<mosquitto, decltype(&mosquitto_destroy)>;

  // ---- Connecting: each returns why it did not work, or nothing ----
  [[nodiscard]] std::string attempt();
  [[nodiscard]] std::string configure(mosquitto* client);
  [[nodiscard]] std::string configure_tls(mosquitto* client);
  [[nodiscard]] std::string connect(mosquitto* client);
  [[nodiscard]] std::string listen(mosquitto* client);
  [[nodiscard]] int read_some(mosquitto* client);
  void subscribe(mosquitto* client);
  [[nodiscard]] std::string failure(int code, int error_number) const;

  // ---- What libmosquitto reports, on our thread, inside listen() ----
  void on_connect(mosquitto* client, int code);
  void on_subscribe(int message_id, bool refused);
  void on_message(const mosquitto_message& message);
  void on_library_error(std::string_view text);

  void bad_payload(std::string_view topic, std::string_view reason, Instant now);
  void offer();
  void say(LogLevel level, std::string text) const;
  template <class Change>
  void account(Change change);

  [[nodiscard]] bool is_stopping() const;
  /// False when stopped meanwhile.
  [[nodiscard]] bool wait(Duration duration);

  const MqttOptions options_;
  const BrokerUrl url_;
  Decoder& decoder_;
  Sink& sink_;
  const Clock clock_;
  const std::shared_ptr<Ledger> ledger_;

  // The thread's own.
  Complaints complaints_;
  std::uint64_t messages_ = 0;  ///< ever
  std::vector<state::Update> heard_;                        ///< decoded, not yet offered; at most kHeardMax
  std::vector<std::pair<int, std::string>> subscriptions_;  ///< message id → topic filter, until acknowledged
  std::string refusal_;                                     ///< why the broker does not let us in
  std::string library_error_;                               ///< the last that libmosquitto logged in this attempt
  std::string logged_error_;    ///< the last we logged, so that a broker away is told once
  bool was_connected_ = false;  ///< in this attempt

  // Shared by stop() and the thread.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool finished_ = false;
  bool alone_ = false;  ///< in a blocking call, touching nothing of others
  int wake_ =
      -1;  ///< eventfd that ends a wait for the socket; -1 (no descriptors left): that wait ends within a second
};

}  // namespace starling::sources::mqtt
