/// @file
/// What a reader over HTTP asks for: a `subscribe` as the parameters of a URL.
#pragma once

#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/session/shard.hpp"
#include "starling/io/http/query.hpp"
#include "starling/io/http/site.hpp"

namespace starling::routes {

/// Reads `channels=&since=&recent=&rate=&unlocated=&snapshot=` and what `read_shown` reads. `since`: the cursor; empty: none. `since_field` is what it is
/// called in a fault.
[[nodiscard]] Result<protocol::Subscribe, protocol::Error> read_subscribe(const http::Query& query, std::string_view since, std::string_view since_field,
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
