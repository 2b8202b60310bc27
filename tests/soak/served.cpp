#include "tests/soak/served.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

namespace starling::soak {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kStartMax = seconds{20}, kStopMax = seconds{20};
constexpr std::string_view kListening = "://127.0.0.1:";

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool make_certificate(const std::filesystem::path& folder) {
  const std::string command = fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=starling soak' -addext 'subjectAltName=IP:127.0.0.1' "
      "-keyout '{0}/key.pem' -out '{0}/cert.pem' 2>/dev/null",
      folder.string());
  return std::system(command.c_str()) == 0;
}

/// Somebody comes and goes.
void knock(std::uint16_t port) noexcept {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::close(socket);
}

template <typename Condition>
bool wait_until(std::chrono::steady_clock::duration at_most, Condition holds) {
  for (const auto until = std::chrono::steady_clock::now() + at_most; std::chrono::steady_clock::now() < until;) {
    if (holds()) return true;
    std::this_thread::sleep_for(milliseconds{10});
  }
  return false;
}

}  // namespace

bool stay_on_core(int core) noexcept {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  return ::sched_setaffinity(0, sizeof cores, &cores) == 0;
}

Result<Served, std::string> Served::start(const std::filesystem::path& program, const std::string& limits, bool has_tls, int core) {
  std::string pattern = (std::filesystem::temp_directory_path() / "starling-soak-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return Unexpected{"cannot make a folder like " + pattern};
  const std::filesystem::path folder = pattern;
  std::string config = fmt::format("[server]\nshards = 1\nlisten = [\"127.0.0.1:0\", \"unix:{}\"]\n", (folder / "socket").string());
  if (has_tls) {
    if (!make_certificate(folder)) return Unexpected{std::string{"openssl makes no certificate"}};
    config += fmt::format("[server.tls]\ncert = \"{0}/cert.pem\"\nkey = \"{0}/key.pem\"\n", folder.string());
  }
  std::ofstream(folder / "starling.toml") << config << "[store]\nurl = \"none\"\n[limits]\n" << limits;
  const std::string log = folder / "stderr", config_file = folder / "starling.toml", name = program;

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return Unexpected{std::string{"cannot start a process"}};
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it does not outlive us
    if (::getppid() != parent) ::_exit(1);
    stay_on_core(core);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execl(name.c_str(), name.c_str(), "serve", "--config", config_file.c_str(), nullptr);
    ::_exit(127);
  }
  Served served{pid, folder};
  const bool listens = wait_until(kStartMax, [&] {
    const std::string said = served.said();
    const std::size_t at = said.find(kListening);
    if (at == std::string::npos || said.find('\n', at) == std::string::npos) return false;
    const char* digits = said.data() + at + kListening.size();
    std::from_chars(digits, said.data() + said.size(), served.port_);
    return true;
  });
  if (!listens) return Unexpected{fmt::format("{} does not listen: {}", name, served.said())};
  // Its first turn opens what a turn needs, and comes with its first visitor; from then on only connections come and go.
  knock(served.port_);
  std::size_t descriptors = 0;
  int looks_alike = 0;
  const bool stands_still = wait_until(seconds{5}, [&] {
    const std::size_t now = served.measured().descriptors;
    looks_alike = now == descriptors ? looks_alike + 1 : 0;
    descriptors = now;
    return looks_alike == 20;
  });
  if (!stands_still) return Unexpected{fmt::format("{} opens and closes descriptors before anybody is there", name)};
  return served;
}

Served::Served(Served&& other) noexcept : pid_(std::exchange(other.pid_, -1)), folder_(std::exchange(other.folder_, {})), port_(other.port_) {}

Served::~Served() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string Served::stop() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  if (!wait_until(kStopMax, [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) return "the server does not end";
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fmt::format("the server ended with {} {}: {}", WIFEXITED(status) ? "status" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), said());
}

std::string Served::said() const { return content(folder_ / "stderr"); }

}  // namespace starling::soak
