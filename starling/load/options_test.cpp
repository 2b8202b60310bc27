#include "starling/load/options.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

namespace starling::load {
namespace {

constexpr Scenario kScenarios[] = {Scenario::fan_out, Scenario::latency, Scenario::viewport, Scenario::pan, Scenario::ingest, Scenario::idle, Scenario::connect};

TEST_CASE("every scenario can be run as it stands, on a channel that can be") {
  for (const Scenario scenario : kScenarios) {
    CAPTURE(to_text(scenario));
    LoadOptions options = defaults_of(scenario);
    CHECK(fault_of(options).empty());
    options.channel = default_channel(scenario);
    CHECK(fault_of(options).empty());
  }
}

TEST_CASE("a number beyond what can be is refused by the option's name, and at the limit it is not") {
  struct Case {
    Scenario scenario;
    std::string_view name;
    std::function<void(LoadOptions&, double)> set;
    double min, max;
  };
  const auto whole = [](double value) { return static_cast<std::size_t>(value); };
  for (const Case& c : {Case{Scenario::idle, "--viewers", [&](LoadOptions& o, double v) { o.viewers = whole(v); }, 1, 1e6},
                        Case{Scenario::idle, "--seconds", [](LoadOptions& o, double v) { o.seconds = v; }, 0.1, 86'400},
                        Case{Scenario::fan_out, "--burst", [&](LoadOptions& o, double v) { o.burst = whole(v); }, 1, 1'000},
                        Case{Scenario::fan_out, "--bytes", [&](LoadOptions& o, double v) { o.data_bytes = whole(v); }, 64, 65'536},
                        Case{Scenario::latency, "--rate", [](LoadOptions& o, double v) { o.rate = v; }, 0.1, 1e6},
                        Case{Scenario::viewport, "--share", [](LoadOptions& o, double v) { o.share = v; }, 0.0001, 1},
                        Case{Scenario::viewport, "--nodes", [&](LoadOptions& o, double v) { o.nodes = whole(v); }, 1, 1e6},
                        Case{Scenario::pan, "--pans", [](LoadOptions& o, double v) { o.pans = v; }, 0.01, 1'000},
                        Case{Scenario::ingest, "--connections", [&](LoadOptions& o, double v) { o.connections = whole(v); }, 1, 1'000},
                        Case{Scenario::ingest, "--lines", [&](LoadOptions& o, double v) { o.lines = whole(v); }, 1, 10'000},
                        Case{Scenario::ingest, "--outstanding", [&](LoadOptions& o, double v) { o.outstanding = whole(v); }, 1, 1e6},
                        Case{Scenario::ingest, "--fields", [&](LoadOptions& o, double v) { o.fields = whole(v); }, 1, 256}}) {
    CAPTURE(c.name);
    LoadOptions options = defaults_of(c.scenario);
    for (const double good : {c.min, c.max}) {
      c.set(options, good);
      CHECK(fault_of(options) == "");
    }
    for (const double bad : {c.min < 1 ? c.min / 2 : c.min - 1, c.max + 1}) {
      c.set(options, bad);
      CHECK(fault_of(options).find(std::string{c.name} + ' ') == 0);
    }
  }
}

TEST_CASE("what is no number is refused, and what a scenario does not look at is not") {
  LoadOptions options = defaults_of(Scenario::fan_out);
  options.seconds = std::numeric_limits<double>::quiet_NaN();
  CHECK(fault_of(options).find("--seconds nan") == 0);
  options = defaults_of(Scenario::ingest);
  options.viewers = 0;
  options.burst = 0;
  options.pans = -1;
  CHECK(fault_of(options).empty());
}

TEST_CASE("a topic is one, not a filter") {
  LoadOptions options = defaults_of(Scenario::ingest);
  options.topic = "site/bench";
  CHECK(fault_of(options).empty());
  for (const char* bad : {"", "bench/+", "#"}) {
    CAPTURE(bad);
    options.topic = bad;
    CHECK(fault_of(options).find("--topic '") == 0);
  }
}

TEST_CASE("a channel is one, not a pattern") {
  LoadOptions options = defaults_of(Scenario::fan_out);
  for (const char* bad : {"bench", "bench:*", "*", "a:b:c", "Bench:event"}) {
    CAPTURE(bad);
    options.channel = bad;
    CHECK(fault_of(options).find("--channel '") == 0);
  }
}

}  // namespace
}  // namespace starling::load
