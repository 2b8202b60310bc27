/// @file
/// Any JSON on MQTT, made updates by a mapping the operator writes:
///
///     mapping = { channel = "site:state", key = "{1}", fields = { "temp" = "temperature_c" }, location = ["lat",
///     "lon"] }
///
/// The channel and the key come from templates (`template.hpp`). Fields that are listed get our name and, if asked,
/// our unit; the others pass through in the text they came in. Reading TOML is the configuration's business.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "starling/sources/decoder.hpp"
#include "starling/sources/mapping/template.hpp"
#include "starling/sources/mapping/topic.hpp"

namespace starling::sources::mapping {

struct FieldMapping {
  std::string name;                  ///< ours; a later member of the payload that gets the same name wins
  std::optional<double> scale = {};  ///< a number is multiplied by it (`scaled` in decimal.hpp); `null` stays null
};

struct MappingOptions {
  std::string channel = {};                         ///< template, "site:state"
  std::optional<std::string> key = {};              ///< template; state channels need one, events may have one
  std::map<std::string, FieldMapping> fields = {};  ///< the payload's name → ours
  bool fields_only = false;                         ///< true: fields that are not listed are left out
  /// The payload's names of latitude and longitude in degrees, after scaling. They stay fields as well. Both null:
  /// the place is cleared; neither there: it stays.
  std::optional<std::pair<std::string, std::string>> location = {};
  /// The payload's field that says when it was so: RFC 3339, or Unix seconds, or milliseconds (from 1e11 on). It
  /// becomes the update's time, and is a field only if `fields` lists it. Absent or null: when it came.
  std::optional<std::string> time = {};
  /// A payload that is a bare string, number or boolean becomes {"<value>": payload} before anything else; so does
  /// text that is not JSON and does not begin like an object, array or string (ON, online), as a string. Absent: only
  /// objects.
  std::optional<std::string> value = {};
  state::Operation operation = state::Operation::merge;
};

/// What is wrong with a mapping: the option at fault and the cure.
struct MappingError {
  std::string option;  ///< "channel", "key", "fields.lat_i.scale", "topics"
  std::string message;
};

class MappingDecoder final : public Decoder {
 public:
  /// `topics` are the source's subscriptions; the first that matches a topic says what its wildcards are.
  [[nodiscard]] static Result<MappingDecoder, MappingError> from(MappingOptions options,
                                                                 const std::vector<std::string>& topics);

  Result<void, DecodeError> decode(std::string_view topic, std::string_view payload, bool retained, Timestamp now,
                                   std::vector<state::Update>& updates) override;

 private:
  MappingDecoder() = default;
  [[nodiscard]] Result<std::string, DecodeError> object_of(std::string_view payload) const;
  [[nodiscard]] Result<std::string, DecodeError> fields_of(std::string_view object) const;
  [[nodiscard]] Result<state::Location, DecodeError> location_of(std::string_view object) const;
  [[nodiscard]] Result<std::optional<double>, DecodeError> degrees_of(std::string_view object,
                                                                      const std::string& name) const;
  [[nodiscard]] Result<std::optional<Timestamp>, DecodeError> time_of(std::string_view object) const;

  MappingOptions options_;
  Template channel_;
  std::optional<Template> key_;
  std::vector<TopicFilter> filters_;
};

}  // namespace starling::sources::mapping
