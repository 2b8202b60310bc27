#include "starling/server/contract/asyncapi.hpp"

#include <algorithm>
#include <cctype>

#include "starling/server/contract/json_object.hpp"
#include "starling/server/contract/schemas.hpp"

namespace starling::contract {
namespace {

constexpr std::string_view kAbout =
    "What is said on the server's WebSockets: a channel here is a path with its dialect. `send` is what the server says, `receive` what it understands; members of a client's "
    "message that are not described are ignored. Each message is one text frame of JSON. Times are RFC 3339 in UTC with milliseconds, or milliseconds since 1970. "
    "`/api/v1/openapi.json` describes what is asked over HTTP.";

/// The name of a member as a part of a reference: a JSON Pointer in a fragment of a URI (RFC 6901 §6).
std::string step_of(std::string_view name) {
  std::string step;
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else if (std::isalnum(static_cast<unsigned char>(c)) || std::string_view{"-._:*"}.find(c) != std::string_view::npos) {
      step += c;
    } else {
      step += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return step;
}

std::string reference_to(std::string_view where, std::string_view name) { return fmt::format(R"({{"$ref":"#/{}/{}"}})", where, step_of(name)); }

std::string message_text(std::string_view name, std::string_view payload) { return JsonObject{}.say("name", name).add("payload", payload).text(); }

/// "event-flat.server.pong"
std::string component_of(std::string_view dialect, std::string_view side, std::string_view message) { return fmt::format("{}.{}.{}", dialect, side, message); }

/// The messages of all dialects that have a name of their own.
std::string messages_text(std::string_view dialects) {
  JsonObject messages;
  for (const json::Member& dialect : json::Members{dialects}) {
    for (const std::string_view side : {"client", "server"}) {
      for (const json::Member& message : json::Members{*json::find(dialect.value, side)}) {
        if (message.name != "*") messages.add(component_of(dialect.name, side, message.name), message_text(message.name, reference_to("components/schemas", json::decode(message.value))));
      }
    }
  }
  return messages.text();
}

/// A channel and its operations, in the making.
struct Told {
  std::string_view path;
  JsonObject messages;
  std::vector<std::string> sent = {}, received = {};  ///< references to those

  void add(std::string_view side, std::string_view name, std::string_view message) {
    const std::string id = fmt::format("{}.{}", side, name);
    messages.add(id, message);
    (side == "server" ? sent : received).push_back(reference_to(fmt::format("channels/{}/messages", step_of(path)), id));
  }
};

/// One message for each channel that the door shows: the general one, with what it calls that.
void add_names(Told& told, const DescribedDoor& door, std::string_view by, std::string_view schema) {
  for (const std::string& name : door.names) {
    const std::string its_name = JsonObject{}.add("properties", JsonObject{}.add(by, JsonObject{}.say("const", name).text()).text()).text();
    const std::vector<std::string> both{reference_to("components/schemas", schema), its_name};
    told.add("server", name, message_text(name, JsonObject{}.add("allOf", list_of(both)).text()));
  }
}

Told told_at(const DescribedDoor& door, std::string_view dialect) {
  Told told{.path = door.path, .messages = {}};
  const std::string by = json::decode(*json::find(dialect, "by"));
  for (const std::string_view side : {"client", "server"}) {
    for (const json::Member& message : json::Members{*json::find(dialect, side)}) {
      if (message.name == "*") {
        add_names(told, door, by, json::decode(message.value));
      } else {
        told.add(side, message.name, reference_to("components/messages", component_of(door.dialect, side, message.name)));
      }
    }
  }
  return told;
}

std::string operation_text(std::string_view action, const Told& told, const std::vector<std::string>& messages) {
  return JsonObject{}.say("action", action).add("channel", reference_to("channels", told.path)).add("messages", list_of(messages)).text();
}

}  // namespace

std::string asyncapi_text(std::string_view version, std::span<const DescribedDoor> doors) {
  const auto dialects = json::compact(dialects_text());
  STARLING_CHECK(dialects.has_value());
  JsonObject channels, operations;
  for (const DescribedDoor& door : doors) {
    const auto dialect = json::find(*dialects, door.dialect);
    STARLING_CHECK(dialect.has_value(), door.dialect);
    const Told told = told_at(door, *dialect);
    channels.add(door.path, JsonObject{}
                                .say("address", door.path)
                                .add("description", *json::find(*dialect, "about"))
                                .add("messages", told.messages.text())
                                .add("bindings", R"({"ws":{"method":"GET","bindingVersion":"0.1.0"}})")
                                .text());
    operations.add(door.path + " send", operation_text("send", told, told.sent));
    operations.add(door.path + " receive", operation_text("receive", told, told.received));
  }
  const std::string info = JsonObject{}
                               .say("title", "Starling")
                               .say("version", version)
                               .say("description", kAbout)
                               .add("license", R"({"name":"Apache-2.0","url":"https://www.apache.org/licenses/LICENSE-2.0"})")
                               .text();
  const std::string schemas = JsonObject{}.add_all(shared_schemas_text()).add_all(message_schemas_text()).text();
  return JsonObject{}
      .say("asyncapi", "3.0.0")
      .add("info", info)
      .say("defaultContentType", "application/json")
      .add("channels", channels.text())
      .add("operations", operations.text())
      .add("components", JsonObject{}.add("messages", messages_text(*dialects)).add("schemas", schemas).text())
      .text();
}

}  // namespace starling::contract
