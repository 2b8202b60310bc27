// starling-sim: viewers on bad lines hold what their queries show, checked seed by seed.
#include <CLI/CLI.hpp>
#include <ctime>
#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "sim/plants.hpp"
#include "sim/shrink.hpp"
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
  sum.restarts += more.restarts;
  sum.simulated_ms += more.simulated_ms;
  sum.snapshots += more.snapshots;
  sum.catch_ups += more.catch_ups;
  sum.cut_differences += more.cut_differences;
  sum.given_up += more.given_up;
}

std::string rates_help() {
  std::string text = "What goes wrong (--rate):\n";
  for (const starling::sim::RateName& each : starling::sim::rate_names()) text += fmt::format("  {:<16} {}\n", each.name, each.what);
  return text;
}

std::string plants_help() {
  std::string text = "\nFaults to plant, so that the judge is judged (--plant):";
  for (const auto& [number, what] : starling::sim::plants()) text += fmt::format("\n  {:>2}  {}", number, what);
  return text;
}

std::optional<std::pair<double starling::sim::Rates::*, double>> read_rate(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data() + equals + 1, text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > 1) return std::nullopt;
  for (const starling::sim::RateName& each : starling::sim::rate_names()) {
    if (each.name == std::string_view{text}.substr(0, equals)) return std::pair{each.rate, value};
  }
  return std::nullopt;
}

/// The smallest run that fails alike, and what happened in it.
void tell_shortly(starling::sim::Failure failure, double seconds_max) {
  const bool was_traced = failure.options.trace;
  failure.options.trace = false;
  failure = starling::sim::shrink(std::move(failure), seconds_max);
  fmt::print("\nsmaller: {}\n", command_line(failure.options));
  if (was_traced) return;
  failure.options.trace = true;
  try {
    (void)starling::sim::run(failure.options);
  } catch (const starling::sim::Broken& broken) {
    fmt::print("         {}\n\n", broken.what());
  }
}

/// One run; what broke is printed.
bool is_kept(const starling::sim::RunOptions& options) try {
  const starling::sim::RunCounts counts = starling::sim::run(options);
  fmt::print("starling-sim: {} seqs judged, {} snapshots, {} catch-ups, {} given up, {} from cut to cut; {} facets expired, {} late reports\n", counts.judged,
             counts.snapshots, counts.catch_ups, counts.given_up, counts.cut_differences, counts.expired, counts.late);
  return true;
} catch (const starling::sim::Broken& broken) {
  fmt::print("{}\n", broken.what());
  return false;
}

int run_choices(const std::string& name, starling::sim::RunOptions options) {
  std::ifstream file{name, std::ios::binary};
  const std::vector<char> read{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  const std::vector<std::uint8_t> bytes(read.begin(), read.end());
  starling::sim::Choices choices{bytes};
  options.choices = &choices;
  options.steps = static_cast<int>(bytes.size());
  return is_kept(options) ? 0 : 1;
}

int write_choices(const std::string& name, starling::sim::RunOptions options, std::uint64_t seed) {
  starling::sim::Choices choices;
  options.choices = &choices;
  options.seed = seed;
  const bool kept = is_kept(options);
  std::ofstream file{name, std::ios::binary};
  file.write(reinterpret_cast<const char*>(choices.written().data()), static_cast<std::streamsize>(choices.written().size()));
  return kept && file.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the real hub, shard and sessions under simulated time and bad lines, and checks every viewer after every complete seq."};
  std::string seeds;
  std::optional<std::uint64_t> seed;
  double cpu_seconds_max = 0;
  std::string choices_file, written_file;
  starling::sim::RunOptions options;
  app.add_option("--seed", seed, "run this seed only");
  app.add_option("--seeds", seeds, "run the seeds A..B (default 1..1000, or without end with --cpu-seconds)");
  app.add_option("--cpu-seconds", cpu_seconds_max, "stop after this much CPU time");
  app.add_option("--plant", options.plant, "plant the fault of this number; 0: none")->check(CLI::Range(0, static_cast<int>(starling::sim::plants().size())));
  app.add_option("--steps", options.steps, "steps a seed")->check(CLI::PositiveNumber);
  app.add_option("--minutes", options.minutes, "simulated minutes a seed, instead of steps")->check(CLI::PositiveNumber);
  app.add_option("--shards", options.shards, "so many shards, whatever the seed draws")->check(CLI::Range(1, 64));
  std::vector<std::string> rates;
  app.add_option("--rate", rates, "NAME=0..1: how likely this is, whatever the seed draws; may be repeated");
  app.add_option("--viewers", options.viewers, "so many viewers")->check(CLI::Range(1, 64));
  app.add_option("--keys", options.keys, "so many keys that are reported")->check(CLI::Range(1, 10'000));
  double shrink_seconds = 20;
  app.add_option("--shrink-seconds", shrink_seconds, "CPU time for looking for a smaller run that fails alike; 0: none (default 20)");
  app.add_option("--choices", choices_file, "do what this file chooses, an input of the fuzz target `operations`")->check(CLI::ExistingFile);
  app.add_option("--write-choices", written_file, "write what --seed chooses to this file, for that fuzz target");
  app.add_flag("--trace", options.trace, "print what every viewer says and is told");
  app.footer(rates_help() + plants_help());
  CLI11_PARSE(app, argc, argv);

  for (const std::string& text : rates) {
    const auto rate = read_rate(text);
    if (!rate) {
      fmt::print(stderr, "starling-sim: --rate {}: give NAME=0..1, with one of the names of --help\n", text);
      return 2;
    }
    options.rates.push_back(*rate);
  }

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

  if (!choices_file.empty()) return run_choices(choices_file, options);
  if (!written_file.empty()) return write_choices(written_file, options, range.first);

  std::uint64_t ran = 0, failed = 0;
  starling::sim::RunCounts sum;
  for (options.seed = range.first; options.seed <= range.last; ++options.seed) {
    if (cpu_seconds_max > 0 && cpu_seconds() >= cpu_seconds_max) break;
    ++ran;
    try {
      add(sum, starling::sim::run(options));
    } catch (const starling::sim::Broken& broken) {
      ++failed;
      fmt::print("seed {}: {}\nrepeat with: {}\n", options.seed, broken.what(), command_line(options));
      if (shrink_seconds > 0) tell_shortly({options, broken.what()}, shrink_seconds);
      break;
    }
    if (options.seed == UINT64_MAX) break;
  }
  fmt::print("starling-sim: {} seqs judged in {:.1f} CPU-seconds, {:.2f} simulated hours\n", sum.judged, cpu_seconds(), static_cast<double>(sum.simulated_ms) / 3.6e6);
  fmt::print("starling-sim: {} snapshots, {} catch-ups, {} given up, {} from cut to cut; {} facets expired, {} late reports, {} restarts\n", sum.snapshots, sum.catch_ups,
             sum.given_up, sum.cut_differences, sum.expired, sum.late, sum.restarts);
  fmt::print("starling-sim: {} seeds, {} failed\n", ran, failed);
  return failed == 0 ? 0 : 1;
}
