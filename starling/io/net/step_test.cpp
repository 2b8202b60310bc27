#include "starling/io/net/step.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>

namespace starling::net {
namespace {

TEST_CASE("a step does what it was made of, whether that fits into it or not") {
  int done = 0;
  Step small = [&done] { done += 1; };
  const std::array<int, 16> much{7};
  Step large = [&done, much] { done += much[0]; };
  Step function = std::function<void()>{[&done] { done += 100; }};
  small();
  large();
  function();
  function();
  CHECK(done == 208);
}

TEST_CASE("a step keeps what it captured until it goes, and gives it up once") {
  const auto captured = std::make_shared<int>(1);
  {
    Step step = [captured] {};
    CHECK(captured.use_count() == 2);
    Step moved = std::move(step);
    CHECK(!step);
    CHECK(moved);
    CHECK(captured.use_count() == 2);
    moved();
    moved = nullptr;
    CHECK(!moved);
    CHECK(captured.use_count() == 1);
    step = [captured] {};
  }
  CHECK(captured.use_count() == 1);
}

TEST_CASE("a step is made of what cannot be copied") {
  auto owned = std::make_unique<int>(3);
  int got = 0;
  const Step step = [owned = std::move(owned), &got] { got = *owned; };
  step();
  CHECK(got == 3);
}

}  // namespace
}  // namespace starling::net
