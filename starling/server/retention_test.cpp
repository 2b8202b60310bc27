#include "starling/server/retention.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace starling {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{std::chrono::seconds{1'000'000}};

/// "name" is kept as all others are, "name=3600" for so many seconds.
std::vector<state::ChannelDeclaration> declared(const std::vector<std::string>& texts) {
  std::vector<state::ChannelDeclaration> channels;
  for (const std::string& text : texts) {
    state::ChannelDeclaration& channel = channels.emplace_back();
    const std::size_t at = text.find('=');
    channel.name = text.substr(0, at);
    if (at != std::string::npos) channel.history = std::chrono::seconds{std::stoi(text.substr(at + 1))};
  }
  return channels;
}

TEST_CASE("channels that are kept as long as each other are a class; gaps are of the one that is kept longest") {
  struct Case {
    const char* name;
    std::optional<Duration> others;
    std::vector<std::string> channels;
    std::vector<std::string> want;  ///< a line a class
    bool keeps_any = true;
  };
  for (const Case& c : {Case{"nothing is declared", 60s, {}, {"all 60"}},
                        Case{"nothing is kept", {}, {}, {"all 0"}, false},
                        Case{"nor what says the same", {}, {"a:x=0", "a:y"}, {"all 0"}, false},
                        Case{"as all others, said or not", 60s, {"a:x=60", "a:y"}, {"all 60"}},
                        Case{"some shorter: gaps stay with the others", 60s, {"a:x=10", "a:y=10", "a:z"}, {"a:x a:y 10", "but a:x a:y 60"}},
                        Case{"some not at all", 60s, {"a:x=0"}, {"a:x 0", "but a:x 60"}},
                        Case{"some longer: gaps are theirs", 60s, {"a:x=90"}, {"a:x - 90", "but a:x - 60"}},
                        Case{"of several the longest", 60s, {"a:x=90", "a:y=10", "a:z=100"}, {"a:x 90", "a:y 10", "a:z - 100", "but a:x a:y a:z - 60"}},
                        Case{"only what is declared", {}, {"a:x=90"}, {"a:x - 90", "but a:x - 0"}}}) {
    CAPTURE(c.name);
    const auto channels = declared(c.channels);
    const Retention retention{c.others, channels};
    CHECK(retention.keeps_any() == c.keeps_any);
    REQUIRE(retention.classes() == c.want.size());
    for (std::size_t i = 0; i < c.want.size(); ++i) {
      const store::PruneStep step = retention.step(i, kNow, 7);
      std::string line = !step.are_others ? "" : step.channels.empty() ? "all " : "but ";
      for (const std::string_view channel : step.channels) line += std::string{channel.empty() ? "-" : channel} + " ";
      line += std::to_string((kNow - step.older_than) / std::chrono::seconds{1});
      CHECK(line == c.want[i]);
      CHECK(step.is_kept == !line.ends_with(" 0"));
      CHECK(step.rows_max == 7);
    }
  }
}

TEST_CASE("a channel is kept as it says, or as all others; what is built in never") {
  const auto keeps = [](std::optional<Duration> others, std::optional<Duration> said, bool built_in = false) {
    state::Channel channel;
    channel.history = said;
    channel.built_in = built_in;
    return Retention{others, {}}.keeps(channel);
  };
  CHECK(keeps(60s, {}));
  CHECK_FALSE(keeps(60s, 0s));
  CHECK(keeps({}, 60s));
  CHECK_FALSE(keeps({}, {}));
  CHECK_FALSE(keeps(60s, {}, true));
}

}  // namespace
}  // namespace starling
