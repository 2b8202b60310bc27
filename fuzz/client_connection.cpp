/// @file
/// Whatever a server sends, a client takes it whole or fails, the same in whatever pieces it comes; what it holds is JSON, no subscription goes
/// backwards, and what it would ask after a loss is what a server reads.
///
/// An input is all bytes of a server's side of a connection: the head of its answer, frames, and in them messages. The client has two subscriptions;
/// its key is the RFC's. Where the bytes are cut follows from them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/frame_mutator.hpp"
#include "fuzz/head_mutator.hpp"
#include "fuzz/json_mutator.hpp"
#include "starling/client/answer_head.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/session/client_session.hpp"
#include "starling/core/ws/message_reader.hpp"

namespace starling {
namespace {

using session::ClientSession;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 §1.3
constexpr std::string_view kSubprotocol = "starling.v1";
constexpr std::size_t kMessageBytesMax = 64 << 10;
constexpr std::array<std::uint32_t, 2> kIds{1, 2};

bool is_object(std::string_view text) {
  const auto compact = json::compact(text);
  return compact && *compact == text && json::kind_of(text) == json::Kind::object;
}

/// A client as `client::Connection` is one, without a socket.
class Client {
 public:
  Client() {
    (void)session_.subscribe(kIds[0], {.channels = {"mesh:*"}, .filter = {}, .fields = {}});
    (void)session_.subscribe(kIds[1], {.channels = {"lab:a", "lab:e"}, .filter = {}, .fields = {}}, 1.0, true, 5);
  }

  /// False: it has ended, and why is in `story`.
  bool receive(std::string_view bytes) {
    if (reader_) return receive_frames(bytes);
    head_ += bytes;
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos || end > client::kAnswerHeadBytesMax) return head_.size() <= client::kAnswerHeadBytesMax || fail("an endless head");
    const std::string rest = head_.substr(end + 4);
    head_.resize(end + 4);
    const auto head = client::read_answer_head(head_);
    if (!head) return fail("no head");
    std::optional<ws::DeflateAnswer> deflate;
    const auto agreed = ws::check_server_answer(head->status, head->headers, kKey, kSubprotocol, &deflate);
    if (!agreed || agreed->empty()) return fail("no handshake");
    if (deflate) inflater_.emplace(deflate->server_keeps_window ? ws::Window::kept : ws::Window::fresh);
    reader_.emplace(ws::Role::client, ws::ReaderLimits{.message_bytes_max = kMessageBytesMax}, inflater_ ? &*inflater_ : nullptr);
    return rest.empty() || receive_frames(rest);
  }

  /// All that it was told and holds.
  [[nodiscard]] std::string story() {
    std::string text = story_;
    for (const std::uint32_t id : kIds) {
      const auto position = session_.position(id);
      text += "\n" + std::to_string(id) + " at " + (position ? std::to_string(*position) : "nothing");
      for (const auto& [channel, records] : session_.replica(id)->channels()) {
        for (const auto& [key, fields] : records) {
          STARLING_CHECK(is_object(fields.text()));
          text += "\n" + channel + ' ' + key + ' ' + std::string{fields.text()};
        }
      }
    }
    for (const std::string& message : session_.resubscribe()) {
      const auto object = protocol::read_object(message);
      STARLING_CHECK(object.has_value());
      text += "\n" + message;
    }
    return text;
  }

 private:
  bool fail(std::string_view why) {
    story_ += "\nfailed: " + std::string{why};
    return false;
  }

  bool receive_frames(std::string_view bytes) {
    reader_->receive(as_bytes(bytes));
    while (auto event = reader_->next()) {
      if (const auto* message = std::get_if<ws::TextMessage>(&*event)) {
        if (!receive_text(message->text)) return false;
      } else if (const auto* ping = std::get_if<ws::Ping>(&*event)) {
        story_ += "\npong " + ping->payload;
      } else if (const auto* close = std::get_if<ws::Close>(&*event)) {
        return fail(std::to_string(close->code) + close->reason);
      } else if (const auto* failure = std::get_if<ws::Failure>(&*event)) {
        return fail(failure->reason);
      } else if (std::holds_alternative<ws::BinaryMessage>(*event)) {
        return fail("binary");
      }
    }
    return true;
  }

  bool receive_text(const std::string& text) {
    const auto received = session_.receive(text);
    if (!received) {
      STARLING_CHECK(!received.error().empty());
      return fail(received.error());
    }
    if (!*received) return true;
    story_ += "\n" + std::to_string((*received)->index());
    if (const auto* subscribed = std::get_if<ClientSession::Subscribed>(&**received)) {
      if (!subscribed->resumed && subscribed->reason != "replaced") at_.erase(subscribed->id);
    } else if (const auto* stepped = std::get_if<ClientSession::Stepped>(&**received)) {
      const session::Replica::Step& step = stepped->step;
      STARLING_CHECK(session_.position(stepped->id) == step.seq);
      const auto before = at_.find(stepped->id);
      STARLING_CHECK(before == at_.end() || before->second <= step.seq, step.seq);
      at_[stepped->id] = step.seq;
      for (std::size_t i = 0; i < step.events.size(); ++i) {
        STARLING_CHECK(is_object(step.events[i].text));
        if (i == 0) continue;
        STARLING_CHECK(std::pair(step.events[i - 1].seq, step.events[i - 1].n) <= std::pair(step.events[i].seq, step.events[i].n));
      }
      story_ += ' ' + std::to_string(step.seq) + ' ' + std::to_string(step.events.size()) + ' ' + std::to_string(step.removals.size());
    }
    return true;
  }

  session::ClientSession session_;
  std::map<std::uint32_t, std::uint64_t> at_;  // by subscription, the last step's seq
  std::string head_;
  std::optional<ws::Inflater> inflater_;
  std::optional<ws::MessageReader> reader_;
  std::string story_;
};

std::string play(std::string_view bytes, const std::function<std::size_t()>& next_size) {
  Client client;
  while (!bytes.empty()) {
    const auto piece = std::make_unique<std::string>(bytes.substr(0, next_size()));  // gone once it is read
    bytes.remove_prefix(piece->size());
    if (!client.receive(*piece)) break;
  }
  return client.story();
}

// ---- How inputs are changed -------------------------------------------------------------------------------------------

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::array<std::string_view, 1> kHeads{
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "Sec-WebSocket-Protocol: starling.v1\r\n\r\n"};
constexpr std::array<std::string_view, 5> kLines{"HTTP/1.1 503 Service Unavailable", "Retry-After: 1", "Upgrade: h2c", "Sec-WebSocket-Extensions: permessage-deflate",
                                                 "Sec-WebSocket-Protocol: chat"};
constexpr std::array<std::string_view, 12> kTexts{
    R"({"type":"welcome","session":"s","epoch":"e1","timeout_ms":60000})",
    R"({"type":"subscribed","id":1,"seq":4,"view":"v","resumed":false,"reason":"new"})",
    R"({"type":"subscribed","id":2,"seq":5,"view":"w","resumed":true,"reason":"resumed"})",
    R"({"type":"subscribed","id":1,"seq":6,"view":"v","resumed":false,"reason":"expired","gaps":{"lab:e":{"after":1,"before":4}}})",
    R"({"type":"snapshot","id":1,"seq":4,"channels":{"mesh:position":{"!a":{"latitude":1},"!b":{}}},"more":false})",
    R"({"type":"snapshot","id":2,"seq":5,"channels":{"lab:a":{"k":{"x":1}}},"more":true})",
    R"({"type":"snapshot","id":2,"seq":5,"channels":{},"more":false})",
    R"({"type":"update","id":1,"seq":7,"channels":{"mesh:position":{"remove":{"!a":"moved"},"set":{"!c":{"x":[1]}},"patch":{"!b":{"y":null}}}}})",
    R"({"type":"update","id":2,"seq":8,"channels":{"lab:e":{"gap":{"after":1,"before":4},"events":[{"seq":8,"n":0,"key":"k","data":{}},{"seq":8,"n":1,"data":{"t":"hi"}}]}},"more":true})",
    R"({"type":"progress","time":"2026-11-21T09:00:00.000Z","at":{"1":9,"2":10}})",
    R"({"type":"error","code":"bad_filter","message":"m","retry":"never","id":1,"field":"filter"})",
    R"({"type":"bye","reason":"drain","reconnect_ms":3})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kMembers{{
    {"type", R"("update")"}, {"id", "1"}, {"seq", "9"}, {"view", R"("v2")"}, {"resumed", "true"}, {"reason", R"("replaced")"}, {"gaps", R"({"lab:e":{"after":2,"before":3}})"},
    {"channels", R"({"lab:a":{"remove":{"k":"deleted"}}})"}, {"more", "true"}, {"remove", R"({"k":"gone"})"}, {"set", R"({"k":{"x":1}})"}, {"patch", R"({"k":{"x":2}})"},
    {"gap", R"({"after":1,"before":9})"}, {"events", R"([{"seq":9,"n":0,"data":{}}])"}, {"n", "1"}, {"key", R"("k")"}, {"data", "{}"}, {"epoch", R"("e2")"},
    {"timeout_ms", "1"}, {"at", R"({"1":99})"}, {"ref", "7"}, {"code", R"("backlog")"},
}};
constexpr std::array<std::string_view, 10> kStrings{"welcome", "subscribed", "snapshot", "update", "progress", "unsubscribed", "new", "expired", "replaced", "mesh:position"};
constexpr std::array<std::size_t, 2> kLimits{0, 2};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

std::string change(std::string_view text, Random& random, std::size_t bytes_max) {
  std::size_t frames_at = text.find(kEndOfHead);
  if (frames_at == std::string_view::npos || random.below(16) == 0) return fuzz::mutate_head(text, random, bytes_max, {kHeads, kLines});
  frames_at += kEndOfHead.size();
  if (bytes_max < frames_at) return {};
  const auto change_payload = [bytes_max](std::string_view payload, Random& chance) {
    if (chance.below(4) == 0) return std::string{kTexts[chance.below(kTexts.size())]};
    return fuzz::mutate_json(payload, chance, bytes_max, kVocabulary);
  };
  const std::string frames = fuzz::mutate_frames(text.substr(frames_at), random, bytes_max - frames_at, change_payload);
  return frames.empty() ? std::string{} : std::string{text.substr(0, frames_at)} + frames;
}

}  // namespace
}  // namespace starling

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = starling::as_text({bytes, size});
  std::uint64_t seed = size;
  for (const char c : text) seed = seed * 31 + static_cast<unsigned char>(c);
  starling::Random random{seed};
  const std::string story = starling::play(text, [&text] { return text.size(); });
  STARLING_CHECK(story == starling::play(text, [] { return std::size_t{1}; }));
  STARLING_CHECK(story == starling::play(text, [&random] { return 1 + random.below(random.chance(0.5) ? 4 : 400); }));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, starling::change);
}
