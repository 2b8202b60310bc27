#include "starling/io/net/inherited_sockets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace starling::net {
namespace {

constexpr int kFirst = 3;  // behind the standard input, output and error

std::optional<int> number_in(const char* variable) noexcept {
  const char* value = std::getenv(variable);
  if (value == nullptr) return std::nullopt;
  const std::string_view text{value};
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::vector<Descriptor> take_inherited_sockets() {
  const auto pid = number_in("LISTEN_PID");
  const auto count = number_in("LISTEN_FDS");
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
  std::vector<Descriptor> sockets;
  if (pid != ::getpid() || !count) return sockets;  // the variables of a parent say nothing about us
  for (int number = kFirst; number - kFirst < *count; ++number) {
    const int flags = ::fcntl(number, F_GETFL);
    if (flags < 0) break;  // fewer than was said
    ::fcntl(number, F_SETFL, flags | O_NONBLOCK);
    ::fcntl(number, F_SETFD, FD_CLOEXEC);
    sockets.emplace_back(number);
  }
  return sockets;
}

}  // namespace starling::net
