/// @file
/// Which fields of a record a viewer is shown, and how: what its query asks for, less what its rights hide, as exactly as they allow.
///
/// It decides nothing about membership. Views that are filtered differently share what is written through equal projections.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/state/event.hpp"
#include "starling/core/view/precision.hpp"

namespace starling::view {

class Projection;
using ProjectionPtr = std::shared_ptr<const Projection>;

/// Immutable.
class Projection {
 public:
  /// `fields`: canonical names of those to show, absent: all. `hidden`: canonical names of those that are as if they were not.
  Projection(std::optional<std::vector<std::string>> fields, std::vector<std::string> hidden, Precision precision);
  /// Every field, as it is.
  [[nodiscard]] static const ProjectionPtr& everything();

  /// Whether each record is shown whole and as it is.
  [[nodiscard]] bool shows_all() const noexcept { return shows_all_; }
  [[nodiscard]] bool shows_field(std::string_view canonical_name) const noexcept {
    return shows_all_ || (is_asked(canonical_name) && !is_hidden(canonical_name));
  }
  /// Projections that show the same have the same text, exactly; equal texts show equally.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool shows_as(const Projection& other) const noexcept { return this == &other || text_ == other.text_; }

  /// Appends the record as it is shown, as a JSON object.
  void append_record(std::string& out, const state::Channel& channel, const state::Fields& record) const;

  enum class Patch : std::uint8_t {
    same,   ///< nothing that is shown differs
    patch,  ///< the fields that differ were appended
    whole,  ///< a field that was shown is not any more, and only the whole record can say so
  };
  /// Appends the fields of `after` that one who was shown `before` through `was` sees differ, as a JSON object. Appends nothing for
  /// `same` and `whole`.
  [[nodiscard]] Patch append_patch(std::string& out, const state::Channel& channel, const Projection& was, const state::Fields& before,
                                   const state::Fields& after) const;

  /// Appends what is shown of the event's data, as a JSON object.
  void append_data(std::string& out, const state::Event& event) const;
  /// Its own location as it is shown, if it has one and its channel's locating fields are not hidden.
  [[nodiscard]] std::optional<geo::Point> shown_location(const state::Event& event) const;
  [[nodiscard]] geo::Point shown_location(const geo::Point& exact) const noexcept { return precision_.shown(exact); }

 private:
  [[nodiscard]] bool is_asked(std::string_view name) const noexcept;
  [[nodiscard]] bool is_hidden(std::string_view name) const noexcept;
  /// Whether a field of `before` that was shown is not shown of `after`.
  [[nodiscard]] bool loses_a_field(const Projection& was, const state::Fields& before, const state::Fields& after) const noexcept;

  std::optional<std::vector<std::string>> fields_;  ///< sorted
  std::vector<std::string> hidden_;                 ///< sorted
  Precision precision_;
  bool shows_all_;
  std::string text_;
};

/// Whether who must not see these fields (canonical names, sorted) must not see a place either that this channel says: one of the fields it
/// is located by is among them, or, in a channel that has none, `latitude` or `longitude`.
[[nodiscard]] bool hides_place(const std::vector<std::string>& hidden, const state::Channel& channel);

/// A list of names as a text: sorted, without doubles, quoted.
[[nodiscard]] std::string names_text(std::string_view what, std::vector<std::string> names);

}  // namespace starling::view
