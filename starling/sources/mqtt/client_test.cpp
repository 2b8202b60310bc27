#include "starling/sources/mqtt/client.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include "starling/sources/mqtt/source_for_test.hpp"

namespace starling::sources::mqtt {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a burst arrives whole and in order, over TLS too") {
  const TestFolder folder;
  const std::uint16_t port = free_port();
  REQUIRE(run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test broker",
               "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.file("key.pem"), "-out",
               folder.file("cert.pem")}) == 0);
  const std::string cert = folder.file("cert.pem");
  const std::string tls_settings =
      "allow_anonymous true\ncafile " + cert + "\ncertfile " + cert + "\nkeyfile " + folder.file("key.pem") + "\n";
  for (const bool tls : {false, true}) {
    CAPTURE(tls);
    TestBroker broker{folder, port, tls ? tls_settings : "allow_anonymous true\n"};
    const std::vector<std::string> more =
        tls ? std::vector<std::string>{"--cafile", cert} : std::vector<std::string>{};
    Inbox inbox;
    const Lines lines;
    MqttOptions options =
        options_for((tls ? "mqtts://127.0.0.1:" : "mqtt://127.0.0.1:") + std::to_string(port), lines);
    if (tls) options.ca_file = cert;
    const auto source = source_of(std::move(options), inbox);
    source->start();
    wait_until_listening(*source, inbox, port, more);

    constexpr int kMessages = 3000;
    std::string text;
    for (int i = 0; i < kMessages; ++i) text += "{\"n\":" + std::to_string(i) + "}\n";
    folder.write("burst", text);
    const std::size_t before = inbox.size();
    std::vector<std::string> command{"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(port), "-q", "1", "-t",
                                     "test/burst",    "-l"};
    command.insert(command.end(), more.begin(), more.end());
    REQUIRE(run(command, folder.file("burst")) == 0);
    const auto all = inbox.wait_for(before + kMessages);
    int expected = 0;
    for (const state::Update& update : all) {
      if (update.key == "test/burst" && update.data == "{\"n\":" + std::to_string(expected) + "}") ++expected;
    }
    CHECK(expected == kMessages);
  }
}

TEST_CASE("a certificate nobody vouches for is refused, unless any will do") {
  const TestFolder folder;
  const std::uint16_t port = free_port();
  // Made out to another name than the one we connect to.
  REQUIRE(run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other",
               "-addext", "subjectAltName=DNS:other.example", "-keyout", folder.file("key.pem"), "-out",
               folder.file("cert.pem")}) == 0);
  TestBroker broker{
      folder, port,
      "allow_anonymous true\ncertfile " + folder.file("cert.pem") + "\nkeyfile " + folder.file("key.pem") + "\n"};
  const std::string url = "mqtts://127.0.0.1:" + std::to_string(port);
  Inbox inbox;
  const Lines lines;

  MqttOptions wrong_name = options_for(url, lines);
  wrong_name.ca_file = folder.file("cert.pem");
  MqttOptions unknown = options_for(url, lines);
  MqttOptions no_file = options_for(url, lines);
  no_file.ca_file = folder.file("nothing.pem");
  for (MqttOptions* options : {&wrong_name, &unknown, &no_file}) {
    const auto source = source_of(*options, inbox);
    source->start();
    REQUIRE(comes_true([&] { return source->status().connection == ConnectionState::waiting; }));
    const std::string error = source->status().last_error;
    CAPTURE(error);
    CHECK(error.find(options == &no_file ? "nothing.pem\" cannot be read: No such file"
                                         : "certificate verify failed") != std::string::npos);
    CHECK(comes_true([&] { return source->status().attempts >= 3; }));
  }

  MqttOptions insecure = options_for(url, lines);
  insecure.insecure = true;
  const auto source = source_of(std::move(insecure), inbox);
  source->start();
  wait_until_listening(*source, inbox, port, {"--cafile", folder.file("cert.pem"), "--insecure"});
}

TEST_CASE("a program with over 1024 descriptors open connects all the same") {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit before = limit;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  std::vector<int> open_ones;
  while (open_ones.empty() || open_ones.back() < 1100) {
    open_ones.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(open_ones.back() >= 0);
  }
  {
    const TestFolder folder;
    const std::uint16_t port = free_port();
    TestBroker broker{folder, port};
    Inbox inbox;
    const Lines lines;
    const auto source = source_of(options_for(url_of(port), lines), inbox);
    source->start();
    wait_until_listening(*source, inbox, port);
  }
  for (const int one : open_ones) close(one);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("a subscription the broker refuses is an error in the status") {
  const TestSocket listener;
  REQUIRE(listen(listener.get(), 1) == 0);
  Inbox inbox;
  const Lines lines;
  const auto source = source_of(options_for(url_of(listener.port()), lines), inbox);
  source->start();
  const int peer = accept(listener.get(), nullptr, nullptr);
  REQUIRE(peer >= 0);
  // CONNECT in, CONNACK out; SUBSCRIBE in, its message id goes into a SUBACK of 0x80 (MQTT 3.1.1 §3.9).
  const auto packet = [peer] {
    std::vector<unsigned char> bytes(2);
    REQUIRE(recv(peer, bytes.data(), 2, MSG_WAITALL) == 2);
    REQUIRE(bytes[1] < 0x80);
    bytes.resize(2u + bytes[1]);
    REQUIRE(recv(peer, bytes.data() + 2, bytes[1], MSG_WAITALL) == bytes[1]);
    return bytes;
  };
  CHECK(packet()[0] == 0x10);
  const unsigned char connack[] = {0x20, 0x02, 0x00, 0x00};
  REQUIRE(send(peer, connack, sizeof connack, MSG_NOSIGNAL) == sizeof connack);
  const auto subscribe = packet();
  REQUIRE(subscribe[0] == 0x82);
  const unsigned char suback[] = {0x90, 0x03, subscribe[2], subscribe[3], 0x80};
  REQUIRE(send(peer, suback, sizeof suback, MSG_NOSIGNAL) == sizeof suback);
  REQUIRE(
      comes_true([&] { return source->status().last_error == "the broker refuses the subscription to \"test/#\""; }));
  CHECK(source->status().connection == ConnectionState::connected);
  source->stop();
  close(peer);
}

TEST_CASE("stopping does not wait for a connection that does not come about") {
  // A full backlog: the kernel drops further SYNs, and connect waits for minutes.
  const TestSocket listener;
  REQUIRE(listen(listener.get(), 0) == 0);
  std::vector<int> filling;
  for (int i = 0; i < 4; ++i) filling.push_back(connected_to(listener.port(), SOCK_NONBLOCK));
  const auto inbox = std::make_unique<Inbox>();
  const Lines lines;
  auto source = source_of(options_for(url_of(listener.port()), lines), *inbox);
  source->start();
  REQUIRE(comes_true([&] { return source->status().connection == ConnectionState::connecting; }));
  // It hangs: a connection that could fail would have failed by now.
  CHECK_FALSE(comes_true([&] { return source->status().connection == ConnectionState::waiting; }, milliseconds{300}));
  const auto start = std::chrono::steady_clock::now();
  source.reset();
  CHECK(std::chrono::steady_clock::now() - start < seconds{2});
  for (const int one : filling) close(one);
}

}  // namespace
}  // namespace starling::sources::mqtt
