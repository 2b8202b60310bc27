/// @file
/// What is played: a class a scenario, each in its file.
#pragma once

#include <memory>

#include "starling/load/play.hpp"

namespace starling::load {

/// fan-out and latency: one publisher, many viewers of one channel; in bursts, each delivered before the next, or so many a second.
[[nodiscard]] std::unique_ptr<Play> make_fan_out(const LoadOptions& options, Door door, Progress progress);

/// ingest: lines over HTTP.
[[nodiscard]] std::unique_ptr<Play> make_ingest(const LoadOptions& options, Door door, Progress progress);
/// ingest: messages through an MQTT broker.
[[nodiscard]] std::unique_ptr<Play> make_ingest_mqtt(const LoadOptions& options, Door door, Progress progress);
/// idle: subscribed connections that stay.
[[nodiscard]] std::unique_ptr<Play> make_idle(const LoadOptions& options, Door door, Progress progress);
/// connect: connections that come and go.
[[nodiscard]] std::unique_ptr<Play> make_connect(const LoadOptions& options, Door door, Progress progress);
/// viewport: viewers of a box each, over nodes that move.
[[nodiscard]] std::unique_ptr<Play> make_viewport(const LoadOptions& options, Door door, Progress progress);
/// pan: viewers that move their boxes, over nodes at rest.
[[nodiscard]] std::unique_ptr<Play> make_pan(const LoadOptions& options, Door door, Progress progress);

/// The scenario of the options.
[[nodiscard]] std::unique_ptr<Play> make_play(const LoadOptions& options, Door door, Progress progress);

}  // namespace starling::load
