#include "starling/client/backoff.hpp"

#include <doctest/doctest.h>

namespace starling::client {
namespace {

using std::chrono::seconds;

TEST_CASE("the bound doubles from 1 s to 30 s and stays there, until the server is there again") {
  Random random{1};
  Backoff backoff{{}};
  for (const int bound_s : {1, 2, 4, 8, 16, 30, 30}) {
    CHECK(backoff.bound() == seconds{bound_s});
    const Duration wait = backoff.next(random);
    CHECK(wait >= Duration{0});
    CHECK(wait < seconds{bound_s});
  }
  backoff.reset();
  CHECK(backoff.bound() == seconds{1});
}

TEST_CASE("waits are drawn from the whole of 0 to the bound") {
  Random random{2};
  int in_quarter[4] = {};
  for (int i = 0; i < 1000; ++i) {
    Backoff backoff{{.first = seconds{4}, .max = seconds{4}}};
    ++in_quarter[backoff.next(random) / seconds{1}];
  }
  for (const int count : in_quarter) CHECK(count > 180);
}

TEST_CASE("the first wait is not longer than the longest") {
  CHECK(Backoff{{.first = seconds{9}, .max = seconds{5}}}.bound() == seconds{5});
}

}  // namespace
}  // namespace starling::client
