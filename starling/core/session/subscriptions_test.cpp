#include "starling/core/session/subscriptions.hpp"

#include <doctest/doctest.h>

#include <map>

#include "starling/core/base/random.hpp"
#include "starling/core/fanout/link.hpp"
#include "starling/core/protocol/native_encoder.hpp"

namespace starling::session {
namespace {

/// Nobody says anything on it.
class SilentLink final : public fanout::Link {
 public:
  [[nodiscard]] bool is_writable() const noexcept override { return false; }
  void send(fanout::FramePtr) override {}
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return 0; }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return 0; }
  void ping() override {}
  [[nodiscard]] bool is_stalled() const noexcept override { return false; }
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override { return 0; }
  void ready() override {}
  void close(std::uint16_t, std::string_view) override {}
};

TEST_CASE("subscriptions are what a map by id would be") {
  SilentLink link;
  protocol::NativeEncoder encoder;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    Subscriptions subscriptions;
    std::map<std::uint32_t, fanout::Subscription*> want;
    for (int step = 0; step < 200; ++step) {
      const auto id = static_cast<std::uint32_t>(random.below(12));
      if (random.chance(0.6)) {
        if (!want.contains(id)) want[id] = &subscriptions.add(std::make_unique<fanout::Subscription>(link, encoder, id, nullptr, Duration{1}));
      } else {
        subscriptions.erase(id);  // it may not be there
        want.erase(id);
      }
      REQUIRE(subscriptions.size() == want.size());
      auto next = want.begin();
      for (const auto& each : subscriptions) REQUIRE((next++)->second == each.get());
      for (std::uint32_t asked = 0; asked < 13; ++asked) {
        const auto found = want.find(asked);
        REQUIRE(subscriptions.find(asked) == (found == want.end() ? nullptr : found->second));
        const auto after = want.upper_bound(asked);
        const auto after_it = subscriptions.after(asked);
        REQUIRE((after_it == subscriptions.end()) == (after == want.end()));
        if (after != want.end()) REQUIRE(after_it->get() == after->second);
      }
    }
    subscriptions.clear();
    CHECK(subscriptions.size() == 0);
  }
}

}  // namespace
}  // namespace starling::session
