#include "starling/server/routes/description.hpp"

#include <fmt/format.h>

#include <functional>

#include "starling/io/http/entity_tag.hpp"

namespace starling::routes {

Description::Description(std::string text) : text_(std::move(text)), tag_(fmt::format("\"{:016x}\"", std::hash<std::string>{}(text_))) {}

http::Response Description::response(std::string_view if_none_match) const {
  if (http::matches_tag(if_none_match, tag_)) return {.status = 304, .headers = {{"ETag", tag_}, {"Cache-Control", "no-cache"}}};
  return {.status = 200, .headers = {{"Content-Type", "application/json"}, {"ETag", tag_}, {"Cache-Control", "no-cache"}}, .body = text_};
}

}  // namespace starling::routes
