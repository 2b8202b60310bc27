#include "starling/server/config/source_config.hpp"

namespace starling::config {

Place SourceConfig::place_of(std::string_view option) const {
  while (true) {
    if (const auto found = places.find(option); found != places.end()) return found->second;
    const std::size_t dot = option.rfind('.');
    if (dot == std::string_view::npos) return place;
    option = option.substr(0, dot);
  }
}

}  // namespace starling::config
