#include "starling/load/crowd.hpp"

#include <fmt/format.h>

#include "starling/core/protocol/client_message.hpp"
#include "starling/load/stamps.hpp"

namespace starling::load {

std::string subscription_to(const std::string& channel) {
  return protocol::write(protocol::Subscribe{.id = kSubscription, .query = {.channels = {channel}, .filter = {}, .fields = {}}, .rate = {}, .since = {}});
}

Crowd::Crowd(net::EventLoop& loop, const Door& door, CrowdOptions options, CrowdHandlers handlers)
    : loop_(loop), door_(door), options_(options), handlers_(std::move(handlers)), viewers_(options.viewers) {
  for (std::size_t number = 0; number < viewers_.size(); ++number) viewers_[number].number = number;
}

void Crowd::gather(Instant now) {
  while (begun_ < viewers_.size() && on_their_way_ < options_.begun_max) begin(viewers_[begun_++], now);
  if (on_their_way_ == 0) return;
  for (CrowdViewer& viewer : viewers_) {
    if (viewer.is_there || !viewer.line || viewer.line->state() == Line::State::lost || now - viewer.began_at < options_.patience) continue;
    viewer.line->cut(Line::Ending::reset);
    lose(viewer, fmt::format("not there within {} s", options_.patience / std::chrono::seconds{1}));
  }
}

void Crowd::begin(CrowdViewer& viewer, Instant now) {
  viewer.is_there = false;
  viewer.began_at = now;
  ++on_their_way_;
  viewer.line = std::make_unique<Line>(loop_, door_, LineOptions{.inflater = options_.deflate ? &inflater_ : nullptr},
                                       LineHandlers{.on_open = [this, &viewer] { viewer.line->send(handlers_.subscription(viewer)); },
                                                    .on_text = [this, &viewer](const std::string& text) { receive(viewer, text); },
                                                    .on_lost = [this, &viewer] { lose(viewer, viewer.line->why_lost()); }});
  if (viewer.line->state() == Line::State::lost) lose(viewer, viewer.line->why_lost());
}

void Crowd::leave() {
  for (CrowdViewer& viewer : viewers_) {
    if (viewer.line) viewer.line->cut(Line::Ending::reset);
  }
}

std::uint64_t Crowd::received_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const CrowdViewer& viewer : viewers_) bytes += viewer.line ? viewer.line->received_bytes() : 0;
  return bytes;
}

void Crowd::receive(CrowdViewer& viewer, const std::string& text) {
  if (viewer.session) {
    const auto received = viewer.session->receive(text);
    if (!received) {
      viewer.line->cut(Line::Ending::reset);
      return lose(viewer, "what no server sends: " + received.error());
    }
  }
  if (viewer.is_there) {
    if (handlers_.on_text) handlers_.on_text(viewer, text);
    return;
  }
  const FrameKind kind = kind_of(text);
  if (kind == FrameKind::error) {
    viewer.line->cut(Line::Ending::reset);
    return lose(viewer, "refused: " + text.substr(0, 200));
  }
  if (kind != FrameKind::snapshot || !is_last_part(text)) return;
  viewer.is_there = true;
  --on_their_way_;
  ++there_;
  if (handlers_.on_there) handlers_.on_there(viewer);
}

void Crowd::lose(CrowdViewer& viewer, const std::string& why) {
  viewer.is_there ? --there_ : --on_their_way_;
  viewer.is_there = false;
  ++lost_total_;
  count(lost_, why);
  if (handlers_.on_lost) handlers_.on_lost(viewer, why);
}

}  // namespace starling::load
