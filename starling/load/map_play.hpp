/// @file
/// What viewport and pan have in common: nodes that are on the server before anybody looks and gone from it at the end, viewers of a box each, and
/// some of them who hold what they are shown, to be compared with the truth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "starling/load/nodes.hpp"
#include "starling/load/play.hpp"
#include "starling/load/poster.hpp"

namespace starling::load {

class MapPlay : public Play {
 public:
  MapPlay(const LoadOptions& options, Door door, Progress progress);

 protected:
  void prepare() override;
  bool prepare_done() override { return next_node_ == nodes_.size() && poster_->is_free(); }
  std::optional<CrowdHandlers> crowd() override;
  void begin_window() override;
  void end_window() override;
  bool settle_done() override;
  std::string fault() override;
  void clear_up() override;
  bool clear_up_done() override { return next_node_ == 0 && (poster_->is_free() || poster_->state() == Wire::State::lost); }
  void tell(Figures& figures) override;

  /// A frame to a viewer that is there.
  virtual void receive(CrowdViewer& viewer, const std::string& text) = 0;
  /// The lines before have been accepted, and others may follow.
  virtual void publish_on() {}

  void publish(std::string lines, std::uint64_t count);
  /// The message by which a viewer looks at its box.
  [[nodiscard]] std::string look(CrowdViewer& viewer);
  [[nodiscard]] Nodes& nodes() noexcept { return nodes_; }
  [[nodiscard]] MapBox& box_of(const CrowdViewer& viewer) { return boxes_[viewer.number]; }
  [[nodiscard]] bool may_publish() const noexcept { return poster_->is_free(); }
  [[nodiscard]] const std::string& channel_as_json() const noexcept { return channel_as_json_; }

 private:
  void receive_answer(const PosterAnswer& answer);
  void load_on();
  void clear_on();
  [[nodiscard]] bool is_sampled(const CrowdViewer& viewer) const noexcept;
  [[nodiscard]] std::optional<std::string> difference();

  std::string channel_as_json_;
  Nodes nodes_;
  std::vector<MapBox> boxes_;
  std::optional<Poster> poster_;
  bool is_empty_ = false;       // the channel was, before us
  std::size_t next_node_ = 0;   // to be loaded; in the end, to be removed below it
  std::uint64_t lines_ = 0;     // that are not answered
  std::uint64_t frames_ = 0, frames_of_window_ = 0, received_before_ = 0, received_ = 0;
  Instant compared_at_{};
  std::optional<std::string> difference_ = "nothing was compared";
};

}  // namespace starling::load
