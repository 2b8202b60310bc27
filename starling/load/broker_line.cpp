#include "starling/load/broker_line.hpp"

#include <fmt/format.h>
#include <mosquitto.h>

#include <cerrno>
#include <cstring>

namespace starling::load {
namespace {

constexpr int kKeepalive_s = 60;
/// Packets read or sent in one go.
constexpr int kPacketsPerTurn = 1'000;

/// Before anything else, once; it may be done again.
bool use_library() {
  static const int result = mosquitto_lib_init();
  return result == MOSQ_ERR_SUCCESS;
}

}  // namespace

std::string BrokerAddress::shown() const { return fmt::format("mqtt://{}:{}", host, port); }

Result<std::unique_ptr<BrokerLine>, std::string> BrokerLine::connect(const BrokerAddress& address) {
  if (!use_library()) return Unexpected{std::string{"libmosquitto cannot be initialised"}};
  std::unique_ptr<BrokerLine> line{new BrokerLine{address}};
  // Without a name the broker makes one up.
  line->client_ = {mosquitto_new(nullptr, true, line.get()), mosquitto_destroy};
  mosquitto* client = line->client_.get();
  if (client == nullptr) return Unexpected{fmt::format("libmosquitto gives no client: {}", std::strerror(errno))};
  mosquitto_connect_callback_set(client, [](mosquitto*, void* object, int code) {
    auto& self = *static_cast<BrokerLine*>(object);
    self.is_open_ = code == 0;
    if (code != 0) self.why_lost_ = fmt::format("{}: {}", self.address_.shown(), mosquitto_connack_string(code));
  });
  if (!address.username.empty()) mosquitto_username_pw_set(client, address.username.c_str(), address.password.empty() ? nullptr : address.password.c_str());
  if (const int code = mosquitto_connect(client, address.host.c_str(), address.port, kKeepalive_s); code != MOSQ_ERR_SUCCESS) {
    line->lose(code);
    return Unexpected{fmt::format("{}: start the broker, or give another with --mqtt", line->why_lost_)};
  }
  return line;
}

BrokerLine::~BrokerLine() {
  if (is_open_ && why_lost_.empty()) mosquitto_disconnect(client_.get());
}

void BrokerLine::tend() {
  if (!why_lost_.empty()) return;
  if (const int code = mosquitto_loop(client_.get(), 0, kPacketsPerTurn); code != MOSQ_ERR_SUCCESS && why_lost_.empty()) lose(code);
}

void BrokerLine::publish(const std::string& topic, std::string_view payload) {
  if (!why_lost_.empty()) return;
  const int code = mosquitto_publish(client_.get(), nullptr, topic.c_str(), static_cast<int>(payload.size()), payload.data(), 0, false);
  if (code != MOSQ_ERR_SUCCESS) lose(code);
}

void BrokerLine::lose(int code) {
  why_lost_ = fmt::format("{}: {}", address_.shown(), code == MOSQ_ERR_ERRNO && errno != 0 ? std::strerror(errno) : mosquitto_strerror(code));
}

}  // namespace starling::load
