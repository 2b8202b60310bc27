/// @file
/// A text in which the server describes itself: made once, and given to everybody who asks and does not have it yet.
#pragma once

#include <string>
#include <string_view>

#include "starling/io/http/message.hpp"

namespace starling::routes {

class Description {
 public:
  /// `text` is JSON.
  explicit Description(std::string text);
  [[nodiscard]] http::Response response(std::string_view if_none_match) const;

 private:
  std::string text_;
  std::string tag_;
};

}  // namespace starling::routes
