/// @file
/// Everything that decides what a viewer is shown: its query, within its rights.
///
/// The only place that knows is this one: whoever sends asks a view, so credentials can come without anybody else changing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/state/channels.hpp"
#include "starling/core/state/event.hpp"
#include "starling/core/view/projection.hpp"
#include "starling/core/view/query.hpp"
#include "starling/core/view/rights.hpp"

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
  View(Query query, RightsPtr rights, const state::KnownChannels& channels);
  /// Without limits.
  View(Query query, const state::KnownChannels& channels) : View(std::move(query), Rights::everything(), channels) {}

  // A facet is shown if its channel is, its entity is inside, and it is admitted. An event is asked for as a whole.
  [[nodiscard]] bool shows(const state::Channel& channel) const;
  /// What is decided for an entity as a whole: by its key and its place.
  [[nodiscard]] Membership membership(const state::Entity& entity) const;
  /// Whether there are conditions on fields. If not, all facets are admitted.
  [[nodiscard]] bool has_where() const noexcept { return has_where_; }
  /// Whether the conditions hold for this facet of this entity.
  [[nodiscard]] bool admits(const state::Entity& entity, const state::Facet& facet) const;
  [[nodiscard]] bool shows(const state::Event& event) const;

  /// Where to look for what this view may show, by exact places: whatever it shows has such a key and lies in such a box (or nowhere, if
  /// `unlocated`), not the other way round. Its `where` says nothing.
  [[nodiscard]] const Filter& reach() const noexcept { return reach_ ? *reach_ : query_.filter; }

  /// Whether it looks at a box, at whatever key and facet: where its index finds it.
  [[nodiscard]] bool has_box() const noexcept { return reach().bounds && !reach().keys; }
  /// Whether the box alone decides: of whatever lies in it, it shows every facet of its channels.
  [[nodiscard]] bool is_box_alone() const noexcept { return has_box() && !has_where_ && !is_limited_; }

  /// Whether its list of channels decides which facets it may show, and whose does not matter.
  [[nodiscard]] bool is_channels_alone() const noexcept { return !reach().bounds && !reach().keys && !has_where_ && !is_limited_; }

  /// How what is shown is shown.
  [[nodiscard]] const ProjectionPtr& projection() const noexcept { return projection_; }
  /// Whether what both show of an unchanged entity that is inside both is the same.
  [[nodiscard]] bool shows_inside_as(const View& other) const noexcept;

  [[nodiscard]] const Query& query() const noexcept { return query_; }
  [[nodiscard]] const Rights& rights() const noexcept { return *rights_; }
  /// Two views that show the same have the same text, exactly.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Short and opaque, the same on every instance and after a restart: what a client gives back to resume.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool has_query_of(const View& other) const noexcept { return query_text() == other.query_text(); }
  /// Whether a view of this name is of the same query, within whatever rights.
  [[nodiscard]] bool has_query_of(std::string_view name) const noexcept;

 private:
  [[nodiscard]] bool decide(const state::Channel& channel) const noexcept;
  [[nodiscard]] bool has_key(std::string_view key) const noexcept;
  [[nodiscard]] std::string_view query_text() const noexcept { return std::string_view{text_}.substr(0, query_text_size_); }

  enum class Shown : std::uint8_t { undecided, no, yes };
  Query query_;
  RightsPtr rights_;
  ProjectionPtr projection_;
  std::optional<Filter> reach_;  ///< absent: that of the query
  bool is_limited_;              ///< by its rights
  bool has_where_;
  std::string text_;  ///< of the query, then of the rights
  std::size_t query_text_size_;
  std::string name_;
  mutable std::vector<Shown> shown_;  // by channel index
};
using ViewPtr = std::shared_ptr<const View>;

}  // namespace starling::view
