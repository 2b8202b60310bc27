/// @file
/// A recording played in a loop, on the event loop's own timer.
#pragma once

#include "starling/io/net/event_loop.hpp"
#include "starling/sources/recording/player.hpp"
#include "starling/sources/source.hpp"

namespace starling {

class Playback {
 public:
  Playback(net::EventLoop& loop, sources::Sink& sink, sources::recording::Recording recording);
  void start() { play(); }

 private:
  void play();

  sources::Sink& sink_;
  sources::recording::Player player_;
  net::Timer timer_;
};

}  // namespace starling
