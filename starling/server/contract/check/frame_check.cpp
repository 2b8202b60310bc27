#include "starling/server/contract/check/frame_check.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <vector>

#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/server/contract/json_object.hpp"
#include "starling/server/contract/schemas.hpp"

namespace starling::contract {
namespace {

using valijson::adapters::RapidJsonAdapter;

/// Frames give numbers back as they came, of any size, and RapidJSON refuses those beyond a double: they become the largest.
std::string within_doubles(std::string_view text) {
  std::string within;
  within.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 1;
    double number = 0;
    if (text.front() == '"') {
      while (length < text.size() && text[length] != '"') length += text[length] == '\\' ? 2 : 1;
      length = std::min(length + 1, text.size());
    } else if (text.front() == '-' || (text.front() >= '0' && text.front() <= '9')) {
      length = std::min(text.find_first_not_of("+-.0123456789eE"), text.size());
      number = std::strtod(std::string{text.substr(0, length)}.c_str(), nullptr);
    }
    if (std::isinf(number)) {
      within += number < 0 ? "-1e308" : "1e308";
    } else {
      within += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return within;
}

/// Why it is no JSON; nullopt: it is.
std::optional<std::string> read(rapidjson::Document& document, std::string_view text) {
  document.Parse<rapidjson::kParseValidateEncodingFlag>(within_doubles(text).c_str());
  if (!document.HasParseError()) return std::nullopt;
  return fmt::format("not JSON at byte {}: {}", document.GetErrorOffset(), rapidjson::GetParseError_En(document.GetParseError()));
}

const rapidjson::Value* member_of(const rapidjson::Value& object, std::string_view name) {
  const auto found = object.FindMember(rapidjson::Value{name.data(), static_cast<rapidjson::SizeType>(name.size())});
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string_view text_of(const rapidjson::Value& value) { return {value.GetString(), value.GetStringLength()}; }

}  // namespace

class FrameCheck::Schemas {
 public:
  Schemas() {
    const std::string schemas = JsonObject{}.add_all(shared_schemas_text()).add_all(message_schemas_text()).text();
    const auto all = JsonObject{}.add("components", JsonObject{}.add("schemas", schemas).text()).text();
    STARLING_CHECK(!read(all_, all));
    STARLING_CHECK(!read(dialects_, dialects_text()));
  }

  std::string fault_of(std::string_view dialect, std::string_view payload) {
    rapidjson::Document frame;
    if (auto fault = read(frame, payload)) return *fault;
    if (!frame.IsObject()) return "not an object";
    const rapidjson::Value* spoken = member_of(dialects_, dialect);
    if (spoken == nullptr) return fmt::format("nobody knows the dialect {}", dialect);
    const std::string_view by = text_of(*member_of(*spoken, "by"));
    const rapidjson::Value* name = member_of(frame, by);
    if (name == nullptr || !name->IsString()) return fmt::format("no member \"{}\" says which message it is", by);
    const rapidjson::Value& said = *member_of(*spoken, "server");
    const rapidjson::Value* schema = member_of(said, text_of(*name));
    if (schema == nullptr) schema = member_of(said, "*");
    if (schema == nullptr) return fmt::format("no server says \"{}\" in the dialect {}", text_of(*name), dialect);
    return fault_of(schema_of(text_of(*schema)), frame);
  }

 private:
  std::string fault_of(const valijson::Schema& schema, const rapidjson::Value& frame) {
    valijson::ValidationResults results;
    if (validator_.validate(schema, RapidJsonAdapter{frame}, &results)) return {};
    std::vector<std::string> faults;
    for (valijson::ValidationResults::Error error; results.popError(error);) {
      std::string where;
      for (const std::string& step : error.context) where += step == "<root>" ? "" : step;
      faults.push_back(where.empty() ? error.description : where + ": " + error.description);
    }
    return fmt::format("{}", fmt::join(faults, "; "));
  }

  /// Made when it is first needed: most tests need few.
  const valijson::Schema& schema_of(std::string_view name) {
    const auto found = made_.find(name);
    if (found != made_.end()) return *found->second;
    const std::string reference = fmt::format("#/components/schemas/{}", name);
    all_.RemoveMember("$ref");
    all_.AddMember("$ref", rapidjson::Value{reference.c_str(), all_.GetAllocator()}, all_.GetAllocator());
    auto schema = std::make_unique<valijson::Schema>();
    valijson::SchemaParser{}.populateSchema(RapidJsonAdapter{all_}, *schema);
    return *made_.emplace(name, std::move(schema)).first->second;
  }

  rapidjson::Document all_, dialects_;
  std::map<std::string, std::unique_ptr<valijson::Schema>, std::less<>> made_;
  valijson::Validator validator_;
};

FrameCheck::FrameCheck() : schemas_(std::make_unique<Schemas>()) {}
FrameCheck::~FrameCheck() = default;

std::string FrameCheck::fault_of(std::string_view dialect, std::string_view payload) {
  const char* planted = std::getenv("STARLING_PLANT_FIELD");
  if (planted == nullptr || !payload.ends_with('}')) return schemas_->fault_of(dialect, payload);
  return schemas_->fault_of(dialect, fmt::format("{},{}:true}}", payload.substr(0, payload.size() - 1), json::quoted(planted)));
}

}  // namespace starling::contract
