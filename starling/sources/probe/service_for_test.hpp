/// @file
/// What the tests of probes ask and listen with: an HTTP service on a free port of 127.0.0.1, a sink and a log to look into.
#pragma once

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "starling/sources/probe/probe.hpp"

namespace starling::sources::probe {

/// Whether it comes true before the deadline; asks every few milliseconds.
template <class Condition>
[[nodiscard]] bool comes_true(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

inline std::string answer_of(std::string_view status, std::string_view body = {}, std::string_view headers = {}) {
  return "HTTP/1.1 " + std::string{status} + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string{headers} + "\r\n" + std::string{body};
}

/// Answers every connection with the same bytes and hangs up; or says nothing, until it does.
class ServiceForTest {
 public:
  explicit ServiceForTest(std::string answer = answer_of("200 OK")) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 64) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }
  ~ServiceForTest() { end(); }
  ServiceForTest(const ServiceForTest&) = delete;
  ServiceForTest& operator=(const ServiceForTest&) = delete;

  /// From here on, and to whoever waits.
  void answer(std::string bytes) {
    const std::lock_guard lock{mutex_};
    answer_ = std::move(bytes);
    for (const int connection : waiting_) reply(connection);
    waiting_.clear();
  }
  /// From here on it takes connections and says nothing.
  void hang() {
    const std::lock_guard lock{mutex_};
    answer_.reset();
  }
  /// From here on its port is closed.
  void end() {
    if (!thread_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    for (const int connection : waiting_) ::close(connection);
    waiting_.clear();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url(std::string_view path = "/health", std::string_view userinfo = {}) const {
    return "http://" + std::string{userinfo} + "127.0.0.1:" + std::to_string(port_) + std::string{path};
  }
  /// The heads of all requests.
  [[nodiscard]] std::vector<std::string> heads() const {
    const std::lock_guard lock{mutex_};
    return heads_;
  }
  [[nodiscard]] std::size_t asked() const { return heads().size(); }

 private:
  void serve() {
    for (int connection; (connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      std::string head;
      std::array<char, 4096> bytes;
      while (head.find("\r\n\r\n") == std::string::npos) {
        const ssize_t received = ::recv(connection, bytes.data(), bytes.size(), 0);
        if (received <= 0) break;
        head.append(bytes.data(), static_cast<std::size_t>(received));
      }
      const std::lock_guard lock{mutex_};
      heads_.push_back(std::move(head));
      if (answer_) {
        reply(connection);
      } else {
        waiting_.push_back(connection);
      }
    }
  }
  void reply(int connection) const {
    for (std::string_view rest = *answer_; !rest.empty();) {
      const ssize_t sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // it has heard enough
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::shutdown(connection, SHUT_WR);
    ::close(connection);
  }

  int listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::optional<std::string> answer_;
  std::vector<std::string> heads_;
  std::vector<int> waiting_;
  std::thread thread_;
};

/// What came, by channel and key: the last of each, and how many.
class Inbox final : public Sink {
 public:
  void offer(std::vector<state::Update> updates) override {
    const std::lock_guard lock{mutex_};
    for (state::Update& update : updates) {
      ++count_;
      last_[update.channel + ' ' + *update.key] = std::move(update.data);
    }
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock{mutex_};
    return count_;
  }
  /// Empty: nothing was said.
  [[nodiscard]] std::string record(const std::string& channel_and_key) const {
    const std::lock_guard lock{mutex_};
    const auto found = last_.find(channel_and_key);
    return found == last_.end() ? "" : found->second;
  }
  /// The record, once it says this.
  std::string wait_for(const std::string& channel_and_key, std::string_view part = {}) const {
    const auto says = [&] { return !record(channel_and_key).empty() && record(channel_and_key).find(part) != std::string::npos; };
    CHECK_MESSAGE(comes_true(says), channel_and_key, " is ", record(channel_and_key), ", not ", std::string{part});
    return record(channel_and_key);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> last_;
  std::size_t count_ = 0;
};

/// What was logged.
class Lines {
 public:
  [[nodiscard]] Log log() {
    return [this](LogLevel level, const std::string& line) {
      const std::lock_guard lock{mutex_};
      lines_.push_back((level == LogLevel::warning ? "! " : "") + line);
    };
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock{mutex_};
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline Moment test_now() {
  using std::chrono::duration_cast;
  return {Instant{duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())},
          Timestamp{duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())}};
}

inline TargetOptions service(std::string name, std::string url, Duration every = std::chrono::seconds{600}) {
  return {.is_service = true, .key = std::move(name), .url = std::move(url), .every = every};
}
inline TargetOptions receiver(std::string id, std::string url, Duration every = std::chrono::seconds{600}) {
  return {.is_service = false, .key = id, .name = "Receiver " + id, .url = std::move(url), .every = every};
}

inline std::unique_ptr<ProbeSource> source_of(std::vector<TargetOptions> targets, Inbox& inbox, Log log = {}) {
  auto source = ProbeSource::from({.targets = std::move(targets), .log = std::move(log)}, inbox, &test_now);
  REQUIRE(source);
  return std::move(*source);
}

}  // namespace starling::sources::probe
