#include "apps/starling/bench.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "starling/load/play.hpp"
#include "starling/sources/mqtt/url.hpp"

namespace starling {
namespace {

using load::LoadOptions;
using load::Scenario;

void say(std::string_view line) { fmt::print(stderr, "starling: {}\n", line); }

/// One line that is written over, on a terminal only.
load::Progress progress_of(Scenario scenario) {
  if (::isatty(STDERR_FILENO) != 1) return {};
  return [scenario](const std::string& line) {
    fmt::print(stderr, "\r\x1b[K{}", line.empty() ? std::string{} : fmt::format("bench {}: {}", load::to_text(scenario), line));
    std::fflush(stderr);
  };
}

struct Names {
  Scenario scenario;
  const char* description;
};
constexpr Names kScenarios[] = {
    {Scenario::fan_out, "One publisher, many viewers of one channel: bursts, each delivered before the next, or so many a second"},
    {Scenario::latency, "Updates at a rate, and how long each takes to every viewer, from the moment it was due"},
    {Scenario::viewport, "Viewers of a box each, over nodes that move: frames, bytes, how stale, and whether it is exact"},
    {Scenario::pan, "Viewers that move their boxes over nodes at rest: how long an answer takes, and whether it is exact"},
    {Scenario::ingest, "Updates as fast as they are taken: lines over HTTP, or messages through an MQTT broker"},
    {Scenario::idle, "Subscribed connections that stay: what each costs the server"},
    {Scenario::connect, "Connections that come, subscribe and go: how many a second, and what fails"},
};

void add_common(CLI::App& command, BenchOptions& options) {
  LoadOptions& load = options.load;
  command.add_option("url", options.url, "The server: http://host:port or ws://host:port/path; https:// or wss:// under TLS")->required();
  command.add_option("--seconds", load.seconds, "How long is measured")->capture_default_str();
  command.add_option("--warmup", load.warmup, "Seconds before that")->capture_default_str();
  command.add_option("--channel", load.channel, fmt::format("Channel; default: {}", load::default_channel(load.scenario)));
  command.add_option("--server-pid", load.server_pid, "The server's process, if it is on this machine: its processor time and memory are told");
  command.add_option("--cacert", load.ca_file, "Believe the server by these certificates (PEM) instead of the system's");
  command.add_flag("--anywhere", load.anywhere, "Also a server that is not on this machine: make sure that you may");
  command.add_flag("--json", options.json, "Print one line of JSON instead of the table");
  command.add_option("--token", options.token, "Not in this version: there are no credentials yet");
}

void add_viewing(CLI::App& command, BenchOptions& options) {
  command.add_option("--viewers", options.load.viewers, options.load.scenario == Scenario::connect ? "Connections at a time" : "Viewers, each with a connection")->capture_default_str();
  command.add_flag("--deflate", options.load.deflate, "Viewers offer compression");
}

void add_map(CLI::App& command, LoadOptions& load) {
  command.add_option("--nodes", load.nodes, "Nodes on the map, removed again in the end")->capture_default_str();
  command.add_option("--share", load.share, "Of the map that a viewer's box covers")->capture_default_str();
  command.add_option("--sample", load.sample, "Viewers that are compared with the truth in the end")->capture_default_str();
}

void add_scenario(CLI::App& bench_command, const Names& names, ExitCode& exit_code) {
  CLI::App& command = *bench_command.add_subcommand(std::string{load::to_text(names.scenario)}, names.description);
  const auto options = std::make_shared<BenchOptions>();
  options->load = load::defaults_of(names.scenario);
  LoadOptions& load = options->load;
  add_common(command, *options);
  switch (names.scenario) {
    case Scenario::fan_out:
      add_viewing(command, *options);
      command.add_option("--burst", load.burst, "Updates published at once; the next burst when all have been read")->capture_default_str();
      command.add_option("--rate", load.rate, "Updates a second instead of bursts");
      command.add_option("--bytes", load.data_bytes, "Size of an update's data")->capture_default_str();
      break;
    case Scenario::latency:
      add_viewing(command, *options);
      command.add_option("--rate", load.rate, "Updates a second")->capture_default_str();
      command.add_option("--bytes", load.data_bytes, "Size of an update's data")->capture_default_str();
      break;
    case Scenario::viewport:
      add_viewing(command, *options);
      add_map(command, load);
      command.add_option("--moves", load.moves, "Moves of each node in a second")->capture_default_str();
      command.add_option("--rate", load.rate, "Frames a second that viewers ask for; default: every tick of the server");
      break;
    case Scenario::pan:
      add_viewing(command, *options);
      add_map(command, load);
      command.add_option("--pans", load.pans, "Pans of each viewer in a second, by a tenth of its box's width")->capture_default_str();
      break;
    case Scenario::ingest:
      command.add_option("--connections", load.connections, "Connections that publish")->capture_default_str();
      command.add_option("--lines", load.lines, "Updates in a body")->capture_default_str();
      command.add_option("--fields", load.fields, "Fields of an update, all of which change")->capture_default_str();
      command.add_option("--keys", load.nodes, "Keys that are updated in turns")->capture_default_str();
      command.add_option("--mqtt", options->mqtt, "Publish through this broker instead, mqtt://host:port; the server listens to it by a mapping (docs/BENCH.md)");
      command.add_option("--topic", load.topic, "With --mqtt: key nN is published to TOPIC/nN")->capture_default_str();
      command.add_option("--outstanding", load.outstanding, "With --mqtt: messages that the server has not applied yet")->capture_default_str();
      break;
    case Scenario::idle:
    case Scenario::connect:
      add_viewing(command, *options);
      break;
  }
  command.callback([options, &exit_code] { exit_code = bench(*options); });
}

}  // namespace

void add_bench(CLI::App& program, ExitCode& exit_code) {
  CLI::App& command = *program.add_subcommand("bench", "Put a server under load, and measure what it does");
  command.require_subcommand(1);
  command.footer(
      "Against this machine only, unless --anywhere is given. Ctrl-C ends the measuring and tells what was measured so far.\n"
      "Latencies are told to one part in 128. The exit status is 1 if nothing connects, or if what came is not what was published.\n"
      "Events are counted one by one where the channel is declared so; a first publish to any other makes a state channel:\n"
      "  [[channel]]\n  name = \"bench:event\"\n  kind = \"event\"\n  pace = \"0s\"");
  for (const Names& names : kScenarios) add_scenario(command, names, exit_code);
}

ExitCode bench(BenchOptions options) {
  const auto refuse = [](const std::string& why) {
    say(why);
    return exit_usage;
  };
  if (!options.token.empty()) return refuse("--token: there are no credentials in this version: leave it out");
  if (!options.mqtt.empty()) {
    auto broker = sources::mqtt::parse_broker_url(options.mqtt);
    if (!broker) return refuse(fmt::format("--mqtt: {}", sources::mqtt::describe(broker.error())));
    if (broker->tls) return refuse("--mqtt: the bench does not speak TLS to a broker in this version: give mqtt://");
    options.load.broker = load::BrokerAddress{
        .host = std::move(broker->host), .port = broker->port, .username = broker->username.value_or(""), .password = broker->password.value_or("")};
  }
  auto url = client::read_url(options.url);
  if (!url) return refuse(fmt::format("{}: {}", options.url, url.error()));
  options.load.url = std::move(*url);
  if (const std::string fault = load::fault_of(options.load); !fault.empty()) return refuse(fault);

  const load::Progress progress = progress_of(options.load.scenario);
  const auto outcome = load::play(options.load, progress);
  if (progress) progress({});
  if (!outcome) {
    say(outcome.error().message);
    return outcome.error().is_usage ? exit_usage : exit_failed;
  }
  const bool has_begun = outcome->faults.empty() || std::get<double>(*outcome->figures.find("duration_seconds")) > 0;
  if (has_begun) fmt::print("{}", options.json ? outcome->figures.json() + '\n' : outcome->figures.table());
  for (const std::string& fault : outcome->faults) say(fault);
  return outcome->faults.empty() ? exit_ok : exit_failed;
}

}  // namespace starling
