// Viewers that move their boxes by a tenth of the width, so many times a second, over nodes at rest.
//
// A pan is a subscribe of the same id; it is answered by `subscribed` and one update in parts, which is how long it takes, from the moment at which
// it was due. Pans are due whether or not those before them have been answered; one whose update was not complete when the next was begun is counted apart.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "starling/load/map_play.hpp"
#include "starling/load/scenarios.hpp"
#include "starling/load/schedule.hpp"
#include "starling/load/stamps.hpp"

namespace starling::load {
namespace {

constexpr std::int32_t kStepsPerWidth = 10;
constexpr Duration kPaceMin = std::chrono::microseconds{100};

class Pan final : public MapPlay {
 public:
  Pan(const LoadOptions& options, Door door, Progress progress)
      : MapPlay(options, std::move(door), std::move(progress)), panning_(options.viewers), schedule_(options.pans * static_cast<double>(options.viewers)), pace_(loop(), [this] { pan_due(); }) {}

 private:
  struct Panning {
    std::deque<Instant> asked;        ///< and `subscribed` has not come
    std::optional<Instant> answered;  ///< it has, and the update is not complete
    std::int32_t direction = 1;
  };

  void begin() override {
    schedule_.begin(now());
    pan_due();
  }
  void step(Instant) override { pan_due(); }
  void begin_window() override {
    MapPlay::begin_window();
    pans_ = answers_ = overtaken_ = 0;
    latency_ = {};
  }
  void end_window() override {
    MapPlay::end_window();
    pace_.clear();
  }

  void pan_due() {
    if (!is_loading()) return;
    const Instant at = now();
    for (; schedule_.due() <= at; schedule_.take()) {
      CrowdViewer& viewer = viewers().viewers()[schedule_.taken() % panning_.size()];
      Panning& panning = panning_[viewer.number];
      MapBox& box = box_of(viewer);
      const std::int32_t step = (box.east - box.west) / kStepsPerWidth;
      if (box.east + step * panning.direction > Nodes::kWest + Nodes::kReach || box.west + step * panning.direction < Nodes::kWest) panning.direction = -panning.direction;
      box.east += step * panning.direction;
      box.west += step * panning.direction;
      panning.asked.push_back(schedule_.due());
      pans_ += is_measuring() && schedule_.due() >= window_begin();
      viewer.line->send(look(viewer));
    }
    pace_.set(std::max(schedule_.due(), at + kPaceMin));
  }

  void receive(CrowdViewer& viewer, const std::string& text) override {
    Panning& panning = panning_[viewer.number];
    switch (kind_of(text)) {
      case FrameKind::subscribed:
        if (panning.asked.empty()) return;  // unasked: the server gives it a snapshot
        if (panning.answered && is_counted(*panning.answered)) ++overtaken_;
        panning.answered = panning.asked.front();
        panning.asked.pop_front();
        return;
      case FrameKind::update:
      case FrameKind::snapshot:
        if (!panning.answered || !is_last_part(text)) return;
        if (is_counted(*panning.answered)) {
          ++answers_;
          latency_.record(static_cast<std::uint64_t>((now() - *panning.answered).count()));
        }
        panning.answered.reset();
        return;
      case FrameKind::error:
        return fail("a pan is refused: " + text);
      case FrameKind::welcome:
      case FrameKind::other:
        return;
    }
  }
  [[nodiscard]] bool is_counted(Instant asked) const { return (is_measuring() || stage() == Stage::settling) && asked >= window_begin(); }

  bool settle_done() override { return answers_ + overtaken_ >= pans_ && MapPlay::settle_done(); }
  std::string fault() override {
    if (answers_ + overtaken_ == pans_) return MapPlay::fault();
    return fmt::format("{} of {} pans were not answered", pans_ - answers_ - overtaken_, pans_);
  }

  void tell(Figures& figures) override {
    MapPlay::tell(figures);
    figures.add("pans_offered_per_second", options().pans * static_cast<double>(viewer_count()));
    figures.add("pans_total", pans_);
    figures.add("answers_total", answers_);
    figures.add("overtaken_total", overtaken_);
    figures.add_rate("pans_per_second", answers_, window_seconds());
    add_per_server_cpu_second(figures, "pans_per_server_cpu_second", answers_);
    figures.add_quantiles(latency_, "answer_");
  }

  std::vector<Panning> panning_;
  Schedule schedule_;
  net::Timer pace_;
  Histogram latency_;
  std::uint64_t pans_ = 0, answers_ = 0, overtaken_ = 0;
};

}  // namespace

std::unique_ptr<Play> make_pan(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<Pan>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
