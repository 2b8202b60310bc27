#include "starling/sources/decoder.hpp"

namespace starling::sources {

std::string describe(const DecodeError& error) {
  const auto field = [&error](std::string_view what) {
    std::string text = "field ";
    text += error.field;
    text += what;
    return text;
  };
  switch (error.reason) {
    case DecodeError::Reason::not_json:
      return "not JSON";
    case DecodeError::Reason::not_object:
      return "not a JSON object";
    case DecodeError::Reason::missing:
      return field(" is missing");
    case DecodeError::Reason::wrong_type:
      return field(" has the wrong type");
    case DecodeError::Reason::out_of_range:
      return field(" is out of range");
    case DecodeError::Reason::bad_channel:
      return "the topic gives no channel name (a-z 0-9 _ . - on both sides of one colon)";
    case DecodeError::Reason::bad_key:
      return "the topic gives no key (1 to 256 bytes without control characters)";
    case DecodeError::Reason::unexpected_topic:
      return "no subscription matches the topic";
  }
  return {};
}

}  // namespace starling::sources
