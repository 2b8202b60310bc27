#include "starling/server/store_reader.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "starling/io/store/store_for_test.hpp"

namespace starling {
namespace {

using store::comes_true;

TEST_CASE("so many questions may wait, and who comes then is told so; each that was taken is answered") {
  const store::TestFolder folder;
  REQUIRE(store::open_store("sqlite:s.db", {.folder = folder.path()}));
  StoreReader reader{"sqlite:s.db", folder.path()};
  std::promise<void> goes_on;
  std::atomic<bool> is_asked = false;
  std::atomic<std::size_t> answered = 0;
  const auto count = [&answered](const auto& store) { answered += store ? 1 : 0; };
  REQUIRE(reader.ask([&](const auto& store) {
    is_asked = true;
    goes_on.get_future().wait();
    count(store);
  }));
  REQUIRE(comes_true([&] { return is_asked.load(); }));  // it waits no more

  for (std::size_t n = 0; n < StoreReader::kWaitingMax; ++n) CHECK(reader.ask(count));
  CHECK_FALSE(reader.ask(count));
  goes_on.set_value();
  REQUIRE(comes_true([&] { return answered == 1 + StoreReader::kWaitingMax; }));
  CHECK(reader.ask(count));
  REQUIRE(comes_true([&] { return answered == 2 + StoreReader::kWaitingMax; }));
}

TEST_CASE("a store that cannot be opened is said to who asks, and looked for again by the next") {
  const store::TestFolder folder;
  StoreReader reader{"sqlite:s.db", folder.path()};
  const auto ask = [&reader] {
    std::promise<bool> is_there;
    CHECK(reader.ask([&is_there](const auto& store) { is_there.set_value(store.has_value()); }));
    return is_there.get_future().get();
  };
  CHECK_FALSE(ask());
  REQUIRE(store::open_store("sqlite:s.db", {.folder = folder.path()}));
  CHECK(ask());
}

}  // namespace
}  // namespace starling
