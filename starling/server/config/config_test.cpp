#include "starling/server/config/config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "starling/server/config/listen_address.hpp"

using namespace starling;
using namespace starling::config;
using namespace std::chrono_literals;

namespace {

std::optional<std::string> variables(std::string_view name) {
  if (name == "SECRET") return "hunter2";
  if (name == "TICK") return "250ms";
  return std::nullopt;
}

/// What the operator is told, a line each; empty if all is well.
std::string told(std::string_view toml) {
  const auto config = read_config(toml, "t", variables);
  std::string lines;
  if (config) return lines;
  for (const ConfigError& error : config.error()) lines += (lines.empty() ? "" : "\n") + error.text();
  return lines;
}

Config read(std::string_view toml) {
  const auto config = read_config(toml, "t", variables);
  if (!config) FAIL(told(toml));
  return *config;
}

struct Case {
  std::string toml, want;
};

void check_told(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    CAPTURE(c.toml);
    CHECK(told(c.toml) == c.want);
  }
}

}  // namespace

TEST_CASE("an empty file is the defaults") {
  const Config config = read("");
  CHECK(config.server.listen == std::vector<std::string>{"127.0.0.1:8080"});
  CHECK(config.server.tick == 100ms);
  CHECK(config.server.compression);
  CHECK(config.server.allowed_origins.empty());
  CHECK(config.server.trusted_proxies.empty());
  CHECK(config.limits.message_bytes == 262'144);
  CHECK(config.limits.frame_bytes == 262'144);
  CHECK(config.limits.body_bytes == 16'777'216);
  CHECK(config.server.drain_spread == std::chrono::seconds{5});
  CHECK(config.limits.connections == 100'000);
  CHECK(config.limits.connections_per_ip == 100);
  CHECK(config.limits.connects_per_ip_per_second == 20);
  CHECK(config.limits.messages_per_second == 50);
  CHECK(config.limits.bytes_per_second == 1'048'576);
  REQUIRE(config.limits.exempt.size() == 2);
  CHECK(config.limits.exempt[0].contains("127.255.0.1"));
  CHECK(config.limits.exempt[1].contains("::1"));
  CHECK(config.limits.subscriptions == 64);
  CHECK(config.limits.backlog_bytes == 1'048'576);
  CHECK(config.limits.log_bytes == 67'108'864);
  CHECK(config.limits.state_bytes == 1'073'741'824);
  CHECK(config.limits.record_bytes == 65'536);
  CHECK(config.limits.fields_per_record == 256);
  CHECK(config.limits.keys_per_space == 1'000'000);
  CHECK(config.limits.channels == 1000);
  CHECK_FALSE(config.declared_only);
  CHECK(config.spaces.empty());
  CHECK(config.channels.empty());
  CHECK(config.sources.empty());
}

TEST_CASE("everything that can be said is read") {
  const Config config = read(R"(
[server]
listen = ["127.0.0.1:9000", "[::1]:9000", "unix:/run/starling.sock"]
shards = 3
tick = "${TICK}"
compression = false
allowed_origins = ["https://map.example.com", "http://[::1]:5173"]
trusted_proxies = ["10.0.0.0/8"]
[limits]
message_bytes = 1024
frame_bytes = "1MiB"
body_bytes = "64MB"
connections = 7
connections_per_ip = 6
connects_per_ip_per_second = 5
messages_per_second = 4
bytes_per_second = "4KiB"
exempt = ["192.0.2.0/24"]
subscriptions = 3
backlog_bytes = "2KiB"
log_bytes = "1GiB"
state_bytes = "2GiB"
record_bytes = "128KiB"
fields_per_record = 17
keys_per_space = 5
channels = 7
[channels]
declared_only = true
[[space]]
name = "mesh"
offline_after = "2h"
[[channel]]
name = "mesh:position"
ttl = "24h"
location = ["lat", "lon"]
priority = "critical"
hidden = true
[[channel]]
name = "mesh:message"
kind = "event"
pace = "0s"
keep = 7
[[channel]]
name = "mesh:node"
kind = "state"
priority = "normal"
)");
  CHECK(config.server.listen == std::vector<std::string>{"127.0.0.1:9000", "[::1]:9000", "unix:/run/starling.sock"});
  CHECK(config.server.shards == 3);
  CHECK(config.server.tick == 250ms);
  CHECK_FALSE(config.server.compression);
  CHECK(config.server.allowed_origins == std::vector<std::string>{"https://map.example.com", "http://[::1]:5173"});
  REQUIRE(config.server.trusted_proxies.size() == 1);
  CHECK(config.server.trusted_proxies[0].contains("10.1.2.3"));
  CHECK(config.limits.message_bytes == 1024);
  CHECK(config.limits.frame_bytes == 1'048'576);
  CHECK(config.limits.body_bytes == 64'000'000);
  CHECK(config.limits.connections == 7);
  CHECK(config.limits.connections_per_ip == 6);
  CHECK(config.limits.connects_per_ip_per_second == 5);
  CHECK(config.limits.messages_per_second == 4);
  CHECK(config.limits.bytes_per_second == 4096);
  REQUIRE(config.limits.exempt.size() == 1);
  CHECK(config.limits.exempt[0].contains("192.0.2.9"));
  CHECK(config.limits.subscriptions == 3);
  CHECK(config.limits.backlog_bytes == 2048);
  CHECK(config.limits.log_bytes == 1u << 30);
  CHECK(config.limits.state_bytes == 2ull << 30);
  CHECK(config.limits.record_bytes == 131'072);
  CHECK(config.limits.fields_per_record == 17);
  CHECK(config.limits.keys_per_space == 5);
  CHECK(config.limits.channels == 7);
  CHECK(config.declared_only);
  REQUIRE(config.spaces.size() == 1);
  CHECK(config.spaces[0].name == "mesh");
  CHECK(config.spaces[0].offline_after == 2h);
  REQUIRE(config.channels.size() == 3);
  CHECK(config.channels[0].name == "mesh:position");
  CHECK(config.channels[0].kind == state::ChannelKind::state);
  CHECK(config.channels[0].location == std::pair<std::string, std::string>{"lat", "lon"});
  CHECK(config.channels[0].priority == state::Priority::critical);
  CHECK(config.channels[0].hidden);
  CHECK(config.channels[1].kind == state::ChannelKind::event);
  CHECK(config.channels[0].ttl == 24h);
  CHECK(config.channels[1].event_pace == 0s);
  CHECK(config.channels[1].keep == 7);
  CHECK_FALSE(config.channels[1].location.has_value());
  CHECK(config.channels[2].priority == state::Priority::normal);
  CHECK(config.channels[2].event_pace == state::ChannelDeclaration{}.event_pace);
  CHECK_FALSE(config.channels[2].hidden);
  CHECK_FALSE(config.channels[2].ttl.has_value());
  CHECK(config.channels[2].keep == 50);
}

TEST_CASE("an unknown key is an error with its place and the nearest known key") {
  check_told({
      {"[limits]\n  messge_bytes = 1\n",
       R"(t:2:3: unknown key "messge_bytes" in [limits]; did you mean "message_bytes"?)"},
      {"[srver]\n", R"(t:1:2: unknown key "srver"; did you mean "server"?)"},
      {"colour = 1\n", R"(t:1:1: unknown key "colour")"},
      {"[server]\nlisten_on = 1\n", R"(t:2:1: unknown key "listen_on" in [server]; did you mean "listen"?)"},
      {"[[channel]]\nname = \"a:b\"\ntll = \"1h\"\n",
       R"(t:3:1: unknown key "tll" in [[channel]]; did you mean "ttl"?)"},
      {"[auth]\nrequird = false\n", R"(t:2:1: unknown key "requird" in [auth]; did you mean "required"?)"},
      {"[store]\npath = \"none\"\n", R"(t:2:1: unknown key "path" in [store])"},
  });
}

TEST_CASE("a value of the wrong type is told what it should be") {
  check_told({
      {"server = 1", "t:1:10: server must be a table, [server], not an integer"},
      {"[[server]]", "t:1:1: server must be a table, [server], not a list"},
      {"[channel]\nname = 'a:b'", "t:1:2: channel must be a list of tables, [[channel]], not a table"},
      {"channel = [1]", "t:1:12: channel must be a list of tables, [[channel]], not an integer"},
      {"[server]\ntick = 100",
       R"(t:2:8: server.tick must be a duration like "100ms", "1.5s" or "24h", not an integer)"},
      {"[server]\nlisten = '127.0.0.1:80'",
       R"(t:2:10: server.listen must be a list of strings, like ["…"], not a string)"},
      {"[server]\nlisten = [8080]", "t:2:11: server.listen must be a list of strings, not an integer"},
      {"[server]\nshards = 1.0", "t:2:10: server.shards must be an integer, not a float"},
      {"[server]\ncompression = 'deflate'", "t:2:15: server.compression must be true or false, not a string"},
      {"[limits]\nrecord_bytes = true",
       R"(t:2:16: limits.record_bytes must be a size like 262144, "256KiB" or "64MB", not a boolean)"},
      {"[limits]\nchannels = '7'", "t:2:12: limits.channels must be an integer, not a string"},
      {"[channels]\ndeclared_only = 'yes'", "t:2:17: channels.declared_only must be true or false, not a string"},
      {"[[space]]\nname = 07:00:00", "t:2:8: space.name must be a string, not a date or time"},
  });
}

TEST_CASE("a quantity with a unit nobody knows is told the ones we know") {
  check_told({
      {"[server]\ntick = '100 apples'",
       R"(t:2:8: server.tick must be a duration like "100ms", "1.5s" or "24h", not "100 apples")"},
      {"[limits]\nlog_bytes = '64 apples'",
       R"(t:2:13: limits.log_bytes must be a size like 262144, "256KiB" or "64MB", not "64 apples")"},
      {"[limits]\nlog_bytes = -1",
       R"(t:2:13: limits.log_bytes must be a size like 262144, "256KiB" or "64MB", not -1)"},
  });
}

TEST_CASE("each range holds at its ends and not one beyond") {
  struct Edge {
    std::string_view section, key, below, least, most, above;
  };
  for (const Edge& e :
       {Edge{"server", "tick", "'9ms'", "'10ms'", "'10s'", "'10001ms'"},
        Edge{"server", "shards", "-1", "0", "1024", "1025"},
        Edge{"limits", "message_bytes", "1023", "1024", "'1GiB'", "1073741825"},
        Edge{"limits", "body_bytes", "1023", "'1KiB'", "'4GiB'", "4294967297"},
        Edge{"limits", "backlog_bytes", "1023", "'1KiB'", "'1GiB'", "1073741825"},
        Edge{"limits", "log_bytes", "65535", "65536", "'1024GiB'", "1099511627777"},
        Edge{"limits", "state_bytes", "65535", "65536", "'1024GiB'", "1099511627777"},
        Edge{"limits", "frame_bytes", "69631", "69632", "'1GiB'", "1073741825"},  // record_bytes + 4096
        Edge{"limits", "record_bytes", "1023", "1024", "258048", "258049"},       // frame_bytes - 4096
        Edge{"limits", "subscriptions", "0", "1", "65536", "65537"},
        Edge{"limits", "connections", "0", "1", "10000000", "10000001"},
        Edge{"limits", "connections_per_ip", "0", "1", "10000000", "10000001"},
        Edge{"limits", "connects_per_ip_per_second", "0", "1", "1000000", "1000001"},
        Edge{"limits", "messages_per_second", "0", "1", "1000000", "1000001"},
        Edge{"limits", "bytes_per_second", "1023", "'1KiB'", "'1GiB'", "1073741825"},
        Edge{"limits", "fields_per_record", "0", "1", "65536", "65537"},
        Edge{"limits", "keys_per_space", "0", "1", "1000000000", "1000000001"},
        Edge{"limits", "channels", "0", "1", "65536", "65537"}}) {
    CAPTURE(e.key);
    const auto with = [&](std::string_view value) {
      return "[" + std::string{e.section} + "]\n" + std::string{e.key} + " = " + std::string{value} + "\n";
    };
    CHECK(told(with(e.least)) == "");
    CHECK(told(with(e.most)) == "");
    CHECK(told(with(e.below)).starts_with("t:2:"));
    CHECK(told(with(e.above)).starts_with("t:2:"));
  }
}

TEST_CASE("out of range says the range") {
  check_told({
      {"[server]\ntick = '1ms'", R"(t:2:8: server.tick must be from "10ms" to "10s", not "1ms")"},
      {"[server]\ntick = '10.5ms'", "t:2:8: server.tick must be whole milliseconds"},
      {"[server]\nshards = 1025", "t:2:10: server.shards must be from 0 to 1024, not 1025"},
      {"[limits]\nsubscriptions = 0", "t:2:17: limits.subscriptions must be from 1 to 65536, not 0"},
      {"[limits]\nmessage_bytes = '1B'", R"(t:2:17: limits.message_bytes must be from "1KiB" to "1GiB", not "1B")"},
      {"[limits]\nframe_bytes = '64KiB'",
       "t:2:15: limits.frame_bytes does not fit: frame_bytes must be at least record_bytes + 4096, 69632"},
      {"[limits]\nrecord_bytes = '256KiB'",
       "t:2:16: limits.record_bytes does not fit: frame_bytes must be at least record_bytes + 4096, 266240"},
  });
}

TEST_CASE("without auth.required only this machine is listened to") {
  check_told({
      {"[server]\nlisten = ['0.0.0.0:8080']",
       "t:2:11: server.listen: listens on 0.0.0.0 without auth.required; listen on 127.0.0.1 or [::1]"},
      {"[server]\nlisten = ['127.0.0.1:1', '[::]:8080']",
       "t:2:26: server.listen: listens on :: without auth.required; listen on 127.0.0.1 or [::1]"},
      {"[server]\nlisten = ['192.0.2.1:80', 'example.com:80']",
       "t:2:11: server.listen: listens on 192.0.2.1 without auth.required; listen on 127.0.0.1 or [::1]\n"
       R"(t:2:27: server.listen: "example.com:80" is not an address; write "127.0.0.1:8080", "[::1]:8080", "unix:/path" or "systemd")"},
      {"[server]\nlisten = []", R"(t:2:10: server.listen must not be empty; write one like "127.0.0.1:8080")"},
  });
  CHECK(listen_fault("127.0.0.1:8080").empty());
  CHECK(listen_fault("0.0.0.0:8080") == "listens on 0.0.0.0 without auth.required; listen on 127.0.0.1 or [::1]");
  CHECK(listen_fault("8080") == R"("8080" needs a port from 0 to 65535, like "127.0.0.1:8080")");
}

TEST_CASE("origins are as browsers send them") {
  for (const std::string_view good :
       {"https://map.example.com", "http://localhost:5173", "https://[::1]:8443", "http://map.example.com:443"}) {
    CAPTURE(good);
    CHECK(told("[server]\nallowed_origins = ['" + std::string{good} + "']") == "");
  }
  for (const std::string_view bad :
       {"*", "map.example.com", "https://", "https://map.example.com/", "https://Map.example.com",
        "https://map.example.com:443", "http://localhost:80", "ftp://map.example.com", "https://user@map.example.com",
        "https://:80", "null", ""}) {
    CAPTURE(bad);
    CHECK(told("[server]\nallowed_origins = ['" + std::string{bad} + "']") ==
          R"(t:2:20: server.allowed_origins must be as browsers send them, like "https://map.example.com", not ")" +
              std::string{bad} + "\"");
  }
}

TEST_CASE("proxies are addresses or networks, or whoever comes by a Unix socket") {
  check_told(
      {{"[server]\ntrusted_proxies = ['10.0.0.0/8', '::1']", ""},
       {"[server]\ntrusted_proxies = ['proxy.example.com']",
        R"(t:2:20: server.trusted_proxies must be addresses or networks, like "127.0.0.1" or "10.0.0.0/8", or "unix", not "proxy.example.com")"}});
  const auto config = read_config("[server]\ntrusted_proxies = ['unix', '10.0.0.0/8']", "t", Environment{});
  REQUIRE(config);
  CHECK(config->server.trusts_unix_proxies);
  CHECK(config->server.trusted_proxies.size() == 1);
}

TEST_CASE("who is exempt is addresses or networks, and may be nobody") {
  CHECK(told("[limits]\nexempt = []") == "");
  CHECK(told("[limits]\nexempt = ['10.0.0.0/8', '::1']") == "");
  CHECK(told("[limits]\nexempt = ['10.0.0.0/33']") ==
        R"(t:2:11: limits.exempt must be addresses or networks, like "127.0.0.1" or "10.0.0.0/8", not "10.0.0.0/33")");
}

TEST_CASE("spaces and channels need good names, each once") {
  check_told({
      {"[[space]]", R"(t:1:1: space.name is missing; write one like "mesh")"},
      {"[[space]]\nname = 'mesh:position'",
       R"(t:2:8: space.name must be 1 to 128 of a-z, 0-9, _, . and -, not "mesh:position")"},
      {"[[space]]\nname = 'mesh'\n[[space]]\nname = 'mesh'", R"(t:4:8: space.name "mesh" is there twice)"},
      {"[[channel]]", R"(t:1:1: channel.name is missing; write one like "mesh:position")"},
      {"[[channel]]\nname = 'position'",
       R"(t:2:8: channel.name must be space:facet, each 1 to 128 of a-z, 0-9, _, . and -, like "mesh:position", not "position")"},
      {"[[channel]]\nname = 'Mesh:position'",
       R"(t:2:8: channel.name must be space:facet, each 1 to 128 of a-z, 0-9, _, . and -, like "mesh:position", not "Mesh:position")"},
      {"[[channel]]\nname = 'a:b'\n[[channel]]\nname = 'a:c'\n[[channel]]\nname = 'a:b'",
       R"(t:6:8: channel.name "a:b" is there twice)"},
  });
}

TEST_CASE("a channel's words are checked") {
  check_told({
      {"[[channel]]\nname = 'a:b'\nkind = 'events'",
       R"(t:3:8: channel.kind must be "state" or "event", not "events"; did you mean "event"?)"},
      {"[[channel]]\nname = 'a:b'\npriority = 'high'",
       R"(t:3:12: channel.priority must be "normal" or "critical", not "high")"},
      {"[[channel]]\nname = 'a:b'\npace = '10ms'", R"(t:3:8: channel.pace is for kind = "event" only)"},
      {"[[channel]]\nname = 'a:b'\nkind = 'event'\npace = '61s'",
       R"(t:4:8: channel.pace must be from "0s" to "1m", not "61s")"},
      {"[[channel]]\nname = 'a:b'\nlocation = ['lat']",
       R"(t:3:12: channel.location must name two fields, like ["latitude", "longitude"])"},
      {"[[channel]]\nname = 'a:b'\nlocation = ['lat', 'lat']",
       R"(t:3:12: channel.location must name two fields, like ["latitude", "longitude"])"},
      {"[[channel]]\nname = 'a:b'\nlocation = ['lat', '']",
       R"(t:3:12: channel.location must name two fields, like ["latitude", "longitude"])"},
  });
}

TEST_CASE("a space has one locating channel; events carry their own location") {
  check_told({
      {"[[channel]]\nname = 'a:b'\nlocation = ['x', 'y']\n[[channel]]\nname = 'a:c'\nlocation = ['x', 'y']",
       R"(t:6:12: channel.location makes a second locating channel in the space "a"; "a:b" is one already)"},
      {"[[channel]]\nname = 'a:b'\nlocation = ['x', 'y']\n[[channel]]\nname = 'b:c'\nlocation = ['x', 'y']", ""},
      {"[[channel]]\nname = 'a:b'\nlocation = ['x', 'y']\n[[channel]]\nname = 'a:c'\nkind = 'event'\nlocation = "
       "['x', 'y']",
       ""},
  });
}

TEST_CASE("ttl, keep and offline_after are durations and a number within bounds, for the kind they mean something for") {
  const std::string state = "[[channel]]\nname = 'a:b'\n", event = state + "kind = 'event'\n", space = "[[space]]\nname = 'a'\n";
  check_told({
      {state + "ttl = '100ms'", ""},
      {state + "ttl = '365d'", ""},
      {state + "ttl = '99ms'", R"(t:3:7: channel.ttl must be from "100ms" to "365d", not "99ms")"},
      {state + "ttl = '366d'", R"(t:3:7: channel.ttl must be from "100ms" to "365d", not "366d")"},
      {state + "ttl = 3", R"(t:3:7: channel.ttl must be a duration like "100ms", "1.5s" or "24h", not an integer)"},
      {event + "ttl = '1h'", R"(t:4:7: channel.ttl is for kind = "state" only)"},
      {event + "keep = 0", ""},
      {event + "keep = 10000", ""},
      {event + "keep = -1", "t:4:8: channel.keep must be from 0 to 10000, not -1"},
      {event + "keep = 10001", "t:4:8: channel.keep must be from 0 to 10000, not 10001"},
      {event + "keep = '5'", "t:4:8: channel.keep must be an integer, not a string"},
      {event + "kepe = 5", R"(t:4:1: unknown key "kepe" in [[channel]]; did you mean "keep"?)"},
      {state + "keep = 5", R"(t:3:8: channel.keep is for kind = "event" only)"},
      {space + "offline_after = '100ms'", ""},
      {space + "offline_after = '365d'", ""},
      {space + "offline_after = '0s'", R"(t:3:17: space.offline_after must be from "100ms" to "365d", not "0s")"},
      {space + "offline_after = '366d'", R"(t:3:17: space.offline_after must be from "100ms" to "365d", not "366d")"},
      {space + "offline_afte = '1h'", R"(t:3:1: unknown key "offline_afte" in [[space]]; did you mean "offline_after"?)"},
      {"[[space]]\noffline_after = '1h'", R"(t:1:1: space.name is missing; write one like "mesh")"},
  });
}

TEST_CASE("history is kept and thinned out a channel at a time, within bounds, where it is kept at all") {
  const std::string state = "[[channel]]\nname = 'a:b'\n", event = state + "kind = 'event'\n";
  check_told({
      {state + "history = '0s'", ""},
      {state + "history = '36500d'", ""},
      {event + "history = '1h'", ""},
      {state + "history = '36501d'", R"(t:3:11: channel.history must be from "0s" to "36500d", not "36501d")"},
      {state + "history = 7", R"(t:3:11: channel.history must be a duration like "100ms", "1.5s" or "24h", not an integer)"},
      {state + "history_every = '100ms'", ""},
      {state + "history_every = '365d'", ""},
      {state + "history_every = '99ms'", R"(t:3:17: channel.history_every must be from "100ms" to "365d", not "99ms")"},
      {state + "history_every = '366d'", R"(t:3:17: channel.history_every must be from "100ms" to "365d", not "366d")"},
      {event + "history_every = '1m'", R"(t:4:17: channel.history_every is for kind = "state" only)"},
      {state + "history_distance_m = 0.1", ""},
      {state + "history_distance_m = 1000000", ""},
      {state + "history_distance_m = 0.09", "t:3:22: channel.history_distance_m must be from 0.1 to 1000000 metres, not 0.09"},
      {state + "history_distance_m = 1000001", "t:3:22: channel.history_distance_m must be from 0.1 to 1000000 metres, not 1000001"},
      {state + "history_distance_m = nan", "t:3:22: channel.history_distance_m must be from 0.1 to 1000000 metres, not nan"},
      {state + "history_distance_m = '50m'", "t:3:22: channel.history_distance_m must be a number, not a string"},
      {event + "history_distance_m = 5", R"(t:4:22: channel.history_distance_m is for kind = "state" only)"},
      {state + "history = '0s'\nhistory_every = '1m'", R"(t:4:17: channel.history_every thins out a history that is not kept; leave it out, or history = "0s")"},
      {state + "history = '0s'\nhistory_distance_m = 5", R"(t:4:22: channel.history_distance_m thins out a history that is not kept; leave it out, or history = "0s")"},
      {state + "history_distance = 5", R"(t:3:1: unknown key "history_distance" in [[channel]]; did you mean "history_distance_m"?)"},
  });
  const config::Config config = read(state + "history = '90d'\nhistory_every = '10s'\nhistory_distance_m = 50\n[[channel]]\nname = 'a:c'\n");
  CHECK(config.channels[0].history == std::chrono::days{90});
  CHECK(config.channels[0].history_every == 10s);
  CHECK(config.channels[0].history_distance_m == 50);
  CHECK_FALSE(config.channels[1].history);
  CHECK_FALSE(config.channels[1].history_every);
  CHECK_FALSE(config.channels[1].history_distance_m);
}

TEST_CASE("presence is the server's own to say, where somebody asks who is there") {
  const std::string channel = "[[channel]]\nname = 'mesh:presence'\n";
  const std::string source = "[[source]]\ntype = 'mqtt'\nurl = 'mqtt://127.0.0.1'\ntopics = ['msh/#']\ndecode = 'meshtastic'\n";
  const std::string cure = "; leave the channel out, or give the space a [[space]] without offline_after";
  check_told({
      {channel, ""},
      {channel + "[[space]]\nname = 'mesh'", ""},
      {channel + "[[space]]\nname = 'other'\noffline_after = '1h'", ""},
      {"[[channel]]\nname = 'a:presence'\n[[space]]\nname = 'a'\noffline_after = '1h'",
       R"(t:2:8: channel.name "a:presence" is the server's own where the space has offline_after)" + cure},
      {channel + source + "[[space]]\nname = 'mesh'", ""},
      {channel + source,
       R"(t:2:8: channel.name "mesh:presence" is the server's own where the space has offline_after (as mesh has with a Meshtastic source))" +
           cure},
  });
}

TEST_CASE("TLS needs a certificate and a key") {
  check_told({
      {"[server.tls]\ncert = 'c.pem'\nkey = 'k.pem'", ""},
      {"[server]\n[server.tls]\ncert = 'c'", "t:2:9: server.tls.key is missing; TLS needs cert and key, two PEM files"},
      {"[server]\ntls = { key = 'k' }", "t:2:1: server.tls.cert is missing; TLS needs cert and key, two PEM files"},
      {"[server.tls]\ncert = ''\nkey = 'k'", "t:2:8: server.tls.cert must name a PEM file"},
      {"[server.tls]\ncert = 1\nkey = 'k'", "t:2:8: server.tls.cert must be a string, not an integer"},
      {"[server.tls]\ncert = 'c'\nkey = 'k'\nca = 'a'", R"(t:4:1: unknown key "ca" in [server.tls])"},
      {"[server]\ntls = true", "t:2:7: server.tls must be a table, [server.tls], not a boolean"},
  });
}

TEST_CASE("a key of a later version is refused if it asks for something") {
  check_told({
      {"[auth]\nrequired = true", "t:2:1: auth.required: not in this version"},
      {"[auth]\napi_keys = [{ name = 'ci' }]", "t:2:1: auth.api_keys: not in this version"},
      {"[auth]\njwt = { algorithm = 'HS256' }", "t:2:1: auth.jwt: not in this version"},
      {"[auth]\nquery_token = true", "t:2:1: auth.query_token: not in this version"},
      {"[relay]\nurl = 'redis://127.0.0.1'", "t:2:1: relay.url: not in this version"},
  });
}

TEST_CASE("a key of a later version may ask for what this version does anyway") {
  CHECK(told(R"(
[auth]
required = false
api_keys = []
in_band = true
query_token = false
[relay]
)") == "");
}

TEST_CASE("a store is a file of SQLite beside the configuration if nothing else is said, and keeps history for a week") {
  const auto store = [](std::string_view toml) { return read(toml).store; };
  CHECK(store("").url == "sqlite:starling.db");
  CHECK(store("").history == std::chrono::days{7});
  CHECK_FALSE(store("").is_chosen);
  CHECK(store("[store]\nhistory = '1h'").url == "sqlite:starling.db");
  CHECK(store("[store]\nhistory = '1h'").history == std::chrono::hours{1});
  CHECK(store("[store]\nurl = 'none'").is_chosen);
  CHECK(store("[store]\nurl = 'none'\nhistory = '1h'").url.empty());
  CHECK_FALSE(store("[store]\nurl = 'none'\nhistory = '1h'").history);
  CHECK(store("[store]\nurl = 'sqlite:a.db'").url == "sqlite:a.db");
  CHECK(store("[store]\nurl = 'sqlite:a.db'").history == std::chrono::days{7});
  CHECK(store("[store]\nurl = 'postgresql://u@h/d'\nhistory = '90d'").history == std::chrono::days{90});
  CHECK_FALSE(store("[store]\nurl = 'postgres://h/d'\nhistory = '0s'").history);
  for (const std::string_view url : {"sqlite:", "sqlite", "postgresql://", "redis://h", "a.db", ""}) {
    CAPTURE(url);
    CHECK(told(fmt::format("[store]\nurl = '{}'", url)) ==
          R"(t:2:7: store.url must be like "sqlite:starling.db" or "postgresql://user@host/database", or "none")");
  }
  CHECK(told("[store]\nhistory = '36501d'").find("store.history") != std::string::npos);
  CHECK(told("[store]\nhistory = '36500d'") == "");
}

TEST_CASE("all mistakes are told in one go, in the order of the file") {
  CHECK(told("[[channel]]\nname = 'bad'\n[limits]\nchanels = 1\nlog_bytes = 'x'\n[server]\ntick = 1\n") ==
        R"(t:2:8: channel.name must be space:facet, each 1 to 128 of a-z, 0-9, _, . and -, like "mesh:position", not "bad")"
        "\n"
        R"(t:4:1: unknown key "chanels" in [limits]; did you mean "channels"?)"
        "\n"
        R"(t:5:13: limits.log_bytes must be a size like 262144, "256KiB" or "64MB", not "x")"
        "\n"
        R"(t:7:8: server.tick must be a duration like "100ms", "1.5s" or "24h", not an integer)");
}

TEST_CASE("what is not TOML is told with its place") {
  CHECK(told("[server]\nlisten = \n").starts_with("t:2:"));
  CHECK(told("a = 1\na = 2\n").starts_with("t:2:"));
}

TEST_CASE("a variable that is not set is told once, and its value is never shown") {
  CHECK(told("[server]\ntick = '${NOT_SET}'\nlisten = ['${NOT_SET}']") ==
        "t:2:8: the environment variable NOT_SET is not set\n"
        "t:3:11: the environment variable NOT_SET is not set");
  for (const std::string_view toml :
       {"[server]\ntick = '${SECRET}'", "[server]\nlisten = ['${SECRET}']", "[server]\nlisten = ['${SECRET}:80']",
        "[server]\nallowed_origins = ['${SECRET}']", "[server]\ntrusted_proxies = ['${SECRET}']",
        "[limits]\nlog_bytes = '${SECRET}'", "[[channel]]\nname = '${SECRET}'",
        "[[channel]]\nname = 'a:b'\nkind = '${SECRET}'", "[[space]]\nname = '${SECRET}:'",
        "[[source]]\ntype = '${SECRET}'", "[[probe]]\nname = '${SECRET}'\nurl = 'http://x:${SECRET}@y'\n[[probe]]\nname = '${SECRET}'",
        "[[source]]\ntype = 'mqtt'\nurl = 'mqtt://x:${SECRET}@y'\ntopics = ['a']"}) {
    CAPTURE(toml);
    CHECK(told(toml) != "");
    CHECK(told(toml).find("hunter2") == std::string::npos);
  }
}
