/// @file
/// A source as the tests use one: a decoder that takes any JSON, a sink and a log to look into, a publisher.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "starling/core/base/json.hpp"
#include "starling/sources/mqtt/broker_for_test.hpp"
#include "starling/sources/mqtt/mqtt.hpp"

namespace starling::sources::mqtt {

/// The topic is the key, the payload the data.
class PlainDecoder final : public Decoder {
 public:
  Result<void, DecodeError> decode(std::string_view topic, std::string_view payload, bool retained, Timestamp,
                                   std::vector<state::Update>& updates) override {
    auto data = json::compact(payload);
    if (!data) return Unexpected{DecodeError{DecodeError::Reason::not_json}};
    state::Update update;
    update.channel = "test:plain";
    update.key = topic;
    update.data = std::move(*data);
    update.retained = retained;
    updates.push_back(std::move(update));
    return {};
  }
};

/// What came, to be waited for.
class Inbox final : public Sink {
 public:
  void offer(std::vector<state::Update> updates) override {
    const std::lock_guard lock{mutex_};
    for (state::Update& update : updates) all_.push_back(std::move(update));
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return all_.size();
  }
  [[nodiscard]] std::ptrdiff_t count(std::string_view key) const {
    const std::lock_guard lock{mutex_};
    return std::count_if(all_.begin(), all_.end(), [key](const state::Update& update) { return update.key == key; });
  }
  /// Waits until `count` have come in all, and returns all.
  std::vector<state::Update> wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return all_.size() >= count; }));
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<state::Update> all_;
};

/// What was logged; a copy of it is the Log.
class Lines {
 public:
  [[nodiscard]] Log log() const {
    return [held = held_](LogLevel, std::string line) {
      const std::lock_guard lock{held->mutex};
      held->lines.push_back(std::move(line));
    };
  }
  [[nodiscard]] std::size_t count(std::string_view part) const {
    const std::lock_guard lock{held_->mutex};
    std::size_t found = 0;
    for (const std::string& line : held_->lines) found += line.find(part) != std::string::npos ? 1 : 0;
    return found;
  }

 private:
  struct Held {
    std::mutex mutex;
    std::vector<std::string> lines;
  };
  std::shared_ptr<Held> held_ = std::make_shared<Held>();
};

inline Moment test_now() {
  using std::chrono::duration_cast;
  return {Instant{duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())},
          Timestamp{duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())}};
}

inline std::string url_of(std::uint16_t port, std::string_view userinfo = "") {
  return "mqtt://" + std::string{userinfo} + "127.0.0.1:" + std::to_string(port);
}

inline MqttOptions options_for(std::string url, const Lines& lines) {
  MqttOptions options{.url = std::move(url), .topics = {"test/#"}, .log = lines.log()};
  options.reconnect_min = std::chrono::milliseconds{50};
  options.reconnect_max = std::chrono::milliseconds{200};
  return options;
}

inline std::unique_ptr<MqttSource> source_of(MqttOptions options, Inbox& inbox) {
  auto source = MqttSource::from(std::move(options), std::make_unique<PlainDecoder>(), inbox, &test_now, Random{7});
  REQUIRE(source.has_value());
  return std::move(*source);
}

inline void publish(std::uint16_t port, const std::string& topic, const std::string& payload,
                    std::vector<std::string> more = {}) {
  std::vector<std::string> command{"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(port), "-q", "1", "-t",
                                   topic,           "-m", payload};
  command.insert(command.end(), more.begin(), more.end());
  REQUIRE(run(command) == 0);
}

/// Connected and subscribed: a probe published to it has come.
inline void wait_until_listening(const MqttSource& source, Inbox& inbox, std::uint16_t port,
                                 std::vector<std::string> more = {}) {
  REQUIRE(comes_true([&] { return source.status().connection == ConnectionState::connected; }));
  const std::size_t before = inbox.size();
  REQUIRE(comes_true([&] {
    publish(port, "test/probe", "{}", more);
    return comes_true([&] { return inbox.size() > before; }, std::chrono::milliseconds{500});
  }));
}

}  // namespace starling::sources::mqtt
