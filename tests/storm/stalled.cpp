// A viewer that reads nothing for ten minutes while the fleet goes on: what it costs, how it ends, and what it finds if it reads before.
//
// What it holds is what closing it gives back: all bytes of the server before and after, nothing else happening in between. Closing a viewer
// alike that is paused gives back its session and subscription, which is taken off, and so is the frame on its line. Whatever it might keep alive,
// batches of the log or entities, would be among what is given back, for nobody else holds it: the only other one that stalls has read since.
#include <fmt/format.h>

#include <algorithm>

#include "sim/heap.hpp"
#include "starling/core/ws/close_code.hpp"
#include "tests/storm/scenario.hpp"
#include "tests/storm/server.hpp"
#include "tests/storm/viewer.hpp"

namespace starling::storm {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kBytesMax = 300;

enum Role : std::size_t { reading, paused, stalled_for_good, stalled_for_nine_minutes };

class Play {
 public:
  explicit Play(const StalledOptions& options)
      : server_(options.entities, 1, options.log_bytes), updates_(options.updates_per_second * static_cast<std::size_t>(kStep.count()) / 1'000'000) {
    server_.load();
    const sim::ModelScope model;
    reader_ = std::make_unique<Reader>();
    for (int i = 0; i < 4; ++i) viewers_.push_back(std::make_unique<Viewer>(std::nullopt));
  }
  ~Play() {
    for (const auto& viewer : viewers_) {
      if (viewer->is_open()) viewer->hang_up(shard());
    }
  }
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  void open() {
    for (std::size_t role = 0; role < viewers_.size(); ++role) viewers_[role]->open(shard(), "viewer", server_.now(), role == paused);
  }
  void pass(Duration duration, bool with_traffic = true) {
    for (const Instant until = server_.now().instant + duration; server_.now().instant < until;) {
      server_.step(with_traffic ? updates_ : 0);
      for (const auto& viewer : viewers_) viewer->read(*reader_, server_.now());
    }
  }
  /// What closing gives back, without the frames on its line.
  [[nodiscard]] std::int64_t close(Role role) {
    drop_frames(role);
    const std::size_t before = sim::server_bytes();
    viewer(role).hang_up(shard());
    return static_cast<std::int64_t>(before) - static_cast<std::int64_t>(sim::server_bytes());
  }
  /// What the frames on its line hold.
  std::int64_t drop_frames(Role role) {
    const std::size_t before = sim::server_bytes();
    viewer(role).line().waiting.clear();
    return static_cast<std::int64_t>(before) - static_cast<std::int64_t>(sim::server_bytes());
  }
  [[nodiscard]] Viewer& viewer(Role role) { return *viewers_[role]; }
  [[nodiscard]] session::Shard& shard() { return *server_.shards().front(); }
  [[nodiscard]] Server& server() { return server_; }

 private:
  Server server_;
  std::size_t updates_;
  std::unique_ptr<Reader> reader_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
};

}  // namespace

Broken play_stalled(const StalledOptions& options) {
  Broken broken;
  Play play(options);
  play.open();
  play.pass(seconds{2});
  for (const Role role : {stalled_for_good, stalled_for_nine_minutes}) {
    play.viewer(role).stall();
    const sim::ModelScope model;
    play.viewer(role).forget_story();
  }
  const std::uint64_t stalled_at = play.server().hub().counters().updates;
  play.pass(minutes{9});
  const std::uint64_t missed = play.server().hub().counters().updates - stalled_at;

  // One reads again, while the fleet goes on.
  Viewer& second = play.viewer(stalled_for_nine_minutes);
  const std::size_t unread = second.line().waiting.size();
  second.unstall();
  play.pass(seconds{2});
  play.pass(seconds{1}, false);
  std::string story;
  for (const std::string& step : second.story()) {
    if (step == "update") continue;
    story += ' ' + step;
  }
  if (const auto difference = second.difference(play.server().fleet())) broken.push_back("who reads again after 9 minutes: " + *difference);
  if (story != " expired snapshot") broken.push_back("who reads again after 9 minutes is told:" + story);
  if (const auto difference = play.viewer(reading).difference(play.server().fleet())) broken.push_back("who reads all the time: " + *difference);

  // Nothing is reported from here on, so that nothing else comes and goes.
  const std::int64_t session_bytes = play.close(paused);
  const std::size_t frames = play.viewer(stalled_for_good).line().waiting.size();
  if (play.viewer(stalled_for_good).line().close_code) broken.emplace_back("it was closed before 10 minutes");
  play.pass(seconds{55}, false);
  if (play.viewer(stalled_for_good).line().close_code) broken.emplace_back("it was closed before 10 minutes");
  const std::size_t before = sim::server_bytes();
  Duration closed_after = minutes{9} + seconds{58};
  for (; !play.viewer(stalled_for_good).line().close_code && closed_after < minutes{11}; closed_after += kStep) play.pass(kStep, false);
  const auto code = play.viewer(stalled_for_good).line().close_code;
  if (code != ws::close_code::kTimeout) broken.push_back(fmt::format("it was closed with {} by {} s", code.value_or(0), closed_after / seconds{1}));
  const std::int64_t given_back = static_cast<std::int64_t>(before) - static_cast<std::int64_t>(sim::server_bytes());
  const std::int64_t frame_bytes = play.drop_frames(stalled_for_good);
  const std::int64_t beyond = given_back + play.close(stalled_for_good) - session_bytes;
  if (beyond >= kBytesMax) broken.push_back(fmt::format("it held {} bytes beyond its session and its frame", beyond));
  if (frames > 1 || unread > 1) broken.push_back(fmt::format("{} and {} frames lay unread", frames, unread));

  fmt::print("stalled: {} updates in 9 minutes, log of {} MiB\n", missed, options.log_bytes >> 20);
  fmt::print("stalled: closed with {} after {} s; session {} bytes, frame on its line {} bytes, beyond that {} bytes\n", code.value_or(0),
             closed_after / seconds{1}, session_bytes, frame_bytes, beyond);
  fmt::print("stalled: who reads again after 9 minutes is told:{}, then updates, and is exact\n", story);
  return broken;
}

}  // namespace starling::storm
