#include "starling/io/net/inherited_sockets.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace starling::net {
namespace {

/// What a process finds that was started with these variables and two sockets. It says it by its exit status: how many, plus 16 if one of them
/// blocks or would go to its children, plus 32 if the variables are left, plus 64 if a second call finds anything.
int found_by_child(const std::string& pid, const std::string& count) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int one = ::socket(AF_INET, SOCK_STREAM, 0), other = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const int high = ::fcntl(one, F_DUPFD, 100), higher = ::fcntl(other, F_DUPFD, 100);
    ::dup2(high, 3);
    ::dup2(higher, 4);
    ::close(5);
    ::setenv("LISTEN_PID", pid == "own" ? std::to_string(::getpid()).c_str() : pid.c_str(), 1);
    ::setenv("LISTEN_FDS", count.c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "a:b", 1);
    auto sockets = take_inherited_sockets();
    int said = static_cast<int>(sockets.size());
    for (Descriptor& socket : sockets) {
      if ((::fcntl(socket.number(), F_GETFL) & O_NONBLOCK) == 0 || ::fcntl(socket.number(), F_GETFD) != FD_CLOEXEC) said |= 16;
    }
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
      if (std::getenv(variable) != nullptr) said |= 32;
    }
    ::setenv("LISTEN_FDS", count.c_str(), 1);
    if (!take_inherited_sockets().empty()) said |= 64;
    ::_exit(said);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_CASE("the sockets handed over are those that are meant for this process") {
  CHECK(found_by_child("own", "2") == 2);
  CHECK(found_by_child("own", "1") == 1);
  CHECK(found_by_child("own", "3") == 2);
  CHECK(found_by_child("own", "0") == 0);
  CHECK(found_by_child("own", "-1") == 0);
  CHECK(found_by_child("own", "two") == 0);
  CHECK(found_by_child("own", "") == 0);
  CHECK(found_by_child("1", "2") == 0);
  CHECK(found_by_child("", "2") == 0);
}

}  // namespace
}  // namespace starling::net
