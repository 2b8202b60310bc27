#include "starling/server/config/read_dashboard.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "starling/server/config/config.hpp"

using namespace starling;
using namespace starling::config;

namespace {

Result<Config, std::vector<ConfigError>> read(std::string_view toml) {
  return read_config(toml, "t", [](std::string_view) { return std::optional<std::string>{}; });
}

std::string told(std::string_view toml) {
  const auto config = read(toml);
  std::string lines;
  if (config) return lines;
  for (const ConfigError& error : config.error()) lines += (lines.empty() ? "" : "\n") + error.text();
  return lines;
}

}  // namespace

TEST_CASE("a map has tiles where the operator says so, and asks nobody else") {
  CHECK(read("")->dashboard.tile_url.empty());
  CHECK(read("[dashboard]\n")->dashboard.tile_url.empty());
  const auto config = read("[dashboard]\ntile_url = 'https://tiles.example:8443/{z}/{x}/{y}.png?key=k'\ntile_attribution = '© Example'\n");
  REQUIRE(config);
  CHECK(config->dashboard.tile_url == "https://tiles.example:8443/{z}/{x}/{y}.png?key=k");
  CHECK(config->dashboard.tile_attribution == "© Example");
}

TEST_CASE("where tiles are is a URL whose host may stand in a policy") {
  for (const std::string_view url : {"http://127.0.0.1:8000/{z}/{x}/{y}", "https://[::1]/{x}-{y}-{z}.png", "https://Tiles.Example/{z}/{y}/{x}.jpg"}) {
    CAPTURE(url);
    CHECK(told(fmt::format("[dashboard]\ntile_url = '{}'\ntile_attribution = 'a'\n", url)).empty());
  }
  for (const std::string_view url : {"", "tiles.example/{z}/{x}/{y}", "ftp://tiles.example/{z}/{x}/{y}", "https:///{z}/{x}/{y}", "https://:80/{z}/{x}/{y}", "https://tiles.example", "https://tiles.example/{z}/{x}",
                          "https://{z}{x}{y}.example/", "https://me:word@tiles.example/{z}/{x}/{y}", "https://tiles.example;script-src/{z}/{x}/{y}", "https://a b/{z}/{x}/{y}",
                          "https://tiles.example/{z}/{x}/{y} c", "https://*/{z}/{x}/{y}", "https://tiles.example/{z}/{x}/{y}#a"}) {
    CAPTURE(url);
    CHECK(told(fmt::format("[dashboard]\ntile_url = '{}'\ntile_attribution = 'a'\n", url)) ==
          fmt::format(R"(t:2:12: dashboard.tile_url must be like "https://tiles.example/{{z}}/{{x}}/{{y}}.png", not "{}")", url));
  }
}

TEST_CASE("tiles have somebody whose they are, who has tiles") {
  CHECK(told("[dashboard]\ntile_url = 'https://tiles.example/{z}/{x}/{y}'\n") == R"(t:1:2: dashboard.tile_attribution is missing; write one like "© Example Maps")");
  CHECK(told("[dashboard]\ntile_url = 'https://tiles.example/{z}/{x}/{y}'\ntile_attribution = ''\n") == "t:3:20: dashboard.tile_attribution must not be empty");
  CHECK(told("[dashboard]\ntile_attribution = 'Example'\n") == "t:2:20: dashboard.tile_attribution is of the tiles of tile_url, which is missing");
  CHECK(told("[dashboard]\ntiles = 'x'\n").find("tiles") != std::string::npos);
}
