/// @file
/// What is said, as JSON Schemas in the vocabulary of draft-07: one text for the description, for whoever writes a client, and for the tests that hold every
/// frame to it. They are in the program as they were when it was built.
#pragma once

#include <string_view>

namespace starling::contract {

/// By name: what HTTP and WebSockets have in common.
[[nodiscard]] std::string_view shared_schemas_text() noexcept;

/// By name: what only WebSockets have, in every dialect. They refer to the shared ones.
[[nodiscard]] std::string_view message_schemas_text() noexcept;

/// By dialect, who says what: `{"event":{"about":…,"by":"event","client":{"ping":"EventPing"},"server":{"pong":"EventPong","*":"EventTold"}}}`.
/// `by` is the member that tells messages apart; `*` stands for all its other values.
[[nodiscard]] std::string_view dialects_text() noexcept;

}  // namespace starling::contract
