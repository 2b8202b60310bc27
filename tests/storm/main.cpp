// starling-storm: a crowd that connects at once, and viewers that do not read: nobody costs more than was promised, everybody is right in the end.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/storm/scenario.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Runs the real hub, shards and sessions under simulated time, without sockets, and checks every viewer and all memory."};
  starling::storm::StormOptions storm;
  starling::storm::StalledOptions stalled;
  bool is_stalled = false;
  std::size_t updates_per_second = 0, log_mib = 0;
  std::uint32_t entities = 0;
  app.add_flag("--stalled", is_stalled, "viewers that do not read for ten minutes, instead of the storm");
  app.add_option("--viewers", storm.viewers, "viewers of the storm; one in 50 sees everything, and half of those stall")->check(CLI::Range(100, 1'000'000));
  app.add_option("--shards", storm.shards, "shards of the storm")->check(CLI::Range(1, 64));
  app.add_option("--entities", entities, "how many report")->check(CLI::Range(2'000, 1'000'000));
  app.add_option("--updates", updates_per_second, "updates a second")->check(CLI::Range(200, 1'000'000));
  app.add_option("--log-mib", log_mib, "size of the log")->check(CLI::Range(1, 1'024));
  CLI11_PARSE(app, argc, argv);
  if (entities > 0) storm.entities = stalled.entities = entities;
  if (updates_per_second > 0) storm.updates_per_second = stalled.updates_per_second = updates_per_second;
  if (log_mib > 0) storm.log_bytes = stalled.log_bytes = log_mib << 20;

  const starling::storm::Broken broken = is_stalled ? starling::storm::play_stalled(stalled) : starling::storm::play_storm(storm);
  for (const std::string& what : broken) fmt::print("broken: {}\n", what);
  fmt::print("starling-storm: {} broken\n", broken.size());
  return broken.empty() ? 0 : 1;
}
