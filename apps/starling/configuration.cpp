#include "apps/starling/configuration.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

namespace starling {
namespace {

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value = std::getenv(std::string{name}.c_str());
  return value ? std::optional<std::string>{value} : std::nullopt;
}

}  // namespace

std::optional<std::string> read_text(const std::string& file, std::string_view option) {
  std::ifstream stream{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (stream.is_open() && !stream.bad()) return text;
  fmt::print(stderr, "starling: cannot read {}: give {} a file that exists and may be read\n", file, option);
  return std::nullopt;
}

std::optional<config::Config> load_configuration(const std::string& file) {
  if (file.empty()) return config::Config{};
  const auto text = read_text(file, "-c");
  if (!text) return std::nullopt;
  auto read = config::read_config(*text, file, environment_variable);
  if (read) return std::move(*read);
  for (const config::ConfigError& error : read.error()) fmt::print(stderr, "starling: {}\n", error.text());
  return std::nullopt;
}

}  // namespace starling
