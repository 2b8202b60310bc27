#include <doctest/doctest.h>

#include <string>

#include "starling/server/config/config.hpp"

using namespace starling;
using namespace starling::config;

namespace {

const Environment kNoEnvironment = [](std::string_view) { return std::optional<std::string>{}; };

/// Every error, a line each; empty if there is none.
std::string told(const std::string& toml) {
  std::string lines;
  const auto config = read_config(toml, "t", kNoEnvironment);
  if (config) return lines;
  for (const ConfigError& error : config.error()) lines += error.text() + '\n';
  return lines;
}

/// The doors as "path dialect channel=name,…".
std::string doors(const std::string& toml) {
  const auto config = read_config(toml, "t", kNoEnvironment);
  REQUIRE_MESSAGE(config, told(toml));
  std::string text;
  for (const protocol::DoorOptions& door : config->doors) {
    text += door.path + ' ' + std::string{protocol::to_text(door.dialect)};
    for (const protocol::DoorChannel& channel : door.channels) text += ' ' + channel.channel + '=' + channel.event_name;
    if (door.message_bytes) text += ' ' + std::to_string(*door.message_bytes);
    text += '\n';
  }
  return text;
}

constexpr const char* kUpdates =
    "/ws/updates event services:health=services:health websdrs:status=websdrs:status signals:detected=signals:detected localizations:updated=localizations:updated\n";
constexpr const char* kWs =
    "/ws event-flat services:health=services:health websdrs:status=websdrs_update signals:detected=signals:detected localizations:updated=localizations:updated\n";

}  // namespace

TEST_CASE("without a word of them the doors of the replaced systems are there") { CHECK(doors("") == std::string{kUpdates} + kWs + "/api/ws mesh\n"); }

TEST_CASE("a door of the same path takes the place of what is there by default, others are added, and one may be shut") {
  CHECK(doors(R"(
[[door]]
path = "/ws/updates"
dialect = "event"
channels = ["site:state", "site:alarm"]
names = { "site:state" = "site_update" }
message_bytes = "64KiB"
[[door]]
path = "/api/ws"
dialect = "off"
[[door]]
path = "/map"
dialect = "mesh"
)") == std::string{kWs} + "/ws/updates event site:state=site_update site:alarm=site:alarm 65536\n/map mesh\n");
}

TEST_CASE("what is wrong with a door is told where it stands") {
  const auto wrong = [](const std::string& lines) { return told("[[door]]\n" + lines); };
  CHECK(wrong("dialect = 'mesh'") == "t:1:1: door.path is missing; write one like \"/ws/updates\"\n");
  CHECK(wrong("path = '/a'") == "t:1:1: door.dialect is missing; it is \"event\", \"event-flat\", \"mesh\" or \"off\"\n");
  CHECK(wrong("path = '/live'\ndialect = 'mesh'").find("door.path is the native door's") != std::string::npos);
  for (const char* path : {"a", "/", "", "/a b", "/a?b", "/a#b", "/%41"}) {
    CAPTURE(path);
    CHECK(wrong("path = '" + std::string{path} + "'\ndialect = 'mesh'").find("door.path must be a path") != std::string::npos);
  }
  CHECK(wrong("path = '/" + std::string(255, 'a') + "'\ndialect = 'mesh'") == "");
  CHECK(wrong("path = '/" + std::string(256, 'a') + "'\ndialect = 'mesh'").find("door.path must be a path") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'mesh'\n[[door]]\npath = '/a'\ndialect = 'event'").find("door.path \"/a\" is there twice") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'native'").find("door.dialect") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'mesh'\nchannels = ['a:b']").find("door.channels is for dialect") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'event'\nchannels = []").find("door.channels must name 1 to 256 channels") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'event'\nchannels = ['a:*']").find("without wildcards") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'event'\nchannels = ['a:b', 'a:b']").find("is there twice") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'event'\nchannels = ['a:b']\nnames = { 'a:c' = 'd' }").find("door.names \"a:c\" is not one of this door's channels") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'event'\nchannels = ['a:b']\nnames = { 'a:b' = '' }").find("door.names must be texts") != std::string::npos);
  for (const std::size_t bytes : {1, 255, 256, 257}) {
    CAPTURE(bytes);
    const std::string said = wrong("path = '/a'\ndialect = 'event'\nchannels = ['a:b']\nnames = { 'a:b' = '" + std::string(bytes, 'n') + "' }");
    CHECK((said.empty() ? bytes <= 256 : bytes > 256 && said.find("door.names must be texts of 1 to 256 bytes") != std::string::npos));
  }
  CHECK(wrong("path = '/a'\ndialect = 'event'\nchannels = ['a:b', 'a:c']\nnames = { 'a:b' = 'a:c' }").find("what two channels would be called") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'mesh'\nnames = { 'a:b' = 'c' }").find("door.names is for dialect") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'event'\nmessage_bytes = 1023").find("door.message_bytes") != std::string::npos);
  CHECK(wrong("path = '/a'\ndialect = 'event'\nmessage_bytes = 1024") == "");
  CHECK(wrong("path = '/a'\ndialect = 'event'\nchanels = ['a:b']").find("chanels") != std::string::npos);
}

TEST_CASE("a door shows 256 channels and not one more") {
  const auto with = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += "'a:c" + std::to_string(i) + "',";
    return "[[door]]\npath = '/a'\ndialect = 'event'\nchannels = [" + list + "]";
  };
  CHECK(told(with(255)) == "");
  CHECK(told(with(256)) == "");
  CHECK(told(with(257)).find("door.channels must name 1 to 256 channels") != std::string::npos);
}
