#include "starling/server/playback.hpp"

#include "starling/io/net/system_clock.hpp"

namespace starling {

Playback::Playback(net::EventLoop& loop, sources::Sink& sink, sources::recording::Recording recording)
    : sink_(sink), player_(std::move(recording)), timer_(loop, [this] { play(); }) {}

void Playback::play() {
  sink_.offer(player_.due(net::now().instant));
  if (const auto due = player_.next_due()) timer_.set(*due);
}

}  // namespace starling
