// starling-sim: viewers on bad lines hold what their queries show, checked seed by seed.
#include <CLI/CLI.hpp>
#include <ctime>
#include <fmt/format.h>

#include <optional>

#include "sim/world.hpp"

namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Range {
  std::uint64_t first = 1, last = 1'000;
};

void add(starling::sim::RunCounts& sum, const starling::sim::RunCounts& more) {
  sum.judged += more.judged;
  sum.expired += more.expired;
  sum.late += more.late;
  sum.snapshots += more.snapshots;
  sum.catch_ups += more.catch_ups;
  sum.cut_differences += more.cut_differences;
  sum.given_up += more.given_up;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the real hub, shard and sessions under simulated time and bad lines, and checks every viewer after every complete seq."};
  std::string seeds;
  std::optional<std::uint64_t> seed;
  double cpu_seconds_max = 0;
  starling::sim::RunOptions options;
  app.add_option("--seed", seed, "run this seed only");
  app.add_option("--seeds", seeds, "run the seeds A..B (default 1..1000, or without end with --cpu-seconds)");
  app.add_option("--cpu-seconds", cpu_seconds_max, "stop after this much CPU time");
  app.add_option("--plant", options.plant, "plant a fault: 1, a viewer's frames lose their first remove")->check(CLI::Range(0, 1));
  app.add_option("--steps", options.steps, "steps a seed")->check(CLI::PositiveNumber);
  app.add_flag("--trace", options.trace, "print what every viewer says and is told");
  CLI11_PARSE(app, argc, argv);

  Range range{1, cpu_seconds_max > 0 ? UINT64_MAX : 1'000};
  if (seed) range = {*seed, *seed};
  if (!seeds.empty()) {
    const std::size_t dots = seeds.find("..");
    try {
      range = {std::stoull(seeds.substr(0, dots)), std::stoull(seeds.substr(dots == std::string::npos ? 0 : dots + 2))};
    } catch (const std::exception&) {
      fmt::print(stderr, "starling-sim: --seeds {}: give A..B\n", seeds);
      return 2;
    }
  }

  std::uint64_t ran = 0, failed = 0;
  starling::sim::RunCounts sum;
  for (options.seed = range.first; options.seed <= range.last; ++options.seed) {
    if (cpu_seconds_max > 0 && cpu_seconds() >= cpu_seconds_max) break;
    ++ran;
    try {
      add(sum, starling::sim::run(options));
    } catch (const starling::sim::Broken& broken) {
      ++failed;
      fmt::print("seed {}: {}\nrepeat with: starling-sim --seed {}{}{}\n", options.seed, broken.what(), options.seed,
                 options.plant ? fmt::format(" --plant {}", options.plant) : "", options.steps != 600 ? fmt::format(" --steps {}", options.steps) : "");
      break;
    }
    if (options.seed == UINT64_MAX) break;
  }
  fmt::print("starling-sim: {} seqs judged in {:.1f} CPU-seconds\n", sum.judged, cpu_seconds());
  fmt::print("starling-sim: {} snapshots, {} catch-ups, {} given up, {} from cut to cut; {} facets expired, {} late reports\n", sum.snapshots, sum.catch_ups,
             sum.given_up, sum.cut_differences, sum.expired, sum.late);
  fmt::print("starling-sim: {} seeds, {} failed\n", ran, failed);
  return failed == 0 ? 0 : 1;
}
