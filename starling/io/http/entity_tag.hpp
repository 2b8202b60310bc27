/// @file
/// Entity tags: what a client still has at hand is not sent again (RFC 9110 §8.8.3, §13.1.2).
#pragma once

#include <algorithm>
#include <string_view>

#include "starling/io/http/message.hpp"

namespace starling::http {

/// Whether `If-None-Match` names this tag, with its quotes; weak ones alike.
[[nodiscard]] inline bool matches_tag(std::string_view if_none_match, std::string_view tag) {
  return std::ranges::any_of(list_elements(if_none_match), [tag](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    return element == tag || element == "*";
  });
}

}  // namespace starling::http
