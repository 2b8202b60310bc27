/// @file
/// The parameters of a URL that every reader has: what is to be shown. What they say is checked as it is in a `subscribe`, and a fault bears the same
/// code, with the parameter as its field.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/core/view/query.hpp"
#include "starling/server/routes/given.hpp"

namespace starling::routes {

inline constexpr std::size_t kKeyBytesMax = 256;  ///< as `state::is_key` has it

/// A channel in a path.
inline constexpr Parameter kChannel{.name = "channel",
                                    .place = Place::path,
                                    .kind = Text{.bytes_min = 3, .pattern = "^[a-z0-9_.-]{1,128}:[a-z0-9_.-]{1,128}$"},
                                    .doc = "A channel is `space:facet`.",
                                    .is_required = true,
                                    .example = R"("site:position")"};

inline constexpr Parameter kKeys{
    .name = "keys", .kind = List{.element = {1, kKeyBytesMax}}, .doc = "Only these keys. May be repeated.", .example = R"(["van-1","van-2"])"};
inline constexpr Parameter kBounds{.name = "bounds",
                                   .kind = Bounds{},
                                   .doc = "`west,south,east,north` in degrees: only what is in this box, edges included. West over east crosses the date line.",
                                   .example = "[-10,38,-9,39]"};
inline constexpr Parameter kWhere{
    .name = "where", .kind = Json{"Where"}, .doc = "Only what meets all of these conditions. A fault names `where.NAME`.", .example = R"({"speed_mps":{"gt":10}})"};
inline constexpr Parameter kFields{.name = "fields",
                                   .kind = List{.element = {.pattern = "^[^/]*$"}, .elements_max = protocol::kFieldsShownMax},
                                   .doc = "Show only these fields. It hides fields, not keys.",
                                   .example = R"(["latitude","longitude"])"};

/// The state as it was, and its course since: not in this version.
inline constexpr Parameter kAt{.name = "at", .kind = Time{}, .is_later = true};
inline constexpr Parameter kReplay{.name = "replay", .is_later = true};

/// `west,south,east,north` in degrees.
[[nodiscard]] std::optional<geo::Box> read_bounds(std::string_view text);

/// Reads `kKeys`, `kBounds`, `kWhere` and `kFields` into what is asked of these channels.
[[nodiscard]] Result<view::Query, protocol::Error> read_shown(std::vector<std::string> channels, const Given& query);

}  // namespace starling::routes
