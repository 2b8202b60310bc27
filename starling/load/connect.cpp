// Connections that come, subscribe, are told the snapshot, say good-bye, and come again: so many at a time.
//
// How long one takes is from the call of `connect` to the last part of the snapshot. A connection that fails is counted by its reason, and its place comes again.
#include <utility>

#include "starling/load/scenarios.hpp"

namespace starling::load {
namespace {

class Connect final : public Play {
 public:
  Connect(const LoadOptions& options, Door door, Progress progress) : Play(options, std::move(door), std::move(progress)) {}

 private:
  std::optional<CrowdHandlers> crowd() override {
    return CrowdHandlers{.subscription = [text = subscription_to(channel())](CrowdViewer&) { return text; },
                         .on_there = [this](CrowdViewer& viewer) { arrive(viewer); },
                         .on_lost = [this](CrowdViewer& viewer, const std::string& why) { lose(viewer, why); }};
  }
  bool bears_losses() const override { return true; }

  void begin() override {
    for (CrowdViewer& viewer : viewers().viewers()) {
      viewer.is_there ? viewer.line->close() : failed_.push_back(&viewer);
    }
  }
  void begin_window() override {
    connects_ = errors_total_ = 0;
    errors_.clear();
    latency_ = {};
  }

  void arrive(CrowdViewer& viewer) {
    if (is_measuring()) {
      ++connects_;
      latency_.record(static_cast<std::uint64_t>((now() - viewer.began_at).count()));
    }
    if (is_loading()) viewer.line->close();
  }
  void lose(CrowdViewer& viewer, const std::string& why) {
    if (!is_loading()) return;
    if (viewer.line->was_closed()) {
      // In the next turn: a line does not outlive being replaced in its own call.
      return loop().defer([this, &viewer] {
        if (is_loading()) viewers().begin(viewer, now());
      });
    }
    failed_.push_back(&viewer);
    if (!is_measuring()) return;
    ++errors_total_;
    load::count(errors_, why);
  }
  /// Who failed comes again only now, so that refusals do not make it spin.
  void step(Instant at) override {
    if (!is_loading()) return;
    viewers().gather(at);
    for (CrowdViewer* viewer : std::exchange(failed_, {})) viewers().begin(*viewer, at);
  }

  void tell(Figures& figures) override {
    figures.add("connects_total", connects_);
    figures.add("errors_total", errors_total_);
    figures.add("errors", errors_);
    figures.add_rate("connects_per_second", connects_, window_seconds());
    add_per_server_cpu_second(figures, "connects_per_server_cpu_second", connects_);
    figures.add_quantiles(latency_);
  }

  std::vector<CrowdViewer*> failed_;
  std::uint64_t connects_ = 0, errors_total_ = 0;
  Tally errors_;
  Histogram latency_;
};

}  // namespace

std::unique_ptr<Play> make_connect(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<Connect>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
