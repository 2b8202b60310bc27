/// @file
/// What a message must look like: its exact text, in which values that vary are captures (`$name`) or anything (`*`).
///
/// A capture or `*` stands for a whole value: `"seq":$seq`, `"view":"$view"`, `"time":"*"`, `"at":*`. A capture takes the value it meets
/// first and must meet the same ever after.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace starling::transcripts {

/// By name; strings without their quotes.
using Captures = std::map<std::string, std::string, std::less<>>;

/// Whether `text` (compact JSON) is what `pattern` says, to the letter. New captures are kept only then.
[[nodiscard]] bool matches_exactly(std::string_view pattern, std::string_view text, Captures& captures);

/// Whether `text` has the members that `pattern` names, in whatever order and whatever else it has. Nullopt: the pattern is not an object.
[[nodiscard]] std::optional<bool> matches_loosely(std::string_view pattern, std::string_view text, Captures& captures);

/// `text` with its captures filled in; nullopt if one has no value yet. What is not JSON stays as it is.
[[nodiscard]] std::optional<std::string> filled_in(std::string_view text, const Captures& captures);

}  // namespace starling::transcripts
