/// @file
/// A real mosquitto on a free port of 127.0.0.1, for tests only: started with a configuration, ended by its process
/// id.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace starling::sources::mqtt {

/// Whether `condition` comes true before the deadline; asks every few milliseconds.
template <class Condition>
[[nodiscard]] bool comes_true(Condition condition, std::chrono::milliseconds deadline = std::chrono::seconds{20}) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

/// A directory of the test's own, gone with it.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "starling-mqtt-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }
  void write(std::string_view name, std::string_view text) const { std::ofstream{file(name)} << text; }

 private:
  std::filesystem::path path_;
};

/// A socket bound to a free port of 127.0.0.1.
class TestSocket {
 public:
  TestSocket() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    REQUIRE(socket_ >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~TestSocket() { close(socket_); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;
  [[nodiscard]] int get() const { return socket_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// A port nobody listens on now.
[[nodiscard]] inline std::uint16_t free_port() { return TestSocket{}.port(); }

/// A connected socket, or -1. `flags` as for socket(2).
[[nodiscard]] inline int connected_to(std::uint16_t port, int flags = 0) {
  const int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(one, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || (flags & SOCK_NONBLOCK) != 0)
    return one;
  close(one);
  return -1;
}

/// Starts a program without a shell; its output goes nowhere, its input comes from `input`.
[[nodiscard]] inline pid_t spawn(const std::vector<std::string>& command, const std::string& input = "/dev/null") {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  REQUIRE(posix_spawn_file_actions_init(&actions) == 0);
  posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  // ASan's settings are ours alone.
  char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[] = {path, nullptr};
  pid_t process = -1;
  const int error = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  INFO("starting " << command[0] << " (Debian packages mosquitto, mosquitto-clients, openssl)");
  REQUIRE(error == 0);
  return process;
}

/// The exit code of a program once it has ended.
[[nodiscard]] inline int run(const std::vector<std::string>& command, const std::string& input = "/dev/null") {
  const pid_t process = spawn(command, input);
  int status = 0;
  REQUIRE(waitpid(process, &status, 0) == process);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class TestBroker {
 public:
  /// Returns once it accepts connections. `configuration` is added to a listener on `port`.
  TestBroker(const TestFolder& folder, std::uint16_t port,
             std::string_view configuration = "allow_anonymous true\n") {
    // Started as root it would change to a user who may not read the folder.
    folder.write("mosquitto.conf", "user root\npersistence false\nlog_type none\nmax_queued_messages 0\nlistener " +
                                       std::to_string(port) + " 127.0.0.1\n" + std::string{configuration});
    process_ = spawn({"/usr/sbin/mosquitto", "-c", folder.file("mosquitto.conf")});
    REQUIRE(comes_true([port] {
      const int probe = connected_to(port);
      if (probe >= 0) close(probe);
      return probe >= 0;
    }));
  }
  ~TestBroker() { stop(); }
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;

  void stop() {
    if (process_ < 0) return;
    kill(process_, SIGTERM);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
  }

 private:
  pid_t process_ = -1;
};

}  // namespace starling::sources::mqtt
