#include "tests/soak/publisher.hpp"

#include <fmt/format.h>

#include "starling/core/base/check.hpp"

namespace starling::soak {
namespace {

constexpr int kReceiveBytes = 1 << 20;
constexpr std::uint64_t kUnansweredMax = 5'000;

}  // namespace

Publisher::Publisher(net::EventLoop& loop, const load::Door& door, storm::Fleet& fleet)
    : fleet_(fleet), line_(loop, door, {.receive_bytes = kReceiveBytes}, {.on_open = [] {}, .on_text = [this](const std::string& text) { receive(text); }}) {}

void Publisher::report_all() {
  for (std::uint32_t number = 0; number < fleet_.size(); ++number) send(fleet_.report(number));
  line_.flush();
}

void Publisher::report_up_to(std::uint64_t count) {
  for (; is_open() && reported_ < count && sent_ - answered_ < kUnansweredMax; ++reported_) send(fleet_.next());
  if (is_open()) line_.flush();
}

std::string Publisher::fault() const {
  if (!refusal_.empty()) return "a report was refused: " + refusal_;
  return line_.state() == load::Line::State::lost ? "the publisher was cut off: " + line_.why_lost() : std::string{};
}

void Publisher::send(const state::Update& update) {
  STARLING_CHECK(update.key.has_value());  // of a fleet
  const bool removes = update.operation == state::Operation::remove;
  line_.gather(fmt::format(R"({{"type":"publish","channel":"{}","key":"{}",{}}})", update.channel, *update.key,
                         removes ? R"("op":"remove")" : fmt::format(R"("data":{})", update.data)));
  ++sent_;
}

void Publisher::receive(const std::string& text) {
  if (text.starts_with(R"({"type":"ok")")) {
    ++answered_;
  } else if (text.starts_with(R"({"type":"error")") && refusal_.empty()) {
    refusal_ = text;
  }
}

}  // namespace starling::soak
