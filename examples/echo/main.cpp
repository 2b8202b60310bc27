// starling-echo: sends every WebSocket message back as it came, text and binary, on every path that is asked of it. For conformance suites, and as
// the smallest program on raw doors.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "starling/server/server.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Sends every WebSocket message back as it came."};
  std::string listen = "127.0.0.1:9001";
  std::vector<std::string> paths{"/", "/echo"};
  std::size_t message_bytes = 16 << 20;
  std::size_t shards = 1;
  app.add_option("--listen", listen, "host:port, [::1]:port or unix:/path; port 0: any free one (default 127.0.0.1:9001)");
  app.add_option("--path", paths, "where; may be repeated (default / and /echo)")->allow_extra_args(false);
  app.add_option("--message-bytes", message_bytes, "longer messages are closed with 1009 (default 16 MiB)");
  app.add_option("--shards", shards, "threads (default 1)")->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);

  const starling::RawDoor echo{.on_message = [](starling::RawConnection& from, const starling::RawMessage& message) { from.send(message); }, .message_bytes = message_bytes};
  starling::ServerOptions options{.listen = {listen}, .shards = shards, .stop_on_signals = true};
  for (const std::string& path : paths) options.raw.emplace(path, echo);

  std::signal(SIGPIPE, SIG_IGN);
  starling::Server server{std::move(options)};
  if (const auto started = server.start(); !started) {
    fmt::print(stderr, "starling-echo: {}\n", started.error().message);
    return 1;
  }
  for (const std::string& url : server.urls()) fmt::print(stderr, "starling-echo: serving on {}\n", url);
  server.run();
}
