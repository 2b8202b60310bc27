/// @file
/// A connection to an MQTT broker that publishes, as a load generator has it: messages are fire and forget (QoS 0), and whoever runs it looks after
/// it now and then, on his own thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

struct mosquitto;

namespace starling::load {

struct BrokerAddress {
  std::string host;
  std::uint16_t port = 1883;
  std::string username{}, password{};

  [[nodiscard]] std::string shown() const;
};

class BrokerLine {
 public:
  /// Waits until the connection is made, not until the broker has let us in. Fails with one line: what, where, cure.
  [[nodiscard]] static Result<std::unique_ptr<BrokerLine>, std::string> connect(const BrokerAddress& address);
  ~BrokerLine();
  BrokerLine(const BrokerLine&) = delete;
  BrokerLine& operator=(const BrokerLine&) = delete;

  /// The broker has let us in.
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  /// Empty while all is well.
  [[nodiscard]] const std::string& why_lost() const noexcept { return why_lost_; }
  /// Reads what the broker says and sends what waits; never blocks.
  void tend();
  /// Sent at once as far as the socket takes it.
  void publish(const std::string& topic, std::string_view payload);

 private:
  explicit BrokerLine(BrokerAddress address) : address_(std::move(address)) {}
  void lose(int code);

  BrokerAddress address_;
  std::unique_ptr<mosquitto, void (*)(mosquitto*)> client_{nullptr, nullptr};
  bool is_open_ = false;
  std::string why_lost_;
};

}  // namespace starling::load
