/// @file
/// What a reader over HTTP asks for: a `subscribe` as the parameters of a URL.
#pragma once

#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/session/shard.hpp"
#include "starling/io/http/site.hpp"
#include "starling/server/routes/parameters.hpp"

namespace starling::routes {

inline constexpr Parameter kChannels{
    .name = "channels",
    .kind = List{.element = {.bytes_min = 1, .pattern = R"(^(\*|[a-z0-9_.-]{1,128}:(\*|[a-z0-9_.-]{1,128}))$)"}, .elements_max = protocol::kChannelsPerSubscriptionMax},
    .doc = "Names, `space:*` or `*`. May be repeated. Wildcards leave out channels that are marked hidden.",
    .is_required = true,
    .example = R"(["site:position"])"};
inline constexpr Parameter kUnlocated{.name = "unlocated", .kind = Flag{false}, .doc = "With `bounds`: also what has no place."};
inline constexpr Parameter kRate{.name = "rate", .kind = Number{}, .doc = "Frames a second; 0 is paused. Where it is not given: every tick.", .example = "2"};
inline constexpr Parameter kRecent{
    .name = "recent", .kind = Whole{}, .doc = "So many of the newest events of each event channel to begin with, at most what the channel keeps.", .example = "10"};
inline constexpr Parameter kSnapshot{
    .name = "snapshot", .kind = Flag{true}, .doc = "`false`: no snapshot to begin with; only for event channels that exist and are given by name."};
inline constexpr Parameter kSince{.name = "since", .kind = Text{.pattern = "^([!-~]+:[0-9]+:[!-~]+)?$"}, .doc = "A cursor, `epoch:seq:view`: go on from there."};

/// Reads `kChannels` to `kSnapshot` and what `read_shown` reads. `since`: the cursor; empty: none. `since_field` is what it is
/// called in a fault.
[[nodiscard]] Result<protocol::Subscribe, protocol::Error> read_subscribe(const Given& query, std::string_view since, std::string_view since_field,
                                                                          const state::KnownChannels& channels);

/// A reading in a shard as what writes a body; it ends with that.
class ReadingBody final : public http::BodyWriter {
 public:
  ReadingBody(session::Shard& shard, session::Reading& reading) noexcept : shard_(shard), reading_(reading) {}
  ~ReadingBody() override { shard_.close(reading_); }

  void settle() override { reading_.settle(); }
  void drained(Instant now) override { reading_.drained(now); }

 private:
  session::Shard& shard_;
  session::Reading& reading_;
};

}  // namespace starling::routes
