#include "starling/sources/probe/probe.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <future>

#include "starling/sources/probe/service_for_test.hpp"
#include "starling/sources/probe/transfers.hpp"

namespace starling::sources::probe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What one service comes to, by what it answers; the number is left out.
std::string found(const std::string& answer) {
  const ServiceForTest at{answer};
  Inbox inbox;
  const auto source = source_of({service("s", at.url())}, inbox);
  source->start();
  std::string record = inbox.wait_for("services:health s");
  const std::size_t number = record.find_first_of("0123456789");
  if (number != std::string::npos) record.replace(number, record.find('}') - number, "N");
  return record;
}

constexpr const char* kUnhealthy = R"({"status":"unhealthy","response_time_ms":N})";
constexpr const char* kBad = R"({"status":"unhealthy","response_time_ms":null})";
constexpr const char* kUnreachable = R"({"status":"unreachable","response_time_ms":null})";
constexpr const char* kHealthy = R"({"status":"healthy","response_time_ms":N})";
constexpr const char* kDegraded = R"({"status":"degraded","response_time_ms":N})";

TEST_CASE("a service is what it answers, and how long that took") {
  CHECK(found(answer_of("200 OK", R"({"status":"ok"})")) == kHealthy);
  CHECK(found(answer_of("204 No Content")) == kHealthy);
  CHECK(found(answer_of("200 OK", R"({"status":"degraded"})")) == kDegraded);
  CHECK(found(answer_of("500 Internal Server Error", R"({"status":"ok"})")) == kUnhealthy);
  CHECK(found(answer_of("404 Not Found")) == kUnhealthy);
}

TEST_CASE("what is no whole answer is unhealthy, and took no time") {
  CHECK(found("220 mail.example ESMTP\r\n") == kBad);
  CHECK(found("") == kBad);
  CHECK(found("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{") == kBad);
  CHECK(found("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n") == kBad);
}

TEST_CASE("who does not answer in time, at a closed port, or without an address is unreachable") {
  ServiceForTest hanging{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"};
  hanging.hang();
  ServiceForTest closed;
  closed.end();
  Inbox inbox;
  TargetOptions slow = service("slow", hanging.url());
  slow.timeout = milliseconds{50};
  TargetOptions nowhere = service("nowhere", "http://no-such-host.invalid/");
  nowhere.timeout = seconds{2};
  const auto source = source_of({slow, service("closed", closed.url()), nowhere}, inbox);
  source->start();
  for (const char* name : {"slow", "closed", "nowhere"}) {
    CAPTURE(name);
    CHECK(inbox.wait_for(std::string{"services:health "} + name) == kUnreachable);
  }
}

TEST_CASE("a body is looked at up to 64 KiB, and one that is longer says nothing") {
  const auto padded = [](std::size_t bytes) {
    std::string body = R"({"status":"degraded"})";
    body.resize(bytes, ' ');
    return answer_of("200 OK", body);
  };
  CHECK(found(padded(kBodyBytesMax - 1)) == kDegraded);
  CHECK(found(padded(kBodyBytesMax)) == kDegraded);
  CHECK(found(padded(kBodyBytesMax + 1)) == kHealthy);
  CHECK(found(answer_of("500 Internal Server Error", std::string(kBodyBytesMax + 1, 'x'))) == kUnhealthy);
}

TEST_CASE("redirects are followed three times, and never to another scheme") {
  const ServiceForTest end{answer_of("200 OK", R"({"status":"degraded"})")};
  const auto to = [](const std::string& url) { return answer_of("302 Found", "elsewhere", "Location: " + url + "\r\n"); };
  CHECK(found(to(end.url())) == kDegraded);
  const ServiceForTest second{to(end.url())}, third{to(second.url())}, fourth{to(third.url())};
  CHECK(found(to(second.url())) == kDegraded);
  CHECK(found(to(third.url())) == kDegraded);
  CHECK(found(to(fourth.url())) == kBad);
  for (const char* elsewhere : {"https://127.0.0.1/", "file:///etc/hostname", "ftp://127.0.0.1/"}) CHECK(found(to(elsewhere)) == kBad);
}

TEST_CASE("no proxy is asked, whatever the environment says") {
  REQUIRE(::setenv("http_proxy", "http://127.0.0.1:1", 1) == 0);
  CHECK(found(answer_of("200 OK")) == kHealthy);
  REQUIRE(::unsetenv("http_proxy") == 0);
}

TEST_CASE("credentials are sent to whom they are for, and shown nowhere") {
  const ServiceForTest other{answer_of("200 OK")};
  ServiceForTest at{answer_of("302 Found", {}, "Location: " + other.url("/there") + "\r\n")};
  Inbox inbox;
  Lines lines;
  const auto source = source_of({service("s", at.url("/?token=hunter3", "alice:hunter%32@")), receiver("r", at.url("/", "alice:hunter2@"), milliseconds{20})}, inbox, lines.log());
  source->start();
  inbox.wait_for("services:health s");
  const std::string head = at.heads().at(0);
  CHECK(head.find("Authorization: Basic YWxpY2U6aHVudGVyMg==\r\n") != std::string::npos);
  REQUIRE(comes_true([&] { return other.asked() > 0; }));
  CHECK(other.heads()[0].find("Authorization") == std::string::npos);
  at.end();
  const std::string offline = inbox.wait_for("websdrs:status r", "offline");
  std::promise<Findings> round;
  source->ask_all([&](std::optional<Findings> all) { round.set_value(std::move(*all)); });
  const Findings findings = round.get_future().get();
  std::string everything = offline + inbox.record("services:health s") + findings.services[0].url + findings.receivers[0].url + source->status().last_error;
  REQUIRE(lines.all().size() == 2);
  for (const std::string& line : lines.all()) everything += line;
  CHECK(everything.find("127.0.0.1") != std::string::npos);
  for (const char* secret : {"alice", "hunter", "YWxpY2U6aHVudGVyMg"}) CHECK(everything.find(secret) == std::string::npos);
}

TEST_CASE("a receiver is online with 2xx; while it is offline its record says why, and afterwards no more") {
  ServiceForTest at{answer_of("503 Service Unavailable")};
  Inbox inbox;
  const auto source = source_of({receiver("7", at.url("/"), milliseconds{20})}, inbox);
  source->start();
  const std::string offline = inbox.wait_for("websdrs:status 7");
  CHECK(offline.starts_with(R"({"websdr_id":"7","name":"Receiver 7","status":"offline","last_check":")"));
  CHECK(offline.ends_with(R"("uptime":0.0,"avg_snr":null,"error_message":"HTTP 503"})"));
  CHECK(offline.find(R"("response_time_ms":null)") == std::string::npos);
  at.answer(answer_of("200 OK", "<html>"));
  const std::string online = inbox.wait_for("websdrs:status 7", "online");
  CHECK(online.find("error_message") == std::string::npos);
  CHECK(online.find(R"("uptime":0.0)") == std::string::npos);
  at.end();
  CHECK(inbox.wait_for("websdrs:status 7", "offline").find(R"("response_time_ms":null)") != std::string::npos);
}

TEST_CASE("one line is logged when somebody's status changes, and none while all is well") {
  ServiceForTest at;
  Inbox inbox;
  Lines lines;
  TargetOptions probed = service("api", at.url(), milliseconds{10}), heard = receiver("7", at.url("/sdr"), milliseconds{10});
  probed.timeout = heard.timeout = seconds{1};
  const auto source = source_of({probed, heard}, inbox, lines.log());
  const auto pass = [&] {
    const std::size_t before = inbox.count();
    REQUIRE(comes_true([&] { return inbox.count() > before + 6; }));
  };
  source->start();
  pass();
  CHECK(lines.all().empty());
  at.answer(answer_of("500 Internal Server Error"));
  pass();
  at.answer(answer_of("200 OK", R"({"status":"degraded"})"));
  pass();
  at.hang();
  REQUIRE(comes_true([&] { return lines.all().size() == 6; }));
  source->stop();
  std::vector<std::string> told = lines.all();
  std::ranges::stable_sort(told, {}, [](const std::string& line) { return line.find("receiver") != std::string::npos; });
  const std::string api = "service \"api\" at " + at.url() + " is ", sdr = "receiver \"7\" at " + at.url("/sdr") + " is ";
  CHECK(told == std::vector<std::string>{"! " + api + "unhealthy: HTTP 500", "! " + api + "degraded: it says so", "! " + api + "unreachable: Timeout was reached",
                                         "! " + sdr + "offline: HTTP 500", sdr + "online", "! " + sdr + "offline: Timeout was reached"});
}

TEST_CASE("it counts what it asks and is answered, and each is asked again after its time") {
  const ServiceForTest good, bad{"nonsense\r\n"};
  ServiceForTest closed;
  closed.end();
  Inbox inbox;
  const auto source = source_of({service("good", good.url(), milliseconds{20}), service("bad", bad.url()), service("closed", closed.url())}, inbox);
  CHECK(source->status().connection == ConnectionState::stopped);
  source->start();
  CHECK(source->status().connection == ConnectionState::connected);
  REQUIRE(comes_true([&] { return good.asked() >= 3 && source->status().bad_payloads == 1 && !inbox.record("services:health closed").empty(); }));
  source->stop();
  const SourceStatus status = source->status();
  CHECK(status.connection == ConnectionState::stopped);
  CHECK(status.updates == inbox.count());
  CHECK(status.attempts >= status.updates);
  CHECK(status.received == status.updates - 1);
  CHECK(status.bad_payloads == 1);
  CHECK(bad.asked() == 1);
}

TEST_CASE("it stops at once though somebody hangs, says nothing after, and may be started again") {
  ServiceForTest at;
  at.hang();
  Inbox inbox;
  const auto source = source_of({service("s", at.url()), service("nowhere", "http://no-such-host.invalid/")}, inbox);
  source->start();
  REQUIRE(comes_true([&] { return at.asked() == 1; }));
  const auto before = std::chrono::steady_clock::now();
  source->stop();
  CHECK(std::chrono::steady_clock::now() - before < seconds{2});
  const std::size_t count = inbox.count();
  at.answer(answer_of("200 OK"));
  CHECK(inbox.count() == count);
  CHECK(inbox.record("services:health s").empty());
  source->start();
  inbox.wait_for("services:health s", "healthy");
}

TEST_CASE("a round has everybody asked, and is told when the last has answered; who is being asked is not asked twice") {
  ServiceForTest quick, slow;
  slow.hang();
  Inbox inbox;
  const auto source = source_of({service("quick", quick.url()), receiver("7", quick.url()), service("slow", slow.url())}, inbox);
  source->start();
  inbox.wait_for("services:health quick");
  inbox.wait_for("websdrs:status 7");
  REQUIRE(comes_true([&] { return slow.asked() == 1; }));
  std::promise<std::optional<Findings>> round;
  auto found = round.get_future();
  source->ask_all([&](std::optional<Findings> all) { round.set_value(std::move(all)); });
  REQUIRE(comes_true([&] { return quick.asked() == 3; }));  // the receiver is not asked again
  CHECK(found.wait_for(milliseconds{20}) == std::future_status::timeout);
  slow.answer(answer_of("200 OK", R"({"status":"unhealthy"})"));
  const auto all = found.get();
  REQUIRE(all);
  REQUIRE(all->services.size() == 2);
  CHECK(all->services[0].name == "quick");
  CHECK(all->services[0].health == Health::healthy);
  CHECK(all->services[1].name == "slow");
  CHECK(all->services[1].health == Health::unhealthy);
  REQUIRE(all->receivers.size() == 1);
  CHECK(all->receivers[0].is_online);
  CHECK(slow.asked() == 1);
  CHECK(quick.asked() == 3);
}

TEST_CASE("a round that cannot be made is told so") {
  ServiceForTest at;
  at.hang();
  Inbox inbox;
  const auto source = source_of({service("s", at.url())}, inbox);
  int given_up = 0;
  const RoundDone done = [&](const std::optional<Findings>& all) { given_up += all ? 0 : 1; };
  source->ask_all(done);
  CHECK(given_up == 1);
  source->start();
  source->ask_all(done);
  source->stop();
  CHECK(given_up == 2);
  source->ask_all(done);
  CHECK(given_up == 3);
}

TEST_CASE("a round of no services is over at once") {
  const ServiceForTest at;
  Inbox inbox;
  const auto source = source_of({receiver("7", at.url())}, inbox);
  source->start();
  inbox.wait_for("websdrs:status 7");
  std::promise<Findings> round;
  source->ask_all([&](std::optional<Findings> all) { round.set_value(std::move(*all)); });
  const Findings all = round.get_future().get();
  CHECK(all.services.empty());
  CHECK(all.receivers.size() == 1);
}

TEST_CASE("all that is wrong with its options is said, and none of it repeated") {
  Inbox inbox;
  TargetOptions with_ca = service("c", "http://alice:hunter2@host/");
  with_ca.ca_file = "ca.pem";
  const auto made = ProbeSource::from({.targets = {service("a", "ftp://alice:hunter2@host/"), service("b", "http://host/"), with_ca, receiver("d", "http://alice:hunter2@ho st/")}}, inbox, &test_now);
  REQUIRE(!made);
  const std::vector<ProbeOptionError>& wrong = made.error();
  REQUIRE(wrong.size() == 3);
  CHECK((wrong[0].target == 0 && wrong[0].option == "url"));
  CHECK((wrong[1].target == 2 && wrong[1].option == "ca_file"));
  CHECK((wrong[2].target == 3 && wrong[2].option == "url"));
  for (const ProbeOptionError& error : wrong) CHECK(error.message.find("hunter2") == std::string::npos);
}

TEST_CASE("it keeps descriptors back for all services and for the receivers that are asked at once") {
  Inbox inbox;
  CHECK(source_of({service("a", "http://host/")}, inbox)->descriptors_max() == 12);
  std::vector<TargetOptions> receivers;
  for (std::size_t i = 0; i < kReceiversAtOnceMax; ++i) receivers.push_back(receiver(std::to_string(i), "http://host/"));
  CHECK(source_of(receivers, inbox)->descriptors_max() == 8 + 4 * kReceiversAtOnceMax);
  receivers.push_back(receiver("one more", "http://host/"));
  CHECK(source_of(receivers, inbox)->descriptors_max() == 8 + 4 * kReceiversAtOnceMax);
}

}  // namespace
}  // namespace starling::sources::probe
