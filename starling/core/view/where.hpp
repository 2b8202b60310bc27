/// @file
/// `where`: conditions on the fields of a record, read once and tested often.
///
/// All must hold. A condition names a field of the channel that is being shown, or as `facet/field` one of another facet of the same
/// entity; `{field: value}` asks for that value, `{field: {operator: value …}}` for more. Values are those of JSON: a number is compared by
/// its exact value, a string by its characters, anything else by its text. Different types are never equal and in no order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/base/result.hpp"
#include "starling/core/state/fields.hpp"
#include "starling/core/view/decimal.hpp"

namespace starling::view {

inline constexpr std::size_t kWhereConditionsMax = 64;  ///< operators, of all fields together
inline constexpr std::size_t kWhereValuesMax = 1'000;   ///< in one `in`

/// A value to compare with, read once.
struct Operand {
  explicit Operand(std::string_view compact_value);

  json::Kind kind;
  std::string_view text;  ///< as written
  Decimal number;         ///< of a number
  std::string string;     ///< of a string, decoded
};

/// One test of one field.
struct Condition {
  enum class Test : std::uint8_t { one_of, not_one_of, less, at_most, more, at_least, exists, is_absent };

  std::string facet;  ///< empty: of the channel that is being shown
  std::string field;  ///< canonical name
  Test test;
  std::vector<Operand> operands;  ///< ascending, without doubles; one for an order, none for exists and is_absent

  /// Whether it holds for this value (compact JSON); nullopt: there is no such field.
  [[nodiscard]] bool holds(std::optional<std::string_view> value) const;
};

struct WhereError {
  std::string name;     ///< of the field whose condition is none, decoded; empty: of all together
  std::string message;  ///< what, where, cure
};

/// Immutable; copies share one.
class Where {
 public:
  /// No conditions.
  Where() noexcept = default;
  /// Reads a compact JSON object.
  [[nodiscard]] static Result<Where, WhereError> from(std::string_view compact_object);

  [[nodiscard]] bool is_empty() const noexcept { return body_ == nullptr; }
  [[nodiscard]] const std::vector<Condition>& conditions() const noexcept;
  /// The JSON object it was read from, names written with the fewest escapes; `{}` if there are no conditions.
  [[nodiscard]] std::string_view json() const noexcept;
  /// The same conditions always have the same text, in whatever order and notation.
  [[nodiscard]] std::string_view text() const noexcept;

 private:
  struct Body {
    state::Fields named;  ///< operands point into it
    std::vector<Condition> conditions;
    std::string text;
  };
  std::shared_ptr<const Body> body_;
};

}  // namespace starling::view
