/// @file
/// `starling`: reads the command line and calls the subcommand.

#include <CLI/CLI.hpp>

#include "apps/starling/bench.hpp"
#include "apps/starling/copies.hpp"
#include "apps/starling/exit_code.hpp"
#include "apps/starling/publish.hpp"
#include "apps/starling/replay.hpp"
#include "apps/starling/serve.hpp"
#include "apps/starling/watch.hpp"

namespace {

using starling::ExitCode;

void add_serve(CLI::App& program, ExitCode& exit_code) {
  CLI::App& command = *program.add_subcommand("serve", "Serve viewers until SIGINT or SIGTERM");
  const auto options = std::make_shared<starling::ServeOptions>();
  command.add_option("-c,--config", options->config_file,
                     "Configuration file (TOML); every key is optional, so is the file");
  command
      .add_option("--listen", options->listen,
                  "Address to listen on instead of the configuration's: 127.0.0.1:8080, [::1]:8080, unix:/path, "
                  "systemd; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  const CLI::Option& demo = *command.add_option("--demo", options->demo_file, "Play a small recorded fleet in a loop, so that there is something to see, or this recording")
                                 ->expected(0, 1)
                                 ->option_text("[FILE]");
  command.callback([options, &demo, &exit_code] {
    options->demo = demo.count() > 0;
    exit_code = starling::serve(*options);
  });
}

void add_watch(CLI::App& program, ExitCode& exit_code) {
  CLI::App& command = *program.add_subcommand("watch", "Print what a viewer is sent, one JSON frame a line");
  const auto options = std::make_shared<starling::WatchOptions>();
  const auto add_list = [&command](const char* name, std::vector<std::string>& list, const char* description) {
    command.add_option(name, list, description)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  command.add_option("channels", options->channels, "Channels: mesh:position, 'mesh:*' or '*'")->required();
  command.add_option("--bounds", options->bounds, "Only what is in this box: west,south,east,north in degrees");
  command.add_option("--where", options->where, "Only where conditions on fields hold: '{\"battery\":{\"lt\":20}}'");
  add_list("--keys", options->keys, "Only these keys: a,b; may be repeated");
  add_list("--fields", options->fields, "Only these fields: a,b; may be repeated");
  command.add_option("--rate", options->rate, "Frames a second; default: every tick of the server");
  command.add_option("--url", options->url, "The server: ws://host:port/path or http://host:port; wss:// or https:// under TLS")->capture_default_str();
  command.add_option("--cacert", options->ca_file, "Believe the server by these certificates (PEM) instead of the system's");
  command.add_flag("--table", options->table, "Show the records as a live table; in a pipe, print it at the end");
  command.add_flag("--no-reconnect", options->no_reconnect, "End when the connection is lost, or there is none");
  command.add_option("--count", options->count, "End after so many updates and snapshots");
  CLI::Option* record = command.add_option("--record", options->record_file, "Write what is sent to this file instead, as lines with times that `starling replay` plays");
  command.add_flag("--force", options->force, "Write over a recording that is there already")->needs(record);
  command.callback([options, &exit_code] { exit_code = starling::watch(*options); });
}

void add_publish(CLI::App& program, ExitCode& exit_code) {
  CLI::App& command = *program.add_subcommand("publish", "Publish one update, or one a line from the standard input");
  const auto options = std::make_shared<starling::PublishOptions>();
  command.add_option("channel", options->channel, "Channel: mesh:position; without it each line has a \"channel\"");
  command.add_option("update", options->arguments, "[KEY] JSON, or KEY with --op remove; without it lines are read: {\"key\":…,\"data\":…}");
  command.add_option("--op", options->operation, "What becomes of the record; default: merge")
      ->check(CLI::IsMember({"merge", "replace", "remove"}));
  command.add_option("--url", options->url, "The server: ws://host:port/path or http://host:port; wss:// or https:// under TLS")->capture_default_str();
  command.add_option("--cacert", options->ca_file, "Believe the server by these certificates (PEM) instead of the system's");
  command.add_flag("-v,--verbose", options->verbose, "Print the seq of each update");
  command.callback([options, &exit_code] { exit_code = starling::publish(*options); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Starling keeps the latest state of a fleet and streams to each viewer the part it is looking at.",
                   "starling"};
  program.set_version_flag("--version", "starling " STARLING_VERSION);
  program.require_subcommand(1);
  ExitCode exit_code = starling::exit_ok;
  add_serve(program, exit_code);
  add_watch(program, exit_code);
  add_publish(program, exit_code);
  starling::add_replay(program, exit_code);
  starling::add_bench(program, exit_code);
  starling::add_copies(program, exit_code);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? starling::exit_ok : starling::exit_usage;
  }
  return exit_code;
}
