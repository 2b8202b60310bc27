#include "starling/load/map_play.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"

namespace starling::load {
namespace {

constexpr std::size_t kLinesPerBody = 1'000;
constexpr Duration kCompareEvery = std::chrono::milliseconds{100};

}  // namespace

MapPlay::MapPlay(const LoadOptions& options, Door door, Progress progress)
    : Play(options, std::move(door), std::move(progress)), channel_as_json_(json::quoted(channel())), nodes_(options.nodes, options.seed) {
  for (std::size_t i = 0; i < options.viewers; ++i) boxes_.push_back(nodes_.any_box(options.share));
}

void MapPlay::prepare() {
  poster_.emplace(loop(), door(),
                  PosterHandlers{.on_open = [this] { poster_->get(fmt::format("/api/v1/state/{}?limit=1", channel())); },
                                 .on_answer = [this](const PosterAnswer& answer) { receive_answer(answer); },
                                 .on_lost = [this](const std::string& why) { fail("the publisher is cut off: " + why); }});
  if (poster_->state() == Wire::State::lost) fail("the publisher does not connect: " + poster_->why_lost());
}

void MapPlay::receive_answer(const PosterAnswer& answer) {
  if (!is_empty_) {
    // What somebody else has put there would be compared with our truth.
    const bool is_unused = answer.status == 404 || (answer.status == 200 && answer.body.find(R"("records":{})") != std::string::npos);
    if (answer.status != 200 && !is_unused) return fail(answer.fault());
    if (!is_unused) return fail(fmt::format("channel {} has records that are not ours: give another with --channel, or restart the server", channel()));
    is_empty_ = true;
  } else if (answer.status != 200 || answer.accepted() != std::exchange(lines_, 0)) {
    return fail(answer.status == 200 ? "lines were not accepted: " + answer.body.substr(0, 300) : answer.fault());
  }
  if (stage() == Stage::preparing) return load_on();
  if (stage() == Stage::clearing) return clear_on();
  publish_on();
}

void MapPlay::load_on() {
  if (next_node_ == nodes_.size()) return;
  std::string lines;
  const std::size_t end = std::min(nodes_.size(), next_node_ + kLinesPerBody);
  const std::size_t count = end - next_node_;
  for (; next_node_ < end; ++next_node_) nodes_.append_report(lines, channel_as_json_, next_node_);
  publish(std::move(lines), count);
}

void MapPlay::clear_on() {
  if (next_node_ == 0) return;
  std::string lines;
  const std::size_t count = std::min(next_node_, kLinesPerBody);
  for (std::size_t i = 0; i < count; ++i) nodes_.append_removal(lines, channel_as_json_, --next_node_);
  publish(std::move(lines), count);
}

void MapPlay::clear_up() {
  if (poster_->is_free()) clear_on();
}

void MapPlay::publish(std::string lines, std::uint64_t count) {
  lines_ = count;
  poster_->publish(lines);
}

std::optional<CrowdHandlers> MapPlay::crowd() {
  return CrowdHandlers{.subscription =
                           [this](CrowdViewer& viewer) {
                             if (is_sampled(viewer)) viewer.session.emplace();
                             return look(viewer);
                           },
                       .on_text =
                           [this](CrowdViewer& viewer, const std::string& text) {
                             ++frames_;
                             receive(viewer, text);
                           }};
}

std::string MapPlay::look(CrowdViewer& viewer) {
  view::Query query{.channels = {channel()}, .filter = filter_of(box_of(viewer)), .fields = {}};
  const std::optional<double> rate = options().rate > 0 ? std::optional{options().rate} : std::nullopt;
  if (viewer.session) return viewer.session->subscribe(kSubscription, std::move(query), rate);
  return protocol::write(protocol::Subscribe{.id = kSubscription, .query = std::move(query), .rate = rate, .since = {}});
}

/// Evenly over all of them.
bool MapPlay::is_sampled(const CrowdViewer& viewer) const noexcept {
  const std::size_t sample = std::min(options().sample, options().viewers);
  return (viewer.number + 1) * sample / options().viewers > viewer.number * sample / options().viewers;
}

void MapPlay::begin_window() {
  frames_ = 0;
  received_before_ = viewers().received_bytes();
}

void MapPlay::end_window() {
  frames_of_window_ = frames_;
  received_ = viewers().received_bytes() - received_before_;
}

bool MapPlay::settle_done() {
  if (!poster_->is_free() || now() - compared_at_ < kCompareEvery) return false;
  compared_at_ = now();
  difference_ = difference();
  return !difference_;
}

std::optional<std::string> MapPlay::difference() {
  for (CrowdViewer& viewer : viewers().viewers()) {
    if (!viewer.session) continue;
    const session::Replica* replica = viewer.session->replica(kSubscription);
    if (!viewer.session->position(kSubscription)) return fmt::format("viewer {} holds nothing whole", viewer.number + 1);
    if (const auto found = nodes_.difference(replica->find(channel()), box_of(viewer))) return fmt::format("viewer {} is not exact: {}", viewer.number + 1, *found);
  }
  return std::nullopt;
}

std::string MapPlay::fault() { return difference_.value_or(std::string{}); }

void MapPlay::tell(Figures& figures) {
  figures.add("nodes", std::uint64_t{options().nodes});
  figures.add("share", options().share);
  figures.add("frames_total", frames_of_window_);
  figures.add("received_bytes_total", received_);
  figures.add_rate("frames_per_second", frames_of_window_, window_seconds());
  figures.add_rate("received_bytes_per_viewer_per_second", received_, window_seconds() * static_cast<double>(viewer_count()));
  const std::uint64_t sample = std::min(options().sample, options().viewers);
  figures.add("compared_viewers", sample);
  if (sample > 0) figures.add("exact", !difference_);
}

}  // namespace starling::load
