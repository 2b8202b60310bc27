#include "starling/server/config/read_probe.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "starling/server/config/config.hpp"

using namespace starling;
using namespace starling::config;
using namespace std::chrono_literals;

namespace {

std::optional<std::string> nothing(std::string_view) { return std::nullopt; }

std::string told(std::string_view toml) {
  const auto config = read_config(toml, "t", nothing);
  std::string lines;
  if (config) return lines;
  for (const ConfigError& error : config.error()) lines += (lines.empty() ? "" : "\n") + error.text();
  return lines;
}

Config read(std::string_view toml) {
  const auto config = read_config(toml, "t", nothing);
  if (!config) FAIL(told(toml));
  return *config;
}

}  // namespace

TEST_CASE("a probe with little said is asked every 30 s and has 5 s") {
  const Config config = read("[[probe]]\nname = 'api'\nurl = 'http://127.0.0.1:8001/health'\n[[receiver]]\nid = 'a'\nurl = 'https://sdr.example/'\n");
  REQUIRE(config.probes.size() == 1);
  const ProbeConfig& probe = config.probes[0];
  CHECK(probe.key == "api");
  CHECK(probe.url == "http://127.0.0.1:8001/health");
  CHECK(probe.every == 30s);
  CHECK(probe.timeout == 5s);
  CHECK(probe.ca_file.empty());
  CHECK(probe.place == Place{1, 1});
  CHECK(probe.place_of("url") == Place{3, 7});
  CHECK(probe.place_of("every") == Place{1, 1});
  REQUIRE(config.receivers.size() == 1);
  CHECK(config.receivers[0].key == "a");
  CHECK(config.receivers[0].name == "a");
  CHECK(config.receivers[0].every == 30s);
}

TEST_CASE("everything that can be said of a probe and of a receiver is read") {
  const Config config = read(R"(
[[receiver]]
id = "7b1c"
name = "Twente"
url = "https://sdr.example/"
every = "5m"
timeout = "10s"
ca_file = "ca.pem"
[[probe]]
name = "api"
url = "ftp://whatever"
every = "1s"
timeout = "100ms"
[[probe]]
name = "7b1c"
url = "http://host/"
)");
  REQUIRE(config.receivers.size() == 1);
  CHECK(config.receivers[0].key == "7b1c");
  CHECK(config.receivers[0].name == "Twente");
  CHECK(config.receivers[0].every == 5min);
  CHECK(config.receivers[0].timeout == 10s);
  CHECK(config.receivers[0].ca_file == "ca.pem");
  REQUIRE(config.probes.size() == 2);
  CHECK(config.probes[0].url == "ftp://whatever");  // the source judges it
  CHECK(config.probes[0].every == 1s);
  CHECK(config.probes[0].timeout == 100ms);
}

TEST_CASE("what is wrong with a probe is told with its place") {
  const std::string probe = "[[probe]]\nname = 'api'\nurl = 'http://h/'\n";
  const std::string receiver = "[[receiver]]\nid = 'a'\nurl = 'http://h/'\n";
  struct Case {
    std::string toml, want;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"probe = []\nreceiver = []", ""},
           {"[[probe]]", "t:1:1: probe.name is missing; write one like \"api\"\nt:1:1: probe.url is missing; write one like \"http://127.0.0.1:8001/health\""},
           {"[[receiver]]", "t:1:1: receiver.id is missing; write one like \"twente\"\nt:1:1: receiver.url is missing; write one like \"http://127.0.0.1:8001/health\""},
           {probe + "every = '24h'\ntimeout = '60s'", ""},
           {probe + "every = '999ms'", R"(t:4:9: probe.every must be from "1s" to "1d", not "999ms")"},
           {probe + "every = '25h'", R"(t:4:9: probe.every must be from "1s" to "1d", not "25h")"},
           {probe + "timeout = '99ms'", R"(t:4:11: probe.timeout must be from "100ms" to "1m", not "99ms")"},
           {probe + "timeout = '61s'", R"(t:4:11: probe.timeout must be from "100ms" to "1m", not "61s")"},
           {probe + "evry = '1s'", R"(t:4:1: unknown key "evry" in [[probe]]; did you mean "every"?)"},
           {receiver + "nam = 'x'", R"(t:4:1: unknown key "nam" in [[receiver]]; did you mean "name"?)"},
           {probe + "id = 'x'", R"(t:4:1: unknown key "id" in [[probe]])"},
           {probe + probe, R"(t:5:8: probe.name "api" is there twice)"},
           {receiver + receiver, R"(t:5:6: receiver.id "a" is there twice)"},
           {probe + receiver, ""},
           {"[[probe]]\nname = ''\nurl = 'http://h/'", R"(t:2:8: probe.name must be 1 to 256 bytes without control characters, not "")"},
           {"[[probe]]\nname = \"a\\n\"\nurl = 'http://h/'", R"(t:2:8: probe.name must be 1 to 256 bytes without control characters, not "a\n")"},
           {receiver + "name = ''", R"(t:4:8: receiver.name must be 1 to 256 bytes without control characters, not "")"},
           {"[[probe]]\nname = 'a'\nurl = ''", "t:3:7: probe.url must not be empty"},
           {"[[probes]]\nname = 'a'", R"(t:1:3: unknown key "probes"; did you mean "probe"?)"},
           {"[probe]\nname = 'a'", "t:1:2: probe must be a list of tables, [[probe]], not a table"}}) {
    CAPTURE(c.toml);
    CHECK(told(c.toml) == c.want);
  }
}

TEST_CASE("a name of 256 bytes is taken, and one of 257 is not") {
  const auto named = [](std::size_t bytes) { return told("[[probe]]\nurl = 'http://h/'\nname = '" + std::string(bytes, 'a') + "'"); };
  CHECK(named(256).empty());
  CHECK(!named(257).empty());
}

TEST_CASE("so many probes and receivers are taken, and no more") {
  const auto several = [](std::string_view table, std::string_view key, std::size_t count) {
    std::string toml;
    for (std::size_t i = 0; i < count; ++i) toml += fmt::format("[[{}]]\n{} = 'n{}'\nurl = 'http://h/'\n", table, key, i);
    return told(toml);
  };
  CHECK(several("probe", "name", kProbesMax - 1).empty());
  CHECK(several("probe", "name", kProbesMax).empty());
  CHECK(several("probe", "name", kProbesMax + 1) == "t:193:1: probe: there are more than 64; leave this one and those after it out");
  CHECK(several("receiver", "id", kReceiversMax).empty());
  CHECK(several("receiver", "id", kReceiversMax + 1).ends_with("receiver: there are more than 1024; leave this one and those after it out"));
}
