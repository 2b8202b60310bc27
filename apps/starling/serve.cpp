#include "apps/starling/serve.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "starling/server/config/config.hpp"
#include "starling/server/server.hpp"
#include "starling/server/wiring.hpp"

namespace starling {
namespace {

void say(std::string_view line) { fmt::print(stderr, "starling: {}\n", line); }

void write_log(sources::LogLevel level, const std::string& line) {
  switch (level) {
    case sources::LogLevel::debug:
      return;
    case sources::LogLevel::note:
      say(line);
      return;
    case sources::LogLevel::warning:
      say("warning: " + line);
      return;
    case sources::LogLevel::error:
      say("error: " + line);
      return;
  }
}

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value = std::getenv(std::string{name}.c_str());
  return value ? std::optional<std::string>{value} : std::nullopt;
}

void say_all(const std::vector<config::ConfigError>& errors) {
  for (const config::ConfigError& error : errors) say(error.text());
}

/// Nullopt after saying why not.
std::optional<config::Config> load(const std::string& file) {
  if (file.empty()) return config::Config{};
  std::ifstream stream{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream.is_open() || stream.bad()) {
    say(fmt::format("cannot read {}: give -c a file that exists and may be read", file));
    return std::nullopt;
  }
  auto read = config::read_config(text, file, environment_variable);
  if (read) return std::move(*read);
  say_all(read.error());
  return std::nullopt;
}

}  // namespace

ExitCode serve(const ServeOptions& options) {
  for (const std::string& address : options.listen) {
    if (const std::string fault = config::listen_fault(address); !fault.empty()) {
      say(fmt::format("--listen {}: {}", address, fault));
      return exit_usage;
    }
  }
  auto config = load(options.config_file);
  if (!config) return exit_failed;
  if (!options.listen.empty()) config->server.listen = options.listen;

  // A broker's library writes to sockets that may be gone.
  std::signal(SIGPIPE, SIG_IGN);
  const WiringOptions wiring{.server_name = "starling/" STARLING_VERSION,
                             .files_folder = std::filesystem::path{options.config_file}.parent_path().string(),
                             .log = write_log};
  ServerOptions server_options = server_options_of(*config, wiring);
  server_options.stop_on_signals = true;
  if (options.demo) declare_mesh(server_options);
  Server server{std::move(server_options)};
  if (const auto added = add_sources(server, *config, options.config_file, wiring); !added) {
    say_all(added.error());
    return exit_failed;
  }
  if (options.demo) {
    auto recording = sources::recording::Recording::parse(demo_recording());
    if (!recording) {
      say(fmt::format("the demo's line {} cannot be read: {}", recording.error().line, recording.error().message));
      return exit_failed;
    }
    server.play(std::move(*recording));
  }
  if (const auto started = server.start(); !started) {
    say(started.error().message);
    return exit_failed;
  }
  for (const std::string& url : server.urls()) say("serving on " + url);
  if (server.shards() > 1) say(fmt::format("{} threads serve viewers: server.shards sets how many", server.shards()));
  if (options.demo) say("playing a recorded fleet in a loop: open the address in a browser; Ctrl-C stops");
  server.run();
  return exit_ok;
}

}  // namespace starling
