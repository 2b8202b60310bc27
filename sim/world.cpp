#include "sim/world.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "sim/viewer.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/hub/hub.hpp"

namespace starling::sim {
namespace {

using std::chrono::milliseconds;

std::string to_json(const Record& record) {
  std::string text = "{";
  for (const auto& [name, value] : record) {
    if (text.size() > 1) text += ',';
    json::append_string(text, name);
    text += ':' + value;
  }
  return text + '}';
}

std::vector<state::ChannelDeclaration> declarations(Random& random) {
  state::ChannelDeclaration message;
  message.name = "mesh:message";
  message.kind = state::ChannelKind::event;
  message.event_pace = milliseconds{random.chance(0.3) ? 0 : 10};
  state::ChannelDeclaration telemetry;
  telemetry.name = "mesh:telemetry";
  telemetry.priority = random.chance(0.2) ? state::Priority::critical : state::Priority::normal;
  return {message, telemetry};
}

class World {
 public:
  explicit World(const RunOptions& options) : options_(options), random_(options.seed) {
    start_server();
    const std::uint64_t viewers = 1 + random_.below(6);
    for (std::uint64_t i = 0; i < viewers; ++i) {
      // Some viewers begin alike, so that audiences have several members.
      const std::uint64_t seed = random_.chance(0.5) && i > 0 ? options.seed : random_.next();
      viewers_.emplace_back(static_cast<int>(i), seed, hub_->channels(), options.plant, options.trace);
    }
  }

  std::uint64_t run() {
    for (int step = 0; step < options_.steps; ++step) {
      pass_time(milliseconds{random_.below(40)});
      if (random_.chance(0.7)) report();
      for (Viewer& viewer : viewers_) viewer.act(*shard_, truth_, now_);
    }
    // In the end all converge: good lines, no news.
    for (int round = 0; round < 60; ++round) {
      pass_time(milliseconds{100});
      for (Viewer& viewer : viewers_) viewer.settle(*shard_, truth_, now_);
    }
    std::uint64_t judged = 0;
    for (Viewer& viewer : viewers_) {
      viewer.check_current(truth_);
      judged += viewer.judged();
    }
    for (Viewer& viewer : viewers_) viewer.lose_line(shard_.get());
    return judged;
  }

 private:
  void start_server() {
    hub::HubOptions hub;
    hub_ = std::make_unique<hub::Hub>(hub, declarations(random_));
    session::ShardOptions shard;
    static constexpr std::size_t kLogBytes[] = {2'000, 20'000, 1'000'000};
    static constexpr std::size_t kChangesMax[] = {3, 16'384};
    static constexpr std::size_t kSmallOrLarge[] = {200, 64 << 10};
    shard.fanout.log_bytes = kLogBytes[random_.below(3)];
    shard.fanout.fold_changes_max = kChangesMax[random_.below(4) == 0 ? 0 : 1];
    shard.fanout.part_bytes = kSmallOrLarge[random_.below(2)];
    shard.fanout.frame_bytes = random_.chance(0.3) ? 300 : 256 << 10;
    shard.fanout.missed_event_bytes_max = random_.chance(0.2) ? 500 : 1 << 20;
    shard.session.heartbeat = milliseconds{random_.chance(0.5) ? 700 : 30'000};
    shard.session.timeout = std::chrono::hours{24};  // the lines of this simulation end by being cut
    shard.session.stall = std::chrono::hours{24};
    shard.session.bad_messages_max = 1'000'000;
    shard.epoch = "sim";
    shard_ = std::make_unique<session::Shard>(std::move(shard), hub_->channels(), *hub_);
  }

  void pass_time(Duration duration) {
    const Instant until = now_.instant + duration;
    while (true) {
      const std::optional<Instant> due = shard_->next_due();
      if (!due || *due > until) break;
      advance_to(std::max(*due, now_.instant + Duration{1}));
      shard_->on_time(now_);
    }
    advance_to(until);
  }

  void advance_to(Instant instant) {
    if (instant <= now_.instant) return;
    now_.timestamp += std::chrono::duration_cast<milliseconds>(instant - now_.instant);
    now_.instant = instant;
  }

  /// A few updates, as one batch.
  void report() {
    const std::uint64_t updates = random_.chance(0.05) ? 40 : 1 + random_.below(4);
    for (std::uint64_t i = 0; i < updates; ++i) say_something();
    if (log::BatchPtr batch = hub_->close_batch(now_)) {
      truth_.close(batch->seq);
      shard_->take(std::move(batch), now_);
    }
  }

  void say_something() {
    const std::string key = fmt::format("!{}", random_.below(12));
    const std::uint64_t kind = random_.below(20);
    if (kind == 0) {
      remove("mesh:position", key);
    } else if (kind == 1) {
      remove("mesh:telemetry", key);
    } else if (kind <= 4) {
      say_event(key);
    } else if (kind <= 9) {
      Record record{{"battery", std::to_string(random_.below(100))}};
      if (random_.chance(0.3)) record["voltage"] = random_.chance(0.2) ? "null" : fmt::format("3.{}", random_.below(10));
      assign("mesh:telemetry", key, record, random_.chance(0.1));
    } else {
      // Half a degree apart, so that edges of boxes are hit; around the date line.
      const double longitude = 168 + static_cast<double>(random_.below(40)) / 2;
      Record record{{"latitude", fmt::format("{}", -6 + static_cast<double>(random_.below(26)) / 2)},
                    {"longitude", fmt::format("{}", longitude > 180 && random_.chance(0.8) ? longitude - 360 : longitude)}};
      if (random_.chance(0.05)) record["latitude"] = "null";
      if (random_.chance(0.2)) record["altitude_m"] = std::to_string(random_.below(5));
      assign("mesh:position", key, record, random_.chance(0.1));
    }
  }

  void assign(const std::string& channel, const std::string& key, const Record& record, bool replace) {
    state::Update update{.channel = channel, .key = key, .data = to_json(record), .location = {}, .time = {}};
    update.operation = replace ? state::Operation::replace : state::Operation::merge;
    publish(std::move(update));
    truth_.assign(channel, key, record, replace);
  }

  void remove(const std::string& channel, const std::string& key) {
    publish({.channel = channel, .key = key, .data = {}, .operation = state::Operation::remove, .location = {}, .time = {}});
    truth_.remove(channel, key);
  }

  void say_event(const std::string& key) {
    publish({.channel = "mesh:message", .key = key, .data = fmt::format(R"({{"text":"{}"}})", said_), .location = {}, .time = {}});
    truth_.say({.channel = "mesh:message", .key = key, .text = std::to_string(said_++), .n = 0, .place = {}});
  }

  void publish(state::Update update) {
    const auto applied = hub_->publish(std::move(update), now_);
    if (!applied) throw Broken{"a good update was refused"};
    if (applied->changed && applied->seq != truth_.head() + 1) throw Broken{"the seq of an answer is not the next batch"};
  }

  RunOptions options_;
  Random random_;
  Moment now_{Instant{std::chrono::seconds{1'000}}, Timestamp{std::chrono::hours{24 * 20'000}}};
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<session::Shard> shard_;
  Truth truth_;
  std::vector<Viewer> viewers_;
  std::uint64_t said_ = 0;
};

}  // namespace

std::uint64_t run(const RunOptions& options) { return World{options}.run(); }

}  // namespace starling::sim
