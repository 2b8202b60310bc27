#include "starling/server/routes/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/server/config/duration.hpp"
#include "starling/server/contract/json_object.hpp"
#include "starling/server/contract/schemas.hpp"
#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

using contract::JsonObject;
using contract::list_of;
using json::quoted;
using protocol::ErrorCode;

constexpr std::string_view kAbout =
    "What a fleet reports, kept as its latest state, and told to whoever looks at it. A GET may be asked as HEAD. Times are RFC 3339, lengths are of UTF-8 in "
    "bytes. A media type of many values (application/x-ndjson: a value a line; text/event-stream: an event each) is described as the array of them.";

constexpr std::string_view kDoor =
    "Refused at the door, whatever is asked: 400 (no proper request), 403 (a foreign origin, a proxy that is not trusted), 405 (with `Allow`), 408, 413, 421 (not "
    "this machine's name), 429 and 503 (with `Retry-After`), 431, 505.";

std::string reference(std::string_view schema) { return fmt::format(R"({{"$ref":"#/components/schemas/{}"}})", schema); }

// ---- Parameters ----------------------------------------------------------------------------------------------------------------------

struct SchemaOf {
  std::string operator()(const Text& text) const {
    JsonObject schema;
    schema.say("type", "string");
    if (text.bytes_min > 0) schema.add("minLength", std::to_string(text.bytes_min));
    if (text.bytes_max > 0) schema.add("maxLength", std::to_string(text.bytes_max));
    if (!text.pattern.empty()) schema.say("pattern", text.pattern);
    return schema.text();
  }
  std::string operator()(const Whole& whole) const {
    JsonObject schema;
    schema.say("type", "integer").add("minimum", std::to_string(whole.min));
    if (whole.max) schema.add("maximum", std::to_string(*whole.max));
    return schema.add("default", std::to_string(whole.absent)).text();
  }
  std::string operator()(const Number&) const { return R"({"type":"number","minimum":0})"; }
  std::string operator()(const Flag& flag) const { return JsonObject{}.say("type", "boolean").add("default", flag.absent ? "true" : "false").text(); }
  std::string operator()(const Choice& choice) const {
    std::vector<std::string> values;
    for (const std::string_view value : choice.values) values.push_back(quoted(value));
    return JsonObject{}.say("type", "string").add("enum", list_of(values)).add("default", values.front()).text();
  }
  std::string operator()(const Period& period) const {
    return JsonObject{}
        .say("type", "string")
        .say("pattern", R"(^[0-9]+(\.[0-9]+)?(us|ms|s|m|h|d)$)")
        .say("default", config::format_duration(period.absent))
        .say("x-maximum", config::format_duration(period.max))
        .text();
  }
  std::string operator()(const Time&) const { return R"({"type":"string","format":"date-time"})"; }
  std::string operator()(const Bounds&) const {
    return R"({"type":"array","prefixItems":[{"title":"west","type":"number"},{"title":"south","type":"number","minimum":-90,"maximum":90},)"
           R"({"title":"east","type":"number"},{"title":"north","type":"number","minimum":-90,"maximum":90}],"minItems":4,"maxItems":4})";
  }
  std::string operator()(const List& list) const {
    JsonObject schema;
    schema.say("type", "array").add("items", (*this)(list.element));
    if (list.elements_max > 0) schema.add("maxItems", std::to_string(list.elements_max));
    return schema.text();
  }
  std::string operator()(const Json& json) const { return reference(json.schema); }
};

std::string_view to_text(Place place) noexcept {
  switch (place) {
    case Place::path: return "path";
    case Place::query: return "query";
    case Place::header: return "header";
  }
  return "";
}

std::string parameter_text(const Parameter& parameter) {
  JsonObject object;
  object.say("name", parameter.name).say("in", to_text(parameter.place));
  // JSON Schema has no word for it.
  const auto* period = std::get_if<Period>(&parameter.kind);
  object.say("description", period ? fmt::format("{} From `0s` to `{}`.", parameter.doc, config::format_duration(period->max)) : std::string{parameter.doc});
  if (parameter.is_required) object.add("required", "true");
  const std::string schema = std::visit(SchemaOf{}, parameter.kind);
  if (std::holds_alternative<Json>(parameter.kind)) {
    JsonObject content;
    content.add("schema", schema);
    if (!parameter.example.empty()) content.add("example", parameter.example);
    return object.add("content", JsonObject{}.add("application/json", content.text()).text()).text();
  }
  object.add("schema", schema);
  if (std::holds_alternative<List>(parameter.kind) || std::holds_alternative<Bounds>(parameter.kind)) object.say("style", "form").add("explode", "false");
  if (!parameter.example.empty()) object.add("example", parameter.example);
  return object.text();
}

// ---- Bodies --------------------------------------------------------------------------------------------------------------------------

/// Of a sequence that is written in lines, the list of them.
std::string example_text(const Content& content) {
  if (!content.is_sequence) return std::string{content.example};
  std::vector<std::string_view> lines;
  for (std::string_view rest = content.example; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    lines.push_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return list_of(lines);
}

std::string contents_text(std::span<const Content> contents) {
  JsonObject object;
  for (const Content& content : contents) {
    const std::string schema = content.schema.empty() ? R"({"type":"string"})" : reference(content.schema);
    JsonObject media;
    media.add("schema", content.is_sequence ? JsonObject{}.say("type", "array").add("items", schema).text() : schema);
    if (!content.example.empty()) media.add("example", example_text(content));
    object.add(content.media_type, media.text());
  }
  return object.text();
}

std::string problem_text(std::string_view description, std::string_view schema) {
  return JsonObject{}.say("description", description).add("content", JsonObject{}.add("application/problem+json", JsonObject{}.add("schema", schema).text()).text()).text();
}

std::string answer_text(const Route& route) {
  JsonObject answer;
  answer.say("description", route.answer);
  if (route.is_tagged) answer.add("headers", R"({"ETag":{"description":"Names what was answered.","schema":{"type":"string"}}})");
  answer.add("content", contents_text(route.answers));
  JsonObject links;
  for (const Link& link : route.links) {
    const std::string parameters = JsonObject{}.say(link.parameter->name, fmt::format("$response.body#{}", link.pointer)).text();
    links.add(link.name, JsonObject{}.say("operationId", link.operation).add("parameters", parameters).text());
  }
  if (!links.is_empty()) answer.add("links", links.text());
  return answer.text();
}

/// Codes of one status stand together.
std::string responses_text(const Route& route) {
  std::map<unsigned, std::string> responses;
  if (!route.answer.empty()) responses[200] = answer_text(route);
  if (route.is_tagged) responses[304] = R"({"description":"It is what `If-None-Match` names."})";
  for (const Reply& reply : route.replies) {
    responses[reply.status] = reply.is_problem ? problem_text(reply.doc, reference("Problem")) : JsonObject{}.say("description", reply.doc).text();
  }
  std::map<unsigned, std::vector<std::string>> codes;
  for (const ErrorCode code : route.codes) codes[http::status_of(code)].push_back(quoted(protocol::to_text(code)));
  for (const auto& [status, names] : codes) {
    const std::string code = JsonObject{}.add("code", JsonObject{}.add("enum", list_of(names)).text()).text();
    responses[status] = problem_text(http::reason_phrase(status), JsonObject{}.say("$ref", "#/components/schemas/Problem").add("properties", code).text());
  }
  JsonObject object;
  for (const auto& [status, text] : responses) object.add(std::to_string(status), text);
  return object.add("default", R"({"$ref":"#/components/responses/Door"})").text();
}

std::string operation_text(const Route& route) {
  JsonObject operation;
  operation.say("operationId", route.operation).say("summary", route.summary);
  if (!route.doc.empty()) operation.say("description", route.doc);
  std::vector<std::string> parameters;
  for (const Parameter* parameter : route.parameters) {
    if (!parameter->is_later) parameters.push_back(parameter_text(*parameter));
  }
  if (!parameters.empty()) operation.add("parameters", list_of(parameters));
  if (!route.bodies.empty()) operation.add("requestBody", JsonObject{}.add("required", "true").add("content", contents_text(route.bodies)).text());
  return operation.add("responses", responses_text(route)).text();
}

}  // namespace

std::string_view version_of(std::string_view server_name) noexcept { return server_name.substr(server_name.find('/') + 1); }

std::string openapi_text(std::string_view version) {
  const std::string info = JsonObject{}
                               .say("title", "Starling")
                               .say("version", version)
                               .say("description", kAbout)
                               .add("license", R"({"name":"Apache-2.0","identifier":"Apache-2.0"})")
                               .text();
  JsonObject paths;
  for (const Route& route : all_routes()) {
    std::string method{route.method};
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    paths.add(route.path, JsonObject{}.add(method, operation_text(route)).text());
  }
  const std::string schemas = JsonObject{}.add_all(contract::shared_schemas_text()).add_all(schemas_text()).text();
  const std::string components =
      JsonObject{}.add("schemas", schemas).add("responses", JsonObject{}.add("Door", problem_text(kDoor, reference("Problem"))).text()).text();
  return JsonObject{}.say("openapi", "3.1.0").add("info", info).add("paths", paths.text()).add("components", components).text();
}

}  // namespace starling::routes
