/// @file
/// A route as data: where it is, what it is asked with, what it answers and what it refuses.
///
/// The site routes by these (`table`), parameters are read by them (`given`), and `GET /api/v1/openapi.json` says them (`openapi`): so none of the
/// three can say what the others do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "starling/core/base/time.hpp"
#include "starling/core/protocol/error.hpp"

namespace starling::routes {

// ---- What a parameter may say --------------------------------------------------------------------------------------------------------

struct Text {
  std::size_t bytes_min = 0;
  std::size_t bytes_max = 0;          ///< 0: whatever fits in a head
  std::string_view pattern = {};      ///< as JSON Schema has them (ECMA-262); empty: any
};
struct Whole {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max = {};
  std::uint64_t absent = 0;  ///< where it is not given
};
/// Not below 0.
struct Number {};
struct Flag {
  bool absent = false;
};
/// The first where it is not given.
struct Choice {
  std::span<const std::string_view> values = {};
};
/// From `0s` on, as the configuration writes durations.
struct Period {
  Duration max = {};
  Duration absent = {};
};
/// RFC 3339.
struct Time {};
/// `west,south,east,north` in degrees.
struct Bounds {};
/// With commas between; it may be repeated.
struct List {
  Text element = {};
  std::size_t elements_max = 0;  ///< 0: as many as fit in a head
};
struct Json {
  std::string_view schema = {};  ///< its name in schemas.json
};
using Kind = std::variant<Text, Whole, Number, Flag, Choice, Period, Time, Bounds, List, Json>;

enum class Place : std::uint8_t { path, query, header };

/// One is one constant, known by its address.
struct Parameter {
  std::string_view name;
  Place place = Place::query;
  Kind kind = Text{};
  std::string_view doc = {};
  bool is_required = false;
  bool is_later = false;          ///< its name is taken: who gives it is refused as `unavailable`, and the description is silent
  std::string_view example = {};  ///< JSON
};

// ---- What goes and comes -------------------------------------------------------------------------------------------------------------

/// A body, asked with or answered.
struct Content {
  std::string_view media_type;
  std::string_view schema = {};   ///< its name in schemas.json; empty: text
  bool is_sequence = false;       ///< of that: lines, or events
  std::string_view example = {};  ///< as it is sent
};

/// Where what an answer says is the parameter of another request.
struct Link {
  std::string_view name, operation;
  const Parameter* parameter;
  std::string_view pointer;  ///< into the answer (RFC 6901)
};

/// An answer that is neither 200 nor said by a code.
struct Reply {
  unsigned status;
  std::string_view doc;
  bool is_problem = true;
};

enum class RouteId : std::uint8_t { page, asset, dashboard, live, publish, publish_to, state, changes, stream, history_reach, history, system_status, openapi, asyncapi, healthz, readyz, metrics, broadcast, door_statistics };

struct Route {
  RouteId id;
  std::string_view method;     ///< "GET", which is HEAD too, or "POST"
  std::string_view path;       ///< what stands in {} is one segment, and the last
  std::string_view operation;  ///< its name for generated clients
  std::string_view summary;
  std::string_view doc = {};
  std::span<const Parameter* const> parameters = {};
  std::span<const Content> bodies = {};
  std::string_view answer = {};  ///< what a 200 says; empty: there is none
  std::span<const Content> answers = {};
  bool is_tagged = false;  ///< with an ETag, so that there is 304
  std::span<const Link> links = {};
  std::span<const protocol::ErrorCode> codes = {};
  std::span<const Reply> replies = {};

  /// What stands before the segment in {}, or all of it.
  [[nodiscard]] constexpr std::string_view fixed() const noexcept { return path.substr(0, path.find('{')); }
  [[nodiscard]] constexpr bool has_segment() const noexcept { return path.ends_with('}'); }
  /// What `Allow` says.
  [[nodiscard]] constexpr std::string_view allow() const noexcept { return method == "GET" ? "GET, HEAD" : method; }
  [[nodiscard]] constexpr bool allows(std::string_view asked) const noexcept { return asked == method || (method == "GET" && asked == "HEAD"); }
};

}  // namespace starling::routes
