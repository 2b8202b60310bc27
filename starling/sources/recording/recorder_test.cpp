#include "starling/sources/recording/recorder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/sources/recording/recording.hpp"

namespace starling::sources::recording {
namespace {

using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::seconds{100}};
constexpr Timestamp kCalendar{std::chrono::seconds{1'790'000'000}};

Moment after(int ms) { return {kStart + milliseconds{ms}, kCalendar + milliseconds{ms}}; }

Recorder recorder_of(std::string channel) { return Recorder{{.channels = {std::move(channel)}, .filter = {}, .fields = {}}, std::nullopt}; }

/// What an empty server holds that lines are played into, and the events.
struct Played {
  void play(std::string_view text) {
    const auto recording = Recording::parse(text);
    REQUIRE(recording);
    for (const Entry& entry : recording->entries()) take(entry.update);
  }
  void take(const state::Update& update) {
    if (update.channel == "a:e") {
      events += update.data;
      return;
    }
    auto& records = channels[update.channel];
    const state::Fields fields = state::Fields::from(update.data.empty() ? "{}" : update.data);
    switch (update.operation) {
      case state::Operation::merge:
        if (auto merged = state::Fields::merged(records[*update.key], fields)) records[*update.key] = std::move(*merged);
        break;
      case state::Operation::replace:
        records[*update.key] = fields;
        break;
      case state::Operation::remove:
        records.erase(*update.key);
        break;
    }
    if (records.empty()) channels.erase(update.channel);
  }
  std::map<std::string, session::Replica::Records> channels;
  std::string events;
};

std::string text_of(const std::map<std::string, session::Replica::Records>& channels) {
  std::string text;
  for (const auto& [channel, records] : channels) {
    for (const auto& [key, record] : records) {
      text += channel + '/' + key + '=';
      std::vector<std::string> members;
      for (std::size_t i = 0; i < record.size(); ++i) members.emplace_back(record[i].member());
      std::ranges::sort(members);
      for (const std::string& member : members) text += member + ' ';
    }
  }
  return text;
}

TEST_CASE("a run is told line by line: what was asked, the state to begin with, differences, events, the end") {
  Recorder recorder = recorder_of("a:*");
  CHECK(recorder.receive(R"({"type":"welcome","epoch":"e"})", after(-50)) == "");
  CHECK(recorder.lose("the server hung up", after(-40)) == "");  // of nothing
  CHECK(recorder.receive(R"({"type":"subscribed","id":1,"seq":4,"view":"v","resumed":false,"reason":"new"})", after(-5)) == "");
  CHECK(recorder.receive(R"({"type":"snapshot","id":1,"seq":4,"channels":{"a:x":{"k":{"v":1}}},"more":true})", after(-5)) == "");
  CHECK(recorder.receive(R"({"type":"snapshot","id":1,"seq":4,"channels":{"a:x":{"l\"":{"v":2}}},"more":false})", after(0)) ==
        R"({"at_ms":0,"note":"recording","time":"2026-09-21T14:13:20.000Z","asked":{"type":"subscribe","id":1,"channels":["a:*"]}})" "\n"
        R"({"at_ms":0,"channel":"a:x","key":"k","op":"replace","data":{"v":1}})" "\n"
        R"({"at_ms":0,"channel":"a:x","key":"l\"","op":"replace","data":{"v":2}})" "\n");
  CHECK(recorder.receive(R"({"type":"update","id":1,"seq":5,"channels":{"a:x":{"remove":{"k":"expired"},"set":{"m":{}}}},"more":true})", after(100)) == "");
  CHECK(recorder.receive(R"({"type":"update","id":1,"seq":5,"channels":{"a:x":{"patch":{"l\"":{"w":[3]}}},"a:e":{"gap":{"after":4,"before":5},)"
                         R"("events":[{"seq":5,"n":0,"key":"k","time":"2026-09-21T13:33:19.000Z","location":{"latitude":1.5,"longitude":2},"data":{"t":1}}]}}})",
                         after(101)) ==
        R"({"at_ms":101,"channel":"a:x","key":"k","op":"remove","reason":"expired"})" "\n"
        R"({"at_ms":101,"channel":"a:x","key":"m","op":"replace","data":{}})" "\n"
        R"({"at_ms":101,"channel":"a:x","key":"l\"","data":{"w":[3]}})" "\n"
        R"({"at_ms":101,"note":"gap","channel":"a:e","after":4,"before":5})" "\n"
        R"({"at_ms":101,"kind":"event","channel":"a:e","key":"k","data":{"t":1},"location":{"latitude":1.5,"longitude":2},"time":"2026-09-21T13:33:19.000Z"})" "\n");
  CHECK(recorder.receive(R"({"type":"progress","time":"","at":{"1":6}})", after(150)) == "");
  CHECK(recorder.end(after(200)) == "{\"at_ms\":200,\"note\":\"end\"}\n");
  CHECK(recorder.length() == milliseconds{200});
  CHECK(recorder.reports() == 6);
}

TEST_CASE("after a break the lines say what differs, and that something is missing") {
  Recorder recorder = recorder_of("a:*");
  (void)recorder.receive(R"({"type":"snapshot","id":1,"seq":4,"channels":{"a:x":{"gone":{"v":1},"same":{"v":1,"w":2},"other":{"v":1}}},"more":false})", after(0));
  (void)recorder.receive(R"({"type":"update","id":1,"seq":5,"channels":{"a:x":{"patch":{"same":{"v":7}}}},"more":true})", after(5));
  CHECK(recorder.lose("the server hung up", after(10)) == "{\"at_ms\":10,\"note\":\"lost\",\"reason\":\"the server hung up\"}\n");
  CHECK(recorder.receive(R"({"type":"subscribed","id":1,"seq":9,"view":"v","resumed":false,"reason":"expired","gaps":{"a:e":{"after":4,"before":9}}})", after(20)) ==
        "{\"at_ms\":20,\"note\":\"subscribed\",\"reason\":\"expired\"}\n{\"at_ms\":20,\"note\":\"gap\",\"channel\":\"a:e\",\"after\":4,\"before\":9}\n");
  CHECK(recorder.receive(R"({"type":"snapshot","id":1,"seq":9,"channels":{"a:x":{"same":{"w":2,"v":1},"other":{"v":2},"new":{}}},"more":false})", after(30)) ==
        R"({"at_ms":30,"channel":"a:x","key":"gone","op":"remove","reason":"unseen"})" "\n"
        R"({"at_ms":30,"channel":"a:x","key":"new","op":"replace","data":{}})" "\n"
        R"({"at_ms":30,"channel":"a:x","key":"other","op":"replace","data":{"v":2}})" "\n");
}

TEST_CASE("what no server of ours says does no harm") {
  Recorder recorder = recorder_of("a:*");
  (void)recorder.receive(R"({"type":"snapshot","id":1,"seq":4,"channels":{},"more":false})", after(0));
  for (const std::string_view message : {"no JSON", "[]", R"({"type":"update","id":2,"seq":5,"channels":{"a:x":{"set":{"k":{}}}}})",
                                         R"({"type":"update","id":1,"seq":5,"channels":{"a:x":{"patch":{"k":{}}}}})"}) {
    CAPTURE(message);
    CHECK(recorder.receive(message, after(10)) == "");
  }
  const std::string left_out = R"({"at_ms":20,"note":"left out","channel":"A","reason":"no such channel or key can be"})";
  CHECK(recorder.receive(R"({"type":"update","id":1,"seq":6,"channels":{"A":{"set":{"k":{}}},"a:x":{"set":{"l":{}}}}})", after(20)) ==
        left_out + "\n" R"({"at_ms":20,"channel":"a:x","key":"l","op":"replace","data":{}})" "\n");
  CHECK(recorder.receive(R"({"type":"update","id":1,"seq":7,"channels":{"a:e":{"events":[{"seq":7,"n":0,"data":1}]}}})", after(30)) ==
        R"({"at_ms":30,"note":"left out","channel":"a:e","reason":"data must be an object"})" "\n");
}

// ---- Any run, played, brings an empty server to what the viewer held ---------------------------------------------------

/// A server whose state changes by chance, and the frames of one viewer that is now and then cut off.
class ServerByChance {
 public:
  explicit ServerByChance(std::uint64_t seed) : random_(seed) {}

  std::vector<std::string> next() {
    if (told_ == 0 || random_.chance(0.05)) return begin_anew();
    if (random_.chance(0.05)) return {R"({"type":"subscribed","id":1,"seq":)" + std::to_string(told_) + R"(,"view":"v","resumed":true,"reason":"resumed"})", update()};
    if (random_.chance(0.1)) return in_parts();
    return {update()};
  }
  std::string events;

 private:
  std::string name(std::string_view prefix, std::uint64_t count) { return std::string{prefix} + std::to_string(random_.below(count)); }
  std::string record(std::uint64_t fields_max) {
    std::string text = "{";
    for (std::uint64_t i = random_.below(fields_max + 1); i-- > 0;) text += (text.size() > 1 ? ",\"f" : "\"f") + std::to_string(i) + "\":" + std::to_string(random_.below(5));
    return text + '}';
  }
  std::vector<std::string> begin_anew() {
    ++told_;
    held_.clear();
    std::string channels;
    for (const std::string channel : {"a:x", "a:y"}) {
      std::string records;
      for (int i = 0; i < 4; ++i) {
        const std::string key = "k" + std::to_string(i);
        if (!random_.chance(0.5)) continue;
        held_.emplace_back(channel, key);
        records += (records.empty() ? "\"" : ",\"") + key + "\":" + record(3);
      }
      if (!records.empty()) channels += (channels.empty() ? "\"" : ",\"") + channel + "\":{" + records + '}';
    }
    const std::string seq = std::to_string(told_);
    const std::string unfinished = R"({"type":"update","id":1,"seq":)" + std::to_string(told_) + R"(,"channels":{"a:x":{"set":{"k0":{"never":1}}}},"more":true})";
    std::vector<std::string> frames;
    if (told_ > 1 && random_.chance(0.5)) frames.push_back(unfinished);
    frames.push_back(R"({"type":"subscribed","id":1,"seq":)" + seq + R"(,"view":"v","resumed":false,"reason":"expired"})");
    frames.push_back(R"({"type":"snapshot","id":1,"seq":)" + seq + R"(,"channels":{)" + channels + R"(},"more":false})");
    return frames;
  }
  std::string change(const std::string& channel, const std::string& key) {
    const auto held = std::ranges::find(held_, std::pair{channel, key});
    if (held == held_.end()) {
      held_.emplace_back(channel, key);
      return "\"set\":{\"" + key + "\":" + record(3) + '}';
    }
    if (random_.chance(0.3)) {
      held_.erase(held);
      return "\"remove\":{\"" + key + "\":\"deleted\"}";
    }
    return (random_.chance(0.3) ? "\"set\":{\"" : "\"patch\":{\"") + key + "\":" + record(3) + '}';
  }
  std::string update(bool more = false) {
    if (!is_within_parts_) ++told_;
    is_within_parts_ = more;
    std::string channels = R"("a:x":{)" + change("a:x", name(more ? "p" : "k", 4)) + R"(},"a:y":{)" + change("a:y", name(more ? "p" : "k", 4)) + '}';
    if (random_.chance(0.5)) {
      const std::string data = R"({"e":)" + std::to_string(told_) + (more ? R"(,"part":0})" : "}");
      channels += R"(,"a:e":{"events":[{"seq":)" + std::to_string(told_) + ",\"n\":" + (more ? "0" : "1") + R"(,"time":"2026-09-21T13:33:19.000Z","data":)" + data + "}]}";
      events += data;
    }
    return R"({"type":"update","id":1,"seq":)" + std::to_string(told_) + R"(,"channels":{)" + channels + (more ? R"(},"more":true})" : "}}");
  }
  std::vector<std::string> in_parts() {
    std::vector<std::string> frames{update(true)};
    frames.push_back(update());
    return frames;
  }

  Random random_;
  std::uint64_t told_ = 0;
  bool is_within_parts_ = false;
  std::vector<std::pair<std::string, std::string>> held_;
};

TEST_CASE("whatever was sent, what is played ends with what the viewer held, and every event once") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    ServerByChance server{seed};
    Recorder recorder = recorder_of("a:*");
    session::ClientSession viewer;
    (void)viewer.subscribe(1, {.channels = {"a:*"}, .filter = {}, .fields = {}});
    Played played;
    for (int ms = 0; ms < 60; ++ms) {
      for (const std::string& frame : server.next()) {
        REQUIRE(viewer.receive(frame));
        played.play(recorder.receive(frame, after(ms)));
      }
      REQUIRE(text_of(played.channels) == text_of(viewer.replica(1)->channels()));
      REQUIRE(played.events == server.events);
    }
  }
}

}  // namespace
}  // namespace starling::sources::recording
