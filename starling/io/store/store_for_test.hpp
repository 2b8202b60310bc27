/// @file
/// Real databases for tests: files in a folder of the test's own, and a PostgreSQL server on a Unix socket that is started and ended by the test.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "starling/io/store/open_store.hpp"

namespace starling::store {

/// Whether `condition` comes true before the deadline.
template <class Condition>
[[nodiscard]] bool comes_true(Condition condition, std::chrono::milliseconds deadline = std::chrono::seconds{30}) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

/// A folder of the test's own, gone with it.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "starling-store-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Starts a program without a shell; what it says goes nowhere.
[[nodiscard]] inline pid_t spawn(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  REQUIRE(posix_spawn_file_actions_init(&actions) == 0);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char locale[] = "LC_ALL=C";
  char* environment[] = {path, locale, nullptr};
  pid_t process = -1;
  const int error = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  INFO("starting " << command[0]);
  REQUIRE(error == 0);
  return process;
}

/// The exit code of a program once it has ended.
[[nodiscard]] inline int run_program(const std::vector<std::string>& command) {
  const pid_t process = spawn(command);
  int status = 0;
  REQUIRE(waitpid(process, &status, 0) == process);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A server of its own, with its data in a folder of its own, which nobody outside of this machine reaches.
class TestPostgres {
 public:
  TestPostgres() {
    const bool is_root = geteuid() == 0;
    if (is_root) {
      const passwd* user = getpwnam("postgres");
      REQUIRE_MESSAGE(user != nullptr, "PostgreSQL does not run as root, and there is no user postgres (Debian package postgresql-15)");
      REQUIRE(chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) == 0);
      // It ends with this process, however that ends.
      as_ = {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=INT"};
    }
    const int made = run_program(command("initdb", {"-D", folder_.file("data"), "-U", "starling", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"}));
    REQUIRE_MESSAGE(made == 0, "initdb failed: is the Debian package postgresql-15 installed?");
    start();
  }
  ~TestPostgres() { stop(SIGINT); }
  TestPostgres(const TestPostgres&) = delete;
  TestPostgres& operator=(const TestPostgres&) = delete;

  void start() {
    REQUIRE(comes_true([this] {
      process_ = spawn(command("postgres", {"-D", folder_.file("data"), "-c", "listen_addresses=", "-c", "unix_socket_directories=" + folder_.path(), "-c",
                                            "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=20", "-c", "jit=off"}));
      return comes_true([this] { return has_ended() || run_program({kPrograms + "pg_isready", "-q", "-h", folder_.path()}) == 0; }) && process_ > 0;
    }));
  }
  /// SIGINT ends it in order, SIGQUIT at once, as if it were killed, and nothing of it is left when this returns.
  void stop(int signal) {
    if (process_ <= 0) return;
    kill(process_, signal);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
  }
  /// Of a database that is new and empty.
  [[nodiscard]] std::string new_database() {
    const std::string name = "test" + std::to_string(++databases_);
    CHECK(run_program({kPrograms + "createdb", "-h", folder_.path(), "-U", "starling", name}) == 0);
    return url_of(name);
  }
  [[nodiscard]] std::string url_of(const std::string& database) const {
    return "postgresql://starling:not-told@/" + database + "?host=" + folder_.path();
  }

 private:
  [[nodiscard]] bool has_ended() {
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) != process_) return false;
    process_ = -1;
    return true;
  }
  [[nodiscard]] std::vector<std::string> command(const std::string& program, const std::vector<std::string>& arguments) const {
    std::vector<std::string> words = as_;
    words.push_back(kPrograms + program);
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
  }

  inline static const std::string kPrograms = "/usr/lib/postgresql/15/bin/";
  TestFolder folder_;
  std::vector<std::string> as_;
  pid_t process_ = -1;
  int databases_ = 0;
};

/// For all tests of a program that do not stop it: starting one takes a second or two.
[[nodiscard]] inline TestPostgres& test_postgres() {
  static TestPostgres server;
  return server;
}

/// An empty database of one kind, as tests that hold for both use it.
class OnSqlite {
 public:
  [[nodiscard]] std::string url() const { return "sqlite:test.db"; }
  [[nodiscard]] StoreOptions options() const { return {.folder = folder_.path(), .busy_wait = std::chrono::milliseconds{50}}; }

 private:
  TestFolder folder_;
};
class OnPostgres {
 public:
  [[nodiscard]] std::string url() const { return url_; }
  [[nodiscard]] StoreOptions options() const { return {.busy_wait = std::chrono::milliseconds{50}}; }

 private:
  std::string url_ = test_postgres().new_database();
};

/// What a call gave; the test ends with the failure's words if it gave none.
template <class T>
T given(Result<T, Failure> result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string{} : result.error().message));
  return std::move(*result);
}
inline void given(const Result<void, Failure>& result) { REQUIRE_MESSAGE(result.has_value(), (result ? std::string{} : result.error().message)); }

/// Why it gave nothing.
template <class T>
Failure refused(const Result<T, Failure>& result) {
  REQUIRE(!result.has_value());
  CHECK_MESSAGE(result.error().message.find('\n') == std::string::npos, result.error().message);
  return result.error();
}

/// So many seconds after some moment.
[[nodiscard]] inline Timestamp second(double seconds) {
  return Timestamp{std::chrono::milliseconds{1'790'000'000'000 + static_cast<std::int64_t>(seconds * 1'000)}};
}

/// The state, a line a row.
class StateText final : public StateVisitor {
 public:
  void facet(const FacetRow& row) override {
    lines.push_back("facet " + word(row.channel) + word(row.key) + word(row.record) + word(std::to_string(row.seq)) + time(row.time));
  }
  void place(const PlaceRow& row) override {
    lines.push_back("place " + word(row.space) + word(row.key) + point(row.point) + std::string{row.channel});
  }
  void tail(const TailRow& row) override {
    lines.push_back("tail " + word(row.channel) + std::to_string(row.seq) + "." + std::to_string(row.n) + " " + word(row.key.value_or("-")) +
                    (row.location ? point(*row.location) : "- ") + word(row.data) + word(row.entity.value_or("-")) + time(row.time));
  }
  std::vector<std::string> lines;

  static std::string word(std::string_view text) { return std::string{text} + " "; }
  static std::string time(Timestamp time) { return std::to_string((time - second(0)).count()); }
  static std::string point(const geo::Point& point) { return std::to_string(point.latitude_deg) + "," + std::to_string(point.longitude_deg) + " "; }
};

[[nodiscard]] inline std::vector<std::string> state_of(Store& store) {
  StateText text;
  given(store.read_state(text));
  return text.lines;
}

}  // namespace starling::store
