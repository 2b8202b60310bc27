// Everybody connects within two seconds, some stop reading half-way through, and in the end everybody holds what he looks at.
#include <fmt/format.h>

#include <algorithm>

#include "sim/heap.hpp"
#include "tests/storm/scenario.hpp"
#include "tests/storm/server.hpp"
#include "tests/storm/viewer.hpp"

namespace starling::storm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kConnecting = seconds{2}, kStall = seconds{20}, kTraffic = seconds{25}, kSettling = seconds{3};
constexpr std::size_t kBytesPerViewer = 80 << 10;
constexpr double kMiB = 1 << 20;

struct Connecting {
  std::unique_ptr<Viewer> viewer;
  std::size_t shard;
  bool stalls;
  Instant reads_again{};
};

std::vector<Connecting> make_viewers(const StormOptions& options, Fleet& fleet) {
  std::vector<Connecting> all;
  for (std::size_t i = 0; i < options.viewers; ++i) {
    const bool sees_everything = i % 50 == 25;
    const std::optional<PlainBox> box = sees_everything ? std::nullopt : std::optional{fleet.any_box(0.1)};
    all.push_back({std::make_unique<Viewer>(box), i % options.shards, sees_everything && i % 100 == 25});
  }
  return all;
}

}  // namespace

Broken play_storm(const StormOptions& options) {
  Server server(options.entities, options.shards, options.log_bytes);
  server.load();
  const std::size_t state_bytes = sim::server_bytes();
  std::vector<Connecting> viewers;
  std::unique_ptr<Reader> reader;
  {
    const sim::ModelScope model;
    viewers = make_viewers(options, server.fleet());
    reader = std::make_unique<Reader>();
  }

  const Instant begin = server.now().instant;
  const std::size_t updates = options.updates_per_second * static_cast<std::size_t>(kStep.count()) / 1'000'000;
  std::size_t opened = 0, most_bytes = 0, stalled = 0, resumed = 0;
  Duration whole_after{};
  std::size_t whole = 0;
  while (server.now().instant < begin + kTraffic + kSettling) {
    const Duration elapsed = server.now().instant - begin;
    server.step(elapsed < kTraffic ? updates : 0);
    const auto due = static_cast<std::size_t>(std::min<Duration>(elapsed, kConnecting).count() * static_cast<std::int64_t>(viewers.size()) / kConnecting.count());
    for (; opened < due; ++opened) {
      Connecting& next = viewers[opened];
      next.viewer->open(*server.shards()[next.shard], fmt::format("viewer-{}", opened), server.now());
      server.see_cuts();
    }
    std::size_t whole_now = 0;
    for (std::size_t i = 0; i < opened; ++i) {
      Connecting& at = viewers[i];
      at.viewer->read(*reader, server.now());
      server.see_cuts();
      whole_now += at.viewer->is_whole();
      if (!at.stalls) continue;
      if (at.reads_again == Instant{} && at.viewer->staged() >= options.entities / 2) {
        at.viewer->stall();
        at.reads_again = server.now().instant + kStall;
        ++stalled;
      } else if (at.viewer->is_stalled() && server.now().instant >= at.reads_again) {
        at.viewer->unstall();
        ++resumed;
      }
    }
    if (whole_now > whole) {
      whole = whole_now;
      whole_after = server.now().instant - begin;
    }
    most_bytes = std::max(most_bytes, sim::server_bytes());
  }

  Broken broken;
  const session::ShardOptions& shard_options = server.shards().front()->options();
  const std::size_t cuts_max = shard_options.fanout.cuts_max;
  const std::size_t allowed_bytes = state_bytes * (1 + cuts_max * options.shards) + kBytesPerViewer * options.viewers;
  if (server.cuts_most() > cuts_max) broken.push_back(fmt::format("{} cuts on one shard, {} may be", server.cuts_most(), cuts_max));
  if (most_bytes > allowed_bytes) broken.push_back(fmt::format("{} bytes, {} may be", most_bytes, allowed_bytes));
  const auto stalling = static_cast<std::size_t>(std::ranges::count_if(viewers, &Connecting::stalls));
  if (stalled != stalling || resumed != stalling) {
    broken.push_back(fmt::format("of {} who were to stall half-way {} did, and {} read again", stalling, stalled, resumed));
  }
  std::size_t differing = 0;
  for (std::size_t i = 0; i < viewers.size(); ++i) {
    const auto difference = viewers[i].viewer->line().close_code ? std::optional<std::string>{"it was closed"} : viewers[i].viewer->difference(server.fleet());
    if (difference && ++differing <= 5) broken.push_back(fmt::format("viewer {}: {}", i, *difference));
  }
  if (differing > 5) broken.push_back(fmt::format("{} more viewers differ", differing - 5));

  fanout::Counters sum;
  for (const auto& shard : server.shards()) {
    const fanout::Counters& one = shard->fanout().counters();
    sum.snapshots += one.snapshots;
    sum.catch_ups += one.catch_ups;
    sum.cut_differences += one.cut_differences;
    sum.expired += one.expired;
    sum.updates_encoded += one.updates_encoded;
  }
  fmt::print("storm: {} viewers on {} shards, {} of them stalling, {} entities, {} updates/s\n", viewers.size(), options.shards, stalling, options.entities,
             options.updates_per_second);
  fmt::print("storm: the last was whole after {} ms\n", whole_after / milliseconds{1});
  fmt::print("storm: at most {} cuts on a shard of {}\n", server.cuts_most(), cuts_max);
  fmt::print("storm: state {:.1f} MiB; at most {:.1f} MiB, {:.1f} allowed; {:.1f} KiB a viewer beyond the state\n", static_cast<double>(state_bytes) / kMiB,
             static_cast<double>(most_bytes) / kMiB, static_cast<double>(allowed_bytes) / kMiB,
             (static_cast<double>(most_bytes) - static_cast<double>(state_bytes)) / 1024 / static_cast<double>(options.viewers));
  fmt::print("storm: {} snapshots, {} expired, {} catch-ups, {} cut differences, {} frames of audiences\n", sum.snapshots, sum.expired, sum.catch_ups,
             sum.cut_differences, sum.updates_encoded);
  fmt::print("storm: {} of {} viewers hold the truth\n", viewers.size() - differing, viewers.size());
  for (const Connecting& at : viewers) {
    if (at.viewer->is_open()) at.viewer->hang_up(*server.shards()[at.shard]);
  }
  return broken;
}

}  // namespace starling::storm
