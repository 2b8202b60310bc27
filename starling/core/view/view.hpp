/// @file
/// Everything that decides what a viewer is shown: its query, within its rights.
///
/// The only place that knows is this one: whoever sends asks a view, so credentials can come (as another part of the view)
/// without anybody else changing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/state/channels.hpp"
#include "starling/core/state/event.hpp"
#include "starling/core/view/projection.hpp"
#include "starling/core/view/query.hpp"

namespace starling::view {

/// Why an entity is not shown, or that it is.
enum class Membership : std::uint8_t {
  inside,
  moved,     ///< its place is outside the box
  filtered,  ///< another part of the filter fails
};

/// Immutable but for a cache; belongs to one shard.
class View {
 public:
  /// `channels` are read for the declarations that are part of the view's name.
  View(Query query, const state::Channels& channels);

  // A facet is shown if its channel is, its entity is inside, and it is admitted. An event is asked for as a whole.
  [[nodiscard]] bool shows(const state::Channel& channel) const;
  /// What is decided for an entity as a whole: by its key and its place.
  [[nodiscard]] Membership membership(const state::Entity& entity) const noexcept;
  /// Whether there are conditions on fields. If not, all facets are admitted.
  [[nodiscard]] bool has_where() const noexcept { return !query_.filter.where.is_empty(); }
  /// Whether the conditions hold for this facet of this entity.
  [[nodiscard]] bool admits(const state::Entity& entity, const state::Facet& facet) const;
  [[nodiscard]] bool shows(const state::Event& event) const;

  /// How what is shown is shown.
  [[nodiscard]] const ProjectionPtr& projection() const noexcept { return projection_; }
  [[nodiscard]] bool shows_field(std::string_view canonical_name) const noexcept { return projection_->shows_field(canonical_name); }
  [[nodiscard]] bool shows_all_fields() const noexcept { return projection_->shows_all(); }

  [[nodiscard]] const Query& query() const noexcept { return query_; }
  /// Whether what both show of an unchanged entity, where it is inside both, is the same.
  [[nodiscard]] bool shows_inside_as(const View& other) const noexcept;
  /// Two views that show the same have the same text, exactly.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Short and opaque, the same on every instance and after a restart: what a client gives back to resume.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  [[nodiscard]] bool decide(const state::Channel& channel) const noexcept;
  [[nodiscard]] bool in_bounds(const std::optional<geo::Point>& place) const noexcept;
  [[nodiscard]] bool has_key(std::string_view key) const noexcept;

  enum class Shown : std::uint8_t { undecided, no, yes };
  Query query_;
  ProjectionPtr projection_;
  std::string text_;
  std::string name_;
  mutable std::vector<Shown> shown_;  // by channel index
};
using ViewPtr = std::shared_ptr<const View>;

}  // namespace starling::view
