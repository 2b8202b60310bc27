/// @file
/// Reads typed fields of one JSON object and remembers the first that is missing or of the wrong type.
///
/// So a message is read straight down, field by field, and asked once at the end whether all was well. The text is walked once, however many fields
/// are asked for.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/error.hpp"

namespace starling::protocol {

class ObjectReader {
 public:
  /// `object` is a compact JSON object; `path` is put before the names in errors ("filter.bounds").
  explicit ObjectReader(std::string_view object, std::string path = {});

  /// The value as written, whatever it is.
  [[nodiscard]] std::optional<std::string_view> any(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> string(std::string_view name);
  [[nodiscard]] std::string required_string(std::string_view name);
  [[nodiscard]] std::optional<double> number(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name);
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  [[nodiscard]] std::optional<std::string_view> object(std::string_view name);
  [[nodiscard]] std::optional<std::vector<std::string>> strings(std::string_view name);

  void fail(ErrorCode code, std::string_view name, std::string message);
  void fail(Error error);
  [[nodiscard]] bool has_failed() const noexcept { return error_.has_value(); }
  [[nodiscard]] Error take_error() { return std::move(*error_); }
  [[nodiscard]] std::string path_of(std::string_view name) const;

 private:
  /// No message has more fields than this; of an object that has, each is looked for in the text.
  static constexpr std::size_t kMembersMax = 16;

  std::string_view object_;
  std::array<json::Member, kMembersMax> members_;
  std::size_t member_count_ = 0;  ///< kMembersMax + 1: there are more
  std::string path_;
  std::optional<Error> error_;
};

}  // namespace starling::protocol
