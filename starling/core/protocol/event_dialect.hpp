/// @file
/// Heimdall's dialects, `event` (nested) and `event-flat` (docs/DOORS.md).
#pragma once

#include "starling/core/protocol/event_encoder.hpp"

namespace starling::protocol {

class EventDialect final : public Dialect {
 public:
  EventDialect(EventForm form, std::vector<DoorChannel> channels, const DialectSurroundings& surroundings)
      : form_(form), channels_(std::move(channels)), at_(surroundings), encoder_(form, channels_, surroundings) {}

  [[nodiscard]] fanout::Encoder& encoder() noexcept override { return encoder_; }
  [[nodiscard]] Look everything() const override { return look_at({}); }
  [[nodiscard]] Opening open(const view::View& view) override;
  [[nodiscard]] std::string heartbeat() const override;
  [[nodiscard]] Asked read(std::string_view text, std::vector<std::string>& chosen) const override;

 private:
  /// The channels with these event names; with none of them all. Events apart: they are told when they come, and state once a tick, whatever comes meanwhile.
  [[nodiscard]] Look look_at(const std::vector<std::string>& chosen) const;
  [[nodiscard]] Asked read_nested(std::string_view event, std::string_view message, std::vector<std::string>& chosen) const;
  [[nodiscard]] Asked read_flat(std::string_view event, std::string_view message) const;

  EventForm form_;
  std::vector<DoorChannel> channels_;
  DialectSurroundings at_;
  EventEncoder encoder_;
};

}  // namespace starling::protocol
