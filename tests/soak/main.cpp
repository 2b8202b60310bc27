// starling-soak: the real program under viewers that come and go, for minutes: its memory and descriptors stand still, everybody is right in the end.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/soak/soak.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Starts `starling serve` on a core of its own, joins, stalls, cuts off and resumes viewers over sockets, and checks each and the server's memory."};
  starling::soak::SoakOptions options;
  options.program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "starling";
  app.add_option("--program", options.program, "the program to soak; the one beside this by default");
  app.add_option("--minutes", options.minutes, "how long")->check(CLI::Range(0.2, 10'000.0));
  app.add_option("--viewers", options.viewers, "viewers; one in 199 sees everything")->check(CLI::Range(20, 15'000));
  app.add_option("--entities", options.entities, "how many report")->check(CLI::Range(100, 1'000'000));
  app.add_option("--updates", options.updates_per_second, "updates a second")->check(CLI::Range(100, 1'000'000));
  app.add_option("--log-mib", options.log_mib, "size of the server's log")->check(CLI::Range(1, 1'024));
  app.add_flag("--tls,!--no-tls", options.has_tls, "every other viewer over TLS (as it is without options)");
  app.add_option("--seed", options.seed, "decides who does what");
  CLI11_PARSE(app, argc, argv);

  const std::vector<std::string> broken = starling::soak::play_soak(options);
  for (const std::string& what : broken) fmt::print("broken: {}\n", what);
  fmt::print("starling-soak: {} broken\n", broken.size());
  return broken.empty() ? 0 : 1;
}
