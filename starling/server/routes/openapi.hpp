/// @file
/// `GET /api/v1/openapi.json`: the routes as OpenAPI 3.1, written from the table that the site routes by, and from schemas, which say what bodies are.
#pragma once

#include <string>
#include <string_view>

namespace starling::routes {

/// JSON Schemas by name, of bodies that only HTTP has; with those that are shared (`contract::shared_schemas_text`) they are all.
[[nodiscard]] std::string_view schemas_text() noexcept;

/// The document, in compact JSON. `version` is the program's.
[[nodiscard]] std::string openapi_text(std::string_view version);

/// What is behind the slash of "starling/0.1.0", or all of it.
[[nodiscard]] std::string_view version_of(std::string_view server_name) noexcept;

}  // namespace starling::routes
