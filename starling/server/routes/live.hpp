/// @file
/// `GET /live` and doors: whether an upgrade is agreed to, to which subprotocol, and whether with compression.
#pragma once

#include <string>
#include <variant>

#include "starling/io/http/message.hpp"
#include "starling/server/routes/route.hpp"

namespace starling::routes {

inline constexpr std::string_view kSubprotocol = "starling.v1";

inline constexpr Parameter kSubprotocols{.name = "Sec-WebSocket-Protocol",
                                         .place = Place::header,
                                         .kind = Text{.pattern = "(^|,)[ \\t]*starling\\.v1[ \\t]*(,|$)"},
                                         .doc = "What the client speaks, if it says so: among it `starling.v1`.",
                                         .example = R"("starling.v1")"};

/// 426, with what to ask for instead (RFC 6455 §4.4).
[[nodiscard]] http::Response upgrade_required(std::string_view detail);

/// Whether it is among those that the client speaks.
[[nodiscard]] bool offers(const http::Request& request, std::string_view subprotocol);

struct Agreed {
  std::string head;       ///< 101, with its empty line
  bool deflates = false;  ///< permessage-deflate, as `ws::answer_deflate_offers` has it
};

/// What is agreed to, or the response that does not. `subprotocol` is what is spoken there; if it is empty, none of those offered is chosen, and
/// every offer will do. Without `compression` offers of it are declined.
[[nodiscard]] std::variant<Agreed, http::Response> agree_to_upgrade(const http::Request& request, std::string_view subprotocol, bool compression);

}  // namespace starling::routes
