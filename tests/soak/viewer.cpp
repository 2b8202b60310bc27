#include "tests/soak/viewer.hpp"

#include <fmt/format.h>

#include <variant>

namespace starling::soak {
namespace {

/// With so little a viewer that does not read fills its line within seconds.
constexpr int kReceiveBytes = 8 << 10;

double in_degrees(std::int32_t ten_thousandths) { return static_cast<double>(ten_thousandths) / 10'000; }

}  // namespace

void Viewer::join() {
  if (!session_) {
    session_.emplace();
    static_cast<void>(subscribe());  // it is said when the line is open
  }
  line_ = std::make_unique<load::Line>(
      loop_, door_, load::LineOptions{.receive_bytes = kReceiveBytes},
      load::LineHandlers{.on_open =
                             [this] {
                               for (const std::string& message : session_->resubscribe()) line_->send(message);
                             },
                         .on_text = [this](const std::string& text) { receive(text); }});
}

void Viewer::leave(load::Line::Ending ending) {
  line_->cut(ending);
  line_.reset();
  is_stalled_ = false;
}

void Viewer::forget(std::optional<storm::PlainBox> box) {
  session_.reset();
  box_ = box;
}

void Viewer::look_at(const storm::PlainBox& box) {
  box_ = box;
  line_->send(subscribe());
}

void Viewer::stall() {
  is_stalled_ = true;
  line_->pause();
}

void Viewer::unstall() {
  is_stalled_ = false;
  line_->go_on();
}

void Viewer::check() {
  if (!line_ || line_->state() != load::Line::State::lost) return;
  if (!line_->was_open()) {
    ++story_.failed_joins;
  } else if (story_.fault.empty()) {
    story_.fault = fmt::format("a viewer was cut off{}: {}", is_stalled_ ? " while it did not read" : "", line_->why_lost());
  }
  line_.reset();
  is_stalled_ = false;
}

std::string Viewer::subscribe() {
  view::Query query{.channels = {storm::kChannel}, .filter = {}, .fields = {}};
  if (box_) {
    query.filter.bounds = geo::Box::from(in_degrees(box_->north), in_degrees(box_->south), in_degrees(box_->east), in_degrees(box_->west));
  }
  return session_->subscribe(kId, std::move(query));
}

void Viewer::receive(const std::string& text) {
  ++story_.messages;
  const auto received = session_->receive(text);
  if (!received) {
    if (story_.fault.empty()) story_.fault = "what no server sends: " + received.error();
    return;
  }
  if (!*received) return;
  if (const auto* subscribed = std::get_if<session::ClientSession::Subscribed>(&**received)) {
    story_.subscribed_new += subscribed->reason == "new";
    story_.resumed += subscribed->resumed;
    story_.replaced += subscribed->reason == "replaced";
    story_.expired += subscribed->reason == "expired";
    story_.other_query += subscribed->reason == "query";  // cut off before the answer to `look_at` came
    if (subscribed->reason == "epoch" && story_.fault.empty()) story_.fault = "a cursor is said to be of another epoch";
  } else if (const auto* refused = std::get_if<session::ClientSession::Refused>(&**received)) {
    if (story_.fault.empty()) story_.fault = fmt::format("a viewer was refused: {} {}", refused->code, refused->message);
  }
}

std::optional<std::string> Viewer::difference(const storm::Fleet& fleet) const {
  const session::Replica* replica = session_ ? session_->replica(kId) : nullptr;
  if (replica == nullptr || !session_->position(kId)) return "it holds nothing whole";
  static const session::Replica::Records none;
  const session::Replica::Records* found = replica->find(storm::kChannel);
  const session::Replica::Records& held = found != nullptr ? *found : none;
  std::size_t due = 0;
  for (std::uint32_t number = 0; number < fleet.size(); ++number) {
    if (!fleet.is_shown(number, box_ ? &*box_ : nullptr)) continue;
    ++due;
    const auto record = held.find(fmt::format("!{}", number));
    if (record == held.end()) return fmt::format("it lacks !{}", number);
    const storm::Thing& thing = fleet[number];
    const bool is_right = record->second.find("latitude") == storm::degrees(thing.latitude) &&
                          record->second.find("longitude") == storm::degrees(thing.longitude) &&
                          record->second.find("round") == std::to_string(thing.round);
    if (!is_right) return fmt::format("of !{} it holds {}, and {} is the last round", number, record->second.text(), thing.round);
  }
  if (held.size() != due) return fmt::format("it holds {}, and is shown {}", held.size(), due);
  return std::nullopt;
}

}  // namespace starling::soak
