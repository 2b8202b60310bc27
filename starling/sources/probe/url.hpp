/// @file
/// What is asked: http://user:password@host:8001/health?verbose, taken apart into what is sent and what may be shown.
#pragma once

#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

namespace starling::sources::probe {

struct ProbeUrl {
  std::string asked;  ///< without user and password
  bool is_tls = false;
  std::string username, password;  ///< decoded; empty: none
  std::string shown;               ///< without the query too: that may hold a key
};

/// What is wrong with a url and how it should look; holds nothing of it.
using UrlFault = std::string_view;

[[nodiscard]] Result<ProbeUrl, UrlFault> read_probe_url(std::string_view text);

}  // namespace starling::sources::probe
