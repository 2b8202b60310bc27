#include "starling/server/contract/check/checked_conversation.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace starling::contract {
namespace {

using fanout::Frame;
using fanout::FramePtr;

constexpr Moment kNow{Instant{}, Timestamp{}};

class TakingLink final : public fanout::Link {
 public:
  bool is_writable() const noexcept override { return false; }
  void send(FramePtr frame) override { sent.push_back(std::move(frame)); }
  std::size_t waiting_bytes() const noexcept override { return 7; }
  std::uint64_t frames_sent() const noexcept override { return sent.size(); }
  void ping() override { ++pings; }
  bool is_stalled() const noexcept override { return true; }
  std::uint64_t taken_bytes() const noexcept override { return 8; }
  void ready() override { ++readies; }
  void close(std::uint16_t code, std::string_view) override { closed = code; }

  std::vector<FramePtr> sent;
  int pings = 0, readies = 0, closed = 0;
};

/// Says what it is told, as it is.
class Parrot final : public net::Conversation {
 public:
  explicit Parrot(fanout::Link& link) : link_(link) {}
  void receive(ws::TextMessage& message, Moment) override { link_.send(Frame::text(message.text)); }
  void receive(ws::BinaryMessage&, Moment) override { link_.close(1003, ""); }
  bool is_ready() const noexcept override { return link_.is_stalled(); }
  bool is_awaiting() const noexcept override { return !link_.is_writable(); }
  void heard(Instant) noexcept override { link_.ping(); }
  void drained(Moment) override { link_.ready(); }

 private:
  fanout::Link& link_;
};

const net::Converse kParrot = [](fanout::Link& link, Moment) { return std::make_unique<Parrot>(link); };

void say(net::Conversation& to, std::string text) {
  ws::TextMessage message;
  message.text = std::move(text);
  to.receive(message, kNow);
}

constexpr const char* kPong = R"({"event":"pong","data":{},"timestamp":"2026-11-21T09:00:00.000Z"})";

/// What a child process says before it ends, if it ends by itself as a failed check does.
template <class Act>
std::string last_words(Act act) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // not the test framework's report
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    act();
    std::_Exit(0);
  }
  close(ends[1]);
  std::string said;
  char buffer[256];
  for (ssize_t bytes = 0; (bytes = read(ends[0], buffer, sizeof buffer)) > 0;) said.append(buffer, static_cast<std::size_t>(bytes));
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? said : std::string{};
}

TEST_CASE("what is in the contract passes as it is, and so does everything else of a conversation") {
  TakingLink link;
  const auto conversation = checked("event", kParrot)(link, kNow);
  say(*conversation, kPong);
  REQUIRE(link.sent.size() == 1);
  CHECK(link.sent[0]->payload() == kPong);
  conversation->heard(kNow.instant);
  CHECK(link.pings == 1);
  conversation->drained(kNow);
  CHECK(link.readies == 1);
  CHECK(conversation->is_ready());
  CHECK(conversation->is_awaiting());
  ws::BinaryMessage binary;
  conversation->receive(binary, kNow);
  CHECK(link.closed == 1003);
}

TEST_CASE("a frame that is not in the contract ends the process, with one line that says why") {
  TakingLink link;
  const auto conversation = checked("event", kParrot)(link, kNow);
  const std::string frame = R"({"event":"pong","data":{},"timestamp":"2026-11-21T09:00:00.000Z","planted":true})";
  const std::string said = last_words([&] { say(*conversation, frame); });
  CAPTURE(said);
  CHECK(said.starts_with("starling: a message is not in the contract, in the dialect event: "));
  CHECK(said.find("'planted'") != std::string::npos);
  CHECK(said.ends_with(": " + frame + "\n"));
  CHECK(std::count(said.begin(), said.end(), '\n') == 1);
}

TEST_CASE("of a frame of several messages each is looked at") {
  TakingLink link;
  const auto says = [](std::vector<std::string> messages) {
    return net::Converse{[messages](fanout::Link& to, Moment) {
      to.send(Frame::texts(messages));
      return std::make_unique<Parrot>(to);
    }};
  };
  const std::string wrong = R"({"event":"pong","data":{"n":1},"timestamp":"2026-11-21T09:00:00.000Z"})";
  (void)checked("event", says({kPong, kPong, kPong}))(link, kNow);
  CHECK(link.sent.size() == 1);
  CHECK(last_words([&] { (void)checked("event", says({kPong, wrong, kPong}))(link, kNow); }).ends_with(": " + wrong + "\n"));
}

TEST_CASE("what is right in one dialect is looked at again in another") {
  TakingLink link;
  const FramePtr frame = Frame::text(kPong);
  const net::Converse shares = [&frame](fanout::Link& to, Moment) {
    to.send(frame);
    return std::make_unique<Parrot>(to);
  };
  const auto one = checked("event", shares)(link, kNow);
  const auto two = checked("event", shares)(link, kNow);
  CHECK(link.sent.size() == 2);
  CHECK(last_words([&] { (void)checked("event-flat", shares)(link, kNow); }).find("in the dialect event-flat: ") != std::string::npos);
}

}  // namespace
}  // namespace starling::contract
