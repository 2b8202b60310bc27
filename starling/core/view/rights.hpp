/// @file
/// What a viewer may see, whatever it asks for. A view is its query within these.
///
/// What is not allowed is as if it were not there: it is not shown, no condition of a query finds it, and no answer differs by it. So a
/// field that is hidden is absent; a place is known as exactly as the precision says, however small the boxes that ask; and who is
/// filtered by his rights is told `filtered` whatever it was that made something go.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/state/entity.hpp"
#include "starling/core/view/precision.hpp"
#include "starling/core/view/query.hpp"

namespace starling::view {

/// What is granted, as somebody writes it down.
struct Grant {
  std::vector<std::string> read{"*"};  ///< names, `space:*` or `*`; here wildcards cover hidden channels too
  /// Holds besides the query's filter, and tests things as they are: exact places, hidden fields.
  Filter filter;
  std::vector<std::string> hidden_fields;  ///< canonical names; in every channel
  /// Of a degree, 0 to Precision::kDecimalsMax; absent: exact.
  std::optional<int> position_decimals;
};

class Rights;
using RightsPtr = std::shared_ptr<const Rights>;

/// Immutable.
class Rights {
 public:
  explicit Rights(Grant grant);
  /// All there is, as it is.
  [[nodiscard]] static const RightsPtr& everything();

  [[nodiscard]] bool reads(const state::Channel& channel) const noexcept;
  [[nodiscard]] const Filter& filter() const noexcept { return grant_.filter; }
  [[nodiscard]] bool has_filter() const noexcept { return has_filter_; }
  [[nodiscard]] const std::vector<std::string>& hidden_fields() const noexcept { return grant_.hidden_fields; }
  [[nodiscard]] const Precision& precision() const noexcept { return precision_; }

  /// A field as conditions of a query find it: nullopt if there is none or it is hidden; a coordinate rounded, its text in `room`.
  [[nodiscard]] std::optional<std::string_view> seen(const state::Channel& channel, std::string_view canonical_name,
                                                     std::optional<std::string_view> value, Precision::Room& room) const;
  /// Where an entity is, as bounds of a query find it: rounded; nowhere if the channel that says it is not readable, or is located by a
  /// hidden field.
  [[nodiscard]] std::optional<geo::Point> seen(const std::optional<state::Place>& place) const;
  /// The same of a location that an event has of its own.
  [[nodiscard]] std::optional<geo::Point> seen(const geo::Point& location, const state::Channel& said_by) const;

  /// Whether something that has a place may have none as it is seen.
  [[nodiscard]] bool may_hide_places() const noexcept { return !reads_all_ || !grant_.hidden_fields.empty(); }

  /// Rights that allow the same have the same text, exactly; empty for everything.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  Grant grant_;
  Precision precision_;
  bool reads_all_;
  bool has_filter_;
  std::string text_;
};

}  // namespace starling::view
