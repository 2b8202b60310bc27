#include "starling/load/stamps.hpp"

#include <cstring>

namespace starling::load {
namespace {

constexpr std::string_view kMember = R"("sent_us":)";

}  // namespace

const std::vector<std::uint64_t>& StampReader::read(std::string_view frame) {
  if (frame == last_) return stamps_;
  last_ = frame;
  stamps_.clear();
  const char* at = frame.data();
  const char* const end = at + frame.size();
  while (at < end) {
    // memmem is several times faster than std::string_view::find where the first byte is as common as a quote.
    const auto* found = static_cast<const char*>(::memmem(at, static_cast<std::size_t>(end - at), kMember.data(), kMember.size()));
    if (found == nullptr) break;
    std::uint64_t stamp = 0;
    for (at = found + kMember.size(); at < end && *at >= '0' && *at <= '9'; ++at) stamp = stamp * 10 + static_cast<std::uint64_t>(*at - '0');
    stamps_.push_back(stamp);
  }
  return stamps_;
}

FrameKind kind_of(std::string_view frame) noexcept {
  constexpr std::string_view kBegin = R"({"type":")";
  if (!frame.starts_with(kBegin)) return FrameKind::other;
  const std::string_view rest = frame.substr(kBegin.size());
  if (rest.starts_with("update\"")) return FrameKind::update;
  if (rest.starts_with("snapshot\"")) return FrameKind::snapshot;
  if (rest.starts_with("subscribed\"")) return FrameKind::subscribed;
  if (rest.starts_with("welcome\"")) return FrameKind::welcome;
  if (rest.starts_with("error\"")) return FrameKind::error;
  return FrameKind::other;
}

bool is_last_part(std::string_view frame) noexcept { return !frame.ends_with(R"("more":true})"); }

}  // namespace starling::load
