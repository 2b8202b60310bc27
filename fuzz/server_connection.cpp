/// @file
/// All that a server does with one client's bytes, from the first of an HTTP head to the last of a viewer's session: never an end of the server, the same
/// answers in whatever pieces they come, only what is well-formed said back and nothing after a close, what is published in the state if and only if it was
/// answered `ok`, memory within bounds, and nothing left of a client that has gone or fallen silent.
///
/// An input is what a client sends. It goes through a socket to a real shard with its doors (server/served_shard), turned by hand, and a real hub. Only the
/// clock is not the system's: it stands still while the client speaks, and then goes as far as it is told, so time-outs cost nothing and two
/// runs can be compared. Batches are closed where the messages say so (before whoever reads), because in a server that depends on the turns.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz/frame_mutator.hpp"
#include "fuzz/head_mutator.hpp"
#include "fuzz/json_mutator.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/session/replica.hpp"
#include "starling/core/ws/close_code.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader.hpp"
#include "starling/io/http/request_reader.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/system_random.hpp"
#include "starling/server/metrics.hpp"
#include "starling/server/served_shard.hpp"
#include "starling/server/visitors.hpp"

/// Of the sanitizers; null where there are none.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();
/// As in operations.cpp: what was freed is kept for a while, but not 256 MiB of it.
extern "C" const char* __asan_default_options() { return "malloc_context_size=1:quarantine_size_mb=8"; }

/// As there, too: weighing inputs by how rare what they do is would take most of the time.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static char entropic[] = "-entropic=0";
  static std::vector<char*> arguments(*argv, *argv + *argc);
  arguments.insert(arguments.begin() + 1, entropic);
  *argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  *argv = arguments.data();
  return 0;
}

namespace starling::net {
namespace {
Moment& clock() {
  static Moment at;
  return at;
}
}  // namespace
// The program's own, in place of io/net's: the linker takes nothing from a library that is there already.
Moment now() noexcept { return clock(); }
std::uint64_t system_random() noexcept { return 7; }
}  // namespace starling::net

namespace starling {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMessageBytesMax = 2'048;
constexpr std::size_t kBodyBytesMax = 4'096;
/// What a connection and its session may keep of an input, besides what the state keeps of it: twice a head, twice a message, a body, and room for
/// subscriptions.
constexpr std::size_t kKeptBytesMax = 256 << 10;

std::vector<state::ChannelDeclaration> declarations() {
  std::vector<state::ChannelDeclaration> all(3);
  all[0].name = "lab:e";
  all[0].kind = state::ChannelKind::event;
  all[1].name = "lab:alarm";
  all[1].kind = state::ChannelKind::event;
  all[1].priority = state::Priority::critical;
  all[1].event_pace = Duration{0};
  all[2].name = "lab:gps";
  all[2].location = {"lat", "lon"};
  return all;
}

ServedShardOptions served_options() {
  ServedShardOptions options;
  options.shard.epoch = "e1";
  options.shard.session.message_bytes = kMessageBytesMax;
  options.body_bytes = kBodyBytesMax;
  return options;
}

/// A server of one shard, with one client.
class House final : private session::Publisher, private routes::RunPublisher {
 public:
  House()
      : hub_({}, declarations()),
        visitors_(std::make_shared<Visitors>(VisitorOptions{}, TrustedProxies{})),
        served_(loop_, served_options(), visitors_,
                {.declared = hub_.channels(), .publisher = *this, .runs = *this, .ask_overview = [](const Question&, const ResponseDone& done) { done(metrics_response("starling 1\n")); }}) {
    std::array<int, 2> ends{};
    STARLING_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0, errno);
    client_ = net::Descriptor{ends[0]};
    net::Peer peer;
    peer.address = "127.0.0.1";
    peer.visit = visitors_->enter(peer, net::now().instant);
    served_.open(net::Descriptor{ends[1]}, std::move(peer));
    settle();
  }

  /// False: the server takes nothing more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(client_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      settle();
    }
    return true;
  }
  void hang_up() {
    ::shutdown(client_.number(), SHUT_WR);
    settle();
  }
  /// In steps of a second at most: a server that was not looking for longer counts that as nobody's silence.
  void pass(Duration time) {
    while (time > Duration{0}) {
      const Duration step = std::min<Duration>(time, seconds{1});
      net::clock().instant += step;
      net::clock().timestamp += std::chrono::duration_cast<milliseconds>(step);
      time -= step;
      (void)turn();
    }
    settle();
  }
  void close_batch() { catch_up(net::now()); }

  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  /// The seqs that publishes over the WebSocket were answered with.
  [[nodiscard]] const std::vector<state::Seq>& accepted() const noexcept { return accepted_; }
  void check_empty() {
    STARLING_CHECK(served_.is_empty(), served_.shard().sessions(), said_);
    STARLING_CHECK(served_.shard().sessions() == 0 && visitors_->counters().connections == 0);
  }
  /// Of the heap, without what this program itself keeps of the answers.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return __sanitizer_get_current_allocated_bytes == nullptr ? 0 : __sanitizer_get_current_allocated_bytes() - said_.capacity() - accepted_.capacity() * sizeof(state::Seq);
  }

 private:
  session::Offered offer(state::Update& update, session::Ticket&, Moment now) override {
    session::Outcome outcome = apply(std::move(update), now);
    if (outcome) accepted_.push_back(outcome->seq);
    return outcome;
  }
  void catch_up(Moment now) override {
    if (auto batch = hub_.close_batch(now)) served_.take(std::move(batch), now);
  }
  void publish(std::vector<state::Update> run, routes::RunDone done) override {
    std::vector<session::Outcome> outcomes;
    for (state::Update& update : run) outcomes.push_back(apply(std::move(update), net::now()));
    close_batch();
    done(std::move(outcomes));
  }

  /// What is accepted is there, what is refused is not.
  session::Outcome apply(state::Update update, Moment now) {
    const std::size_t bytes = hub_.state_bytes();
    const hub::HubCounters before = hub_.counters();
    is_late_possible_ = is_late_possible_ || update.time.has_value();
    const state::Update said = update;
    const session::Outcome outcome = hub_.publish(std::move(update), now);
    const hub::HubCounters& after = hub_.counters();
    if (!outcome) {
      STARLING_CHECK(hub_.state_bytes() == bytes && after.changes == before.changes && after.events == before.events);
      return outcome;
    }
    const state::Channel* channel = hub_.channels().find(said.channel);
    if (channel == nullptr) {  // where nothing is, nothing is taken away
      STARLING_CHECK(said.operation == state::Operation::remove && hub_.state_bytes() == bytes);
    } else if (channel->kind == state::ChannelKind::event) {
      STARLING_CHECK(after.events == before.events + 1);
    } else if (!is_late_possible_) {
      const state::EntityPtr entity = hub_.state().find(channel->space_index, *said.key);
      const bool is_there = entity && entity->find(*channel) != nullptr;
      STARLING_CHECK(is_there == (said.operation != state::Operation::remove), said.channel);
    }
    return outcome;
  }

  /// Turns until nothing moves any more.
  void settle() {
    constexpr int kTurnsMax = 10'000;
    constexpr int kQuietTurns = 2;  // what is put off at the end of a turn comes in the next
    int turns = 0;
    for (int quiet = 0; quiet < kQuietTurns; ++turns) {
      STARLING_CHECK(turns < kTurnsMax, said_.size());
      quiet = turn() ? 0 : quiet + 1;
    }
  }
  /// False: nothing came of it.
  bool turn() {
    bool was_idle = false;
    loop_.post([] {});  // it begins even if nothing is ready
    loop_.run([&](bool is_idle) {
      served_.after_turn(net::now());
      was_idle = is_idle;
      loop_.stop();
    });
    return listen() || !was_idle;
  }
  bool listen() {
    std::array<char, 16 << 10> buffer;
    const std::size_t before = said_.size();
    ssize_t bytes;
    while ((bytes = ::recv(client_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) said_.append(buffer.data(), static_cast<std::size_t>(bytes));
    return said_.size() > before;
  }

  net::EventLoop loop_;
  hub::Hub hub_;
  std::shared_ptr<Visitors> visitors_;
  ServedShard served_;
  net::Descriptor client_;
  std::string said_;
  std::vector<state::Seq> accepted_;
  bool is_late_possible_ = false;
};

// ---- The judge ---------------------------------------------------------------------------------------------------------

/// Of what a client sent, as far as it takes to read the answers.
struct Asked {
  std::vector<std::string> methods;             ///< of the requests, as far as they could be read
  std::map<std::size_t, std::string_view> behind_upgrade;  ///< what follows those to upgrade, by number: frames, or the next request if it is refused
};

Asked asked_by(std::string_view bytes) {
  Asked asked;
  http::RequestReader reader{{.body_bytes_max = kBodyBytesMax}};
  reader.receive(bytes);
  for (bool is_begun = false;;) {
    switch (reader.next()) {
      case http::RequestStep::more:
        return asked;
      case http::RequestStep::refused:
        if (!is_begun) asked.methods.push_back(reader.request().method);
        return asked;
      case http::RequestStep::head:
        is_begun = true;
        asked.methods.push_back(reader.request().method);
        if (reader.request().is_upgrade()) asked.behind_upgrade.emplace(asked.methods.size() - 1, bytes.substr(bytes.size() - reader.rest().size()));
        break;
      case http::RequestStep::whole:
        reader.begin_next();
        is_begun = false;
        break;
    }
  }
}

std::string_view header_of(std::string_view head, std::string_view name) {
  const std::string line = "\r\n" + std::string{name} + ": ";
  const std::size_t at = head.find(line);
  if (at == std::string_view::npos) return {};
  const std::string_view value = head.substr(at + line.size());
  return value.substr(0, value.find("\r\n"));
}

/// How many messages a client said, up to where it closed or broke the protocol.
struct Said {
  std::size_t messages = 0, snapshots_again = 0;

  Said(std::string_view frames, ws::Inflater* inflater) {
    ws::MessageReader reader{ws::Role::server, {.message_bytes_max = kMessageBytesMax}, inflater};
    reader.receive(as_bytes(frames));
    while (const auto event = reader.next()) {
      if (std::holds_alternative<ws::BinaryMessage>(*event)) return;  // after it nothing is taken
      const auto* message = std::get_if<ws::TextMessage>(&*event);
      if (message == nullptr) continue;
      ++messages;
      const auto read = protocol::read_client_message(message->text);
      if (read && std::holds_alternative<protocol::SnapshotAgain>(*read)) ++snapshots_again;
    }
  }
};

/// What a viewer was told over a WebSocket, in order, and what it holds at the end.
class Viewer {
 public:
  Viewer(std::string_view wire, bool deflates, std::string_view asked) {
    const std::vector<fuzz::WireFrame> frames = fuzz::frames_of(wire);
    STARLING_CHECK(fuzz::wire_of(frames) == wire);  // whole ones, with the shortest lengths
    for (const fuzz::WireFrame& frame : frames) {
      STARLING_CHECK(!frame.is_masked && (frame.first & 0x80) != 0);
      STARLING_CHECK((frame.first & 0x0F) != 0x8 || &frame == &frames.back());  // nothing follows a close
    }
    ws::Inflater inflater;
    const Said said{asked, deflates ? &inflater : nullptr};
    ws::MessageReader reader{ws::Role::client, {.message_bytes_max = 1 << 20}, deflates ? &inflater : nullptr};
    reader.receive(as_bytes(wire));
    while (const auto event = reader.next()) {
      STARLING_CHECK(!std::holds_alternative<ws::Failure>(*event) && !std::holds_alternative<ws::BinaryMessage>(*event));
      if (const auto* message = std::get_if<ws::TextMessage>(&*event)) {
        read(message->text);
      } else if (const auto* close = std::get_if<ws::Close>(&*event)) {
        is_ended_ = close->code == ws::close_code::kAbuse || close->code == ws::close_code::kTryAgainLater;
        story_ += "\nclose " + std::to_string(close->code) + ' ' + close->reason;
      } else if (const auto* pong = std::get_if<ws::Pong>(&*event)) {
        check_pong(pong->payload, asked);
      }
    }
    // Each message was answered, one to send a snapshot again perhaps by that alone; but after an end of ours none.
    STARLING_CHECK(replies_ <= said.messages, replies_, said.messages);
    STARLING_CHECK(is_ended_ || replies_ + said.snapshots_again >= said.messages, replies_, said.messages);
  }

  [[nodiscard]] const std::vector<state::Seq>& accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::string story() const {
    std::string text = story_;
    for (const auto& [id, replica] : replicas_) {
      for (const auto& [channel, records] : replica.channels()) {
        for (const auto& [key, fields] : records) text += "\n" + id + ' ' + channel + ' ' + key + ' ' + std::string{fields.text()};
      }
    }
    for (const auto& [id, events] : events_) text += "\n" + id + events;
    return text;
  }

 private:
  void read(std::string_view text) {
    const auto compact = json::compact(text);
    STARLING_CHECK(compact && *compact == text && json::kind_of(text) == json::Kind::object);
    const auto member = [text](std::string_view name) { return std::string{json::find(text, name).value_or("")}; };
    const std::string type = member("type");
    const std::string id = member("id");
    const bool is_first = std::exchange(is_first_, false);
    if (is_first) STARLING_CHECK(type == R"("welcome")");
    if (type == R"("snapshot")" || type == R"("update")") {
      const auto step = replicas_[id].apply(text);
      STARLING_CHECK(step.has_value());
      if (*step) {
        for (const session::Replica::Event& event : (*step)->events) events_[id] += "\n  " + event.text;
      }
      return;
    }
    if (type == R"("progress")") return;  // how far, which depends on what went together
    constexpr std::array<std::string_view, 6> kReplies{R"("welcome")", R"("subscribed")", R"("unsubscribed")", R"("ok")", R"("pong")", R"("error")"};
    STARLING_CHECK(std::find(kReplies.begin(), kReplies.end(), type) != kReplies.end(), type);
    if (!is_first) ++replies_;
    if (type == R"("subscribed")") replicas_[id].forget_parts();
    if (type == R"("unsubscribed")") replicas_.erase(id);
    if (type == R"("ok")") accepted_.push_back(static_cast<state::Seq>(json::integer(member("seq")).value()));
    story_ += "\n" + std::string{text};
  }

  /// Which of several pings is answered depends on what was read together, but no other.
  static void check_pong(std::string_view payload, std::string_view asked) {
    for (const fuzz::WireFrame& frame : fuzz::frames_of(asked)) {
      if ((frame.first & 0x0F) == 0x9 && frame.payload == payload) return;
    }
    STARLING_CHECK(false, payload);
  }

  bool is_first_ = true;
  bool is_ended_ = false;
  std::size_t replies_ = 0;
  std::string story_;
  std::vector<state::Seq> accepted_;
  std::map<std::string, session::Replica> replicas_;  // by id, as JSON
  std::map<std::string, std::string> events_;
};

/// Of all that a server said, or the check that it does not keep.
std::string story_of(std::string_view said, const Asked& asked, const House& house) {
  std::string story;
  std::size_t answered = 0;
  while (!said.empty()) {
    const std::size_t end = said.find("\r\n\r\n");
    STARLING_CHECK(end != std::string_view::npos && said.starts_with("HTTP/1.1 "), said);
    const std::string_view head = said.substr(0, end + 2);
    said.remove_prefix(end + 4);
    const std::string_view status = head.substr(9, 3);
    if (status == "100") continue;  // said only to who waits with the body
    story += head;
    if (status == "101") {
      const auto frames = asked.behind_upgrade.find(answered);
      STARLING_CHECK(frames != asked.behind_upgrade.end(), answered);
      const Viewer viewer{said, !header_of(head, "Sec-WebSocket-Extensions").empty(), frames->second};
      STARLING_CHECK(viewer.accepted() == house.accepted(), viewer.accepted().size(), house.accepted().size());
      return story + viewer.story();
    }
    const std::string method = answered < asked.methods.size() ? asked.methods[answered] : std::string{};
    ++answered;
    const bool has_body = method != "HEAD" && status != "304";
    const auto length = json::integer(header_of(head, "Content-Length"));
    STARLING_CHECK(status == "304" || length.has_value(), head);
    const std::size_t bytes = has_body ? static_cast<std::size_t>(*length) : 0;
    STARLING_CHECK(bytes <= said.size(), head);
    const std::string_view body = said.substr(0, bytes);
    said.remove_prefix(bytes);
    const std::string_view type = header_of(head, "Content-Type");
    if (has_body && (type == "application/json" || type == "application/problem+json")) STARLING_CHECK(json::compact(body).has_value(), body);
    STARLING_CHECK(status < "400" || type == "application/problem+json", head);
    STARLING_CHECK(header_of(head, "Connection") != "close" || said.empty(), said);
    if (type != "text/html; charset=utf-8") story += body;
  }
  STARLING_CHECK(house.accepted().empty());
  return story;
}

enum class Leaves : std::uint8_t { hangs_up, falls_silent };

std::string play(std::string_view bytes, Leaves how, const std::function<std::size_t()>& next_size) {
  net::clock() = {Instant{seconds{1'000'000}}, Timestamp{seconds{1'700'000'000}}};
  House house;
  const std::size_t heap_bytes = house.heap_bytes();
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto piece = std::make_unique<std::string>(rest.substr(0, next_size()));  // gone once it is sent
    rest.remove_prefix(piece->size());
    if (!house.send(*piece)) break;
  }
  STARLING_CHECK(house.heap_bytes() <= heap_bytes + kKeptBytesMax + 32 * bytes.size(), house.heap_bytes() - heap_bytes);

  // What waits for its beat goes, at the slowest pace there is; heads that are not whole are due.
  house.close_batch();
  for (const Duration time : {Duration{milliseconds{100}}, Duration{milliseconds{100}}, Duration{seconds{10}}, Duration{seconds{1}}}) house.pass(time);
  if (how == Leaves::hangs_up) {
    house.hang_up();
  } else {
    house.pass(seconds{64});  // within the time-out, and what is kept for a close
  }
  house.pass(seconds{3});
  house.check_empty();
  return story_of(house.said(), asked_by(bytes), house);
}

// ---- How inputs are changed -------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 4> kHeads{
    "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: starling.v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    "POST /api/v1/publish/lab:a?key=k HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"v\":1}",
    "GET /api/v1/state/lab:a?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST /api/v1/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2E\r\n{\"channel\":\"lab:a\",\"key\":\"k\",\"data\":{\"v\":2}}\n\r\n0\r\n\r\n"};
constexpr std::array<std::string_view, 24> kLines{
    "Host: localhost:8080", "Host: [::1]", "Host: elsewhere.example", "Connection: keep-alive, Upgrade", "Connection: close", "Upgrade: h2c, websocket", "Sec-WebSocket-Version: 8",
    "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "Origin: http://localhost", "Origin: null", "X-Forwarded-For: 192.0.2.7",
    "Content-Length: 7", "Content-Length: 4097", "Transfer-Encoding: chunked", "Expect: 100-continue", "If-None-Match: *", "GET / HTTP/1.1", "HEAD /healthz HTTP/1.1",
    "GET /metrics HTTP/1.0", "GET /live HTTP/1.1", "POST /api/v1/publish/lab:e HTTP/1.1", "GET /api/v1/state/lab:gps?bounds=-10,-10,10,10&where=%7B%22v%22:1%7D HTTP/1.1", "Content-Type: application/json"};
constexpr std::array<std::string_view, 9> kTexts{
    R"({"type":"hello"})",
    R"({"type":"subscribe","id":1,"channels":["lab:*"],"filter":{"bounds":{"north":10,"south":-10,"east":10,"west":-10},"unlocated":true}})",
    R"({"type":"subscribe","id":2,"channels":["lab:a","lab:e"],"filter":{"where":{"v":{"ge":1}}},"fields":["v"],"rate":0.5,"recent":5})",
    R"({"type":"subscribe","id":3,"channels":["lab:e","lab:alarm"],"snapshot":false,"since":{"epoch":"e1","seq":0,"view":"v"}})",
    R"({"type":"unsubscribe","id":1})",
    R"({"type":"snapshot","id":1})",
    R"({"type":"publish","channel":"lab:gps","key":"k","data":{"lat":1,"lon":2,"v":1},"ref":"r"})",
    R"({"type":"publish","channel":"lab:alarm","data":{"v":1},"key":"k"})",
    R"({"type":"ping","ref":1})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kMembers{{
    {"type", R"("subscribe")"}, {"type", R"("publish")"}, {"id", "1"}, {"id", "2"}, {"channels", R"(["lab:a","*"])"}, {"channels", R"(["lab:gps"])"}, {"filter", R"({"keys":["k"]})"},
    {"filter", R"({"where":{"gps/v":1}})"}, {"fields", R"(["v"])"}, {"rate", "0"}, {"rate", "1"}, {"snapshot", "false"}, {"recent", "3"}, {"since", R"({"epoch":"e1","seq":1,"view":"v"})"},
    {"channel", R"("lab:a")"}, {"channel", R"("lab:e")"}, {"key", R"("k")"}, {"key", R"("l")"}, {"data", R"({"lat":20,"v":2})"}, {"op", R"("remove")"}, {"op", R"("replace")"},
    {"location", R"({"latitude":1,"longitude":1})"}, {"time", R"("2023-11-14T22:13:19Z")"}, {"ref", "7"}}};
constexpr std::array<std::string_view, 12> kStrings{"hello", "subscribe", "unsubscribe", "snapshot", "publish", "ping", "lab:a", "lab:e", "lab:gps", "lab:*", "*", "k"};
constexpr std::array<std::size_t, 5> kLimits{1, 64, 256, 2'047, 2'048};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};
constexpr std::uint8_t kRsv1 = 0x40;

/// The payload of a compressed frame; what would not become smaller in a block that is stored as it is (RFC 1951 §3.2.4).
std::string deflated(std::string_view text) {
  ws::Deflater deflater;
  if (const auto smaller = deflater.deflate(text)) return std::string{*smaller};
  std::string block{'\0', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8 & 0xFF)};
  block += {static_cast<char>(~text.size() & 0xFF), static_cast<char>(~text.size() >> 8 & 0xFF)};
  return block.append(text) + '\0';
}

std::string change_frames(std::string_view wire, Random& random, std::size_t bytes_max) {
  const auto change_payload = [bytes_max](std::string_view payload, Random& chance) {
    if (chance.below(4) == 0) return std::string{kTexts[chance.below(kTexts.size())]};
    if (json::compact(payload)) return fuzz::mutate_json(payload, chance, bytes_max, kVocabulary);
    ws::Inflater inflater;
    const auto inflated = inflater.inflate(payload, kMessageBytesMax);
    return inflated && !inflated->empty() ? deflated(fuzz::mutate_json(*inflated, chance, std::min(bytes_max, kMessageBytesMax), kVocabulary))
                                          : std::string{kTexts[chance.below(kTexts.size())]};
  };
  std::string changed = fuzz::mutate_frames(wire, random, bytes_max, change_payload);
  if (random.below(8) != 0) return changed;
  std::vector<fuzz::WireFrame> frames = fuzz::frames_of(changed);
  if (frames.empty()) return changed;
  fuzz::WireFrame& frame = frames[random.below(frames.size())];
  if ((frame.first & kRsv1) == 0 && frame.payload.size() <= 0xFFFF) {
    frame.first |= kRsv1;
    frame.payload = deflated(frame.payload);
  }
  return fuzz::wire_of(frames);
}

std::string change(std::string_view text, Random& random, std::size_t bytes_max) {
  const Asked asked = asked_by(text);
  const std::string_view frames = asked.behind_upgrade.empty() ? std::string_view{} : asked.behind_upgrade.begin()->second;
  const bool has_upgrade = text.find("Upgrade: websocket") != std::string_view::npos;
  if (frames.empty() && (!has_upgrade || random.below(4) == 0)) return fuzz::mutate_head(text, random, bytes_max, {kHeads, kLines});
  const std::string_view head = text.substr(0, text.size() - frames.size());
  if (random.below(8) == 0) return fuzz::mutate_head(head, random, bytes_max, {kHeads, kLines}).append(frames);
  const std::string changed = change_frames(frames, random, bytes_max);
  return changed.empty() ? std::string{} : std::string{head} + changed;
}

}  // namespace
}  // namespace starling

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = starling::as_text({bytes, size});
  std::uint64_t seed = size;
  for (const char c : text) seed = seed * 31 + static_cast<unsigned char>(c);
  starling::Random random{seed};
  const auto leaves = random.chance(0.75) ? starling::Leaves::hangs_up : starling::Leaves::falls_silent;
  const std::string story = starling::play(text, leaves, [&text] { return text.size(); });
  // In pieces of all sizes, but not too many: each is several calls of the system.
  const std::size_t most = 2 + text.size() / 4;
  const std::string again = starling::play(text, leaves, [&random, most] { return 1 + random.below(random.chance(0.5) ? 4 : 2 * most); });
  STARLING_CHECK(story == again, story, again);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, starling::change);
}
