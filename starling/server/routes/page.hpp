/// @file
/// `GET /`: the page, which is part of the program.
#pragma once

#include <string>
#include <string_view>

#include "starling/io/http/message.hpp"

namespace starling::routes {

/// The page as it was when the program was built.
[[nodiscard]] std::string_view page_text() noexcept;

/// A page of one file, whose policy allows exactly what stands in it: its `<script>` and its `<style>`, by their
/// hashes.
class Page {
 public:
  explicit Page(std::string_view html);
  [[nodiscard]] const http::Response& response() const noexcept { return response_; }

 private:
  http::Response response_;
};

/// `Content-Security-Policy` for it.
[[nodiscard]] std::string security_policy_of(std::string_view html);

}  // namespace starling::routes
