#include "starling/server/routes/publish.hpp"

#include <doctest/doctest.h>

#include "starling/core/hub/hub.hpp"
#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

constexpr Moment kNow{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'790'000'000}}};

std::vector<state::ChannelDeclaration> declarations() {
  std::vector<state::ChannelDeclaration> channels(1);
  channels[0].name = "mesh:message";
  channels[0].kind = state::ChannelKind::event;
  return channels;
}

/// Publishes into a hub, and answers a run when it is asked to.
class Publishing final : public RunPublisher {
 public:
  void publish(std::vector<state::Update> run, RunDone done) override {
    ++runs;
    std::vector<session::Outcome> outcomes;
    for (state::Update& update : run) outcomes.push_back(hub.publish(std::move(update), kNow));
    if (is_prompt) {
      done(std::move(outcomes));
    } else {
      answer = [done = std::move(done), outcomes = std::move(outcomes)] { done(outcomes); };
    }
  }
  http::Response object(std::string_view body, std::string_view channel, std::string_view query = {}) {
    http::Answer got = publish_object(body, channel, *Given::read(route_of(RouteId::publish_to), query), *this);
    if (auto* response = std::get_if<http::Response>(&got)) return std::move(*response);
    return finished(*std::get<std::unique_ptr<http::Work>>(got));
  }
  http::Response lines(std::string body, std::string channel = "a:b", PublishOptions options = {}) {
    PublishLines work{std::move(body), std::move(channel), *this, options};
    runs = 0;
    return finished(work);
  }
  std::string_view record(std::string_view channel, std::string_view key) const {
    const state::Channel* found = hub.channels().find(channel);
    const auto entity = found ? hub.state().find(found->space_index, key) : nullptr;
    const state::Facet* facet = entity ? entity->find(*found) : nullptr;
    return facet ? facet->fields.text() : std::string_view{};
  }

  hub::Hub hub{{}, declarations()};
  int runs = 0;
  bool is_prompt = true;
  std::function<void()> answer;

 private:
  /// Steps it as a connection does: not while it waits.
  http::Response finished(http::Work& work) {
    int woken = 0;
    work.on_wake([&] { ++woken; });
    while (true) {
      if (auto response = work.step()) return *response;
      if (!work.is_waiting()) continue;
      CHECK_FALSE(work.step());
      woken = 0;
      std::exchange(answer, nullptr)();
      CHECK(woken == 1);
      CHECK_FALSE(work.is_waiting());
    }
  }
};

TEST_CASE("a body is a record where the path names a channel") {
  Publishing publishing;
  const auto response = publishing.object(R"( {"latitude" : 1.0} )", "a:b", "key=x%2F1");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"accepted":1,"seq":1})");
  CHECK(publishing.record("a:b", "x/1") == R"({"latitude":1.0})");
  CHECK(publishing.object("{}", "mesh:message").body == R"({"accepted":1,"seq":1})");
}

TEST_CASE("a body is an envelope where the path names none") {
  Publishing publishing;
  CHECK(publishing.object(R"({"channel":"a:b","key":"x","data":{"a":1}})", "").status == 200);
  CHECK(publishing.object(R"({"channel":"a:b","key":"x","data":{"b":2},"op":"replace"})", "").status == 200);
  CHECK(publishing.record("a:b", "x") == R"({"b":2})");
  CHECK(publishing.object(R"({"channel":"a:b","key":"x","op":"remove"})", "").status == 200);
  CHECK(publishing.record("a:b", "x").empty());
}

TEST_CASE("what is not taken is a problem that names the code, and the field at fault") {
  struct Case {
    std::string_view body, channel, query;
    unsigned status;
    std::string_view mark;
  };
  Publishing publishing;
  for (const Case& c :
       {Case{"{", "a:b", "key=x", 400, R"("code":"bad_message")"},
        Case{"[]", "a:b", "key=x", 400, R"("code":"bad_message")"}, Case{"{}", "a:b", "", 400, R"("code":"bad_key")"},
        Case{"{}", "a:b", "key=", 400, R"("code":"bad_key")"},
        Case{"{}", "a", "key=x", 400, R"("code":"bad_channel")"},
        Case{"{}", "", "", 400, R"("field":"channel")"},
        Case{R"({"channel":"a:b","key":"x","data":1})", "", "", 400, R"("field":"data")"},
        Case{R"({"channel":"a:b","key":"x","data":{},"time":"now"})", "", "", 400, R"("field":"time")"}}) {
    CAPTURE(c.body);
    const auto response = publishing.object(c.body, c.channel, c.query);
    CHECK(response.status == c.status);
    CHECK(response.body.find(c.mark) != std::string::npos);
  }
  const auto large = publishing.object("{\"x\":\"" + std::string(70'000, 'x') + "\"}", "a:b", "key=x");
  CHECK(large.status == 413);
  CHECK(publishing.hub.counters().updates == 0);
}

TEST_CASE("each line stands alone: the good ones are kept, the others named by their number") {
  Publishing publishing;
  const auto response = publishing.lines(
      "{\"key\":\"1\",\"data\":{\"a\":1}}\r\n"
      "\n  \t\r\n"
      "nope\n"
      "{\"key\":\"2\",\"data\":[]}\n"
      "{\"data\":{}}\n"
      "{\"channel\":\"c:d\",\"key\":\"3\",\"data\":{\"a\":3},\"location\":{\"latitude\":1,\"longitude\":2}}");
  CHECK(response.status == 200);
  CHECK(response.body.starts_with(R"({"accepted":2,"seq":1,"rejected":[{"line":4,"message":)"));
  CHECK(response.body.find(R"({"line":5,"field":"data",)") != std::string::npos);
  CHECK(response.body.find(R"({"line":6,)") != std::string::npos);
  CHECK(publishing.record("a:b", "1") == R"({"a":1})");
  CHECK(publishing.record("c:d", "3") == R"({"a":3})");
}

TEST_CASE("lines that cannot be read and lines that are refused are named in the order of their numbers") {
  Publishing publishing;
  const std::string body =
      "nonsense\n"
      R"({"key":"","data":{}})" "\n"
      R"({"key":"k","data":{"n":1}})" "\n"
      "\n"
      "[]\n"
      "{}\n"
      R"({"key":"","data":{}})" "\n"
      "1 2";
  const auto answer = publishing.lines(body).body;
  std::vector<std::string> numbers;
  for (std::size_t at = answer.find("\"line\":"); at != std::string::npos; at = answer.find("\"line\":", at + 1)) numbers.push_back(answer.substr(at + 7, 1));
  CHECK(numbers == std::vector<std::string>{"1", "2", "5", "6", "7", "8"});
  CHECK(answer.find(R"({"accepted":1,)") == 0);
  CHECK(publishing.record("a:b", "k") == R"({"n":1})");
}

TEST_CASE("where no line was accepted the answer is 400, with the reasons") {
  Publishing publishing;
  for (const std::string& body : {std::string{}, std::string{"\n \n"}}) {
    const auto response = publishing.lines(body);
    CHECK(response.status == 400);
    CHECK(response.body.find(R"("rejected":[]})") != std::string::npos);
  }
  const auto response = publishing.lines("nope\n");
  CHECK(response.status == 400);
  CHECK(response.body.find(R"("rejected":[{"line":1,"message":)") != std::string::npos);
}

TEST_CASE("lines without a channel in the path name it themselves") {
  Publishing publishing;
  CHECK(publishing.lines("{\"channel\":\"a:b\",\"key\":\"1\",\"data\":{}}\n{\"key\":\"2\",\"data\":{}}\n", "")
            .body.find(R"({"line":2,"field":"channel")") != std::string::npos);
}

TEST_CASE("runs end at the end of a line, and all runs together are the body") {
  std::string body;
  for (int i = 0; i < 50; ++i)
    body += "{\"key\":\"" + std::to_string(i) + "\",\"data\":{\"n\":" + std::to_string(i) + "}}\n";
  for (const std::size_t run_bytes : {std::size_t{1}, std::size_t{100}, body.size() - 1, body.size()}) {
    CAPTURE(run_bytes);
    Publishing publishing;
    publishing.is_prompt = run_bytes % 2 == 0;
    CHECK(publishing.lines(body, "a:b", {.run_bytes = run_bytes}).body == R"({"accepted":50,"seq":1,"rejected":[]})");
    CHECK((publishing.runs == 1) == (run_bytes >= body.size() - 1));
    for (int i = 0; i < 50; ++i)
      CHECK(publishing.record("a:b", std::to_string(i)) == "{\"n\":" + std::to_string(i) + "}");
  }
}

TEST_CASE("an answer that comes later is the same, and one that comes when nobody waits is nothing") {
  for (const bool is_prompt : {true, false}) {
    CAPTURE(is_prompt);
    Publishing publishing;
    publishing.is_prompt = is_prompt;
    CHECK(publishing.object("{}", "a:b", "key=x").body == R"({"accepted":1,"seq":1})");
    CHECK(publishing.object("{}", "a:b", "key=").status == 400);
    const auto response = publishing.lines("nope\n{\"key\":\"1\",\"data\":{}}\n{\"key\":\"\",\"data\":{}}\nnope");
    CHECK(response.body.starts_with(R"({"accepted":1,"seq":1,"rejected":[{"line":1,)"));
    CHECK(response.body.find(R"({"line":3,"field":"key",)") < response.body.find(R"({"line":4,)"));
  }
  Publishing publishing;
  publishing.is_prompt = false;
  {
    PublishLines work{"{\"key\":\"1\",\"data\":{}}", "a:b", publishing};
    CHECK_FALSE(work.step());
    CHECK(work.is_waiting());
  }
  publishing.answer();
  CHECK(publishing.record("a:b", "1") == "{}");
}

TEST_CASE("of many rejected lines the first are named and the others counted") {
  Publishing publishing;
  for (const std::size_t run_bytes : {1, 1000}) {
    CAPTURE(run_bytes);
    const std::string good_key = "{\"key\":\"1\",\"data\":{}}\n", bad_key = "{\"key\":\"\",\"data\":{}}\n";
    const auto mixed = publishing.lines(bad_key + good_key + "x\nx\n" + bad_key + "x\n", "a:b", {.run_bytes = run_bytes, .rejected_max = 2});
    CHECK(mixed.body.find(R"([{"line":1,)") != std::string::npos);
    CHECK(mixed.body.find(R"({"line":3,)") != std::string::npos);
    CHECK(mixed.body.find(R"({"line":4,)") == std::string::npos);
    CHECK(mixed.body.ends_with(R"("rejected_more":3})"));
  }
  const auto response = publishing.lines("{\"key\":\"1\",\"data\":{}}\nx\nx\nx\n", "a:b", {.rejected_max = 2});
  CHECK(response.body.find(R"("line":3)") != std::string::npos);
  CHECK(response.body.find(R"("line":4)") == std::string::npos);
  CHECK(response.body.ends_with(R"("rejected_more":1})"));
}

}  // namespace
}  // namespace starling::routes
