#include "starling/sources/mqtt/complaints.hpp"

namespace starling::sources::mqtt {
namespace {

constexpr std::chrono::minutes kBetween{1};
constexpr std::size_t kTopicShown = 256;  // a topic may have 65,535 bytes

/// Topics come from strangers: no control characters in the log.
std::string about(std::string_view topic, std::string_view reason) {
  std::string text = "\"";
  for (const char c : topic.substr(0, kTopicShown))
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  if (topic.size() > kTopicShown) text += "…";
  text += "\": ";
  text += reason;
  return text;
}

}  // namespace

std::optional<std::string> Complaints::add(std::string_view topic, std::string_view reason, Instant now) {
  if (told_ && now - *told_ < kBetween) {
    ++untold_;
    last_ = about(topic, reason);
    return std::nullopt;
  }
  std::string line = "bad payload on " + about(topic, reason);
  if (untold_ > 0) line += " (and " + std::to_string(untold_) + " before it)";
  told_ = now;
  untold_ = 0;
  return line;
}

std::optional<std::string> Complaints::overdue(Instant now) {
  if (untold_ == 0 || now - *told_ < kBetween) return std::nullopt;
  std::string line = std::to_string(untold_) + " more bad payloads, the last on " + last_;
  told_ = now;
  untold_ = 0;
  return line;
}

}  // namespace starling::sources::mqtt
