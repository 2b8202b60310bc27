/// @file
/// `starling`: reads the command line and calls the subcommand.

#include <CLI/CLI.hpp>

#include "apps/starling/exit_code.hpp"
#include "apps/starling/serve.hpp"

namespace {

using starling::ExitCode;

void add_serve(CLI::App& program, ExitCode& exit_code) {
  CLI::App& command = *program.add_subcommand("serve", "Serve viewers until SIGINT or SIGTERM");
  const auto options = std::make_shared<starling::ServeOptions>();
  command.add_option("-c,--config", options->config_file,
                     "Configuration file (TOML); every key is optional, so is the file");
  command
      .add_option("--listen", options->listen,
                  "Address to listen on instead of the configuration's: 127.0.0.1:8080, [::1]:8080, unix:/path; may "
                  "be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_flag("--demo", options->demo,
                   "Play a small recorded fleet in a loop, so that there is something to see");
  command.callback([options, &exit_code] { exit_code = starling::serve(*options); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Starling keeps the latest state of a fleet and streams to each viewer the part it is looking at.",
                   "starling"};
  program.set_version_flag("--version", "starling " STARLING_VERSION);
  program.require_subcommand(1);
  ExitCode exit_code = starling::exit_ok;
  add_serve(program, exit_code);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? starling::exit_ok : starling::exit_usage;
  }
  return exit_code;
}
