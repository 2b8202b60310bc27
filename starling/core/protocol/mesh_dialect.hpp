/// @file
/// The mesh map's dialect (docs/DOORS.md).
#pragma once

#include "starling/core/protocol/dialect.hpp"
#include "starling/core/protocol/mesh_encoder.hpp"

namespace starling::protocol {

class MeshDialect final : public Dialect {
 public:
  explicit MeshDialect(const DialectSurroundings& surroundings) : at_(surroundings), encoder_(surroundings) {}

  [[nodiscard]] fanout::Encoder& encoder() noexcept override { return encoder_; }
  [[nodiscard]] Look everything() const override;
  /// A snapshot. One of all that is shown is shared by those who come within a tick.
  [[nodiscard]] Opening open(const view::View& view) override;
  [[nodiscard]] fanout::FramePtr state(const view::View& view, std::uint32_t number) override;
  [[nodiscard]] std::string heartbeat() const override;
  [[nodiscard]] Asked read(std::string_view text, std::vector<std::string>& chosen) const override;

 private:
  DialectSurroundings at_;
  MeshEncoder encoder_;
  Opening shared_{nullptr, 0};
  Timestamp shared_at_{};
};

/// Names in one filter, and their bytes: as those of a native subscription.
inline constexpr std::size_t kMeshNodeIdsMax = 10'000;

/// `subscribe`'s filter, null for none: what is shown through it. The text says what is wrong.
[[nodiscard]] Result<Look, std::string> read_mesh_filter(std::optional<std::string_view> filter);

}  // namespace starling::protocol
