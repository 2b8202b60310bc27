/// @file
/// The native dialect's frames of a subscription: subscribed, snapshot, update (docs/PROTOCOL.md).
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "starling/core/fanout/encoder.hpp"

namespace starling::protocol {

class NativeEncoder final : public fanout::Encoder {
 public:
  /// The time of what was, by the seq it has in a replay.
  using TimeOf = std::function<Timestamp(state::Seq)>;

  /// Of what is now.
  NativeEncoder() = default;
  /// Of what was: frames say of when they are, and name no view, as nothing resumes from them.
  explicit NativeEncoder(TimeOf time_of) : time_of_(std::move(time_of)) {}

  [[nodiscard]] fanout::FramePtr subscribed(std::uint32_t id, state::Seq seq, const view::View& view, fanout::SubscribedReason reason,
                                            const std::vector<fanout::Gap>& gaps) override;

  [[nodiscard]] std::optional<view::Told> write(std::string& out, std::string_view key, const view::Transition& transition, const view::View& was,
                                                const view::View& is) const override;
  void write(std::string& out, const state::Event& event, const view::View& view) const override;

  void begin(std::uint32_t id) override;
  [[nodiscard]] std::string_view separator() const noexcept override { return ","; }
  void add(const state::Channel& channel, view::Told told, std::string_view fragment) override;
  void add_event(const state::Channel& channel, std::string_view fragment) override;
  void add(const fanout::Gap& gap) override;
  [[nodiscard]] bool is_empty() const noexcept override { return used_ == 0; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return used_ == 0 ? 0 : bytes_ + kEnvelopeBytesMax; }
  [[nodiscard]] fanout::FramePtr finish_update(state::Seq seq, bool more) override;
  [[nodiscard]] fanout::FramePtr finish_snapshot(state::Seq seq, bool more) override;

 private:
  /// What is said of one channel, each list as the inside of its JSON object or array.
  struct Section {
    const state::Channel* channel = nullptr;
    std::string remove, set, patch, events, gap;
  };
  Section& section_of(const state::Channel& channel);
  void append(std::string& list, std::string_view fragment);
  [[nodiscard]] fanout::FramePtr finish(std::string_view type, state::Seq seq, bool is_snapshot, bool more, std::string_view end);

  /// `{"type":"snapshot","id":…,"seq":…,"channels":{` and `},"more":false}`, with the longest numbers.
  static constexpr std::size_t kEnvelopeBytesMax = 96;
  /// `,"time":"2026-11-21T09:00:00.000Z"`, of a replay.
  static constexpr std::size_t kTimeBytes = 34;
  /// What stands around the lists of a channel: its quotes, colon, braces and comma, and the names and brackets of all five.
  static constexpr std::size_t kSectionBytesMax = 64;

  TimeOf time_of_;  // empty: of what is now
  std::uint32_t id_ = 0;
  std::size_t bytes_ = 0;  ///< of what was added, without the envelope
  std::size_t used_ = 0;
  std::vector<Section> sections_;  // the first `used_` are of this message; the rest wait to be used again
};

}  // namespace starling::protocol
