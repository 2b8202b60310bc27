/// @file
/// What Heimdall's clients are told: `{event, data, timestamp}`, a message for each state channel that is not what it was, whole, and for each event
/// (docs/DOORS.md).
///
/// Their clients replace what they have by `data`, so a change of one record is told as the map of all. It is read from the state when the frame is made:
/// what a change says is only that there is something to tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "starling/core/protocol/dialect.hpp"
#include "starling/core/protocol/door.hpp"

namespace starling::protocol {

/// The order of the members around `data`.
enum class EventForm : std::uint8_t {
  nested,  ///< event, data, timestamp
  flat,    ///< event, timestamp, data
};

class EventEncoder final : public fanout::Encoder {
 public:
  /// `channels` must outlive it.
  EventEncoder(EventForm form, const std::vector<DoorChannel>& channels, const DialectSurroundings& surroundings) : form_(form), channels_(channels), at_(surroundings) {}

  [[nodiscard]] fanout::FramePtr subscribed(std::uint32_t, state::Seq, const view::View&, fanout::SubscribedReason, const std::vector<fanout::Gap>&) override { return nullptr; }

  [[nodiscard]] std::optional<view::Told> write(std::string& out, std::string_view key, const view::Transition& transition, const view::View& was,
                                                const view::View& is) const override;
  void write(std::string& out, const state::Event& event, const view::View& view) const override;

  void begin(std::uint32_t id) override;
  void begin_for(std::uint32_t id, const view::View& view) override;
  [[nodiscard]] std::string_view separator() const noexcept override { return {}; }
  void add(const state::Channel& channel, view::Told told, std::string_view fragment) override;
  void add_event(const state::Channel& channel, std::string_view fragment) override;
  void add(const fanout::Gap&) override {}
  void add_announced(const state::Channel& channel) override;
  [[nodiscard]] bool is_empty() const noexcept override { return changed_.empty() && announced_.empty() && events_.empty(); }
  /// Nothing of it can be divided.
  [[nodiscard]] std::size_t bytes() const noexcept override { return 0; }
  [[nodiscard]] fanout::FramePtr finish_update(state::Seq seq, bool more) override;
  [[nodiscard]] bool repeats() const noexcept override { return true; }
  [[nodiscard]] bool reads_state() const noexcept override { return true; }
  /// All there is.
  [[nodiscard]] fanout::FramePtr finish_snapshot(state::Seq seq, bool more) override;

 private:
  [[nodiscard]] std::string_view event_name(const state::Channel& channel) const noexcept;
  [[nodiscard]] std::string message(std::string_view event_name, std::string_view data, Timestamp time) const;
  /// Of a state channel.
  [[nodiscard]] std::string map_message(const state::Channel& channel, bool is_announced) const;

  EventForm form_;
  const std::vector<DoorChannel>& channels_;
  DialectSurroundings at_;
  const view::View* view_ = nullptr;  // of what is being written
  std::vector<const state::Channel*> changed_, announced_;
  std::vector<std::string> events_;  // whole messages
};

}  // namespace starling::protocol
