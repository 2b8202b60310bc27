#include "starling/server/wiring.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace starling {
namespace {

Result<config::Config, std::vector<config::ConfigError>> read(std::string_view text) {
  return config::read_config(text, "test.toml", [](std::string_view) { return std::nullopt; });
}

const state::ChannelDeclaration& channel_of(const ServerOptions& options, std::string_view name) {
  const auto found = std::ranges::find(options.channels, name, &state::ChannelDeclaration::name);
  REQUIRE(found != options.channels.end());
  return *found;
}

TEST_CASE("what the operator wrote reaches the part it is about") {
  auto config = read(R"(
[server]
drain_spread = "7s"
listen = ["127.0.0.1:1"]
tick = "50ms"
shards = 3
compression = false
[limits]
message_bytes = 20001
frame_bytes = 20002
body_bytes = 5000000
subscriptions = 3
connections = 11
connections_per_ip = 12
connects_per_ip_per_second = 13
messages_per_second = 14
bytes_per_second = 1500
exempt = ["192.0.2.0/24"]
backlog_bytes = 20003
log_bytes = 70000000
state_bytes = 80000000
record_bytes = 10000
fields_per_record = 4
keys_per_space = 5
channels = 6
[channels]
declared_only = true
[[channel]]
name = "a:event"
kind = "event"
)");
  REQUIRE(config);
  const ServerOptions options = server_options_of(*config, {.server_name = "starling/9"});
  CHECK(options.listen == std::vector<std::string>{"127.0.0.1:1"});
  CHECK(options.shards == 3);
  CHECK_FALSE(options.compression);
  CHECK(options.shard.fanout.tick == std::chrono::milliseconds{50});
  CHECK(options.shard.session.message_bytes == 20001);
  CHECK(options.shard.fanout.frame_bytes == 20002);
  CHECK(options.body_bytes == 5000000);
  CHECK(options.visitors.connections == 11);
  CHECK(options.visitors.connections_per_ip == 12);
  CHECK(options.visitors.connects_per_ip_per_second == 13);
  CHECK(options.intake.messages_per_second == 14);
  CHECK(options.intake.bytes_per_second == 1500);
  REQUIRE(options.visitors.exempt.size() == 1);
  CHECK(options.visitors.exempt[0].contains("192.0.2.1"));
  CHECK(options.drain_spread == std::chrono::seconds{7});
  CHECK(options.shard.session.subscriptions_max == 3);
  CHECK(options.shard.session.backlog_bytes == 20003);
  CHECK(options.shard.fanout.log_bytes == 70000000);
  CHECK(options.hub.state_bytes_max == 80000000);
  CHECK(options.hub.record_bytes_max == 10000);
  CHECK(options.hub.fields_per_record_max == 4);
  CHECK(options.hub.keys_per_space_max == 5);
  CHECK(options.hub.channels.channels_max == 6);
  CHECK(options.hub.channels.declared_only);
  CHECK(options.shard.session.server == "starling/9");
  REQUIRE(!options.channels.empty());
  CHECK(options.channels[0].name == "a:event");
  CHECK(options.channels[0].kind == state::ChannelKind::event);
}

TEST_CASE("parts of a snapshot stay within frame_bytes") {
  const auto part_bytes = [](std::string_view text) {
    auto config = read(text);
    REQUIRE(config);
    return server_options_of(*config, {}).shard.fanout.part_bytes;
  };
  CHECK(part_bytes("") == 64 << 10);
  CHECK(part_bytes("[limits]\nrecord_bytes = 4096\nframe_bytes = 10000") == 10000 - 4096 - 4096);
  CHECK(part_bytes("[limits]\nrecord_bytes = 4096\nframe_bytes = 8192") == 1);
}

TEST_CASE("a Meshtastic source makes mesh:message and mesh:raw channels of events, unless the operator said what they are") {
  const std::string source =
      "[[source]]\ntype = \"mqtt\"\nurl = \"mqtt://127.0.0.1:1\"\ntopics = [\"msh/#\"]\ndecode = \"meshtastic\"\n";
  auto config = read(source);
  REQUIRE(config);
  const ServerOptions options = server_options_of(*config, {});
  const state::ChannelDeclaration &message = channel_of(options, "mesh:message"), &raw = channel_of(options, "mesh:raw");
  CHECK(message.kind == state::ChannelKind::event);
  CHECK(message.keep == 50);
  CHECK_FALSE(message.hidden);
  CHECK_FALSE(message.history.has_value());
  CHECK(raw.kind == state::ChannelKind::event);
  CHECK(raw.keep == 0);
  CHECK(raw.hidden);
  CHECK(raw.history == Duration::zero());

  auto declared = read(source + "[[channel]]\nname = \"mesh:message\"\nkind = \"event\"\npriority = \"critical\"\n"
                                "[[channel]]\nname = \"mesh:raw\"\nkind = \"event\"\nkeep = 7\n");
  REQUIRE(declared);
  const ServerOptions own = server_options_of(*declared, {});
  CHECK(channel_of(own, "mesh:message").priority == state::Priority::critical);
  CHECK(channel_of(own, "mesh:raw").keep == 7);
  CHECK_FALSE(channel_of(own, "mesh:raw").hidden);
}

TEST_CASE("a Meshtastic source makes mesh a space in which who is silent for two hours is offline, unless the operator said what it is") {
  const std::string source =
      "[[source]]\ntype = \"mqtt\"\nurl = \"mqtt://127.0.0.1:1\"\ntopics = [\"msh/#\"]\ndecode = \"meshtastic\"\n";
  const auto offline_after = [](const std::string& text) {
    auto config = read(text);
    REQUIRE(config);
    const ServerOptions options = server_options_of(*config, {});
    REQUIRE(options.hub.spaces.size() == 1);
    CHECK(options.hub.spaces[0].name == "mesh");
    return options.hub.spaces[0].offline_after;
  };
  CHECK(offline_after(source) == std::chrono::hours{2});
  CHECK(offline_after(source + "[[space]]\nname = \"mesh\"\noffline_after = \"5m\"\n") == std::chrono::minutes{5});
  CHECK(offline_after(source + "[[space]]\nname = \"mesh\"\n") == std::nullopt);
}

TEST_CASE("the demo leaves mesh:presence to an operator who declared it") {
  auto config = read("[[channel]]\nname = \"mesh:presence\"\n");
  REQUIRE(config);
  ServerOptions options = server_options_of(*config, {});
  declare_mesh(options);
  CHECK(options.hub.spaces.empty());
}

TEST_CASE("a recording's channels of events are declared so, unless the operator declared them") {
  auto config = read("[[channel]]\nname = \"a:state\"\n");
  REQUIRE(config);
  ServerOptions options = server_options_of(*config, {});
  declare_events(options, {"a:event", "a:state"});
  CHECK(channel_of(options, "a:state").kind == state::ChannelKind::state);
  CHECK(channel_of(options, "a:event").kind == state::ChannelKind::event);
}

TEST_CASE("Heimdall's channels are there, and what is not state is not kept, unless the operator said what they are") {
  const auto config = read("");
  REQUIRE(config);
  const ServerOptions options = server_options_of(*config, {});
  for (const char* name : {"services:health", "websdrs:status"}) CHECK(channel_of(options, name).kind == state::ChannelKind::state);
  for (const char* name : {"signals:detected", "localizations:updated"}) {
    CHECK(channel_of(options, name).kind == state::ChannelKind::event);
    CHECK(channel_of(options, name).keep == 0);
  }
  const auto declared = read("[[channel]]\nname = \"signals:detected\"\nkind = \"event\"\nkeep = 7\n[[channel]]\nname = \"services:health\"\nhidden = true\n");
  REQUIRE(declared);
  const ServerOptions own = server_options_of(*declared, {});
  CHECK(channel_of(own, "signals:detected").keep == 7);
  CHECK(channel_of(own, "services:health").hidden);
}

TEST_CASE("what is wrong with probes and receivers is said of all of them, at the line, and without their secrets") {
  const auto config = read(R"(
[[probe]]
name = "api"
url = "ftp://alice:hunter2@host/"
[[probe]]
name = "db"
url = "http://host/"
ca_file = "ca.pem"
[[receiver]]
id = "7"
url = "https://alice:hunter2@ho st/"
[[channel]]
name = "websdrs:status"
kind = "event"
)");
  REQUIRE(config);
  Server server{server_options_of(*config, {})};
  const auto added = add_sources(server, *config, "test.toml", {});
  REQUIRE(!added);
  std::string told;
  for (const config::ConfigError& error : added.error()) told += error.text() + '\n';
  CHECK(told ==
        "test.toml:4:7: url: the url begins with neither http:// nor https://\n"
        "test.toml:8:11: ca_file: certificates need https://\n"
        "test.toml:9:1: what is found is said on websdrs:status, which is declared a channel of events; leave its kind out\n"
        "test.toml:11:7: url: the url cannot be read: write it like http://127.0.0.1:8001/health, and %40 for an @ in a user or password\n");
}

TEST_CASE("what is wrong with sources is said of all of them, at the line") {
  auto config = read(R"([[source]]
type = "mqtt"
url = "http://127.0.0.1"
topics = ["a"]
decode = "meshtastic"
[[source]]
type = "mqtt"
url = "mqtt://127.0.0.1"
topics = ["a/+"]
decode = "json"
mapping = { channel = "a:b", key = "{2}" }
)");
  REQUIRE(config);
  Server server{server_options_of(*config, {})};
  const auto added = add_sources(server, *config, "test.toml", {});
  REQUIRE(!added);
  REQUIRE(added.error().size() == 2);
  CHECK(added.error()[0].text().starts_with("test.toml:3:"));
  CHECK(added.error()[0].text().find("url: ") != std::string::npos);
  CHECK(added.error()[1].text().starts_with("test.toml:11:"));
  CHECK(added.error()[1].text().find("mapping.key: ") != std::string::npos);
}

TEST_CASE("the files of TLS stand beside the configuration, unless their names are whole") {
  CHECK(!server_options_of(*read(""), {}).tls);
  const auto config = read("[server.tls]\ncert = 'tls/cert.pem'\nkey = '/etc/key.pem'\n");
  REQUIRE(config);
  struct Case {
    std::string folder, certificate;
  };
  for (const Case& c : {Case{"", "tls/cert.pem"}, Case{"/etc/starling", "/etc/starling/tls/cert.pem"}}) {
    CAPTURE(c.folder);
    const auto tls = server_options_of(*config, {.files_folder = c.folder}).tls;
    REQUIRE(tls);
    CHECK(tls->certificate == c.certificate);
    CHECK(tls->key == "/etc/key.pem");
  }
}

}  // namespace
}  // namespace starling
