#include "apps/starling/replay.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <set>

#include "apps/starling/recording_input.hpp"
#include "starling/core/base/json.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/load/door.hpp"
#include "starling/load/poster.hpp"

namespace starling {
namespace {

using sources::recording::NumberedLine;
using std::chrono::milliseconds;

constexpr std::size_t kBodyBytesMax = 256 << 10;   // what a server applies in one run, so that what was told together is
constexpr Duration kIdleMax = std::chrono::seconds{4};  // a connection that was silent for longer may be gone at its other end
constexpr Duration kAnswerMax = std::chrono::seconds{30};
constexpr Duration kGoodbyeMax = std::chrono::seconds{1};  // that an answer may take once somebody wants to stop
constexpr Duration kRedrawEvery = std::chrono::milliseconds{500};
constexpr Duration kLateMax = std::chrono::seconds{1};  // later than that in the end is told
constexpr std::size_t kRefusalsSaidMax = 10;
constexpr std::size_t kEventChannelsMax = 1'000;  // of further ones the server is not asked

void say(std::string_view line) { fmt::print(stderr, "starling: {}\n", line); }

/// "01:02:03"
std::string clock_text(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// What a whole reading of the file shows, before anything is sent.
struct Survey {
  std::uint64_t reports = 0;
  milliseconds length{0};  ///< the time of the last line, be it a note
  std::set<std::string> event_channels;
};

Result<Survey, std::string> survey(RecordingInput& file) {
  Survey survey;
  while (true) {
    const auto next = file.next();
    if (!next) return Unexpected{next.error()};
    if (!*next) return survey;
    const sources::recording::Line& line = (*next)->line;
    survey.length = line.at;
    if (!line.report) continue;
    ++survey.reports;
    if (line.report->is_event && survey.event_channels.size() < kEventChannelsMax) survey.event_channels.insert(line.report->update.channel);
  }
}

class Replay {
 public:
  Replay(double speed, RecordingInput file, Survey survey, load::Door door)
      : speed_(speed),
        file_(std::move(file)),
        survey_(std::move(survey)),
        door_(std::move(door)),
        to_be_asked_(survey_.event_channels.begin(), survey_.event_channels.end()),
        due_timer_(loop_, [this] { play(); }),
        answer_timer_(loop_, [this] { give_up_waiting(); }),
        progress_timer_(loop_, [this] { show_progress(); }) {
    loop_.on_signals({SIGINT, SIGTERM}, [this](int) { interrupt(); });
  }

  ExitCode run() {
    if (read_next()) connect();
    if (!has_ended_) loop_.run([](bool) {});
    clear_progress();
    if (failure_) {
      say(*failure_);
      return exit_failed;
    }
    say(summary());
    return refused_ == 0 ? exit_ok : exit_failed;
  }

 private:
  // ---- The line -------------------------------------------------------------------------------------------------------

  void connect() {
    poster_.emplace(loop_, door_,
                    load::PosterHandlers{.on_open = [this] { go_on(); },
                                         .on_answer = [this](const load::PosterAnswer& answer) { receive(answer); },
                                         .on_lost = [this](const std::string& why) { lose(why); }});
    if (poster_->state() == load::Wire::State::lost) return lose(poster_->why_lost());
    answer_timer_.set(net::now().instant + kAnswerMax);
  }

  void go_on() {
    answer_timer_.clear();
    answered_at_ = net::now().instant;
    if (!to_be_asked_.empty()) return ask();
    if (!started_at_) begin();
    play_soon();
  }

  void lose(const std::string& why) {
    if (is_unanswered_) {
      return fail(fmt::format("{}: {}: {} lines, from {} on, were not answered: the server may have taken some of them", door_.host, why, numbers_.size(),
                              place_of(numbers_.front())));
    }
    // Between two requests that is nothing: the next one makes another connection.
    if (!started_at_ || !body_.empty()) fail(fmt::format("{}: {}: see that the server runs, and where", door_.host, why));
  }

  void give_up_waiting() {
    if (is_interrupted_) return end();
    lose(fmt::format("no answer within {} s", seconds_of(kAnswerMax)));
  }

  // ---- Whether events would be events ---------------------------------------------------------------------------------

  /// A channel that nobody declared would become one of state, and merge them.
  void ask() {
    poster_->get("/api/v1/state/" + to_be_asked_.back() + "?limit=1");
    answer_timer_.set(net::now().instant + kAnswerMax);
  }

  void take_kind(const load::PosterAnswer& answer) {
    if (answer.status == 200 || answer.status == 404) {
      return fail(fmt::format("{} is a channel of events in {}, and not at the server: declare it there: [[channel]] with name = \"{}\" and kind = \"event\"",
                              to_be_asked_.back(), file_.path(), to_be_asked_.back()));
    }
    if (answer.status != 400) return fail(answer.fault());
    to_be_asked_.pop_back();
    go_on();
  }

  // ---- Playing --------------------------------------------------------------------------------------------------------

  /// In a turn to come, not within the poster's call: a new one may have to be made.
  void play_soon() { due_timer_.set(net::now().instant); }

  void begin() {
    started_at_ = net::now().instant;
    if (::isatty(STDERR_FILENO) == 1) show_progress();
  }

  /// Always counted from the start, so that nothing adds up. Rounded up: never before its time.
  [[nodiscard]] Instant due(milliseconds at) const {
    const std::chrono::duration<double, Duration::period> since{std::chrono::duration<double, Duration::period>{at} / speed_};
    return *started_at_ + Duration{static_cast<Duration::rep>(std::ceil(since.count()))};
  }

  void play() {
    if (is_interrupted_) return end();
    const Instant now = net::now().instant;
    while (next_ && due(next_->line.at) <= now) {
      if (next_->line.report && !append_next()) break;
      if (!read_next()) return;
    }
    if (!body_.empty()) return send();
    const milliseconds at = next_ ? next_->line.at : survey_.length;
    if (!next_ && due(at) <= now) return end();
    due_timer_.set(due(at));
  }

  /// False: it goes with the next body.
  bool append_next() {
    sources::recording::Report report = *next_->line.report;
    report.update.time.reset();  // it is so now
    const std::string line = sources::recording::write_line(next_->line.at, report);
    if (!body_.empty() && body_.size() + line.size() > kBodyBytesMax) return false;
    body_ += line;
    numbers_.push_back(next_->number);
    return true;
  }

  /// False after a failure.
  bool read_next() {
    auto next = file_.next();
    if (!next) {
      fail(std::move(next).error());
      return false;
    }
    next_ = std::move(*next);
    return true;
  }

  void send() {
    if (!poster_->is_free() || net::now().instant - answered_at_ > kIdleMax) return connect();
    is_unanswered_ = true;
    poster_->publish(body_);
    answer_timer_.set(net::now().instant + kAnswerMax);
  }

  void receive(const load::PosterAnswer& answer) {
    answer_timer_.clear();
    answered_at_ = net::now().instant;
    is_unanswered_ = false;
    if (!started_at_) return take_kind(answer);
    const auto object = json::compact(answer.body);
    const bool is_object = object && json::kind_of(*object) == json::Kind::object;
    const auto rejected = is_object ? json::find(*object, "rejected") : std::nullopt;
    // What is 400 with a list is a body of which no line was taken.
    if (!rejected || json::kind_of(*rejected) != json::Kind::array || (answer.status != 200 && answer.status != 400)) {
      return fail(fmt::format("{}: {}", place_of(numbers_.front()), answer.fault()));
    }
    for (const std::string_view entry : json::Elements{*rejected}) say_refused(entry);
    const std::uint64_t accepted = std::min<std::uint64_t>(answer.accepted(), numbers_.size());
    played_ += accepted;
    refused_ += numbers_.size() - accepted;
    body_.clear();
    numbers_.clear();
    play_soon();
  }

  void say_refused(std::string_view entry) {
    if (refusals_said_ == kRefusalsSaidMax || json::kind_of(entry) != json::Kind::object) return;
    const auto line = json::find(entry, "line");
    const auto number = line ? json::integer(*line) : std::nullopt;
    if (!number || *number < 1 || static_cast<std::uint64_t>(*number) > numbers_.size()) return;
    ++refusals_said_;
    clear_progress();
    // In quotes and escapes, as it came.
    say(fmt::format("{}: the server refuses it: {}", place_of(numbers_[static_cast<std::size_t>(*number) - 1]), json::find(entry, "message").value_or("\"\"")));
  }

  [[nodiscard]] std::string place_of(std::size_t line) const { return fmt::format("{} line {}", file_.path(), line); }

  // ---- The end --------------------------------------------------------------------------------------------------------

  /// What is on its way is waited for, a moment.
  void interrupt() {
    is_interrupted_ = true;
    if (body_.empty() || !started_at_) return end();
    answer_timer_.set(net::now().instant + kGoodbyeMax);
  }

  void fail(std::string why) {
    if (!failure_) failure_ = std::move(why);
    end();
  }

  void end() {
    has_ended_ = true;
    loop_.stop();
  }

  [[nodiscard]] std::string summary() const {
    const std::string length = clock_text(survey_.length);
    const Duration took = started_at_ ? net::now().instant - *started_at_ : Duration{0};
    std::string text = is_interrupted_ ? fmt::format("stopped at {} of {}: {} lines replayed", clock_text(position()), length, played_)
                                       : fmt::format("replayed {} lines: {} in {:.1f} s", played_, length, seconds_of(took));
    const Duration late = started_at_ ? net::now().instant - due(survey_.length) : Duration{0};
    if (late > kLateMax) text += fmt::format(", {:.1f} s too late: the server takes no more", seconds_of(late));
    if (!body_.empty()) text += fmt::format(", {} not answered", numbers_.size());
    if (refused_ > 0) text += fmt::format(", {} refused", refused_);
    return text;
  }

  // ---- Progress, on a terminal ----------------------------------------------------------------------------------------

  /// In the recording.
  [[nodiscard]] Duration position() const {
    if (!started_at_) return Duration{0};
    const std::chrono::duration<double, Duration::period> since{net::now().instant - *started_at_};
    const Duration clock{static_cast<Duration::rep>(since.count() * speed_)};
    return std::min<Duration>(clock, next_ ? next_->line.at : survey_.length);
  }

  void show_progress() {
    const Duration length = survey_.length;
    const double share = length.count() == 0 ? 1 : static_cast<double>(position().count()) / static_cast<double>(length.count());
    const double a_second = static_cast<double>(played_ - played_before_) / seconds_of(kRedrawEvery);
    played_before_ = played_;
    fmt::print(stderr, "\r\x1b[K{} of {}  {:.0f} %  {:.0f} lines/s", clock_text(position()), clock_text(length), std::floor(share * 100), a_second);
    std::fflush(stderr);
    is_progress_shown_ = true;
    progress_timer_.set(net::now().instant + kRedrawEvery);
  }

  void clear_progress() {
    if (std::exchange(is_progress_shown_, false)) fmt::print(stderr, "\r\x1b[K");
  }

  double speed_;
  RecordingInput file_;
  Survey survey_;
  load::Door door_;
  std::vector<std::string> to_be_asked_;  // channels of events, the last one first

  net::EventLoop loop_;
  std::optional<load::Poster> poster_;
  std::optional<Instant> started_at_;
  Instant answered_at_{};
  std::optional<NumberedLine> next_;      // nullopt: there are no more
  std::string body_;                      // being sent, or about to be
  std::vector<std::size_t> numbers_;      // of its lines in the file
  std::uint64_t played_ = 0, refused_ = 0, played_before_ = 0;
  std::size_t refusals_said_ = 0;
  bool is_unanswered_ = false, is_interrupted_ = false, has_ended_ = false, is_progress_shown_ = false;
  std::optional<std::string> failure_;
  net::Timer due_timer_, answer_timer_, progress_timer_;
};

}  // namespace

void add_replay(CLI::App& program, ExitCode& exit_code) {
  CLI::App& command = *program.add_subcommand("replay", "Play what `starling watch --record` wrote into a server");
  const auto options = std::make_shared<ReplayOptions>();
  command.add_option("file", options->file, "The recording")->required();
  command.add_option("--speed", options->speed, fmt::format("Times faster than it was: {} to {}", kSpeedMin, kSpeedMax))->capture_default_str();
  command.add_option("--url", options->url, "The server: http://host:port; https:// under TLS")->capture_default_str();
  command.add_option("--cacert", options->ca_file, "Believe the server by these certificates (PEM) instead of the system's");
  command.callback([options, &exit_code] { exit_code = replay(*options); });
}

ExitCode replay(const ReplayOptions& options) {
  const auto refuse = [](const std::string& why, ExitCode code) {
    say(why);
    return code;
  };
  if (!(options.speed >= kSpeedMin && options.speed <= kSpeedMax)) {
    return refuse(fmt::format("--speed {}: give how many times faster than it was, {} to {}", options.speed, kSpeedMin, kSpeedMax), exit_usage);
  }
  const auto url = client::read_url(options.url);
  if (!url) return refuse(fmt::format("--url {}: {}", options.url, url.error()), exit_usage);

  auto file = RecordingInput::open(options.file);
  if (!file) return refuse(file.error(), exit_failed);
  auto surveyed = survey(*file);
  if (!surveyed) return refuse(surveyed.error(), exit_failed);
  if (const auto line = file->cut_off_line()) say(fmt::format("warning: {} line {} is cut off and left out", options.file, *line));
  if (surveyed->reports == 0) return refuse(fmt::format("{} holds no report, so there is nothing to replay", options.file), exit_failed);
  if (const auto rewound = file->rewind(); !rewound) return refuse(rewound.error(), exit_failed);
  auto door = load::open_door(*url, options.ca_file, true);
  if (!door) return refuse(door.error().message, exit_failed);
  return Replay{options.speed, std::move(*file), std::move(*surveyed), std::move(*door)}.run();
}

}  // namespace starling
