#include "sim/mistakes.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace starling::sim {
namespace {

struct Kind {
  std::string_view text;  ///< REF and ID stand for them
  std::string_view code, field;
  bool has_ref, has_id;   ///< its error
};

constexpr Kind kKinds[] = {
    {R"({"type":"ping","ref":REF)", "bad_message", "", false, false},
    {R"([{"type":"ping"}])", "bad_message", "", false, false},
    {R"({"ref":REF})", "bad_message", "type", true, false},
    {R"({"type":"pong","ref":REF})", "unknown_type", "type", true, false},
    {R"({"type":"ping","ref":{}})", "bad_message", "ref", false, false},
    {R"({"type":"token","token":"t","ref":REF})", "unavailable", "token", true, false},
    {R"({"type":"unsubscribe","id":"ID","ref":REF})", "bad_message", "id", true, false},
    {R"({"type":"snapshot","ref":REF})", "bad_message", "id", true, false},
    {R"({"type":"subscribe","id":0,"channels":["*"],"ref":REF})", "bad_message", "id", true, false},
    {R"({"type":"subscribe","id":ID,"channels":[],"ref":REF})", "bad_message", "channels", true, true},
    {R"({"type":"subscribe","id":ID,"channels":["no channel"]})", "bad_channel", "channels", false, true},
    {R"({"type":"subscribe","id":ID,"channels":["*"],"filter":{"bounds":{"north":1,"south":2,"east":1,"west":0}}})", "bad_filter", "filter.bounds.south", false, true},
    {R"({"type":"subscribe","id":ID,"channels":["*"],"filter":{"where":{"a":{"near":1}}},"ref":REF})", "bad_filter", "filter.where.a", true, true},
    {R"({"type":"subscribe","id":ID,"channels":["*"],"rate":-1})", "bad_message", "rate", false, true},
    {R"({"type":"subscribe","id":ID,"channels":["*"],"snapshot":false,"ref":REF})", "bad_message", "snapshot", true, true},
    {R"({"type":"subscribe","id":ID,"channels":["mesh:nobody-said-this"],"snapshot":false,"ref":REF})", "bad_message", "snapshot", true, true},
    {R"({"type":"subscribe","id":ID,"channels":["*"],"at":"2026-11-21T09:00:00Z"})", "unavailable", "at", false, true},
    {R"({"type":"publish","channel":"mesh:position","key":"!0","ref":REF})", "bad_message", "data", true, false},
    {R"({"type":"publish","channel":"mesh:position","key":"!0","op":"none","data":{},"ref":REF})", "bad_message", "op", true, false},
    {R"({"type":"publish","channel":"mesh:position","key":"!0","data":{},"location":{"latitude":91,"longitude":0},"ref":REF})", "bad_message", "location", true, false},
};

void put(std::string& text, std::string_view name, std::string_view value) {
  if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
}

}  // namespace

Mistake random_mistake(Dice& random, const std::string& ref, std::uint32_t id) {
  const Kind& kind = kKinds[random.below(std::size(kKinds))];
  std::string text{kind.text};
  put(text, "REF", ref);
  put(text, "ID", std::to_string(id));
  return {std::move(text), std::string{kind.code}, kind.has_ref ? ref : "", kind.has_id ? std::to_string(id) : "", std::string{kind.field}};
}

}  // namespace starling::sim
