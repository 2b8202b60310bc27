/// @file
/// Text with places to fill in: "site:{1}", "{id}".
///
/// `{1}` is what the first wildcard of the subscription stood for, `{2}` the second …; `{0}` is the whole topic;
/// `{name}` is the payload's field of that name, a string or a number. `{{` and `}}` are the braces themselves.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace starling::sources::mapping {

class Template {
 public:
  /// nullopt if a brace is left open or stands alone, or a place is empty.
  [[nodiscard]] static std::optional<Template> parse(std::string_view text);

  /// nullopt if the payload lacks a field that is asked for, or it is neither string nor number.
  /// `wildcards` has at least `wildcards_needed()` entries; `object` is a compact JSON object.
  [[nodiscard]] std::optional<std::string> fill(std::string_view topic,
                                                const std::vector<std::string_view>& wildcards,
                                                std::string_view object) const;

  /// The highest n of any `{n}`.
  [[nodiscard]] std::size_t wildcards_needed() const noexcept { return wildcards_needed_; }
  /// Whether there is nothing to fill in.
  [[nodiscard]] bool is_literal() const noexcept;

 private:
  struct Part {
    enum class Kind { text, level, field } kind;
    std::string text;       ///< the text, or the name of the field
    std::size_t level = 0;  ///< 0: the whole topic
  };
  std::vector<Part> parts_;
  std::size_t wildcards_needed_ = 0;
};

}  // namespace starling::sources::mapping
