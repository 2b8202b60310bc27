/// @file
/// `GET /api/v1/openapi.json`: the routes as OpenAPI 3.1, written from the table that the site routes by, and from schemas.json, which says what bodies are.
#pragma once

#include <string>
#include <string_view>

#include "starling/io/http/message.hpp"

namespace starling::routes {

/// JSON Schemas by name, as they were when the program was built.
[[nodiscard]] std::string_view schemas_text() noexcept;

/// The document, in compact JSON. `version` is the program's.
[[nodiscard]] std::string openapi_text(std::string_view version);

/// What is behind the slash of "starling/0.1.0", or all of it.
[[nodiscard]] std::string_view version_of(std::string_view server_name) noexcept;

/// Made once, and given to everybody who asks.
class OpenApi {
 public:
  explicit OpenApi(std::string_view version);
  [[nodiscard]] http::Response response(std::string_view if_none_match) const;

 private:
  std::string text_;
  std::string tag_;
};

}  // namespace starling::routes
