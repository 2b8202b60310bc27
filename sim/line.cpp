#include "sim/line.hpp"

namespace starling::sim {
namespace {

/// Plant 1: a frame's first `remove` never arrives.
std::string without_remove(std::string_view payload) {
  std::string text{payload};
  const std::size_t at = text.find(R"("remove":{)");
  if (at == std::string::npos || text.find(R"("type":"update")") == std::string::npos) return text;
  std::size_t end = text.find('}', at) + 1;
  if (end < text.size() && text[end] == ',') ++end;
  return text.erase(at, end - at);
}

}  // namespace

void Line::send(fanout::FramePtr frame) {
  if (is_closed_) return;
  ++frames_;
  std::string payload = plant_ == 1 ? without_remove(frame->payload()) : std::string{frame->payload()};
  if (waiting_.empty() && buffer_bytes_ < buffer_bytes_max_) {
    buffer_bytes_ += payload.size();
    buffer_.push_back(std::move(payload));
  } else {
    waiting_bytes_ += payload.size();
    waiting_.push_back(std::move(payload));
  }
}

std::optional<std::string> Line::deliver() {
  if (buffer_.empty()) return std::nullopt;
  std::string message = std::move(buffer_.front());
  buffer_.pop_front();
  buffer_bytes_ -= message.size();
  while (!waiting_.empty() && buffer_bytes_ < buffer_bytes_max_) {
    buffer_bytes_ += waiting_.front().size();
    waiting_bytes_ -= waiting_.front().size();
    buffer_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return message;
}

}  // namespace starling::sim
