/// @file
/// `[[source]]`: a broker to listen to and how its messages become updates.
///
/// Which urls, topics, templates and names make sense is for the source to say when it is made; it gets them as they
/// are, and `place_of` tells where in the file its complaint belongs.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/server/config/error.hpp"

namespace starling::config {

enum class SourceDecode : std::uint8_t { json, meshtastic };

struct FieldMappingConfig {
  std::string name;             ///< ours
  std::optional<double> scale;  ///< a number is multiplied by it
};

struct MappingConfig {
  std::string channel;                                          ///< template, "site:state"
  std::optional<std::string> key;                               ///< template, "{1}"
  std::map<std::string, FieldMappingConfig> fields;             ///< the payload's name → ours
  bool fields_only = false;                                     ///< true: fields that are not listed are left out
  std::optional<std::pair<std::string, std::string>> location;  ///< the payload's names of latitude and longitude
  std::optional<std::string> time;                              ///< the payload's name of the time
  std::optional<std::string> value;                             ///< what a payload that is no object is called
};

/// What is empty or absent was not said: the source has its own defaults.
struct SourceConfig {
  std::string url;  ///< may hold credentials: not to be shown
  std::vector<std::string> topics;
  SourceDecode decode = SourceDecode::json;
  std::optional<MappingConfig> mapping;  ///< there if and only if `decode` is json
  bool raw = true;                       ///< Meshtastic: every message is repeated on mesh:raw
  std::optional<int> qos;                ///< 0 to 2
  std::string username;
  std::string password;
  std::string client_id;
  std::string ca_file;  ///< PEM
  std::string cert;     ///< PEM, with `key`: who we are
  std::string key;
  bool insecure = false;  ///< true: the broker's certificate is not checked
  std::optional<std::chrono::seconds> keepalive;

  Place place;  ///< of the [[source]]
  std::map<std::string, Place, std::less<>>
      places;  ///< of what it says: "topics", "mapping.key", "mapping.fields.t.scale"

  /// Where `option` is said, else what it is part of, else the [[source]].
  [[nodiscard]] Place place_of(std::string_view option) const;
};

}  // namespace starling::config
