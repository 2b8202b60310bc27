#include "starling/core/protocol/object_reader.hpp"

#include <fmt/format.h>

namespace starling::protocol {

ObjectReader::ObjectReader(std::string_view object, std::string path) : object_(object), path_(std::move(path)) {
  for (const json::Member& member : json::Members{object}) {
    if (++member_count_ > kMembersMax) return;
    members_[member_count_ - 1] = member;
  }
}

std::string ObjectReader::path_of(std::string_view name) const {
  return path_.empty() ? std::string{name} : fmt::format("{}.{}", path_, name);
}

void ObjectReader::fail(ErrorCode code, std::string_view name, std::string message) {
  fail(Error{code, std::move(message), path_of(name), {}, {}});
}

void ObjectReader::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

std::optional<std::string_view> ObjectReader::any(std::string_view name) const {
  if (member_count_ > kMembersMax) return json::find(object_, name);
  for (std::size_t i = member_count_; i-- > 0;) {  // the last duplicate counts
    if (members_[i].is_called(name)) return members_[i].value;
  }
  return std::nullopt;
}

std::optional<std::string> ObjectReader::string(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  if (json::kind_of(*value) == json::Kind::string) return json::decode(*value);
  fail(ErrorCode::bad_message, name, fmt::format("{} must be a string", path_of(name)));
  return std::nullopt;
}

std::string ObjectReader::required_string(std::string_view name) {
  if (!any(name)) fail(ErrorCode::bad_message, name, fmt::format("{} is missing", path_of(name)));
  return string(name).value_or(std::string{});
}

std::optional<double> ObjectReader::number(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  const auto number = json::number(*value);
  if (!number) fail(ErrorCode::bad_message, name, fmt::format("{} must be a number", path_of(name)));
  return number;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  const auto integer = json::integer(*value);
  if (!integer) fail(ErrorCode::bad_message, name, fmt::format("{} must be a whole number", path_of(name)));
  return integer;
}

std::optional<bool> ObjectReader::boolean(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  if (json::kind_of(*value) == json::Kind::boolean) return *value == "true";
  fail(ErrorCode::bad_message, name, fmt::format("{} must be true or false", path_of(name)));
  return std::nullopt;
}

std::optional<std::string_view> ObjectReader::object(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  if (json::kind_of(*value) == json::Kind::object) return value;
  fail(ErrorCode::bad_message, name, fmt::format("{} must be an object", path_of(name)));
  return std::nullopt;
}

std::optional<std::vector<std::string>> ObjectReader::strings(std::string_view name) {
  const auto value = any(name);
  if (!value) return std::nullopt;
  std::vector<std::string> strings;
  bool all_strings = json::kind_of(*value) == json::Kind::array;
  if (all_strings) {
    for (const std::string_view element : json::Elements{*value}) {
      if (json::kind_of(element) != json::Kind::string) {
        all_strings = false;
        break;
      }
      strings.push_back(json::decode(element));
    }
  }
  if (all_strings) return strings;
  fail(ErrorCode::bad_message, name, fmt::format("{} must be a list of strings", path_of(name)));
  return std::nullopt;
}

}  // namespace starling::protocol
