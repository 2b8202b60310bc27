#include "starling/server/descriptor_budget.hpp"

#include <doctest/doctest.h>

namespace starling {
namespace {

TEST_CASE("connections are what is left of the descriptors, and no more than are wanted") {
  struct Case {
    std::uint64_t limit;
    std::size_t connections;
    DescriptorNeeds needs;
    std::size_t want, want_refusals;
  };
  // One shard with one listener and no source keeps 41 back.
  for (const Case& c : {Case{1024, 100'000, {}, 1024 - 41 - 61, 61}, Case{1024, 922, {}, 922, 61}, Case{1024, 921, {}, 921, 61}, Case{1024, 10, {}, 10, 61},
                        Case{1 << 20, 100'000, {}, 100'000, 256}, Case{43, 100'000, {}, 1, 1}, Case{0, 100'000, {}, 100'000, 256},
                        Case{1024, 100'000, {.shards = 4, .listeners = 2, .source_descriptors = 24}, 1024 - 96 - 58, 58}}) {
    CAPTURE(c.limit);
    CAPTURE(c.connections);
    const auto budget = budget_descriptors(c.limit, c.connections, c.needs);
    REQUIRE(budget);
    CHECK(budget->connections == c.want);
    CHECK(budget->refusals == c.want_refusals);
  }
  CHECK(!budget_descriptors(42, 1, {}));
}

}  // namespace
}  // namespace starling
