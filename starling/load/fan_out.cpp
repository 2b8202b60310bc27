// One publisher, many viewers of one channel.
//
// In bursts: so many updates at once, the next ones when the last viewer has read them all. That is a closed loop, and its figure is throughput.
// By a rate: each update is stamped with the moment at which it is due, whether or not the generator or the server is in time, so that a stall is
// in every latency it caused (no coordinated omission). How late the generator itself was is told beside it.
#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/load/ages.hpp"
#include "starling/load/scenarios.hpp"
#include "starling/load/schedule.hpp"
#include "starling/load/stamps.hpp"

namespace starling::load {
namespace {

constexpr std::size_t kUnsentBytesMax = 4 << 20;      // of the publisher; what is due then goes later, with its stamp
constexpr std::uint64_t kKeysByRate = 1'000;          // of a state channel: updates of a key within a tick are one
constexpr Duration kPaceMin = std::chrono::microseconds{100};
constexpr Duration kQuiet = std::chrono::seconds{1};  // and then nothing more comes of what a state channel has merged

class FanOut final : public Play {
 public:
  FanOut(const LoadOptions& options, Door door, Progress progress)
      : Play(options, std::move(door), std::move(progress)),
        is_in_bursts_(options.rate == 0),
        schedule_(options.rate),
        pace_(loop(), [this] { publish_due(); }),
        head_(fmt::format(R"({{"type":"publish","channel":{},"key":"k)", json::quoted(channel()))) {}

 private:
  void prepare() override {
    publisher_.emplace(loop(), door(), LineOptions{},
                       LineHandlers{.on_open = [] {},
                                    .on_text =
                                        [this](const std::string& text) {
                                          if (kind_of(text) == FrameKind::error) fail("the server refuses what is published: " + text);
                                        },
                                    .on_lost = [this] { fail("the publisher is cut off: " + publisher_->why_lost()); }});
    if (publisher_->state() == Line::State::lost) fail("the publisher does not connect: " + publisher_->why_lost());
  }
  bool prepare_done() override { return publisher_->state() == Line::State::open; }

  std::optional<CrowdHandlers> crowd() override {
    return CrowdHandlers{.subscription = [text = subscription_to(channel())](CrowdViewer&) { return text; },
                         .on_text = [this](CrowdViewer&, const std::string& text) { receive(text); }};
  }

  void begin() override {
    if (is_in_bursts_) return publish_burst();
    schedule_.begin(now());
    publish_due();
  }
  bool is_at_edge() const override { return outstanding_ == 0; }
  void step(Instant) override {
    if (!is_in_bursts_) publish_due();
  }
  void begin_window() override {
    published_ = 0;
    ages_.begin(window_begin());
    lateness_ = {};
    received_before_ = viewers().received_bytes();
    if (is_in_bursts_) publish_burst();
  }
  void end_window() override {
    ended_at_ = now();
    ages_.end(ended_at_);
    received_ = viewers().received_bytes() - received_before_;
    pace_.clear();
  }

  // ---- Publishing --------------------------------------------------------------------------------------------------
  void publish_burst() {
    const Instant at = now();
    for (std::uint64_t i = 0; i < options().burst; ++i) publish(i, at);
    outstanding_ = options().burst * viewer_count();
    publisher_->flush();
  }

  void publish_due() {
    if (!is_loading()) return;
    const Instant at = now();
    for (; schedule_.due() <= at && publisher_->unsent_bytes() < kUnsentBytesMax; schedule_.take()) {
      publish(schedule_.taken() % kKeysByRate, schedule_.due());
      lateness_.record(stamp_of(at) - stamp_of(schedule_.due()));
    }
    publisher_->flush();
    pace_.set(std::max(schedule_.due(), at + kPaceMin));
  }

  void publish(std::uint64_t key, Instant stamp) {
    std::string text = fmt::format(R"({}{}","data":{{"{}":{},"pad":")", head_, key, kStampField, stamp_of(stamp));
    const std::size_t data_begin = text.rfind('{');
    constexpr std::size_t kTail = 2;  // what ends the data
    text.append(std::max(options().data_bytes, text.size() - data_begin + kTail) - (text.size() - data_begin) - kTail, 'x');
    text += R"("}})";
    publisher_->gather(text);
    published_ += is_measuring() && stamp >= window_begin();
  }

  // ---- Reading -----------------------------------------------------------------------------------------------------
  void receive(const std::string& text) {
    if (kind_of(text) != FrameKind::update) return;
    if (!has_seen_one_) {
      has_seen_one_ = true;
      is_event_ = text.find(R"("events":[)") != std::string::npos;
    }
    const std::size_t stamps = ages_.read(text, now());
    delivered_at_ = now();
    if (!is_in_bursts_) return;
    STARLING_CHECK(outstanding_ >= stamps, outstanding_, stamps);
    outstanding_ -= stamps;
    if (outstanding_ > 0) return;
    const Stage before = stage();
    advance();
    if (is_loading() && stage() == before) publish_burst();  // where the window begins it has been published
  }

  // ---- The end -----------------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t expected() const { return published_ * viewer_count(); }
  bool settle_done() override { return ages_.deliveries() >= expected() || (!is_event_ && now() - std::max(delivered_at_, ended_at_) > kQuiet); }
  std::string fault() override {
    if (ages_.deliveries() == expected() || (!is_event_ && has_seen_one_ && ages_.deliveries() < expected())) return {};
    return fmt::format("{} deliveries, and {} were published for {} viewers", ages_.deliveries(), published_, viewer_count());
  }

  void tell(Figures& figures) override {
    figures.add("channel_kind", std::string{!has_seen_one_ ? "unknown" : is_event_ ? "event" : "state"});
    is_in_bursts_ ? figures.add("burst", std::uint64_t{options().burst}) : figures.add("rate_per_second", options().rate);
    figures.add("data_bytes", std::uint64_t{options().data_bytes});
    figures.add("published_total", published_);
    figures.add("deliveries_total", ages_.deliveries());
    // Of a state channel what is not delivered has been merged with what is.
    figures.add(is_event_ ? "missing_total" : "merged_total", expected() - std::min(ages_.deliveries(), expected()));
    figures.add("frames_total", ages_.frames());
    figures.add("received_bytes_total", received_);
    figures.add_rate("deliveries_per_second", ages_.deliveries(), window_seconds());
    figures.add_rate("frames_per_second", ages_.frames(), window_seconds());
    add_per_server_cpu_second(figures, "deliveries_per_server_cpu_second", ages_.deliveries());
    add_per_server_cpu_second(figures, "frames_per_server_cpu_second", ages_.frames());
    figures.add_quantiles(ages_.microseconds());
    if (!is_in_bursts_) figures.add("generator_late_p99_ms", static_cast<double>(lateness_.quantile(0.99)) / 1'000);
  }

  bool is_in_bursts_;
  Schedule schedule_;
  net::Timer pace_;
  std::string head_;  // of what is published, up to the key's number
  std::optional<Line> publisher_;
  Ages ages_;
  Histogram lateness_;  // of the generator itself
  Instant ended_at_{}, delivered_at_{};
  std::uint64_t published_ = 0, received_before_ = 0, received_ = 0;
  std::uint64_t outstanding_ = 0;  // deliveries of the burst
  bool has_seen_one_ = false, is_event_ = false;
};

}  // namespace

std::unique_ptr<Play> make_fan_out(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<FanOut>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
