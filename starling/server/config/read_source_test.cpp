#include "starling/server/config/read_source.hpp"

#include <doctest/doctest.h>

#include "starling/server/config/config.hpp"

using namespace starling;
using namespace starling::config;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kSource = "[[source]]\ntype = 'mqtt'\nurl = 'mqtt://127.0.0.1:1883'\ntopics = ['a/#']\n";
constexpr std::string_view kMapping = "mapping = { channel = 'a:b' }\n";

std::optional<std::string> nothing(std::string_view) { return std::nullopt; }

std::string told(std::string_view toml) {
  const auto config = read_config(toml, "t", nothing);
  std::string lines;
  if (config) return lines;
  for (const ConfigError& error : config.error()) lines += (lines.empty() ? "" : "\n") + error.text();
  return lines;
}

SourceConfig read(std::string_view toml) {
  const auto config = read_config(toml, "t", nothing);
  if (!config) FAIL(told(toml));
  REQUIRE(config->sources.size() == 1);
  return config->sources[0];
}

std::string join(std::string_view a, std::string_view b, std::string_view c = "") {
  return std::string{a}.append(b).append(c);
}

}  // namespace

TEST_CASE("a source with little said has the defaults") {
  const SourceConfig source = read(join(kSource, kMapping));
  CHECK(source.place == Place{1, 1});
  CHECK(source.url == "mqtt://127.0.0.1:1883");
  CHECK(source.topics == std::vector<std::string>{"a/#"});
  CHECK(source.decode == SourceDecode::json);
  REQUIRE(source.mapping);
  CHECK(source.mapping->channel == "a:b");
  CHECK_FALSE(source.mapping->key.has_value());
  CHECK(source.mapping->fields.empty());
  CHECK_FALSE(source.mapping->fields_only);
  CHECK_FALSE(source.mapping->location.has_value());
  CHECK_FALSE(source.qos.has_value());
  CHECK(source.username.empty());
  CHECK_FALSE(source.insecure);
  CHECK_FALSE(source.keepalive.has_value());
}

TEST_CASE("everything that can be said of a source is read") {
  const SourceConfig source = read(R"(
[[source]]
type = "mqtt"
run = "each"
url = "mqtts://[2001:db8::1]:8883"
topics = ["sensors/+/state", "fleet/#"]
decode = "json"
qos = 2
username = "u"
password = "p"
client_id = "starling-1"
ca_file = "ca.pem"
cert = "cert.pem"
key = "key.pem"
insecure = true
keepalive = "60s"
[source.mapping]
channel = "site:state"
key = "{1}"
fields = { "temp" = "temperature_c", "lat.i" = { name = "latitude", scale = 1e-7 }, "n" = { name = "count", scale = 2 }, "plain" = { name = "same" } }
fields_only = true
location = ["latitude", "longitude"]
time = "ts"
value = "state"
)");
  CHECK(source.url == "mqtts://[2001:db8::1]:8883");
  CHECK(source.topics == std::vector<std::string>{"sensors/+/state", "fleet/#"});
  CHECK(source.qos == 2);
  CHECK(source.username == "u");
  CHECK(source.password == "p");
  CHECK(source.client_id == "starling-1");
  CHECK(source.ca_file == "ca.pem");
  CHECK(source.cert == "cert.pem");
  CHECK(source.key == "key.pem");
  CHECK(source.insecure);
  CHECK(source.keepalive == 60s);
  REQUIRE(source.mapping);
  CHECK(source.mapping->channel == "site:state");
  CHECK(source.mapping->key == "{1}");
  REQUIRE(source.mapping->fields.size() == 4);
  CHECK(source.mapping->fields.at("temp").name == "temperature_c");
  CHECK_FALSE(source.mapping->fields.at("temp").scale.has_value());
  CHECK(source.mapping->fields.at("lat.i").name == "latitude");
  CHECK(source.mapping->fields.at("lat.i").scale == 1e-7);
  CHECK(source.mapping->fields.at("n").scale == 2.0);
  CHECK(source.mapping->fields.at("plain").name == "same");
  CHECK(source.mapping->fields_only);
  CHECK(source.mapping->location == std::pair<std::string, std::string>{"latitude", "longitude"});
  CHECK(source.mapping->time == "ts");
  CHECK(source.mapping->value == "state");
}

TEST_CASE("a Meshtastic source needs no mapping") {
  const SourceConfig source = read(join(kSource, "decode = 'meshtastic'"));
  CHECK(source.decode == SourceDecode::meshtastic);
  CHECK_FALSE(source.mapping.has_value());
  CHECK(source.raw);
  CHECK_FALSE(read(join(kSource, "decode = 'meshtastic'\n", "raw = false")).raw);
}

TEST_CASE("what a source lacks is named with an example") {
  CHECK(told("[[source]]") ==
        "t:1:1: source.type is missing; write type = \"mqtt\"\n"
        "t:1:1: source.url is missing; write one like \"mqtt://127.0.0.1:1883\"\n"
        "t:1:1: source.topics is missing; write some like [\"sensors/+/state\"]\n"
        "t:1:1: source.mapping is missing; write one like { channel = \"site:state\", key = \"{1}\" }");
  CHECK(told(join(kSource, "mapping = {}")) ==
        R"(t:5:1: source.mapping.channel is missing; write one like "site:state")");
}

TEST_CASE(
    "sources of a later version are refused by name, unknown ones as unknown, and their other keys left alone") {
  CHECK(told("[[source]]\ntype = 'gpsd'\nhost = 'x'") == R"(t:2:8: source.type "gpsd": not in this version)");
  CHECK(
      told("[[source]]\ntype = 'mqt'\nhost = 'x'") ==
      R"(t:2:8: source.type must be "mqtt" or "gpsd" or "kismet" or "hackrf" or "lines" or "http", not "mqt"; did you mean "mqtt"?)");
}

TEST_CASE("what a source says of itself is passed on as it is, for the source to judge") {
  const SourceConfig source =
      read("[[source]]\ntype = 'mqtt'\nurl = 'http://alice:pw@broker'\ntopics = ['a/#/b']\ndecode = 'meshtastic'");
  CHECK(source.url == "http://alice:pw@broker");
  CHECK(source.topics == std::vector<std::string>{"a/#/b"});
}

TEST_CASE("a complaint of the source finds its place: the key itself, or what holds it, or the source") {
  const SourceConfig source = read(
      join(kSource, "[source.mapping]\nchannel = 'a:b'\n[source.mapping.fields]\nt = { name = 'x', scale = 2 }\n"));
  CHECK(source.place_of("url") == Place{3, 7});
  CHECK(source.place_of("topics") == Place{4, 10});
  CHECK(source.place_of("mapping.channel") == Place{6, 11});
  CHECK(source.place_of("mapping.fields.t.scale") == Place{8, 27});
  CHECK(source.place_of("mapping.fields.t.unit") == source.places.at("mapping.fields.t"));
  CHECK(source.place_of("mapping.key") == source.places.at("mapping"));
  CHECK(source.place_of("qos") == source.place);
}

TEST_CASE("what does not go together in a source is told") {
  struct Case {
    std::string toml;
    std::string_view want;
  };
  for (const Case& c :
       {Case{join(kSource, "decode = 'meshtastic'\n", kMapping),
             R"(t:6:1: source.mapping is for decode = "json" only)"},
        Case{join(kSource, kMapping, "raw = true"), R"(t:6:7: source.raw is for decode = "meshtastic" only)"},
        Case{join(kSource, "decode = 'meshtastic'\n", "raw = 'no'"),
             "t:6:7: source.raw must be true or false, not a string"},
        Case{join(kSource, "decode = 'meshtastic'\n", "rw = false"),
             R"(t:6:1: unknown key "rw" in [[source]]; did you mean "raw"?)"},
        Case{join(kSource, kMapping, "qos = 3"), "t:6:7: source.qos must be from 0 to 2, not 3"},
        Case{join(kSource, kMapping, "qos = -1"), "t:6:7: source.qos must be from 0 to 2, not -1"},
        Case{join(kSource, kMapping, "keepalive = '4s'"),
             R"(t:6:13: source.keepalive must be from "5s" to "65535s", not "4s")"},
        Case{join(kSource, kMapping, "keepalive = '5s'"), ""},
        Case{join(kSource, kMapping, "keepalive = '65535s'"), ""},
        Case{join(kSource, kMapping, "keepalive = '65536s'"),
             R"(t:6:13: source.keepalive must be from "5s" to "65535s", not "65536s")"},
        Case{join(kSource, kMapping, "keepalive = '5.5s'"), "t:6:13: source.keepalive must be whole seconds"},
        Case{join(kSource, kMapping, "username = ''"), "t:6:12: source.username must not be empty"},
        Case{join(kSource, kMapping, "run = 'once'"),
             R"(t:6:7: source.run must be "one" or "each", not "once"; did you mean "one"?)"},
        Case{join(kSource, kMapping, "topic = 'x'"),
             R"(t:6:1: unknown key "topic" in [[source]]; did you mean "topics"?)"},
        Case{"[[source]]\ntype = 'mqtt'\nurl = 'mqtt://b'\ntopics = []\ndecode = 'meshtastic'",
             R"(t:4:10: source.topics must not be empty; write some like ["sensors/+/state"])"}}) {
    CAPTURE(c.toml);
    CHECK(told(c.toml) == c.want);
  }
}

TEST_CASE("a mapping's mistakes are told") {
  struct Case {
    std::string_view mapping, want;
  };
  for (const Case& c :
       {Case{"chanel = 'a:b', channel = 'a:b'",
             R"(t:5:13: unknown key "chanel" in [source.mapping]; did you mean "channel"?)"},
        Case{"channel = 'a:b', fields = { t = 1 }",
             R"(t:5:45: source.mapping.fields.t must be a name, or { name = "…", scale = … })"},
        Case{"channel = 'a:b', fields = { t = '' }",
             R"(t:5:45: source.mapping.fields.t must be a name, or { name = "…", scale = … })"},
        Case{"channel = 'a:b', fields = { t = { scale = 2 } }",
             R"(t:5:41: source.mapping.fields.t.name is missing; write one like "temperature_c")"},
        Case{"channel = 'a:b', fields = { t = { name = 'x', scale = '2' } }",
             "t:5:67: source.mapping.fields.t.scale must be a number, not a string"},
        Case{"channel = 'a:b', fields = { t = { name = 'x', unit = 'm' } }",
             R"(t:5:59: unknown key "unit" in [source.mapping.fields.t])"},
        Case{"channel = 'a:b', location = ['x']",
             R"(t:5:41: source.mapping.location must name two fields, like ["latitude", "longitude"])"}}) {
    CAPTURE(c.mapping);
    CHECK(told(join(kSource, "mapping = { ", std::string{c.mapping} + " }")) == c.want);
  }
}
