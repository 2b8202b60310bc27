#include "starling/load/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "starling/core/view/query.hpp"

namespace starling::load {
namespace {

constexpr unsigned bit(Scenario scenario) { return 1u << static_cast<unsigned>(scenario); }
constexpr unsigned kEvery = ~0u, kOnMaps = bit(Scenario::viewport) | bit(Scenario::pan), kOfUpdates = bit(Scenario::fan_out) | bit(Scenario::latency);

struct Limit {
  std::string_view name;
  unsigned scenarios;  ///< those that look at it
  double value, min, max;
};

}  // namespace

std::string_view to_text(Scenario scenario) noexcept {
  switch (scenario) {
    case Scenario::fan_out:
      return "fan-out";
    case Scenario::latency:
      return "latency";
    case Scenario::viewport:
      return "viewport";
    case Scenario::pan:
      return "pan";
    case Scenario::ingest:
      return "ingest";
    case Scenario::idle:
      return "idle";
    case Scenario::connect:
      return "connect";
  }
  return {};
}

std::string_view default_channel(Scenario scenario) noexcept {
  switch (scenario) {
    case Scenario::fan_out:
    case Scenario::latency:
    case Scenario::idle:
    case Scenario::connect:
      return "bench:event";
    case Scenario::viewport:
    case Scenario::pan:
      return "bench:position";
    case Scenario::ingest:
      return "bench:ingest";
  }
  return {};
}

LoadOptions defaults_of(Scenario scenario) {
  LoadOptions options;
  options.scenario = scenario;
  if (scenario == Scenario::latency) options.rate = 20;
  if (scenario == Scenario::pan) options.share = 0.01;
  if (scenario == Scenario::connect) options.viewers = 50;
  return options;
}

std::string fault_of(const LoadOptions& options) {
  const double top = 1e9;
  const std::array limits{
      Limit{"--viewers", kEvery & ~bit(Scenario::ingest), static_cast<double>(options.viewers), 1, 1e6},
      Limit{"--seconds", kEvery, options.seconds, 0.1, 86'400},
      Limit{"--warmup", kEvery, options.warmup, 0, 3'600},
      Limit{"--burst", kOfUpdates, static_cast<double>(options.burst), 1, 1'000},
      Limit{"--rate", kOfUpdates | bit(Scenario::viewport), options.rate, options.scenario == Scenario::latency ? 0.1 : 0, 1e6},
      Limit{"--bytes", kOfUpdates, static_cast<double>(options.data_bytes), 64, 65'536},
      Limit{options.scenario == Scenario::ingest ? "--keys" : "--nodes", kOnMaps | bit(Scenario::ingest), static_cast<double>(options.nodes), 1, 1e6},
      Limit{"--share", kOnMaps, options.share, 0.0001, 1},
      Limit{"--moves", bit(Scenario::viewport), options.moves, 0.001, 1'000},
      Limit{"--pans", bit(Scenario::pan), options.pans, 0.01, 1'000},
      Limit{"--sample", kOnMaps, static_cast<double>(options.sample), 0, top},
      Limit{"--connections", bit(Scenario::ingest), static_cast<double>(options.connections), 1, 1'000},
      Limit{"--lines", bit(Scenario::ingest), static_cast<double>(options.lines), 1, 10'000},
      Limit{"--fields", bit(Scenario::ingest), static_cast<double>(options.fields), 1, 256},
      Limit{"--outstanding", bit(Scenario::ingest), static_cast<double>(options.outstanding), 1, 1e6},
      Limit{"--server-pid", kEvery, static_cast<double>(options.server_pid.value_or(1)), 1, top},
  };
  for (const Limit& limit : limits) {
    if ((limit.scenarios & bit(options.scenario)) == 0) continue;
    if (std::isfinite(limit.value) && limit.value >= limit.min && limit.value <= limit.max) continue;
    return fmt::format("{} {}: give a number from {} to {}", limit.name, limit.value, limit.min, limit.max);
  }
  if (options.topic.empty() || options.topic.find_first_of("+#") != std::string::npos) return fmt::format("--topic '{}' is no topic: give one without + and #", options.topic);
  if (!options.channel.empty() && (!view::is_channel_pattern(options.channel) || view::is_wildcard(options.channel))) {
    return fmt::format("--channel '{}' is no channel: give space:facet", options.channel);
  }
  return {};
}

}  // namespace starling::load
