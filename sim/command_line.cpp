#include "sim/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "sim/plants.hpp"
#include "sim/read_scenario.hpp"

namespace starling::sim {
namespace {

constexpr int kMistake = 2;

std::string rates_help() {
  std::string text = "What goes wrong (--rate):\n";
  for (const RateName& each : rate_names()) text += fmt::format("  {:<16} {}\n", each.name, each.what);
  return text;
}

std::string plants_help() {
  std::string text = "\nFaults to plant, so that the judge is judged (--plant):";
  for (const auto& [number, what] : plants()) text += fmt::format("\n  {:>2}  {}", number, what);
  return text;
}

/// Of `NAME=0..1`, or of several names with commas between them.
std::optional<FixedRates> read_rates(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data() + equals + 1, text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > 1) return std::nullopt;
  FixedRates rates;
  for (std::string_view names = std::string_view{text}.substr(0, equals); !names.empty();) {
    const std::string_view name = names.substr(0, names.find(','));
    const auto named = std::ranges::find(rate_names(), name, &RateName::name);
    if (named == rate_names().end()) return std::nullopt;
    rates.emplace_back(named->rate, value);
    names.remove_prefix(std::min(names.size(), name.size() + 1));
  }
  return rates;
}

std::optional<std::uint64_t> read_seed(std::string_view text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{seed} : std::nullopt;
}

/// Of `A..B`, of one seed, or of `A..`: without end.
std::optional<std::pair<std::uint64_t, std::uint64_t>> read_seeds(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto first = read_seed(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : dots + 2 == text.size() ? UINT64_MAX : read_seed(text.substr(dots + 2));
  if (!first || !last || *last < *first) return std::nullopt;
  return std::pair{*first, *last};
}

/// As a shell takes it for one word.
std::string shell_quoted(const std::string& text) {
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view{"_-./:,@%+="}.find(c) != std::string_view::npos;
  });
  if (is_plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string{R"('\'')"} : std::string{c};
  return quoted + '\'';
}

/// With the reason on standard error.
int refused(const std::string& why) {
  fmt::print(stderr, "starling-sim: {}\n", why);
  return kMistake;
}

}  // namespace

std::variant<Command, int> read_command_line(int argc, const char* const* argv) {
  CLI::App app{"Runs the real hub, shard and sessions under simulated time and bad lines, and checks every viewer after every complete seq."};
  Command command;
  RunOptions& run = command.run;
  std::optional<std::uint64_t> seed;
  std::string seeds, config_file;
  std::vector<std::string> rates, queries;
  app.add_option("--seed", seed, "run this seed only");
  app.add_option("--seeds", seeds, "run the seeds A..B, or A.. without end (default 1..1000, with --cpu-seconds 1..)");
  app.add_option("--cpu-seconds", command.cpu_seconds_max, "stop after this much CPU time");
  app.add_option("--plant", run.plant, "plant the fault of this number; 0: none")->check(CLI::Range(0, static_cast<int>(plants().size())));
  app.add_option("--steps", run.steps, "steps a seed")->check(CLI::PositiveNumber);
  app.add_option("--minutes", run.minutes, "simulated minutes a seed, instead of steps")->check(CLI::PositiveNumber);
  app.add_option("--config", config_file, "a server's configuration: its channels, spaces, limits and tick instead of what seeds draw; its sources are not connected to");
  app.add_option("--query", queries, "what viewers ask for, as the JSON of a subscribe message; may be repeated (docs/SIMULATOR.md)")->allow_extra_args(false);
  app.add_option("--shards", run.shards, "so many shards, whatever the seed draws")->check(CLI::Range(1, 64));
  app.add_option("--rate", rates, "NAME=0..1: how likely this is, whatever the seed draws; may be repeated, or name several: A,B=0");
  app.add_option("--viewers", run.viewers, "so many viewers")->check(CLI::Range(1, 64));
  app.add_option("--keys", run.keys, "so many keys that are reported")->check(CLI::Range(1, 10'000));
  app.add_option("--shrink-seconds", command.shrink_seconds, "CPU time for looking for a smaller run that fails alike; 0: none (default 20)");
  app.add_option("--choices", command.choices_file, "do what this file chooses, an input of the fuzz target `operations`")->check(CLI::ExistingFile);
  app.add_option("--write-choices", command.written_file, "write what --seed chooses to this file, for that fuzz target");
  app.add_option("--frames", command.frames_file, "write what viewers say, are told and have to hold to this file, one JSON object a line (docs/SIMULATOR.md)");
  app.add_flag("--trace", run.trace, "print what every viewer says and is told");
  app.footer(rates_help() + plants_help());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }

  for (const std::string& text : rates) {
    const auto some = read_rates(text);
    if (!some) return refused(fmt::format("--rate {}: give NAME=0..1, with names of --help", text));
    for (const auto& [rate, value] : *some) {
      std::erase_if(run.rates, [each = rate](const auto& earlier) { return earlier.first == each; });  // the last one counts
      run.rates.emplace_back(rate, value);
    }
  }
  if (!command.frames_file.empty() && (!seed || !seeds.empty())) return refused("--frames is of one run: give --seed N too");
  if (command.cpu_seconds_max > 0) command.last = UINT64_MAX;
  if (seed) command.first = command.last = *seed;
  if (!seeds.empty()) {
    const auto range = read_seeds(seeds);
    if (!range) return refused(fmt::format("--seeds {}: give A..B or A..", seeds));
    std::tie(command.first, command.last) = *range;
  }
  if (!config_file.empty() || !queries.empty()) {
    // Seeds draw at most 100 keys.
    auto scenario = read_scenario(config_file, queries, run.keys.value_or(100));
    if (!scenario) {
      for (const std::string& fault : scenario.error()) refused(fault);
      return kMistake;
    }
    run.scenario = std::make_shared<const Scenario>(std::move(*scenario));
  }
  return command;
}

std::string command_line(const RunOptions& options) {
  std::string text = fmt::format("starling-sim --seed {}", options.seed);
  if (options.plant) text += fmt::format(" --plant {}", options.plant);
  if (options.minutes > 0) {
    text += fmt::format(" --minutes {}", options.minutes);
  } else if (options.steps != RunOptions{}.steps) {
    text += fmt::format(" --steps {}", options.steps);
  }
  if (options.shards) text += fmt::format(" --shards {}", *options.shards);
  if (options.viewers) text += fmt::format(" --viewers {}", *options.viewers);
  if (options.keys) text += fmt::format(" --keys {}", *options.keys);
  if (options.scenario) {
    if (!options.scenario->config_file.empty()) text += " --config " + shell_quoted(options.scenario->config_file);
    for (const std::string& query : options.scenario->query_texts) text += " --query " + shell_quoted(query);
  }
  std::map<double, std::string> names;  // by value
  for (const auto& [rate, value] : options.rates) {
    std::string& alike = names[value];
    alike += fmt::format("{}{}", alike.empty() ? "" : ",", std::ranges::find(rate_names(), rate, &RateName::rate)->name);
  }
  for (const auto& [value, alike] : names) text += fmt::format(" --rate {}={}", alike, value);
  return text;
}

}  // namespace starling::sim
