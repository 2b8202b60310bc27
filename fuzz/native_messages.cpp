/// @file
/// Whatever a client sends is read or refused by name, and what was read can be written and read again: the same, member for member.
#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/json_mutator.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/server_message.hpp"

namespace starling::protocol {
namespace {

/// A frame of a server has room for this beside its largest record, whatever is configured (config::kFrameEnvelopeBytes).
constexpr std::size_t kFrameBytesAlways = 4'096;

// ---- The same, member for member --------------------------------------------------------------------------------------

void check_same(const Hello&, const Hello&) {}

void check_same(const Subscribe& a, const Subscribe& b) {
  STARLING_CHECK(a.id == b.id);
  STARLING_CHECK(a.query.channels == b.query.channels);
  STARLING_CHECK(a.query.filter.keys == b.query.filter.keys);
  STARLING_CHECK(a.query.filter.bounds == b.query.filter.bounds);
  STARLING_CHECK(a.query.filter.unlocated == b.query.filter.unlocated);
  STARLING_CHECK(a.query.filter.where.text() == b.query.filter.where.text());
  STARLING_CHECK(a.query.filter.where.json() == b.query.filter.where.json());
  STARLING_CHECK(a.query.fields == b.query.fields);
  STARLING_CHECK(a.rate == b.rate);
  STARLING_CHECK(a.snapshot == b.snapshot);
  STARLING_CHECK(a.recent == b.recent);
  STARLING_CHECK(a.since.has_value() == b.since.has_value());
  if (!a.since) return;
  STARLING_CHECK(a.since->epoch == b.since->epoch);
  STARLING_CHECK(a.since->seq == b.since->seq);
  STARLING_CHECK(a.since->view == b.since->view);
}

void check_same(const Unsubscribe& a, const Unsubscribe& b) { STARLING_CHECK(a.id == b.id); }
void check_same(const SnapshotAgain& a, const SnapshotAgain& b) { STARLING_CHECK(a.id == b.id); }

void check_same(const Publish& a, const Publish& b) {
  STARLING_CHECK(a.ref == b.ref);
  STARLING_CHECK(a.update.channel == b.update.channel);
  STARLING_CHECK(a.update.key == b.update.key);
  STARLING_CHECK(a.update.data == b.update.data);
  STARLING_CHECK(a.update.operation == b.update.operation);
  STARLING_CHECK(a.update.retained == b.update.retained);
  STARLING_CHECK(a.update.location.index() == b.update.location.index());
  if (const auto* point = std::get_if<geo::Point>(&a.update.location)) STARLING_CHECK(*point == std::get<geo::Point>(b.update.location));
  STARLING_CHECK(a.update.time.has_value() == b.update.time.has_value());
  // An offset can carry a time beyond the years that can be written: it is written as the last of them.
  if (a.update.time) STARLING_CHECK(format_rfc3339(*a.update.time) == format_rfc3339(*b.update.time));
}

void check_same(const Ping& a, const Ping& b) { STARLING_CHECK(a.ref == b.ref); }
void check_same(const Token& a, const Token& b) { STARLING_CHECK(a.token == b.token); }

// The library's client sends neither.
std::string write(const Hello&) { return R"({"type":"hello"})"; }
std::string write(const Token& token) { return R"({"type":"token","token":)" + json::quoted(token.token) + '}'; }

template <class Message>
void check_round_trip(const Message& message) {
  const std::string text = write(message);
  const auto again = read_client_message(text);
  STARLING_CHECK(again.has_value(), text);
  STARLING_CHECK(std::holds_alternative<Message>(*again), text);
  check_same(message, std::get<Message>(*again));
  STARLING_CHECK(write(std::get<Message>(*again)) == text, text);
}

// ---- Refusals ---------------------------------------------------------------------------------------------------------

void check_refusal(const Error& error) {
  const std::string text = protocol::write(error);
  STARLING_CHECK(text.size() <= kFrameBytesAlways, text.size());
  const auto object = read_object(text);
  STARLING_CHECK(object.has_value() && *object == text, text);
  STARLING_CHECK(json::decode(*json::find(text, "code")) == to_text(error.code));
  STARLING_CHECK(!error.message.empty() && json::decode(*json::find(text, "message")) == error.message);
  STARLING_CHECK(json::decode(json::find(text, "field").value_or("\"\"")) == error.field);
  STARLING_CHECK(json::find(text, "ref") == error.ref);
}

// ---- What messages are made of ----------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 8> kTexts{
    R"({"type":"hello","token":"t"})",
    R"({"type":"subscribe","id":1,"channels":["mesh:*"],"filter":{"keys":["!a1"],"bounds":{"north":48.3,"south":48.1,"east":16.5,"west":16.2},"unlocated":true}})",
    R"({"type":"subscribe","id":2,"channels":["mesh:position","mesh:telemetry"],"filter":{"where":{"battery":{"lt":20,"ge":5},"position/name":{"in":["a","b"]},"online":true}},"fields":["battery"],"rate":1})",
    R"({"type":"subscribe","id":3,"channels":["mesh:message"],"snapshot":false,"recent":20,"since":{"epoch":"e","seq":7,"view":"v"}})",
    R"({"type":"unsubscribe","id":1})",
    R"({"type":"snapshot","id":1})",
    R"({"type":"publish","channel":"a:x","key":"k","data":{"v":1},"op":"merge","location":{"latitude":48.2,"longitude":16.37},"time":"2026-11-21T09:00:00.000Z","ref":"r"})",
    R"({"type":"ping","ref":1})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 34> kMembers{{
    {"type", R"("subscribe")"}, {"id", "1"}, {"channels", R"(["a:x","*"])"}, {"filter", R"({"keys":["k"]})"}, {"filter", R"({"unlocated":true})"}, {"filter", R"({"where":{"v":1}})"},
    {"keys", R"(["k","l"])"}, {"bounds", R"({"north":10,"south":-10,"east":-170,"west":170})"}, {"unlocated", "true"}, {"where", R"({"v":{"gt":1}})"},
    {"where", R"({"x/v":{"in":[1,"a",null]},"w":{"exists":false}})"}, {"fields", R"(["v"])"}, {"rate", "0.5"}, {"snapshot", "false"}, {"recent", "10"},
    {"since", R"({"epoch":"e","seq":1,"view":"v"})"}, {"epoch", R"("e")"}, {"seq", "1"}, {"view", R"("v")"}, {"north", "90"}, {"east", "180"}, {"west", "-180"},
    {"le", "1"}, {"ne", R"("a")"}, {"exists", "true"}, {"channel", R"("a:x")"}, {"key", R"("k")"}, {"data", R"({"latitude":1,"longitude":2})"}, {"op", R"("remove")"},
    {"location", "null"}, {"location", R"({"latitude":90,"longitude":-180})"}, {"time", R"("2026-11-21T10:00:00.1234+01:00")"}, {"ref", R"("r")"}, {"token", R"("t")"}}};
constexpr std::array<std::string_view, 24> kStrings{
    "hello", "subscribe", "unsubscribe", "snapshot", "publish", "ping", "token", "merge", "replace", "remove", "a:x", "a:*", "*", "a:", ":x", "A:x", "k", "x/v", "at", "replay",
    "9999-12-31T23:59:60-23:59", "0000-01-01T00:00:00+23:59", "2024-02-29T24:00:00Z", "1969-12-31T23:59:59.9999999Z"};
constexpr std::array<std::size_t, 6> kLimits{1, 64, 128, 256, 257, 1'000};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

}  // namespace
}  // namespace starling::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto message = starling::protocol::read_client_message({reinterpret_cast<const char*>(bytes), size});
  if (message) {
    std::visit([](const auto& read) { starling::protocol::check_round_trip(read); }, *message);
  } else {
    starling::protocol::check_refusal(message.error());
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, [](std::string_view text, starling::Random& random, std::size_t at_most) {
    return starling::fuzz::mutate_json(text, random, at_most, starling::protocol::kVocabulary);
  });
}
