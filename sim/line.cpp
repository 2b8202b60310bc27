#include "sim/line.hpp"

namespace starling::sim {
void Line::send(fanout::FramePtr frame) {
  if (is_closed_) return;
  ++frames_;
  std::optional<std::string> passed = plant_.frame(viewer_, frame->payload(), !buffer_.empty());
  if (!passed) return;
  std::string payload = std::move(*passed);
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
