#include "apps/starling/copies.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "apps/starling/configuration.hpp"
#include "starling/io/store/copies.hpp"

namespace starling {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRedrawMin{200};

void say(std::string_view line) { fmt::print(stderr, "starling: {}\n", line); }

// A signal handler reaches nothing else.
std::atomic<bool> is_given_up{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void give_up_on_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, [](int) { is_given_up = true; });
}

/// How far it is, on one line of a terminal; nothing in a pipe.
class ProgressLine {
 public:
  ~ProgressLine() { clear(); }
  void show(std::uint64_t done, std::uint64_t all) {
    const auto now = steady_clock::now();
    if (!is_terminal_ || (shown_at_ && now < *shown_at_ + kRedrawMin)) return;
    shown_at_ = now;
    fmt::print(stderr, "\r\x1b[Kstarling: {} %", all == 0 ? 100 : done * 100 / all);
    std::fflush(stderr);
  }
  void clear() {
    if (shown_at_) fmt::print(stderr, "\r\x1b[K");
    shown_at_.reset();
  }

 private:
  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::optional<steady_clock::time_point> shown_at_;
};

struct StoreNamed {
  std::string url;
  std::string folder;
};

/// Whose database it is about; or the exit code after saying why that cannot be told.
Result<StoreNamed, ExitCode> store_of(const CopyCommand& command) {
  if (command.config_file.empty() == command.store.empty()) {
    say("give -c starling.toml or --store URL, one of the two: whose database is it?");
    return Unexpected{exit_usage};
  }
  if (!command.store.empty()) return StoreNamed{command.store, "."};
  auto config = load_configuration(command.config_file);
  if (!config) return Unexpected{exit_failed};
  if (config->store.url.empty()) {
    say(fmt::format("{}: store.url is \"none\": there is no database", command.config_file));
    return Unexpected{exit_failed};
  }
  const std::string folder = std::filesystem::path{command.config_file}.parent_path().string();
  return StoreNamed{config->store.url, folder.empty() ? "." : folder};
}

store::CopyOptions copy_options(const StoreNamed& named, bool replaces, ProgressLine& line) {
  return {.folder = named.folder, .replaces = replaces, .progress = [&line](std::uint64_t done, std::uint64_t all) {
            line.show(done, all);
            return !is_given_up.load();
          }};
}

std::string text_of(const store::Life& life) {
  const auto at = std::chrono::time_point_cast<std::chrono::seconds>(life.saved_at).time_since_epoch().count();
  return fmt::format("batch {}, {:%F %T} UTC", life.seq, fmt::gmtime(static_cast<std::time_t>(at)));
}

void add_common(CLI::App& app, CopyCommand& command, const char* file) {
  app.add_option("-c,--config", command.config_file, "Configuration file (TOML) of the server whose database it is");
  app.add_option("--store", command.store, "The database instead: sqlite:starling.db");
  app.add_option("file", command.file, file)->required();
}

}  // namespace

void add_copies(CLI::App& program, ExitCode& exit_code) {
  const auto command = std::make_shared<CopyCommand>();
  CLI::App& copying = *program.add_subcommand("backup", "Copy the database, also while a server uses it");
  add_common(copying, *command, "The copy to make");
  copying.add_flag("--force", command->force, "Replace the file if it is there already");
  copying.callback([command, &exit_code] { exit_code = back_up(*command); });
  CLI::App& restoring = *program.add_subcommand("restore", "Put a copy in the place of the database, whose server has been stopped; the old one is kept beside it");
  add_common(restoring, *command, "The copy that starling backup made");
  restoring.callback([command, &exit_code] { exit_code = restore(*command); });
}

ExitCode back_up(const CopyCommand& command) {
  const auto named = store_of(command);
  if (!named) return named.error();
  give_up_on_signals();
  ProgressLine line;
  const auto done = store::back_up(named->url, command.file, copy_options(*named, command.force, line));
  line.clear();
  if (done) return exit_ok;
  say(done.error().message);
  return exit_failed;
}

ExitCode restore(const CopyCommand& command) {
  const auto named = store_of(command);
  if (!named) return named.error();
  give_up_on_signals();
  ProgressLine line;
  const auto done = store::restore(named->url, command.file, copy_options(*named, false, line));
  line.clear();
  if (!done) {
    say(done.error().message);
    return exit_failed;
  }
  say(fmt::format("{} is {} now ({}){}", done->database, command.file, done->life ? text_of(*done->life) : "of no server",
                  done->kept.empty() ? "" : "; the old one is " + done->kept));
  return exit_ok;
}

}  // namespace starling
