#include "starling/io/http/http_connection.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <limits>
#include <thread>

#include "starling/io/http/awaited.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling::http {
namespace {

/// Says what it was asked; `/refuse` is refused at its head, `/work` takes three steps, `/wait` waits for `slot`, `/live`
/// upgrades.
class EchoSite final : public Site {
 public:
  std::optional<Response> refuse(const Request& head) override {
    if (head.path == "/refuse") return problem(403, "no");
    return std::nullopt;
  }
  Answer answer(const Request& request) override {
    ++answered;
    std::string said = request.method + ' ' + request.path + '?' + request.query + ' ' +
                       std::string{request.header("Host")} + ' ' + request.body;
    if (request.path == "/wait") return std::make_unique<AwaitedResponse>(slot);
    if (request.path != "/work") return Response{.body = std::move(said)};
    class ThreeSteps final : public Work {
     public:
      explicit ThreeSteps(std::string said) : said_(std::move(said)) {}
      std::optional<Response> step() override {
        if (++steps_ < 3) return std::nullopt;
        return Response{.body = said_};
      }

     private:
      std::string said_;
      int steps_ = 0;
    };
    return std::make_unique<ThreeSteps>(std::move(said));
  }
  std::variant<Agreement, Response> agree(const Request& request) override {
    if (request.path != "/live") return problem(404, "no");
    return Agreement{"agreed", [this](net::Stream socket, const std::string& head, std::string_view received) {
                       taken = head + ':' + std::string{received};
                       socket_.emplace(std::move(socket));
                     }};
  }

  int answered = 0;
  std::string taken;
  ResponseSlot slot;

 private:
  std::optional<net::Stream> socket_;
};

/// A connection with a client at its other end, both in this thread.
class Conversation {
 public:
  explicit Conversation(HttpOptions options = {}) : connections_(loop_, site, options) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    client_ = net::Descriptor{ends[1]};
    connections_.open(net::Stream{loop_, net::Descriptor{ends[0]}}, {});
  }

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(client_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        if (is_over) return;
        turn();
        continue;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    settle();
  }
  void hang_up() {
    ::shutdown(client_.number(), SHUT_WR);
    settle();
  }
  void pass(Duration time) {
    connections_.on_time(net::now().instant + time);
    settle();
  }

  /// What came back since the last call.
  std::string heard() { return std::exchange(heard_, {}); }
  std::size_t open() const { return connections_.size(); }

 private:
  net::EventLoop loop_;  // before the site, which may take a connection over

 public:
  EchoSite site;
  bool is_over = false;  ///< the server has ended its side
  std::size_t reads_at_most = std::numeric_limits<std::size_t>::max();  ///< of what comes back, from here on

 private:
  /// A descriptor that has something is readable at once on a socket pair, so a few turns are all there is to wait
  /// for.
  void settle() {
    for (int i = 0; i < 12; ++i) turn();
  }
  void turn() {
    loop_.post([] {});
    loop_.run([this](bool) {
      connections_.bury_ended();
      loop_.stop();
    });
    std::array<char, 4096> bytes;
    ssize_t received = -1;
    while (reads_at_most > 0 && (received = ::recv(client_.number(), bytes.data(), std::min(bytes.size(), reads_at_most), MSG_DONTWAIT)) > 0) {
      heard_.append(bytes.data(), static_cast<std::size_t>(received));
      reads_at_most -= static_cast<std::size_t>(received);
    }
    is_over = is_over || received == 0;
  }

  HttpConnections connections_;
  net::Descriptor client_;
  std::string heard_;
};

std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

constexpr std::string_view kGet = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kPost = "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view kChunked =
    "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";

TEST_CASE("a request is answered, whole or byte by byte") {
  struct Case {
    std::string_view request, want;
  };
  for (const Case& c :
       {Case{kGet, "GET /a?b=c x "}, Case{kPost, "POST /p? x hello"}, Case{kChunked, "POST /p? x hello"},
        Case{"GET http://other:81/z HTTP/1.1\r\nHost: x\r\n\r\n", "GET /z? other:81 "}}) {
    CAPTURE(c.request);
    Conversation whole;
    whole.say(c.request);
    CHECK(body_of(whole.heard()) == c.want);

    Conversation slow;
    for (const char byte : c.request) slow.say({&byte, 1});
    CHECK(body_of(slow.heard()) == c.want);
    CHECK(slow.open() == 1);
  }
}

TEST_CASE("requests sent together are answered in order") {
  Conversation conversation;
  conversation.say(std::string{kGet} + std::string{kPost} + "GET /work HTTP/1.1\r\nHost: y\r\n\r\n" +
                   std::string{kGet});
  conversation.say("");
  const std::string heard = conversation.heard();
  const std::size_t first = heard.find("GET /a?b=c x ");
  const std::size_t second = heard.find("POST /p? x hello");
  const std::size_t third = heard.find("GET /work? y ");
  const std::size_t fourth = heard.rfind("GET /a?b=c x ");
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third < fourth);
  CHECK(fourth != std::string::npos);
  CHECK(conversation.site.answered == 4);
}

TEST_CASE("HEAD is answered without the body and with its length") {
  Conversation conversation;
  conversation.say("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string heard = conversation.heard();
  CHECK(heard.find("Content-Length: 11\r\n") != std::string::npos);
  CHECK(body_of(heard).empty());
}

TEST_CASE("who says close, or speaks HTTP/1.0, is answered and let go") {
  for (const std::string_view request :
       {"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\nHost: x\r\n\r\n"}) {
    CAPTURE(request);
    Conversation conversation;
    conversation.say(request);
    CHECK(conversation.heard().find("Connection: close") != std::string::npos);
    CHECK(conversation.is_over);
    conversation.hang_up();
    CHECK(conversation.open() == 0);
  }
}

TEST_CASE("a body that is waited for is asked for with 100 Continue, and not where the head is refused") {
  Conversation conversation;
  conversation.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(conversation.heard() == "HTTP/1.1 100 Continue\r\n\r\n");
  conversation.say("hello");
  CHECK(body_of(conversation.heard()) == "POST /p? x hello");

  conversation.say("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(conversation.heard().starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(conversation.is_over);

  Conversation other;
  other.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n");
  CHECK(other.heard().starts_with("HTTP/1.1 417 "));
}

TEST_CASE("a body of body_bytes_max is taken and one byte more is 413, before it has come") {
  for (const std::size_t bytes : {99u, 100u, 101u}) {
    CAPTURE(bytes);
    Conversation conversation{{.body_bytes_max = 100}};
    conversation.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n");
    if (bytes <= 100) {
      CHECK(conversation.heard().empty());
      conversation.say(std::string(bytes, 'x'));
      CHECK(conversation.heard().starts_with("HTTP/1.1 200 OK\r\n"));
    } else {
      CHECK(conversation.heard().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
      CHECK(conversation.is_over);
      CHECK(conversation.site.answered == 0);
    }
  }
  for (const std::size_t body_bytes_max : {4u, 5u, 6u}) {  // of five, in chunks
    CAPTURE(body_bytes_max);
    Conversation chunked{{.body_bytes_max = body_bytes_max}};
    chunked.say(kChunked);
    CHECK(chunked.heard().starts_with(body_bytes_max < 5 ? "HTTP/1.1 413 " : "HTTP/1.1 200 "));
  }
}

TEST_CASE("a head of head_bytes_max is taken and one byte more is 431") {
  const std::string start = "GET /a HTTP/1.1\r\nHost: x\r\nX: ";
  for (const std::size_t bytes : {199u, 200u, 201u}) {
    CAPTURE(bytes);
    Conversation conversation{{.head_bytes_max = 200}};
    conversation.say(start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n");
    CHECK(conversation.heard().substr(9, 3) == (bytes <= 200 ? "200" : "431"));
  }
  Conversation endless;
  endless.say(start + std::string(20'000, 'x'));
  CHECK(endless.heard().starts_with("HTTP/1.1 431 "));
}

TEST_CASE("the head of a chunk and the trailer have the bound of a head") {
  const std::string start = "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view endless : {"1;", "2\r\nhe\r\n0\r\nX: "}) {
    CAPTURE(endless);
    Conversation conversation;
    conversation.say(start + std::string{endless} + std::string(40'000, 'x'));
    CHECK(conversation.heard().starts_with("HTTP/1.1 431 "));
    CHECK(conversation.site.answered == 0);
  }
}

TEST_CASE("a body that does not come is 408") {
  Conversation conversation;
  conversation.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  conversation.say("a byte");
  conversation.pass(std::chrono::seconds{59});
  CHECK(conversation.open() == 1);
  conversation.say("another");
  conversation.pass(std::chrono::seconds{61});
  CHECK(conversation.heard().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("what is no HTTP/1.1 request is 400, and nothing after it is read") {
  for (const std::string_view request :
       {"hello\r\n\r\n", "GET / HTTP/1.1\r\nHost x\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /live HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello"}) {
    CAPTURE(request);
    Conversation conversation;
    conversation.say(std::string{request} + std::string{kGet});
    const std::string heard = conversation.heard();
    CHECK(heard.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(heard.find("Connection: close\r\n") != std::string::npos);
    CHECK(conversation.is_over);
    CHECK(conversation.site.answered == 0);
  }
  Conversation other;
  other.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  CHECK(other.heard().starts_with("HTTP/1.1 505 HTTP Version Not Supported\r\n"));
  CHECK(other.is_over);
}

TEST_CASE("every refusal is a problem document") {
  struct Case {
    std::string_view request;
    unsigned want;
  };
  for (const Case& c : {
           Case{"hello\r\n", 400},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", 413},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: tea\r\n\r\n", 417},
           Case{"GET / HTTP/1.1\r\nHost: x\r\nX: 123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\r\n\r\n", 431},
           Case{"GET / HTTP/2.0\r\n", 505},
           Case{"GET / HT", 408},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell", 408},
       }) {
    CAPTURE(c.request);
    Conversation conversation{{.head_bytes_max = 100, .body_bytes_max = 100}};
    conversation.say(c.request);
    if (c.want == 408) conversation.pass(std::chrono::seconds{61});
    const std::string heard = conversation.heard();
    CHECK(heard.starts_with("HTTP/1.1 " + std::to_string(c.want) + " "));
    CHECK(heard.find("Content-Type: application/problem+json\r\n") != std::string::npos);
    CHECK(body_of(heard).find("\"status\":" + std::to_string(c.want) + ",\"detail\":") != std::string::npos);
  }
}

TEST_CASE("a connection that never sends a byte has the time of a head, from when it came, and a byte does not begin it anew") {
  Conversation silent;
  silent.pass(std::chrono::milliseconds{9'000});
  CHECK(silent.open() == 1);
  silent.pass(std::chrono::milliseconds{10'100});
  CHECK(silent.open() == 0);
  CHECK(silent.heard().empty());

  Conversation late;
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  late.say("GET / HTTP/1.1\r\n");
  late.pass(std::chrono::milliseconds{9'900});
  CHECK(late.heard().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("an answer that is read too slowly ends, however it moves; one at its pace does not") {
  for (const std::size_t bytes_per_second_min : {std::size_t{1}, std::size_t{1} << 30}) {
    CAPTURE(bytes_per_second_min);
    Conversation conversation{{.idle_max = std::chrono::seconds{10}, .answer_bytes_per_second_min = bytes_per_second_min}};
    conversation.reads_at_most = 0;
    conversation.site.slot.put({.body = std::string(4 << 20, 'x')});
    conversation.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    conversation.reads_at_most = 1 << 20;
    conversation.pass(Duration{0});
    CHECK(!conversation.heard().empty());
    conversation.pass(std::chrono::milliseconds{9'900});
    CHECK(conversation.open() == (bytes_per_second_min == 1 ? 1 : 0));
  }
}

TEST_CASE("a head that takes over 10 s is 408, silence of 60 s ends a connection") {
  Conversation slow;
  slow.say("GET / HTTP/1.1\r\n");
  slow.pass(std::chrono::seconds{9});
  CHECK(slow.open() == 1);
  slow.pass(std::chrono::seconds{11});
  CHECK(slow.heard().starts_with("HTTP/1.1 408 "));

  Conversation idle;
  idle.say(kGet);
  idle.pass(std::chrono::seconds{59});
  CHECK(idle.open() == 1);
  idle.pass(std::chrono::seconds{61});
  CHECK(idle.open() == 0);
}

TEST_CASE("an upgrade takes the connection over, with what came behind the request") {
  const std::string upgrade = " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  Conversation conversation;
  conversation.say("GET /live" + upgrade + "frames");
  CHECK(conversation.site.taken == "agreed:frames");
  CHECK(conversation.open() == 0);
  CHECK(!conversation.is_over);

  Conversation refused;
  refused.say("GET /elsewhere" + upgrade);
  CHECK(refused.heard().starts_with("HTTP/1.1 404 "));
}

TEST_CASE("an answer that comes from elsewhere goes out when it has come, and the next request waits for it") {
  Conversation conversation;
  conversation.say("GET /wait HTTP/1.1\r\nHost: y\r\n\r\nGET /next HTTP/1.1\r\nHost: y\r\n\r\n");
  CHECK(conversation.heard().empty());
  conversation.site.slot.put({.body = "here it is"});
  conversation.pass(Duration{0});
  const std::string heard = conversation.heard();
  CHECK(heard.find("here it is") < heard.find("GET /next"));
  CHECK(heard.find("GET /next") != std::string::npos);
}

TEST_CASE("an answer that was there before the request, and one whose connection has gone") {
  {
    Conversation conversation;
    conversation.site.slot.put({.body = "already"});
    conversation.say("GET /wait HTTP/1.1\r\nHost: y\r\n\r\n");
    CHECK(conversation.heard().ends_with("already"));
  }
  ResponseSlot slot;
  {
    Conversation conversation;
    conversation.site.slot = slot;
    conversation.say("GET /wait HTTP/1.1\r\nHost: y\r\n\r\n");
    conversation.hang_up();
    slot.put({.body = "goodbye"});  // once while nobody reads, once when it is over
    conversation.pass(Duration{0});
    CHECK(conversation.open() == 0);
    slot.put({.body = "goodbye"});
  }
}

}  // namespace
}  // namespace starling::http
