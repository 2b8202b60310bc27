/// @file
/// JSON as text: checked whole once, then only sliced.
///
/// Values must come back in the very text they came in (no digit of a number is lost), so nothing here turns a value into
/// something else before somebody asks. `compact` is the one gate: it refuses all that RFC 8259 does not allow and takes the
/// white space out; everything below it works on compact text and checks nothing again.
/// Why this is ours and not simdjson's: docs/decisions/0001-json-as-text.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

namespace starling::json {

enum class Error : std::uint8_t {
  syntax,          ///< not RFC 8259 (a missing comma, 01, NaN, a trailing token, nothing at all …)
  utf8,            ///< bytes that are not UTF-8
  lone_surrogate,  ///< \ud800–\udfff without its other half
  too_deep,        ///< more levels of objects and arrays than allowed
};

struct Failure {
  Error error;
  std::size_t at;  ///< offset of the byte at fault in the text given
};

inline constexpr std::size_t kDepthMax = 64;

/// The text without white space between tokens; strings and numbers stay as written.
///
/// Any value is accepted at the top, not only objects. An object or array at the top is level 1; `depth_max` levels are allowed.
[[nodiscard]] Result<std::string, Failure> compact(std::string_view text, std::size_t depth_max = kDepthMax) noexcept;
/// The same without a copy of text that is compact already, but for white space around it: then it is a slice of `text`, else it stands in `room`.
[[nodiscard]] Result<std::string_view, Failure> compact(std::string_view text, std::string& room, std::size_t depth_max = kDepthMax) noexcept;

enum class Kind : std::uint8_t { object, array, string, number, boolean, null };

// ---- Everything below is given compact text (or a slice of it) ----------------------------------------------------

[[nodiscard]] Kind kind_of(std::string_view value) noexcept;

struct Member {
  std::string_view name;   ///< as written, without the quotes: may hold escapes
  std::string_view value;  ///< as written

  /// Compared after decoding.
  [[nodiscard]] bool is_called(std::string_view decoded_name) const noexcept;
};

namespace detail {
/// The value at the front of `text`, which is compact and starts at a value.
[[nodiscard]] std::string_view first_value(std::string_view text) noexcept;
}  // namespace detail

/// The members of an object in order, duplicates included: `for (const json::Member& member : json::Members{object})`.
class Members {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Member;
    using difference_type = std::ptrdiff_t;
    using pointer = const Member*;
    using reference = const Member&;

    Iterator() noexcept = default;
    explicit Iterator(std::string_view rest) noexcept : rest_(rest) { read(); }
    const Member& operator*() const noexcept { return member_; }
    const Member* operator->() const noexcept { return &member_; }
    Iterator& operator++() noexcept {
      read();
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return member_.name.data() == other.member_.name.data(); }

   private:
    void read() noexcept;
    std::string_view rest_;  ///< what follows this member, from its comma or closing brace on
    Member member_{};        ///< name.data() is null at the end
  };

  /// `object` must be a compact object.
  explicit Members(std::string_view object) noexcept : object_(object) {}
  [[nodiscard]] Iterator begin() const noexcept { return Iterator{object_}; }
  [[nodiscard]] Iterator end() const noexcept { return Iterator{}; }

 private:
  std::string_view object_;
};

/// The elements of an array in order, as slices.
class Elements {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = const std::string_view&;

    Iterator() noexcept = default;
    explicit Iterator(std::string_view rest) noexcept : rest_(rest) { read(); }
    const std::string_view& operator*() const noexcept { return element_; }
    Iterator& operator++() noexcept {
      read();
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return element_.data() == other.element_.data(); }

   private:
    void read() noexcept;
    std::string_view rest_;
    std::string_view element_{};  ///< data() is null at the end
  };

  /// `array` must be a compact array.
  explicit Elements(std::string_view array) noexcept : array_(array) {}
  [[nodiscard]] Iterator begin() const noexcept { return Iterator{array_}; }
  [[nodiscard]] Iterator end() const noexcept { return Iterator{}; }

 private:
  std::string_view array_;
};

/// The value of the last member called `name` (compared after decoding), or nullopt. Last, because the last duplicate counts.
[[nodiscard]] std::optional<std::string_view> find(std::string_view object, std::string_view name) noexcept;

/// A string value (with its quotes) as UTF-8.
[[nodiscard]] std::string decode(std::string_view string_value);
/// The inside of a string (without quotes, as in `Member::name`) as UTF-8.
[[nodiscard]] std::string decode_inside(std::string_view escaped);

/// A number value as the nearest double (infinite beyond the range), or nullopt if `value` is not a number.
[[nodiscard]] std::optional<double> number(std::string_view value) noexcept;
/// A number value that is a whole number within int64, however written (1e3, 5.0), or nullopt.
[[nodiscard]] std::optional<std::int64_t> integer(std::string_view value) noexcept;

// ---- Writing --------------------------------------------------------------------------------------------------------

/// Appends `text` (UTF-8) with the fewest escapes and without quotes: only `"`, `\` and control characters are escaped,
/// with the short form where there is one, else \u00xx in lower case.
void append_escaped(std::string& out, std::string_view text);
/// The same with quotes around it.
void append_string(std::string& out, std::string_view text);
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace starling::json
