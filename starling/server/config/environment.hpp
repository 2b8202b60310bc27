/// @file
/// `${NAME}` in the strings of a configuration: secrets come from the environment and are never shown.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "starling/server/config/document.hpp"

namespace starling::config {

/// The value of a variable, nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// Puts the environment into every string value below `table`; `$${` stands for `${` itself.
///
/// A variable that is not set, or a `${` that does not end in a name and `}`, is an error, and the value becomes
/// `Faulty`. What came in stays out of `Text::written`, and is not looked through again.
void put_environment(Table& table, const Environment& environment, ErrorList& errors);

}  // namespace starling::config
