/// @file
/// A record: a flat, ordered map of fields whose values are atomic JSON texts.
///
/// It is one JSON object in one buffer, so sending all of it is one copy; beside it stand the places of names and values,
/// so that sending some of it needs no parsing. Immutable. Names are canonical (fewest escapes), so comparing their text
/// compares the names.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace starling::state {

class Fields {
 public:
  struct Field {
    std::string_view name;   ///< inside of the JSON string: escaped, without quotes
    std::string_view value;  ///< compact JSON, as it came in
    /// `"name":value`, as it stands in the record.
    [[nodiscard]] std::string_view member() const noexcept {
      return {name.data() - 1, static_cast<std::size_t>(value.data() + value.size() - (name.data() - 1))};
    }
  };

  /// No fields: `{}`.
  Fields() : text_("{}") {}

  /// Reads a JSON object as `json::compact` returns it. Of members with the same name (after decoding) the last counts, in the place
  /// of the first.
  [[nodiscard]] static Fields from(std::string_view compact_object) { return taken(std::string{compact_object}); }
  /// The same, and the text is kept instead of copied wherever it is the record already.
  [[nodiscard]] static Fields taken(std::string compact_object);

  /// `base` with the fields of `patch` assigned; nullopt if that changes nothing. New fields follow in the patch's order.
  [[nodiscard]] static std::optional<Fields> merged(const Fields& base, const Fields& patch);

  /// `base` with those fields of `late` that it lacks; nullopt if it lacks none.
  [[nodiscard]] static std::optional<Fields> filled(const Fields& base, const Fields& late);

  /// The whole record as a JSON object.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] std::size_t size() const noexcept { return slices_.size(); }
  [[nodiscard]] bool empty() const noexcept { return slices_.empty(); }
  [[nodiscard]] Field operator[](std::size_t i) const noexcept {
    const Slice& slice = slices_[i];
    const char* text = text_.data();
    return {{text + slice.name_at, slice.value_at - 2 - slice.name_at}, {text + slice.value_at, slice.value_end - slice.value_at}};
  }
  /// The value of the field with this canonical name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// The same names in the same order: merged with the one, the other is all there is.
  [[nodiscard]] bool has_names_of(const Fields& other) const noexcept;
  /// The same fields with the same values, in whatever order.
  [[nodiscard]] bool equals(const Fields& other) const noexcept;
  /// Memory it holds, in bytes.
  [[nodiscard]] std::size_t bytes() const noexcept { return text_.capacity() + slices_.capacity() * sizeof(Slice); }

 private:
  struct Slice {
    std::uint32_t name_at, value_at, value_end;  ///< the name ends two before value_at
  };
  class Builder;
  [[nodiscard]] static Fields rewritten(std::string_view compact_object);

  std::string text_;
  std::vector<Slice> slices_;
};

/// A decoded field name in the form records keep it.
[[nodiscard]] std::string canonical_name(std::string_view name);

}  // namespace starling::state
