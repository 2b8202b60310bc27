// One publisher, many viewers of one channel.
//
// In bursts: so many updates at once, the next ones when the last viewer has read them all. That is a closed loop, and its figure is throughput.
// By a rate: each update is stamped with the moment at which it is due, whether or not the generator or the server is in time, so that a stall is
// in every latency it caused (no coordinated omission). How late the generator itself was is told beside it.
#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/load/scenarios.hpp"
#include "starling/load/stamps.hpp"

namespace starling::load {
namespace {

constexpr std::size_t kUnsentBytesMax = 4 << 20;      // of the publisher; what is due then goes later, with its stamp
constexpr std::uint64_t kKeysByRate = 1'000;          // of a state channel: updates of a key within a tick are one
constexpr Duration kQuiet = std::chrono::seconds{1};  // and then nothing more comes of what a state channel has merged

std::uint64_t microseconds(Instant instant) { return static_cast<std::uint64_t>(instant.time_since_epoch().count()); }

class FanOut final : public Play {
 public:
  FanOut(const LoadOptions& options, Door door, Progress progress)
      : Play(options, std::move(door), std::move(progress)),
        is_in_bursts_(options.rate == 0),
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
    return CrowdHandlers{.subscription = [text = subscription()](CrowdViewer&) { return text; },
                         .on_text = [this](CrowdViewer&, const std::string& text) { receive(text); }};
  }
  std::string subscription() const {
    return protocol::write(protocol::Subscribe{.id = kSubscription, .query = {.channels = {channel()}, .filter = {}, .fields = {}}, .rate = {}, .since = {}});
  }

  void begin() override {
    if (is_in_bursts_) return publish_burst();
    began_at_ = now();
    publish_due();
  }
  bool is_at_edge() const override { return outstanding_ == 0; }
  void begin_window() override {
    published_ = deliveries_ = frames_ = 0;
    latency_ = {};
    lateness_ = {};
    received_before_ = viewers().received_bytes();
    if (is_in_bursts_) publish_burst();
  }
  void end_window() override {
    ended_at_ = now();
    frames_of_window_ = frames_;
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
    for (; due() <= at && publisher_->unsent_bytes() < kUnsentBytesMax; ++offered_) {
      publish(offered_ % kKeysByRate, due());
      lateness_.record(microseconds(at) - microseconds(due()));
    }
    publisher_->flush();
    pace_.set(std::max(due(), at + std::chrono::microseconds{100}));
  }
  /// When the next one is.
  [[nodiscard]] Instant due() const { return began_at_ + Duration{static_cast<Duration::rep>(static_cast<double>(offered_) * 1e6 / options().rate)}; }

  void publish(std::uint64_t key, Instant stamp) {
    std::string text = fmt::format(R"({}{}","data":{{"{}":{},"pad":")", head_, key, kStampField, microseconds(stamp));
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
    ++frames_;
    const std::uint64_t at = microseconds(now());
    const auto& stamps = stamps_.read(text);
    const bool is_in_window = is_measuring() || stage() == Stage::settling;
    const std::uint64_t from = microseconds(window_begin());
    const std::uint64_t until = is_measuring() ? at + 1 : microseconds(ended_at_);
    for (const std::uint64_t stamp : stamps) {
      if (!is_in_window || stamp < from || stamp >= until) continue;
      ++deliveries_;
      latency_.record(at - std::min(at, stamp));
    }
    delivered_at_ = Instant{Duration{at}};
    if (!is_in_bursts_) return;
    STARLING_CHECK(outstanding_ >= stamps.size(), outstanding_, stamps.size());
    outstanding_ -= stamps.size();
    if (outstanding_ > 0) return;
    const Stage before = stage();
    advance();
    if (is_loading() && stage() == before) publish_burst();  // where the window begins it has been published
  }

  // ---- The end -----------------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t expected() const { return published_ * viewer_count(); }
  bool settle_done() override { return deliveries_ >= expected() || (!is_event_ && now() - std::max(delivered_at_, ended_at_) > kQuiet); }
  std::string fault() override {
    if (deliveries_ == expected() || (!is_event_ && has_seen_one_ && deliveries_ < expected())) return {};
    return fmt::format("{} deliveries, and {} were published for {} viewers", deliveries_, published_, viewer_count());
  }

  void tell(Figures& figures) override {
    figures.add("channel_kind", std::string{!has_seen_one_ ? "unknown" : is_event_ ? "event" : "state"});
    is_in_bursts_ ? figures.add("burst", std::uint64_t{options().burst}) : figures.add("rate_per_second", options().rate);
    figures.add("data_bytes", std::uint64_t{options().data_bytes});
    figures.add("published_total", published_);
    figures.add("deliveries_total", deliveries_);
    // Of a state channel what is not delivered has been merged with what is.
    figures.add(is_event_ ? "missing_total" : "merged_total", expected() - std::min(deliveries_, expected()));
    figures.add("frames_total", frames_of_window_);
    figures.add("received_bytes_total", received_);
    figures.add_rate("deliveries_per_second", deliveries_, window_seconds());
    figures.add_rate("frames_per_second", frames_of_window_, window_seconds());
    add_per_server_cpu_second(figures, "deliveries_per_server_cpu_second", deliveries_);
    add_per_server_cpu_second(figures, "frames_per_server_cpu_second", frames_of_window_);
    figures.add_quantiles(latency_);
    if (!is_in_bursts_) figures.add("generator_late_p99_ms", static_cast<double>(lateness_.quantile(0.99)) / 1'000);
  }

  bool is_in_bursts_;
  net::Timer pace_;
  std::string head_;  // of what is published, up to the key's number
  std::optional<Line> publisher_;
  StampReader stamps_;
  Histogram latency_, lateness_;
  Instant began_at_{}, ended_at_{}, delivered_at_{};
  std::uint64_t offered_ = 0;  // by the rate, since `began_at_`
  std::uint64_t published_ = 0, deliveries_ = 0, frames_ = 0, frames_of_window_ = 0, received_before_ = 0, received_ = 0;
  std::uint64_t outstanding_ = 0;  // deliveries of the burst
  bool has_seen_one_ = false, is_event_ = false;
};

}  // namespace

std::unique_ptr<Play> make_fan_out(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<FanOut>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
