#include "apps/starling/serve.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <cstdio>
#include <optional>

#include "apps/starling/configuration.hpp"
#include "apps/starling/dashboard.hpp"
#include "apps/starling/temporary_folder.hpp"
#include "starling/server/config/config.hpp"
#include "starling/server/server.hpp"
#include "starling/server/wiring.hpp"

namespace starling {
namespace {

constexpr Duration kDemoHistory = std::chrono::hours{1};  // of the recorded fleet some 14 MB, beside 64 MiB of what SQLite writes ahead

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

void say_all(const std::vector<config::ConfigError>& errors) {
  for (const config::ConfigError& error : errors) say(error.text());
}

/// Nullopt after saying why not.
std::optional<sources::recording::Recording> load_recording(const std::string& file) {
  const auto text = file.empty() ? std::string{demo_recording()} : read_text(file, "--demo");
  if (!text) return std::nullopt;
  const std::string name = file.empty() ? "the demo's" : file;
  auto recording = sources::recording::Recording::parse(*text);
  if (!recording) {
    say(fmt::format("{} line {}: {}", name, recording.error().line, recording.error().message));
    return std::nullopt;
  }
  if (const auto line = recording->cut_off_line()) say(fmt::format("warning: {} line {} is cut off and left out", name, *line));
  return std::move(*recording);
}

}  // namespace

ExitCode serve(const ServeOptions& options) {
  for (const std::string& address : options.listen) {
    if (const std::string fault = config::listen_fault(address); !fault.empty()) {
      say(fmt::format("--listen {}: {}", address, fault));
      return exit_usage;
    }
  }
  auto config = load_configuration(options.config_file);
  if (!config) return exit_failed;
  std::optional<sources::recording::Recording> recording;
  if (options.demo) {
    recording = load_recording(options.demo_file);
    if (!recording) return exit_failed;
  }
  if (!options.listen.empty()) config->server.listen = options.listen;
  // What is played is nobody's, so it goes with the server; while that runs it can be looked back at.
  std::optional<TemporaryFolder> demo_folder;
  const bool is_store_chosen = config->store.is_chosen || options.demo;
  if (options.demo && !config->store.is_chosen) {
    demo_folder.emplace();
    config->store = {};
    config->store.url = demo_folder->path().empty() ? std::string{} : fmt::format("sqlite:{}/demo.db", demo_folder->path());
    config->store.history = demo_folder->path().empty() ? std::nullopt : std::optional<Duration>{kDemoHistory};
  }

  // A broker's library writes to sockets that may be gone.
  std::signal(SIGPIPE, SIG_IGN);
  const WiringOptions wiring{.server_name = "starling/" STARLING_VERSION,
                             .files_folder = std::filesystem::path{options.config_file}.parent_path().string(),
                             .log = write_log};
  ServerOptions server_options = server_options_of(*config, wiring);
  server_options.stop_on_signals = true;
  server_options.dashboard.assets = dashboard_assets();
  if (recording) {
    declare_mesh(server_options);
    declare_events(server_options, recording->event_channels());
  }
  Server server{std::move(server_options)};
  if (const auto added = add_sources(server, *config, options.config_file, wiring); !added) {
    say_all(added.error());
    return exit_failed;
  }
  if (recording) server.play(std::move(*recording));
  if (const auto started = server.start(); !started) {
    say(started.error().message);
    return exit_failed;
  }
  for (const std::string& url : server.urls()) say("serving on " + url);
  if (!is_store_chosen && !config->store.url.empty()) say("what is known is kept in starling.db: store.url sets where, \"none\" nowhere");
  if (server.shards() > 1) say(fmt::format("{} threads serve viewers: server.shards sets how many", server.shards()));
  if (options.demo) say(fmt::format("playing {} in a loop: open the address in a browser; Ctrl-C stops", options.demo_file.empty() ? "a recorded fleet" : options.demo_file));
  server.run();
  return exit_ok;
}

}  // namespace starling
