#include "starling/server/routes/changes.hpp"

#include <string>
#include <utility>

#include "starling/io/http/problem.hpp"
#include "starling/server/config/duration.hpp"
#include "starling/server/routes/parameters.hpp"
#include "starling/server/routes/reader.hpp"

namespace starling::routes {

using protocol::Error;
using protocol::ErrorCode;

http::Answer changes(const http::Query& query, session::Shard& shard) {
  Duration wait = kPollWait;
  if (const auto text = query.find("wait")) {
    const auto read = config::read_duration(*text);
    if (!read || *read > kPollWaitMax) return http::problem(Error{ErrorCode::bad_message, "wait is a duration from 0s to 60s, as in wait=30s", "wait", {}, {}});
    wait = *read;
  }
  auto asked = read_subscribe(query, query.find("since").value_or(""), "since", shard.channels());
  if (!asked) return http::problem(asked.error());
  return http::StreamedAnswer{.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                              .begin = [&shard, asked = std::move(*asked), wait](fanout::Outlet& out, Moment now) -> std::unique_ptr<http::BodyWriter> {
                                return std::make_unique<ReadingBody>(shard, shard.poll(out, asked, wait, now));
                              }};
}

}  // namespace starling::routes
