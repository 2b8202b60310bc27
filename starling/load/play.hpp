/// @file
/// The course that every scenario takes: viewers gather, it warms up, it is measured, what is on its way arrives, and all is cleared up. One
/// thread, one loop, a step every 10 ms; what happens in between is the scenario's.
///
/// Ctrl-C ends the measuring, and what was measured so far is told; a second one ends everything at once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/io/net/event_loop.hpp"
#include "starling/load/crowd.hpp"
#include "starling/load/door.hpp"
#include "starling/load/figures.hpp"
#include "starling/load/options.hpp"
#include "starling/load/process.hpp"

namespace starling::load {

struct Outcome {
  Figures figures;
  std::vector<std::string> faults;  ///< one line each; empty if all went well
};

/// Told of what is under way, now and then; for people.
using Progress = std::function<void(const std::string& line)>;

class Play {
 public:
  Play(const LoadOptions& options, Door door, Progress progress);
  virtual ~Play() = default;
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  [[nodiscard]] Outcome run();

 protected:
  enum class Stage : std::uint8_t { preparing, gathering, warming, measuring, settling, clearing, over };

  // ---- What a scenario does. `…_done` are asked each step, until they are true -----------------------------------------
  virtual void prepare() {}
  [[nodiscard]] virtual bool prepare_done() { return true; }
  /// Nullopt: it has no crowd.
  [[nodiscard]] virtual std::optional<CrowdHandlers> crowd() = 0;
  /// Whether it can do without viewers that were refused.
  [[nodiscard]] virtual bool bears_losses() const { return false; }
  /// Everybody is there.
  virtual void begin() {}
  /// A window may begin or end now: nothing is half done.
  [[nodiscard]] virtual bool is_at_edge() const { return true; }
  virtual void begin_window() {}
  virtual void end_window() {}
  virtual void step(Instant) {}
  [[nodiscard]] virtual bool settle_done() { return true; }
  /// Asked when it has settled, or not in time: what came that was not what was published; empty if nothing is wrong.
  [[nodiscard]] virtual std::string fault() { return {}; }
  virtual void clear_up() {}
  [[nodiscard]] virtual bool clear_up_done() { return true; }
  virtual void tell(Figures& figures) = 0;

  // ---- What it is given ------------------------------------------------------------------------------------------
  /// Takes the step to the next stage if it is time. To be called where an edge is, besides at every step.
  void advance();
  /// Ends the run.
  void fail(std::string what);
  [[nodiscard]] Stage stage() const noexcept { return stage_; }
  /// From `begin` to the end of the window.
  [[nodiscard]] bool is_loading() const noexcept { return stage_ == Stage::warming || stage_ == Stage::measuring; }
  [[nodiscard]] bool is_measuring() const noexcept { return stage_ == Stage::measuring; }
  [[nodiscard]] static Instant now() noexcept;
  [[nodiscard]] const LoadOptions& options() const noexcept { return options_; }
  [[nodiscard]] const std::string& channel() const noexcept { return channel_; }
  [[nodiscard]] const Door& door() const noexcept { return door_; }
  [[nodiscard]] net::EventLoop& loop() noexcept { return loop_; }
  [[nodiscard]] Crowd& viewers() noexcept { return *crowd_; }
  [[nodiscard]] std::size_t viewer_count() const noexcept { return crowd_ ? options_.viewers : 0; }
  /// Of the window; so far, while it lasts.
  [[nodiscard]] double window_seconds() const noexcept;
  [[nodiscard]] Instant window_begin() const noexcept { return window_begin_; }
  /// Of the server, in the window; 0 if its number is not known.
  [[nodiscard]] double server_cpu_seconds() const noexcept { return server_end_.cpu_seconds - server_begin_.cpu_seconds; }
  /// What the server was before anybody came, and what it is at the window's end.
  [[nodiscard]] const Measured& server_before() const noexcept { return server_before_; }
  [[nodiscard]] const Measured& server_at_end() const noexcept { return server_end_; }
  /// `total` for each processor second of the server, if they are known.
  void add_per_server_cpu_second(Figures& figures, const std::string& name, std::uint64_t total) const;

 private:
  void on_step();
  void enter(Stage stage);
  void begin_crowd();
  void judge_crowd();
  void report_progress();
  [[nodiscard]] Measured server() const;
  void tell_common(Figures& figures);

  LoadOptions options_;
  Door door_;
  Progress progress_;
  std::string channel_;
  net::EventLoop loop_;
  net::Timer timer_;
  std::optional<Crowd> crowd_;
  Stage stage_ = Stage::preparing;
  Instant entered_at_{}, window_begin_{}, window_end_{}, progress_at_{};
  bool is_interrupted_ = false, has_window_ = false;
  double gathered_seconds_ = 0;
  Measured server_before_, server_begin_, server_end_;
  double own_cpu_begin_ = 0, own_cpu_end_ = 0;
  std::vector<std::string> faults_;
};

/// Plays the scenario of the options. Fails before anything begins: nothing answers, or is not to be put under load.
[[nodiscard]] Result<Outcome, DoorError> play(const LoadOptions& options, Progress progress);

}  // namespace starling::load
