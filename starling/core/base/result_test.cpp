#include "starling/core/base/result.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>

namespace starling {
namespace {

enum class Refusal : std::uint8_t { too_small, too_big };

Result<int, Refusal> percent(int number) noexcept {
  if (number < 0) return Unexpected{Refusal::too_small};
  if (number > 100) return Unexpected{Refusal::too_big};
  return number;
}

Result<void, Refusal> admit(int number) noexcept {
  const auto read = percent(number);
  if (!read) return Unexpected{read.error()};
  return {};
}

TEST_CASE("a result is a value or the reason there is none") {
  CHECK(percent(-1).error() == Refusal::too_small);
  CHECK(percent(0).value() == 0);
  CHECK(percent(100).value() == 100);
  CHECK(percent(101).error() == Refusal::too_big);
  CHECK(percent(0).has_value());  // a value that is false is still a value
  CHECK_FALSE(percent(-1).has_value());
  CHECK(static_cast<bool>(percent(0)));
  CHECK_FALSE(static_cast<bool>(percent(101)));
}

TEST_CASE("success without a value says nothing, failure says why") {
  CHECK(admit(5).has_value());
  CHECK(admit(101).error() == Refusal::too_big);
  CHECK_FALSE(static_cast<bool>(admit(-1)));
}

TEST_CASE("a value and a reason of one type are told apart") {
  const Result<std::string, std::string> good{std::string{"text"}};
  const Result<std::string, std::string> bad{Unexpected{std::string{"text"}}};
  CHECK(good.has_value());
  CHECK(*good == "text");
  CHECK_FALSE(bad.has_value());
  CHECK(bad.error() == "text");
}

TEST_CASE("a value can be changed in place and moved out, also one that cannot be copied") {
  Result<std::unique_ptr<int>, Refusal> held{std::make_unique<int>(1)};
  **held = 2;
  const std::unique_ptr<int> taken = *std::move(held);
  CHECK(*taken == 2);

  Result<std::string, Refusal> text{std::string{"ab"}};
  text->push_back('c');
  text.value() += 'd';
  CHECK(*text == "abcd");
  CHECK(text->size() == 4);
  CHECK(std::move(text).value() == "abcd");

  Result<int, std::unique_ptr<int>> failed{Unexpected{std::make_unique<int>(7)}};
  const std::unique_ptr<int> why = std::move(failed).error();
  CHECK(*why == 7);
}

TEST_CASE("a result is moved without a throw and turns into true or false only when asked") {
  static_assert(std::is_nothrow_move_constructible_v<Result<std::string, Refusal>>);
  static_assert(std::is_nothrow_move_constructible_v<Result<void, Refusal>>);
  static_assert(!std::is_convertible_v<Result<int, Refusal>, bool>);
  static_assert(!std::is_convertible_v<Result<void, Refusal>, bool>);
}

struct End {
  bool aborted;
  std::string said;  ///< on standard error
};

/// Runs `act` in a process of its own and tells how it ended.
template <class Act>
End end_of(Act act) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // not the test framework's report
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    act();
    std::_Exit(0);
  }
  close(ends[1]);
  End end{};
  char buffer[256];
  for (ssize_t bytes = 0; (bytes = read(ends[0], buffer, sizeof buffer)) > 0;)
    end.said.append(buffer, static_cast<std::size_t>(bytes));
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  end.aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  return end;
}

TEST_CASE("a check that holds says nothing, one that fails says the fact and the values, and ends the process") {
  const int have = 3;
  const int want = 4;
  const std::string name = "cursor";
  const End held = end_of([&] { STARLING_CHECK(have < want, have, want); });
  CHECK_FALSE(held.aborted);
  CHECK(held.said.empty());

  const End failed = end_of([&] { STARLING_CHECK(have == want, have, want, name); });
  CHECK(failed.aborted);
  CHECK(failed.said.find("check failed: have == want (3, 4, cursor) at ") != std::string::npos);
  CHECK(failed.said.find("result_test.cpp:") != std::string::npos);

  const End without_values = end_of([&] { STARLING_CHECK(have == want); });
  CHECK(without_values.aborted);
  CHECK(without_values.said.find("check failed: have == want at ") != std::string::npos);
}

TEST_CASE("asking for the side that is not there ends the process") {
  CHECK(end_of([] { (void)percent(101).value(); }).aborted);
  CHECK(end_of([] { (void)*percent(101); }).aborted);
  CHECK(end_of([] { (void)percent(1).error(); }).aborted);
  CHECK(end_of([] { (void)admit(1).error(); }).aborted);
  CHECK(end_of([] {
          const auto result = percent(-1);
          (void)result.value();
        }).aborted);
}

}  // namespace
}  // namespace starling
