// starling-sim: viewers on bad lines hold what their queries show, checked seed by seed.
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "sim/command_line.hpp"
#include "sim/cpu_time.hpp"
#include "sim/frames.hpp"
#include "sim/last_words.hpp"
#include "sim/shrink.hpp"
#include "sim/world.hpp"

namespace {

/// The smallest run that fails alike, and what happened in it.
void tell_shortly(starling::sim::Failure failure, double seconds_max) {
  const bool was_traced = failure.options.trace;
  failure.options.trace = false;
  failure.options.frames = nullptr;
  failure = starling::sim::shrink(std::move(failure), seconds_max);
  fmt::print("\nsmaller: {}\n", starling::sim::command_line(failure.options));
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
  auto read = starling::sim::read_command_line(argc, argv);
  if (const int* exit_code = std::get_if<int>(&read)) return *exit_code;
  auto& command = std::get<starling::sim::Command>(read);

  starling::sim::RunOptions& options = command.run;
  std::ofstream frames_file;
  starling::sim::Frames frames{frames_file};
  if (!command.frames_file.empty()) {
    frames_file.open(command.frames_file, std::ios::binary);
    if (!frames_file) {
      fmt::print(stderr, "starling-sim: cannot write {}: give --frames a file that may be written\n", command.frames_file);
      return 2;
    }
    options.frames = &frames;
  }

  if (!command.choices_file.empty()) return run_choices(command.choices_file, command.run);
  if (!command.written_file.empty()) return write_choices(command.written_file, command.run, command.first);

  std::uint64_t ran = 0, failed = 0;
  starling::sim::RunCounts sum;
  for (options.seed = command.first; options.seed <= command.last; ++options.seed) {
    if (command.cpu_seconds_max > 0 && starling::sim::cpu_seconds() >= command.cpu_seconds_max) break;
    ++ran;
    starling::sim::set_last_words(fmt::format("seed {}: the program ended\nrepeat with: {}\n", options.seed, starling::sim::command_line(options)));
    try {
      sum += starling::sim::run(options);
    } catch (const starling::sim::Broken& broken) {
      ++failed;
      fmt::print("seed {}: {}\nrepeat with: {}\n", options.seed, broken.what(), starling::sim::command_line(options));
      if (command.shrink_seconds > 0) tell_shortly({options, broken.what()}, command.shrink_seconds);
      break;
    }
    if (options.seed == UINT64_MAX) break;
  }
  fmt::print("starling-sim: {} seqs judged in {:.1f} CPU-seconds, {:.2f} simulated hours\n", sum.judged, starling::sim::cpu_seconds(), static_cast<double>(sum.simulated_ms) / 3.6e6);
  fmt::print("starling-sim: {} snapshots, {} catch-ups, {} given up, {} from cut to cut; {} facets expired, {} late reports, {} restarts, {} of them clean and {} with a kept state; {} seqs read over HTTP, {} messages at doors\n", sum.snapshots, sum.catch_ups,
             sum.given_up, sum.cut_differences, sum.expired, sum.late, sum.restarts, sum.clean_restarts, sum.kept, sum.read, sum.guests);
  fmt::print("starling-sim: {} seeds, {} failed\n", ran, failed);
  return failed == 0 ? 0 : 1;
}
