// Viewers of a box each, over nodes that all move so many times a second.
//
// Each move is stamped with the moment at which it is due, and published over HTTP as soon as the lines before it have been answered. How stale a
// change is when a viewer reads it is counted from there. The moves of a second are spread over it evenly.
#include <fmt/format.h>

#include <algorithm>

#include "starling/load/map_play.hpp"
#include "starling/load/scenarios.hpp"
#include "starling/load/stamps.hpp"

namespace starling::load {
namespace {

constexpr std::size_t kMovesPerBodyMax = 5'000;
constexpr Duration kPublishEvery = std::chrono::milliseconds{5};

std::uint64_t microseconds(Instant instant) { return static_cast<std::uint64_t>(instant.time_since_epoch().count()); }

class Viewport final : public MapPlay {
 public:
  Viewport(const LoadOptions& options, Door door, Progress progress)
      : MapPlay(options, std::move(door), std::move(progress)), pace_(loop(), [this] { publish_due(); }) {}

 private:
  void begin() override {
    began_at_ = now();
    publish_due();
  }
  void begin_window() override {
    MapPlay::begin_window();
    published_ = deliveries_ = 0;
    staleness_ = {};
  }
  void end_window() override {
    MapPlay::end_window();
    ended_at_ = now();
    pace_.clear();
  }

  /// When the next move is.
  [[nodiscard]] Instant due() const {
    return began_at_ + Duration{static_cast<Duration::rep>(static_cast<double>(moved_) * 1e6 / (options().moves * static_cast<double>(nodes().size())))};
  }
  [[nodiscard]] const Nodes& nodes() const noexcept { return const_cast<Viewport*>(this)->MapPlay::nodes(); }

  void publish_due() {
    if (!is_loading()) return;
    const Instant at = now();
    if (may_publish()) {
      std::string lines;
      std::uint64_t count = 0;
      for (; due() <= at && count < kMovesPerBodyMax; ++moved_, ++count) {
        const std::size_t number = moved_ % nodes().size();
        published_ += is_measuring() && due() >= window_begin();
        MapPlay::nodes().move(number, microseconds(due()));
        nodes().append_report(lines, channel_as_json(), number);
      }
      if (count > 0) publish(std::move(lines), count);
    }
    pace_.set(std::max(due(), at + kPublishEvery));
  }

  void receive(CrowdViewer&, const std::string& text) override {
    if (kind_of(text) != FrameKind::update || (!is_measuring() && stage() != Stage::settling)) return;
    const std::uint64_t at = microseconds(now()), from = microseconds(window_begin());
    const std::uint64_t until = is_measuring() ? at + 1 : microseconds(ended_at_);
    for (const std::uint64_t stamp : stamps_.read(text)) {
      if (stamp < from || stamp >= until) continue;
      ++deliveries_;
      staleness_.record(at - std::min(at, stamp));
    }
  }

  void tell(Figures& figures) override {
    MapPlay::tell(figures);
    figures.add("moves_per_second", options().moves * static_cast<double>(options().nodes));
    figures.add("published_total", published_);
    figures.add("deliveries_total", deliveries_);
    figures.add_rate("deliveries_per_second", deliveries_, window_seconds());
    add_per_server_cpu_second(figures, "deliveries_per_server_cpu_second", deliveries_);
    figures.add_quantiles(staleness_, "staleness_");
  }

  net::Timer pace_;
  StampReader stamps_;
  Histogram staleness_;
  Instant began_at_{}, ended_at_{};
  std::uint64_t moved_ = 0;  // since `began_at_`
  std::uint64_t published_ = 0, deliveries_ = 0;
};

}  // namespace

std::unique_ptr<Play> make_viewport(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<Viewport>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
