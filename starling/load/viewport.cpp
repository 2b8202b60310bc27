// Viewers of a box each, over nodes that all move so many times a second.
//
// Each move is stamped with the moment at which it is due, and published over HTTP as soon as the lines before it have been answered. How stale a
// change is when a viewer reads it is counted from there. The moves of a second are spread over it evenly.
#include <fmt/format.h>

#include <algorithm>

#include "starling/load/ages.hpp"
#include "starling/load/map_play.hpp"
#include "starling/load/scenarios.hpp"
#include "starling/load/schedule.hpp"
#include "starling/load/stamps.hpp"

namespace starling::load {
namespace {

constexpr std::size_t kMovesPerBodyMax = 5'000;
constexpr Duration kPublishEvery = std::chrono::milliseconds{5};

class Viewport final : public MapPlay {
 public:
  Viewport(const LoadOptions& options, Door door, Progress progress)
      : MapPlay(options, std::move(door), std::move(progress)), schedule_(options.moves * static_cast<double>(options.nodes)), pace_(loop(), [this] { publish_due(); }) {}

 private:
  void begin() override {
    schedule_.begin(now());
    publish_due();
  }
  void step(Instant) override { publish_due(); }
  void begin_window() override {
    MapPlay::begin_window();
    published_ = 0;
    ages_.begin(window_begin());
  }
  void end_window() override {
    MapPlay::end_window();
    ages_.end(now());
    pace_.clear();
  }

  void publish_due() {
    if (!is_loading()) return;
    const Instant at = now();
    if (may_publish()) {
      std::string lines;
      std::uint64_t count = 0;
      for (; schedule_.due() <= at && count < kMovesPerBodyMax; schedule_.take(), ++count) {
        const std::size_t number = schedule_.taken() % nodes().size();
        published_ += is_measuring() && schedule_.due() >= window_begin();
        nodes().move(number, stamp_of(schedule_.due()));
        nodes().append_report(lines, channel_as_json(), number);
      }
      if (count > 0) publish(std::move(lines), count);
    }
    pace_.set(std::max(schedule_.due(), at + kPublishEvery));
  }

  void receive(CrowdViewer&, const std::string& text) override {
    if (kind_of(text) == FrameKind::update) ages_.read(text, now());
  }

  void tell(Figures& figures) override {
    MapPlay::tell(figures);
    figures.add("moves_per_second", options().moves * static_cast<double>(options().nodes));
    figures.add("published_total", published_);
    figures.add("deliveries_total", ages_.deliveries());
    figures.add_rate("deliveries_per_second", ages_.deliveries(), window_seconds());
    add_per_server_cpu_second(figures, "deliveries_per_server_cpu_second", ages_.deliveries());
    figures.add_quantiles(ages_.microseconds(), "staleness_");
  }

  Schedule schedule_;
  net::Timer pace_;
  Ages ages_;
  std::uint64_t published_ = 0;
};

}  // namespace

std::unique_ptr<Play> make_viewport(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<Viewport>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
