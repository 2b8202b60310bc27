#include "starling/server/contract/asyncapi.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <set>

#include "starling/core/base/json.hpp"
#include "starling/server/contract/schemas.hpp"

namespace starling::contract {
namespace {

const std::vector<DescribedDoor> kDoors{{"/live", "native", {}},
                                        {"/ws/updates", "event", {"services:health", "a \"name\" / of ~ours%"}},
                                        {"/ws", "event-flat", {"websdrs_update"}},
                                        {"/api/ws", "mesh", {}}};

std::string_view at(std::string_view document, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = json::find(document, name);
    REQUIRE_MESSAGE(found, name);
    document = *found;
  }
  return document;
}

/// A step of a reference as the name of a member.
std::string name_of(std::string_view step) {
  std::string name;
  while (!step.empty()) {
    std::size_t taken = 1;
    if (step.front() == '%') {
      std::uint8_t byte = 0;
      std::from_chars(step.data() + 1, step.data() + 3, byte, 16);
      name += static_cast<char>(byte);
      taken = 3;
    } else if (step.front() == '~') {
      name += step[1] == '1' ? '/' : '~';
      taken = 2;
    } else {
      name += step.front();
    }
    step.remove_prefix(taken);
  }
  return name;
}

bool leads_somewhere(std::string_view document, std::string_view reference) {
  if (!reference.starts_with("#/")) return false;
  reference.remove_prefix(2);
  while (true) {
    const std::size_t end = reference.find('/');
    const auto found = json::find(document, name_of(reference.substr(0, end)));
    if (!found) return false;
    if (end == std::string_view::npos) return true;
    document = *found;
    reference.remove_prefix(end + 1);
  }
}

/// Every reference in a value, as often as it stands there.
void collect(std::string_view value, std::vector<std::string>& references) {
  if (json::kind_of(value) == json::Kind::array) {
    for (const std::string_view element : json::Elements{value}) collect(element, references);
  } else if (json::kind_of(value) == json::Kind::object) {
    for (const json::Member& member : json::Members{value}) {
      if (member.is_called("$ref")) references.push_back(json::decode(member.value));
      collect(member.value, references);
    }
  }
}

TEST_CASE("the description is JSON, of this program, with every door and both directions") {
  const std::string text = asyncapi_text("9.8.7", kDoors);
  REQUIRE(json::compact(text));
  CHECK(at(text, {"asyncapi"}) == R"("3.0.0")");
  CHECK(at(text, {"info", "version"}) == R"("9.8.7")");
  for (const DescribedDoor& door : kDoors) {
    CHECK(at(text, {"channels", door.path, "address"}) == json::quoted(door.path));
    for (const char* action : {"send", "receive"}) CHECK(at(text, {"operations", door.path + " " + action, "action"}) == json::quoted(action));
  }
  CHECK(at(text, {"operations", "/ws receive", "messages"}) == R"([{"$ref":"#/channels/~1ws/messages/client.ping"},{"$ref":"#/channels/~1ws/messages/client.subscribe"}])");
}

TEST_CASE("every reference leads somewhere") {
  const std::string text = asyncapi_text("1", kDoors);
  std::vector<std::string> references;
  collect(text, references);
  CHECK(references.size() > 200);
  for (const std::string& reference : references) CHECK_MESSAGE(leads_somewhere(text, reference), reference);
  CHECK_FALSE(leads_somewhere(text, "#/components/schemas/Nobody"));
}

TEST_CASE("every schema is said by somebody, and the names of a dialect's messages are told apart by its member") {
  const std::string text = asyncapi_text("1", kDoors);
  std::vector<std::string> references;
  collect(text, references);
  const std::set<std::string> used{references.begin(), references.end()};
  for (const json::Member& schema : json::Members{at(text, {"components", "schemas"})}) CHECK_MESSAGE(used.contains("#/components/schemas/" + std::string{schema.name}), schema.name);
  const std::string dialects = *json::compact(dialects_text()), schemas = *json::compact(message_schemas_text()), shared = *json::compact(shared_schemas_text());
  for (const json::Member& dialect : json::Members{dialects}) {
    for (const char* side : {"client", "server"}) {
      for (const json::Member& message : json::Members{at(dialect.value, {side})}) {
        const std::string name = json::decode(message.value);
        CAPTURE(name);
        auto schema = json::find(schemas, name);
        if (!schema) schema = json::find(shared, name);
        REQUIRE(schema);
        if (const auto choices = json::find(*schema, "oneOf")) continue;
        const std::string_view by = at(*schema, {"properties", json::decode(at(dialect.value, {"by"}))});
        if (message.name != "*") CHECK(at(by, {"const"}) == json::quoted(message.name));
      }
    }
  }
}

TEST_CASE("what a server says has no members but those that are described") {
  const std::string dialects = *json::compact(dialects_text()), schemas = *json::compact(message_schemas_text()), shared = *json::compact(shared_schemas_text());
  for (const json::Member& dialect : json::Members{dialects}) {
    for (const json::Member& message : json::Members{at(dialect.value, {"server"})}) {
      const std::string name = json::decode(message.value);
      CAPTURE(name);
      auto schema = json::find(schemas, name);
      if (!schema) schema = json::find(shared, name);
      REQUIRE(schema);
      if (!json::find(*schema, "oneOf")) CHECK(at(*schema, {"additionalProperties"}) == "false");
    }
  }
}

TEST_CASE("a channel is told under the door's name for it") {
  const std::string text = asyncapi_text("1", kDoors);
  CHECK(at(text, {"channels", "/ws", "messages", "server.websdrs_update", "payload"}) ==
        R"({"allOf":[{"$ref":"#/components/schemas/FlatTold"},{"properties":{"event":{"const":"websdrs_update"}}}]})");
  CHECK(at(text, {"channels", "/ws/updates", "messages", "server.a \"name\" / of ~ours%", "name"}) == R"("a \"name\" / of ~ours%")");
}

}  // namespace
}  // namespace starling::contract
