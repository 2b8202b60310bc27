#include "starling/load/play.hpp"

#include <fmt/format.h>

#include <csignal>

#include "starling/io/net/descriptor_limit.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/load/scenarios.hpp"

namespace starling::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kStep = milliseconds{10}, kProgress = milliseconds{250};
constexpr Duration kPrepareMax = seconds{60}, kSettleMax = seconds{10}, kEdgeMax = seconds{10};
constexpr std::uint64_t kOwnDescriptors = 32;
/// From here on the figures are the load generator's own.
constexpr double kSaturated = 0.95;

double to_seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }
Duration from_seconds(double count) { return Duration{static_cast<Duration::rep>(count * 1e6)}; }

}  // namespace

Play::Play(const LoadOptions& options, Door door, Progress progress)
    : options_(options),
      door_(std::move(door)),
      progress_(std::move(progress)),
      channel_(options.channel.empty() ? default_channel(options.scenario) : std::string_view{options.channel}),
      timer_(loop_, [this] { on_step(); }) {}

Outcome Play::run() {
  loop_.on_signals({SIGINT, SIGTERM}, [this](int) {
    if (std::exchange(is_interrupted_, true)) stage_ = Stage::over;
  });
  server_before_ = server();
  stage_ = Stage::preparing;
  entered_at_ = now();
  prepare();
  timer_.set(now());
  if (stage_ != Stage::over) loop_.run([](bool) {});
  Outcome outcome;
  outcome.faults = std::move(faults_);
  tell_common(outcome.figures);
  if (crowd_) crowd_->leave();
  return outcome;
}

Instant Play::now() noexcept { return net::now().instant; }

void Play::fail(std::string what) {
  if (stage_ == Stage::over) return;
  faults_.push_back(std::move(what));
  if (stage_ == Stage::measuring) enter(Stage::settling);
  stage_ = Stage::over;
  loop_.stop();
}

void Play::on_step() {
  if (crowd_ && stage_ == Stage::gathering) crowd_->gather(now());
  // What is due is done first: a stall that the window ends in leaves nothing out.
  if (stage_ != Stage::over) step(now());
  if (stage_ != Stage::over) advance();
  report_progress();
  if (stage_ == Stage::over) return loop_.stop();
  timer_.set(now() + kStep);
}

void Play::advance() {
  const Duration in_stage = now() - entered_at_;
  switch (stage_) {
    case Stage::preparing:
      if (prepare_done()) return enter(Stage::gathering);
      if (is_interrupted_) return enter(Stage::clearing);
      if (in_stage > kPrepareMax) fail("the server does not take what is there to begin with");
      return;
    case Stage::gathering:
      if (is_interrupted_) return enter(Stage::clearing);
      if (!crowd_ || crowd_->is_gathered()) {
        gathered_seconds_ = to_seconds(in_stage);
        judge_crowd();
        if (stage_ == Stage::gathering) enter(Stage::warming);
      }
      return;
    case Stage::warming:
    case Stage::measuring: {
      const Duration lasts = from_seconds(stage_ == Stage::warming ? options_.warmup : options_.seconds);
      if (in_stage < lasts && !is_interrupted_) return;
      if (is_at_edge()) return enter(stage_ == Stage::warming && !is_interrupted_ ? Stage::measuring : Stage::settling);
      if (in_stage > lasts + kEdgeMax) fail(fmt::format("what was published did not arrive within {} s", kEdgeMax / seconds{1}));
      return;
    }
    case Stage::settling:
      if (!settle_done() && in_stage < kSettleMax) return;
      if (std::string what = fault(); !what.empty()) faults_.push_back(std::move(what));
      return enter(Stage::clearing);
    case Stage::clearing:
      if (clear_up_done() || in_stage > kPrepareMax) enter(Stage::over);
      return;
    case Stage::over:
      return;
  }
}

void Play::enter(Stage stage) {
  const Stage before = std::exchange(stage_, stage);
  entered_at_ = now();
  if (before == Stage::measuring) {
    window_end_ = entered_at_;
    server_end_ = server();
    own_cpu_end_ = measured("self")->cpu_seconds;
    end_window();
  }
  if (stage == Stage::gathering) begin_crowd();
  if (stage == Stage::warming) begin();
  if (stage == Stage::measuring) {
    has_window_ = true;
    server_begin_ = server();
    own_cpu_begin_ = measured("self")->cpu_seconds;
    window_begin_ = entered_at_ = now();
    begin_window();
  }
  if (stage == Stage::clearing) {
    if (crowd_) crowd_->leave();
    clear_up();
  }
}

void Play::begin_crowd() {
  auto handlers = crowd();
  if (!handlers) return;
  handlers->on_lost = [this, told = std::move(handlers->on_lost)](CrowdViewer& viewer, const std::string& why) {
    if (told) told(viewer, why);
    const bool has_begun = stage_ == Stage::warming || stage_ == Stage::measuring || stage_ == Stage::settling;
    if (has_begun && !bears_losses()) fail(fmt::format("viewer {} was cut off: {}", viewer.number + 1, why));
  };
  crowd_.emplace(loop_, door_, CrowdOptions{.viewers = options_.viewers, .deflate = options_.deflate}, std::move(*handlers));
}

/// Nobody to view is no run; a few that are missing are the scenario's to judge.
void Play::judge_crowd() {
  if (!crowd_ || crowd_->is_whole() || (crowd_->there() > 0 && bears_losses())) return;
  const std::string& why = crowd_->lost().begin()->first;
  fail(crowd_->there() == 0 ? fmt::format("{}: no viewer connects: {}", options_.url.shown(), why)
                            : fmt::format("{}: {} of {} viewers do not connect: {}: give fewer with --viewers, or raise what limits them", options_.url.shown(),
                                          options_.viewers - crowd_->there(), options_.viewers, why));
}

void Play::report_progress() {
  const Instant at = now();
  if (!progress_ || at - progress_at_ < kProgress) return;
  progress_at_ = at;
  const double in_stage = to_seconds(at - entered_at_);
  switch (stage_) {
    case Stage::preparing:
      return progress_("preparing");
    case Stage::gathering:
      return progress_(crowd_ ? fmt::format("{} of {} viewers are there", crowd_->there(), options_.viewers) : "connecting");
    case Stage::warming:
      return progress_(fmt::format("warming up, {:.0f} of {:g} s", in_stage, options_.warmup));
    case Stage::measuring:
      return progress_(fmt::format("measuring, {:.0f} of {:g} s", in_stage, options_.seconds));
    case Stage::settling:
      return progress_("waiting for what is on its way");
    case Stage::clearing:
      return progress_("clearing up");
    case Stage::over:
      return progress_({});
  }
}

double Play::window_seconds() const noexcept {
  if (!has_window_) return 0;
  return to_seconds((stage_ == Stage::measuring ? now() : window_end_) - window_begin_);
}

Measured Play::server() const {
  return options_.server_pid ? measured(std::to_string(*options_.server_pid)).value_or(Measured{}) : Measured{};
}

void Play::add_per_server_cpu_second(Figures& figures, const std::string& name, std::uint64_t total) const {
  figures.add_rate(name, total, server_cpu_seconds());
}

void Play::tell_common(Figures& figures) {
  figures.add("scenario", std::string{to_text(options_.scenario)});
  figures.add("url", options_.url.shown());
  figures.add("channel", channel_);
  if (crowd_) figures.add("viewers", std::uint64_t{options_.viewers});
  figures.add("duration_seconds", window_seconds());
  if (is_interrupted_) figures.add("interrupted", true);
  if (crowd_) figures.add("gathered_seconds", gathered_seconds_);
  tell(figures);
  if (!has_window_) return;
  if (options_.server_pid) figures.add("server_cpu_ratio", window_seconds() > 0 ? server_cpu_seconds() / window_seconds() : 0);
  const double own = window_seconds() > 0 ? (own_cpu_end_ - own_cpu_begin_) / window_seconds() : 0;
  figures.add("generator_cpu_ratio", own);
  figures.add("generator_is_saturated", own > kSaturated);
}

Result<Outcome, DoorError> play(const LoadOptions& options, Progress progress) {
  if (options.server_pid && !measured(std::to_string(*options.server_pid))) {
    return Unexpected{DoorError{.message = fmt::format("--server-pid {}: there is no such process", *options.server_pid), .is_usage = true}};
  }
  const std::uint64_t descriptors = net::raise_descriptor_limit();
  const std::uint64_t wanted = options.scenario == Scenario::ingest ? options.connections : options.viewers;
  if (wanted + kOwnDescriptors > descriptors) {
    return Unexpected{DoorError{.message = fmt::format("{} connections want {} descriptors, and this process may have {}: raise its hard limit (ulimit -Hn), or give fewer", wanted,
                                                       wanted + kOwnDescriptors, descriptors),
                                .is_usage = true}};
  }
  if (options.broker) {
    const auto found = open_door({.host = options.broker->host, .port = options.broker->port, .path = {}}, {}, options.anywhere);
    if (!found && found.error().is_usage) return Unexpected{found.error()};
    if (!found) return Unexpected{DoorError{.message = fmt::format("nothing answers at {}: start the broker, or give another with --mqtt", options.broker->shown())}};
  }
  auto door = open_door(options.url, options.ca_file, options.anywhere);
  if (!door) return Unexpected{door.error()};
  return make_play(options, std::move(*door), std::move(progress))->run();
}

}  // namespace starling::load
