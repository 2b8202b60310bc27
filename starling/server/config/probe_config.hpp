/// @file
/// `[[probe]]` and `[[receiver]]`: who is asked how it does, where, and how often.
///
/// Which urls make sense is for the source to say when it is made; `place_of` tells where in the file its complaint belongs.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "starling/core/base/time.hpp"
#include "starling/server/config/error.hpp"

namespace starling::config {

struct ProbeConfig {
  std::string key;   ///< a probe's name, a receiver's id
  std::string name;  ///< of a receiver; its id where it has none
  std::string url;   ///< may hold credentials: not to be shown
  Duration every = std::chrono::seconds{30};
  Duration timeout = std::chrono::seconds{5};
  std::string ca_file;  ///< PEM; empty: the system's

  Place place;  ///< of the table
  std::map<std::string, Place, std::less<>> places;  ///< of what it says

  /// Where `option` is said, else the table.
  [[nodiscard]] Place place_of(std::string_view option) const {
    const auto found = places.find(option);
    return found == places.end() ? place : found->second;
  }
};

}  // namespace starling::config
