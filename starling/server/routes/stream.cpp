#include "starling/server/routes/stream.hpp"

#include <string>
#include <utility>

#include "starling/io/http/problem.hpp"

namespace starling::routes {

http::Answer stream(const Given& query, std::string_view last_event_id, session::Shard& shard) {
  const std::string since = query.find(kSince).value_or("");
  const bool has_last = !last_event_id.empty();
  auto asked = read_subscribe(query, has_last ? last_event_id : since, has_last ? kLastEventId.name : kSince.name, shard.channels());
  if (!asked) return http::problem(asked.error());
  return http::StreamedAnswer{// Proxies pass it on as it comes: nginx asks for the last of these.
                              .headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                              .begin = [&shard, asked = std::move(*asked)](fanout::Outlet& out, Moment now) -> std::unique_ptr<http::BodyWriter> {
                                return std::make_unique<ReadingBody>(shard, shard.stream(out, asked, now));
                              }};
}

}  // namespace starling::routes
