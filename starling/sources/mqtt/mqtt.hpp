/// @file
/// An MQTT broker as a source: subscribes, hands each message to a decoder, offers what comes out.
///
/// It starts whether the broker is there or not and comes back whenever it can: attempts wait 1, 2, 4 … 30 s, and
/// each connection subscribes anew (clean session: what was published meanwhile is gone, except what the broker
/// retains).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/sources/decoder.hpp"
#include "starling/sources/mqtt/url.hpp"
#include "starling/sources/source.hpp"

namespace starling::sources::mqtt {

struct MqttOptions {
  std::string url = {};                  ///< mqtt://host:1883, mqtts://user:password@host:8883
  std::vector<std::string> topics = {};  ///< topic filters, at least one
  /// 0 or 1 (2 is taken too). With 1 a broker that runs full keeps messages for us rather than dropping them; it also
  /// waits for acknowledgements (mosquitto: 20 in flight), so 0 suits many messages over a long line.
  int qos = 1;
  std::string username = {};   ///< empty: the URL's
  std::string password = {};   ///< empty: the URL's
  std::string client_id = {};  ///< empty: "starling-" and 16 random hex digits
  std::string ca_file = {};    ///< PEM; empty: the system's. For mqtts
  std::string cert_file = {};  ///< PEM, ours; with key_file. For mqtts
  std::string key_file = {};
  bool insecure = false;                              ///< true: any certificate will do, whoever's it is. For mqtts
  std::chrono::seconds keepalive{60};                 ///< 5 s to 65,535 s; a dead broker is noticed within twice that
  std::size_t payload_bytes_max = 256 << 10;          ///< larger payloads are bad
  Duration reconnect_min = std::chrono::seconds{1};   ///< the wait doubles from here …
  Duration reconnect_max = std::chrono::seconds{30};  ///< … to here
  Log log = {};
};

/// What is wrong with the options: the one at fault, and why. Holds no secrets.
struct MqttOptionError {
  std::string option;
  std::string message;
};

class MqttSource final : public Source {
  struct Checked;  // options that `from` has looked at; only it can make one

 public:
  /// `decoder` is used from the source's thread only; `sink` must outlive the source. `random` makes the client id.
  [[nodiscard]] static Result<std::unique_ptr<MqttSource>, MqttOptionError> from(MqttOptions options,
                                                                                 std::unique_ptr<Decoder> decoder,
                                                                                 Sink& sink, Clock clock,
                                                                                 Random random);
  MqttSource(Checked checked, std::unique_ptr<Decoder> decoder, Sink& sink, Clock clock);
  ~MqttSource() override;
  MqttSource(const MqttSource&) = delete;
  MqttSource& operator=(const MqttSource&) = delete;

  void start() override;
  /// Takes well under 2 s, plus what a call of `Sink::offer` in progress takes.
  void stop() override;
  [[nodiscard]] SourceStatus status() const override;

 private:
  class Client;
  struct Ledger;
  struct Checked {
    MqttOptions options;  ///< user, password and client id filled in
    BrokerUrl url;
  };

  Checked checked_;
  std::unique_ptr<Decoder> decoder_;
  Sink& sink_;
  Clock clock_;
  std::shared_ptr<Ledger> ledger_;
  std::shared_ptr<Client> client_;  ///< between start and stop
  std::thread thread_;
};

}  // namespace starling::sources::mqtt
