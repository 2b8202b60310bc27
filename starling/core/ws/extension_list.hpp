/// @file
/// What `Sec-WebSocket-Extensions` says: the grammar of RFC 6455 §9.1, of an offer and of an answer alike.
///
///     permessage-deflate; client_max_window_bits; server_max_window_bits="15", x-other
///
/// is two extensions, the first with two parameters. Several headers of that name are one list, in their order.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace starling::ws {

struct ExtensionParameter {
  std::string name;
  std::optional<std::string> value;  ///< what a quoted one stands for; `nullopt`: there is no '='
  bool operator==(const ExtensionParameter&) const = default;
};

struct Extension {
  std::string name;
  std::vector<ExtensionParameter> parameters;  ///< in order, doubles included
  bool operator==(const Extension&) const = default;
};

/// The extensions that the headers with these values name, in order; none where there are no headers.
///
/// Nullopt if one breaks the grammar: then the connection fails (§9.1). A header that names nothing does, elements that are
/// empty beside others do not (RFC 9110 §5.6.1.2), and nor does a quoted value, if what it stands for is a token.
[[nodiscard]] std::optional<std::vector<Extension>> read_extension_list(std::span<const std::string_view> header_values) noexcept;

}  // namespace starling::ws
