#include "starling/sources/mqtt/mqtt.hpp"

#include <doctest/doctest.h>

#include "starling/sources/mqtt/source_for_test.hpp"

namespace starling::sources::mqtt {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("messages come in, those the broker kept are marked") {
  const TestFolder folder;
  const std::uint16_t port = free_port();
  TestBroker broker{folder, port};
  publish(port, "test/kept", R"({"n": 1})", {"-r"});

  Inbox inbox;
  const Lines lines;
  const auto source = source_of(options_for(url_of(port), lines), inbox);
  CHECK(source->status().connection == ConnectionState::stopped);
  source->start();
  const auto kept = inbox.wait_for(1);
  CHECK(kept[0].key == "test/kept");
  CHECK(kept[0].data == R"({"n":1})");
  CHECK(kept[0].retained);

  publish(port, "test/live", R"({"n": 2})", {"-r"});
  const auto live = inbox.wait_for(2);
  CHECK(live[1].key == "test/live");
  CHECK_FALSE(live[1].retained);
  publish(port, "elsewhere", "{}");
  publish(port, "test/last", "{}");
  CHECK(inbox.wait_for(3)[2].key == "test/last");

  const SourceStatus status = source->status();
  CHECK(status.connection == ConnectionState::connected);
  CHECK(status.received == 3);
  CHECK(status.updates == 3);
  CHECK(status.bad_payloads == 0);
  CHECK(status.last_error.empty());

  source->stop();
  CHECK(source->status().connection == ConnectionState::stopped);
  publish(port, "test/after", "{}");
  CHECK(inbox.size() == 3);
  source->start();
  inbox.wait_for(5);  // the two that are kept, again
  CHECK(source->status().received >= 5);
}

TEST_CASE("it starts without a broker, finds it when it comes, and again when it comes back") {
  const TestFolder folder;
  const std::uint16_t port = free_port();
  Inbox inbox;
  const Lines lines;
  const auto source = source_of(options_for(url_of(port), lines), inbox);
  source->start();
  REQUIRE(comes_true([&] { return source->status().connection == ConnectionState::waiting; }));
  CHECK(source->status().last_error == url_of(port) + ": Connection refused");
  REQUIRE(comes_true([&] { return lines.count("Connection refused") > 0; }));

  TestBroker broker{folder, port};
  wait_until_listening(*source, inbox, port);
  CHECK(source->status().last_error.empty());
  CHECK(lines.count("Connection refused") == 1);  // told once, however many attempts there were

  broker.stop();
  REQUIRE(comes_true([&] { return source->status().connection != ConnectionState::connected; }));
  CHECK_FALSE(source->status().last_error.empty());
  TestBroker again{folder, port};
  wait_until_listening(*source, inbox, port);
  CHECK(source->status().last_error.empty());
}

TEST_CASE("a name that cannot be resolved is no reason to give up") {
  Inbox inbox;
  const Lines lines;
  const auto source = source_of(options_for("mqtt://no-such-host.invalid", lines), inbox);
  source->start();
  REQUIRE(comes_true([&] { return source->status().connection == ConnectionState::waiting; }));
  CHECK(source->status().last_error == "mqtt://no-such-host.invalid:1883: the host's name cannot be resolved");
  CHECK(comes_true([&] { return source->status().attempts >= 3; }));
}

TEST_CASE("a wrong password is an error that does not tell it, the right one is let in") {
  const TestFolder folder;
  const std::uint16_t port = free_port();
  REQUIRE(run({"mosquitto_passwd", "-b", "-c", folder.file("passwords"), "alice", "s3cr3t:@"}) == 0);
  TestBroker broker{folder, port, "allow_anonymous false\npassword_file " + folder.file("passwords") + "\n"};

  Inbox inbox;
  const Lines lines;
  const auto refused = source_of(options_for(url_of(port, "alice:hunter2@"), lines), inbox);
  refused->start();
  REQUIRE(comes_true([&] { return refused->status().connection == ConnectionState::waiting; }));
  const std::string error = refused->status().last_error;
  CHECK(error.find("Connection Refused") != std::string::npos);
  CHECK(error.find("hunter2") == std::string::npos);
  CHECK(error.find("alice") == std::string::npos);
  REQUIRE(comes_true([&] { return lines.count("Connection Refused") > 0; }));
  CHECK(lines.count("hunter2") == 0);
  refused->stop();

  const auto by_url = source_of(options_for(url_of(port, "alice:s3cr3t%3A%40@"), lines), inbox);
  by_url->start();
  wait_until_listening(*by_url, inbox, port, {"-u", "alice", "-P", "s3cr3t:@"});

  MqttOptions options = options_for(url_of(port, "bob:hunter2@"), lines);
  options.username = "alice";
  options.password = "s3cr3t:@";
  const auto by_options = source_of(std::move(options), inbox);
  by_options->start();
  REQUIRE(comes_true([&] { return by_options->status().connection == ConnectionState::connected; }));
}

TEST_CASE("bad payloads are counted, and logged once with their topic") {
  const TestFolder folder;
  const std::uint16_t port = free_port();
  TestBroker broker{folder, port};
  Inbox inbox;
  const Lines lines;
  MqttOptions options = options_for(url_of(port), lines);
  options.payload_bytes_max = 100;
  const auto source = source_of(std::move(options), inbox);
  source->start();
  wait_until_listening(*source, inbox, port);

  publish(port, "test/first", "{oops");
  publish(port, "test/second", "still not");
  publish(port, "test/size", "\"" + std::string(98, 'x') + "\"");
  publish(port, "test/large", "\"" + std::string(99, 'x') + "\"");
  publish(port, "test/good", "{}");
  REQUIRE(comes_true([&] { return inbox.count("test/good") == 1; }));
  CHECK(source->status().bad_payloads == 3);
  CHECK(inbox.count("test/size") == 1);
  CHECK(inbox.count("test/large") == 0);
  CHECK(lines.count("bad payload on \"test/first\": not JSON") == 1);
  CHECK(lines.count("bad payload") == 1);
  CHECK(lines.count("oops") == 0);
}

TEST_CASE("stopping a source that listens takes no time to speak of") {
  const TestFolder folder;
  const std::uint16_t port = free_port();
  TestBroker broker{folder, port};
  Inbox inbox;
  const Lines lines;
  const auto source = source_of(options_for(url_of(port), lines), inbox);
  source->start();
  wait_until_listening(*source, inbox, port);
  const auto start = std::chrono::steady_clock::now();
  source->stop();
  source->stop();
  CHECK(std::chrono::steady_clock::now() - start < seconds{2});
}

TEST_CASE("options that cannot work are refused by name") {
  struct Case {
    MqttOptions options;
    std::string_view option;
  };
  const MqttOptions good{.url = "mqtts://user:hunter2@host", .topics = {"a/#"}};
  const auto with = [&good](auto change) {
    MqttOptions options = good;
    change(options);
    return options;
  };
  for (const Case& c : {
           Case{with([](MqttOptions& o) { o.url = "host:1883"; }), "url"},
           Case{with([](MqttOptions& o) { o.topics.clear(); }), "topics"},
           Case{with([](MqttOptions& o) { o.topics = {"a/#/b"}; }), "topics"},
           Case{with([](MqttOptions& o) { o.topics = {""}; }), "topics"},
           Case{with([](MqttOptions& o) { o.qos = 3; }), "qos"},
           Case{with([](MqttOptions& o) { o.qos = -1; }), "qos"},
           Case{with([](MqttOptions& o) { o.cert_file = "a.pem"; }), "key_file"},
           Case{with([](MqttOptions& o) { o.key_file = "a.pem"; }), "key_file"},
           Case{with([](MqttOptions& o) {
                  o.url = "mqtt://host";
                  o.insecure = true;
                }),
                "url"},
           Case{with([](MqttOptions& o) {
                  o.url = "mqtt://host";
                  o.password = "hunter2";
                }),
                "username"},
           Case{with([](MqttOptions& o) { o.keepalive = seconds{4}; }), "keepalive"},
           Case{with([](MqttOptions& o) { o.keepalive = seconds{65536}; }), "keepalive"},
           Case{with([](MqttOptions& o) { o.reconnect_min = seconds{31}; }), "reconnect_max"},
       }) {
    CAPTURE(c.option);
    Inbox inbox;
    const auto source = MqttSource::from(c.options, std::make_unique<PlainDecoder>(), inbox, &test_now, Random{7});
    REQUIRE_FALSE(source.has_value());
    CHECK(source.error().option == c.option);
    CHECK_FALSE(source.error().message.empty());
    CHECK(source.error().message.find("hunter2") == std::string::npos);
  }
  Inbox inbox;
  CHECK(MqttSource::from(good, std::make_unique<PlainDecoder>(), inbox, &test_now, Random{7}).has_value());
}

}  // namespace
}  // namespace starling::sources::mqtt
