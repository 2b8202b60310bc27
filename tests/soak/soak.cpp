// Every step of 10 ms the fleet reports what is due, and every second each viewer may do something: leave with or without a reset, and return after
// some seconds to resume or to look at another box; stop reading for some seconds; pan.
//
// Whether memory stands still is asked of the kernel: the median of what is resident, over a tenth of the time after warm-up at its beginning and
// at its end. No timer belongs to a connection: all a thread has are few and on one descriptor, so what would grow with them is seen as memory.
#include "tests/soak/soak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "starling/core/base/random.hpp"
#include "starling/io/net/descriptor_limit.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/system_clock.hpp"
#include "tests/soak/publisher.hpp"
#include "tests/soak/served.hpp"
#include "tests/soak/viewer.hpp"
#include "tests/storm/fleet.hpp"

namespace starling::soak {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kStep = milliseconds{10};
constexpr int kServerCore = 0, kLoadCore = 1;
constexpr double kWarmUpShare = 0.5;  // at most
constexpr Duration kWarmUpMax = std::chrono::minutes{2};
constexpr Duration kSettleMax = seconds{60};
// Over a run of 5 minutes and more; in shorter ones the allocator has not seen everything by the end of warm-up.
constexpr double kGrowthMax = 1.05, kGrowthOfShortMax = 1.15;
constexpr double kShortMinutes = 5;
/// The updates are to be had where each of the two has its core: who waits for longer than so much of the time shares it with other programs.
constexpr double kReportedMin = 0.95, kWaitedMax = 0.1;
constexpr double kMiB = 1 << 20;

// A second, and each viewer.
constexpr double kLeaves = 1.0 / 30, kStalls = 1.0 / 60, kPans = 1.0 / 60;
constexpr double kResets = 0.5, kForgets = 0.3;  // of those who leave
constexpr std::uint64_t kAwayMsMax = 8'000, kStallMsMax = 30'000;
constexpr double kBoxSide = 0.1, kLargeBoxSide = 0.3;  // of the area's
constexpr std::size_t kPlaces = 50;                    // boxes that every other viewer looks at one of

double to_seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

struct Second {
  double at;  ///< seconds
  load::Measured measured;
  std::size_t there, stalled;
  std::uint64_t reported;
};

struct Playing {
  std::unique_ptr<Viewer> viewer;
  Instant returns{}, reads_again{};
};

class Play {
 public:
  Play(const SoakOptions& options, Served& served, std::vector<load::Door> doors)
      : options_(options), served_(served), doors_(std::move(doors)), fleet_(options.entities, options.seed), random_(options.seed), timer_(loop_, [this] { step(); }) {
    for (std::size_t i = 0; i < kPlaces; ++i) places_.push_back(boxes_.any_box(kBoxSide));
    for (std::size_t i = 0; i < options.viewers; ++i) {
      viewers_.push_back({std::make_unique<Viewer>(loop_, doors_[i % doors_.size()], i % 199 == 100 ? std::nullopt : std::optional{any_box()}, story_)});
    }
  }

  std::vector<std::string> run() {
    descriptors_before_ = served_.measured().descriptors;
    publisher_ = std::make_unique<Publisher>(loop_, doors_.back(), fleet_);
    began_at_ = net::now().instant;
    timer_.set(began_at_ + kStep);
    loop_.run([](bool) {});
    judge();
    tell();
    return broken_;
  }

 private:
  enum class Stage : std::uint8_t { loading, playing, settling, emptying, over };

  void step() {
    const Instant now = net::now().instant;
    if (const std::string fault = publisher_->fault(); !fault.empty()) return fail(fault);
    if (!story_.fault.empty()) return fail(story_.fault);
    switch (stage_) {
      case Stage::loading:
        load(now);
        break;
      case Stage::playing:
        play(now);
        break;
      case Stage::settling:
        settle(now);
        break;
      case Stage::emptying:
        empty(now);
        break;
      case Stage::over:
        break;
    }
    if (stage_ == Stage::over) return loop_.stop();
    timer_.set(std::max(now + milliseconds{1}, due_ += kStep));
  }

  void enter(Stage stage, Instant now) {
    stage_ = stage;
    entered_at_ = now;
  }

  void fail(std::string what) {
    broken_.push_back(std::move(what));
    stage_ = Stage::over;
    loop_.stop();
  }

  void load(Instant now) {
    due_ = now;
    if (!publisher_->is_open()) return;
    if (!has_loaded_) publisher_->report_all();
    has_loaded_ = true;
    if (publisher_->is_settled()) enter(Stage::playing, now);
  }

  void play(Instant now) {
    const Duration elapsed = now - entered_at_;
    const double minutes = to_seconds(elapsed) / 60;
    publisher_->report_up_to(static_cast<std::uint64_t>(to_seconds(elapsed) * static_cast<double>(options_.updates_per_second)));
    // They come one after the other, within four seconds; then each decides once a second.
    for (; joined_ < viewers_.size() && joined_ < static_cast<std::size_t>(to_seconds(elapsed) / 4 * static_cast<double>(viewers_.size())); ++joined_) {
      viewers_[joined_].viewer->join();
    }
    for (const auto due = static_cast<std::size_t>(to_seconds(elapsed) * static_cast<double>(viewers_.size())); decided_ < due; ++decided_) {
      if (const std::size_t i = decided_ % viewers_.size(); i < joined_) decide(viewers_[i], now);
    }
    if (elapsed >= seconds{1} * static_cast<std::int64_t>(seconds_.size() + 1)) note(elapsed);
    if (minutes < options_.minutes) return;
    enter(Stage::settling, now);
    played_ = elapsed;
    waited_ = std::max(served_.measured().waited_seconds, load::measured("self")->waited_seconds) / to_seconds(elapsed);
  }

  void decide(Playing& one, Instant now) {
    Viewer& viewer = *one.viewer;
    viewer.check();
    if (!viewer.is_there()) {
      if (now >= one.returns) viewer.join();
    } else if (viewer.is_stalled() && now >= one.reads_again) {
      viewer.unstall();
    } else if (random_.chance(kLeaves)) {
      viewer.leave(random_.chance(kResets) ? load::Line::Ending::reset : load::Line::Ending::hang_up);
      if (random_.chance(kForgets)) viewer.forget(viewer.sees_everything() ? std::nullopt : std::optional{any_box()});
      one.returns = now + milliseconds{random_.below(kAwayMsMax)};
      ++left_;
    } else if (!viewer.is_stalled() && viewer.is_open()) {
      if (random_.chance(kStalls)) {
        viewer.stall();
        one.reads_again = now + milliseconds{random_.below(kStallMsMax)};
        ++stalled_;
      } else if (!viewer.sees_everything() && random_.chance(kPans)) {
        viewer.look_at(any_box());
      }
    }
  }

  /// Nobody reports any more, everybody is there and reads: each holds the truth, in the end.
  void settle(Instant now) {
    for (Playing& one : viewers_) {
      one.viewer->check();
      if (!one.viewer->is_there()) one.viewer->join();
      if (one.viewer->is_stalled()) one.viewer->unstall();
    }
    if (!publisher_->is_settled() || (steps_++ % 50 != 0)) return;
    differing_.clear();
    for (std::size_t i = 0; i < viewers_.size(); ++i) {
      if (const auto difference = viewers_[i].viewer->difference(fleet_)) differing_.push_back(fmt::format("viewer {}: {}", i, *difference));
    }
    if (!differing_.empty() && now - entered_at_ < kSettleMax) return;
    settled_ = now - entered_at_;
    all_there_ = served_.measured();
    for (Playing& one : viewers_) one.viewer->leave(load::Line::Ending::hang_up);
    enter(Stage::emptying, now);
  }

  void empty(Instant now) {
    all_gone_ = served_.measured();
    // The publisher is still there.
    if (all_gone_.descriptors == descriptors_before_ + 1 || now - entered_at_ > seconds{10}) enter(Stage::over, now);
  }

  void note(Duration elapsed) {
    const auto count = [&](bool (Viewer::*holds)() const noexcept) {
      return static_cast<std::size_t>(std::ranges::count_if(viewers_, [&](const Playing& one) { return (one.viewer.get()->*holds)(); }));
    };
    seconds_.push_back({to_seconds(elapsed), served_.measured(), count(&Viewer::is_there), count(&Viewer::is_stalled), publisher_->reported()});
    descriptors_most_ = std::max(descriptors_most_, seconds_.back().measured.descriptors);
    if (seconds_.size() == 1) fmt::print("{:>7} {:>9} {:>9} {:>11} {:>6} {:>7} {:>9} {:>5}\n", "seconds", "RSS MiB", "heap MiB", "descriptors", "there", "stalled", "updates/s", "CPU");
    const std::size_t every = options_.minutes < 3 ? 5 : 30;
    if (seconds_.size() % every != 0 && seconds_.size() != 1) return;
    const Second& last = seconds_.back();
    const Second first = seconds_.size() > every ? seconds_[seconds_.size() - 1 - every] : Second{};
    const double passed = last.at - first.at;
    fmt::print("{:>7.0f} {:>9.1f} {:>9.1f} {:>11} {:>6} {:>7} {:>9.0f} {:>4.0f}%\n", last.at, static_cast<double>(last.measured.resident_bytes) / kMiB,
               static_cast<double>(last.measured.anonymous_bytes) / kMiB, last.measured.descriptors, last.there, last.stalled,
               static_cast<double>(last.reported - first.reported) / passed, 100 * (last.measured.cpu_seconds - first.measured.cpu_seconds) / passed);
    std::fflush(stdout);
  }

  /// The median of a part of what was measured, from and to as shares of the time.
  [[nodiscard]] double median(std::size_t load::Measured::*of, double from, double to) const {
    std::vector<std::size_t> values;
    for (const Second& second : seconds_) {
      const double share = second.at / to_seconds(played_);
      if (share >= from && share <= to) values.push_back(second.measured.*of);
    }
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return static_cast<double>(values[values.size() / 2]);
  }

  void judge() {
    if (!broken_.empty()) return;
    const double warm = std::min(kWarmUpShare, to_seconds(kWarmUpMax) / to_seconds(played_)), window = (1 - warm) / 10;
    for (const auto& [name, of, begin, end] : {std::tuple{"resident memory", &load::Measured::resident_bytes, &resident_begin_, &resident_end_},
                                               std::tuple{"heap", &load::Measured::anonymous_bytes, &heap_begin_, &heap_end_}}) {
      *begin = median(of, warm, warm + window);
      *end = median(of, 1 - window, 1);
      if (*end > *begin * (options_.minutes < kShortMinutes ? kGrowthOfShortMax : kGrowthMax)) broken_.push_back(fmt::format("{}: {:.1f} MiB after warm-up, {:.1f} in the end", name, *begin / kMiB, *end / kMiB));
    }
    // Those who have just hung up may still be known; nobody else.
    const std::size_t there = descriptors_before_ + viewers_.size() + 1;
    if (descriptors_most_ > there + viewers_.size() / 20) broken_.push_back(fmt::format("{} descriptors, for {} connections", descriptors_most_, viewers_.size() + 1));
    if (all_there_.descriptors != there) broken_.push_back(fmt::format("{} descriptors when everybody is there, not {}", all_there_.descriptors, there));
    if (all_gone_.descriptors != descriptors_before_ + 1) {
      broken_.push_back(fmt::format("{} descriptors when everybody is gone, not {}", all_gone_.descriptors, descriptors_before_ + 1));
    }
    const double wanted = to_seconds(played_) * static_cast<double>(options_.updates_per_second);
    if (waited_ <= kWaitedMax && static_cast<double>(publisher_->reported()) < kReportedMin * wanted) {
      broken_.push_back(fmt::format("{} updates were taken of {:.0f}", publisher_->reported(), wanted));
    }
    if (waited_ <= kWaitedMax && story_.failed_joins > 0) broken_.push_back(fmt::format("{} could not join", story_.failed_joins));
    if (story_.resumed == 0 || story_.expired == 0 || story_.replaced == 0) broken_.emplace_back("nobody resumed, or fell behind the log, or panned: that is no soak");
    for (std::size_t i = 0; i < std::min<std::size_t>(differing_.size(), 5); ++i) broken_.push_back(differing_[i]);
    if (differing_.size() > 5) broken_.push_back(fmt::format("{} more viewers differ", differing_.size() - 5));
  }

  void tell() const {
    const double own_cpu_seconds = load::measured("self")->cpu_seconds;
    if (waited_ > kWaitedMax) {
      fmt::print("soak: the machine was busy with other programs, {:.0f}% of the time one of the two waited for its core: {} updates were taken, {:.0f} a second\n",
                 100 * waited_, publisher_->reported(), static_cast<double>(publisher_->reported()) / to_seconds(played_));
    }
    fmt::print("soak: {} of {} viewers hold the truth, {:.1f} s after the last report\n", viewers_.size() - differing_.size(), viewers_.size(), to_seconds(settled_));
    fmt::print("soak: they left {} times, stalled {} times; {} new, {} resumed, {} replaced, {} expired, {} of another query; {} could not join; {} messages\n", left_, stalled_,
               story_.subscribed_new, story_.resumed, story_.replaced, story_.expired, story_.other_query, story_.failed_joins, story_.messages);
    fmt::print("soak: resident {:.1f} MiB after warm-up, {:.1f} in the end, {:.1f} when all had gone; heap {:.1f}, {:.1f}, {:.1f}\n", resident_begin_ / kMiB,
               resident_end_ / kMiB, static_cast<double>(all_gone_.resident_bytes) / kMiB, heap_begin_ / kMiB, heap_end_ / kMiB,
               static_cast<double>(all_gone_.anonymous_bytes) / kMiB);
    fmt::print("soak: descriptors {} before, at most {}, {} when all were there, {} when all had gone; CPU {:.0f} s, of this program {:.0f} s\n", descriptors_before_,
               descriptors_most_, all_there_.descriptors, all_gone_.descriptors, all_gone_.cpu_seconds, own_cpu_seconds);
    fmt::print(
        R"({{"minutes":{:.2f},"viewers":{},"updates":{},"differing":{},"resident_begin":{:.0f},"resident_end":{:.0f},"heap_begin":{:.0f},"heap_end":{:.0f},"descriptors_before":{},"descriptors_most":{},"descriptors_after":{},"left":{},"stalled":{},"resumed":{},"expired":{},"replaced":{},"messages":{},"cpu_seconds":{:.1f},"load_cpu_seconds":{:.1f},"waited":{:.2f},"seed":{}}})"
        "\n",
        to_seconds(played_) / 60, viewers_.size(), publisher_->reported(), differing_.size(), resident_begin_, resident_end_, heap_begin_, heap_end_,
        descriptors_before_, descriptors_most_, all_gone_.descriptors, left_, stalled_, story_.resumed, story_.expired, story_.replaced, story_.messages,
        all_gone_.cpu_seconds, own_cpu_seconds, waited_, options_.seed);
  }

  [[nodiscard]] storm::PlainBox any_box() {
    if (random_.chance(0.5)) return places_[random_.below(places_.size())];
    return boxes_.any_box(random_.chance(0.1) ? kLargeBoxSide : kBoxSide);
  }

  const SoakOptions& options_;
  Served& served_;
  std::vector<load::Door> doors_;  // viewers take turns
  net::EventLoop loop_;
  storm::Fleet fleet_;
  storm::Fleet boxes_{1, options_.seed + 1};  // whose chance decides boxes, and not what is reported
  std::vector<storm::PlainBox> places_;
  Random random_;
  net::Timer timer_;
  Story story_;
  std::vector<Playing> viewers_;
  std::unique_ptr<Publisher> publisher_;

  Stage stage_ = Stage::loading;
  Instant began_at_{}, entered_at_{}, due_{};
  Duration played_{0}, settled_{0};
  double waited_ = 0;  // the most of the two, as a share of the time
  bool has_loaded_ = false;
  std::size_t joined_ = 0, decided_ = 0, steps_ = 0;
  std::uint64_t left_ = 0, stalled_ = 0;

  std::vector<Second> seconds_;
  load::Measured all_there_, all_gone_;
  std::size_t descriptors_before_ = 0, descriptors_most_ = 0;
  double resident_begin_ = 0, resident_end_ = 0, heap_begin_ = 0, heap_end_ = 0;
  std::vector<std::string> differing_, broken_;
};

}  // namespace

std::vector<std::string> play_soak(const SoakOptions& options) {
  net::raise_descriptor_limit();
  auto served = Served::start(options.program, fmt::format("log_bytes = \"{}MiB\"\n", options.log_mib), options.has_tls, kServerCore);
  if (!served) return {served.error()};
  std::vector<load::Door> doors;
  if (options.has_tls) {
    auto tls = net::TlsContext::for_client(served->certificate());
    if (!tls) return {tls.error()};
    doors = {load::tcp_door(served->port(), *tls), load::unix_door(served->unix_socket())};
  } else {
    doors = {load::tcp_door(served->port())};
  }
  stay_on_core(kLoadCore);
  std::vector<std::string> broken = Play{options, *served, std::move(doors)}.run();
  if (std::string fault = served->stop(); !fault.empty()) broken.push_back(std::move(fault));
  return broken;
}

}  // namespace starling::soak
