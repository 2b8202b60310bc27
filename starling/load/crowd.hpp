/// @file
/// Viewers of one subscription each, cheap enough to be thousands: what they are told goes to whoever runs them as it came.
///
/// They connect a few at a time, so that a listener's queue does not decide how long it takes. A viewer is there when its first snapshot is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/session/client_session.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/load/figures.hpp"
#include "starling/load/line.hpp"

namespace starling::load {

inline constexpr std::uint32_t kSubscription = 1;
/// The message that subscribes to all of a channel.
[[nodiscard]] std::string subscription_to(const std::string& channel);

struct CrowdViewer {
  std::size_t number = 0;
  std::unique_ptr<Line> line{};
  bool is_there = false;
  Instant began_at{};
  std::optional<session::ClientSession> session{};  ///< holds what it is shown; of a few only, for it costs
  std::uint64_t deliveries = 0;                     ///< for whoever runs them
};

struct CrowdOptions {
  std::size_t viewers = 1;
  std::size_t begun_max = 64;  ///< on their way at a time
  Duration patience = std::chrono::seconds{10};  ///< for one to be there
  bool deflate = false;
};

/// None may destroy the crowd. `viewer.line` is open in all but `on_lost`.
struct CrowdHandlers {
  std::function<std::string(CrowdViewer& viewer)> subscription;                       ///< the message that subscribes
  std::function<void(CrowdViewer& viewer)> on_there = {};                             ///< its first snapshot is complete
  std::function<void(CrowdViewer& viewer, const std::string& text)> on_text = {};     ///< after that, and after `session` has read it
  std::function<void(CrowdViewer& viewer, const std::string& why)> on_lost = {};      ///< whether it was there or not
};

class Crowd {
 public:
  Crowd(net::EventLoop& loop, const Door& door, CrowdOptions options, CrowdHandlers handlers);

  /// Begins as many as may be on their way, and gives up those that take too long. To be called now and then.
  void gather(Instant now);
  /// Connects it again after `on_lost`; not from within a handler.
  void begin(CrowdViewer& viewer, Instant now);
  /// Everybody hangs up.
  void leave();

  [[nodiscard]] std::vector<CrowdViewer>& viewers() noexcept { return viewers_; }
  [[nodiscard]] std::size_t there() const noexcept { return there_; }
  [[nodiscard]] bool is_whole() const noexcept { return there_ == viewers_.size(); }
  /// Everybody is there, or has been lost.
  [[nodiscard]] bool is_gathered() const noexcept { return begun_ == viewers_.size() && on_their_way_ == 0; }
  /// By the reason.
  [[nodiscard]] const Tally& lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t lost_total() const noexcept { return lost_total_; }
  /// On the wire, of all who are connected.
  [[nodiscard]] std::uint64_t received_bytes() const noexcept;

 private:
  void receive(CrowdViewer& viewer, const std::string& text);
  void lose(CrowdViewer& viewer, const std::string& why);

  net::EventLoop& loop_;
  Door door_;
  CrowdOptions options_;
  CrowdHandlers handlers_;
  ws::Inflater inflater_;
  std::vector<CrowdViewer> viewers_;
  std::size_t begun_ = 0, there_ = 0, on_their_way_ = 0;
  Tally lost_;
  std::uint64_t lost_total_ = 0;
};

}  // namespace starling::load
