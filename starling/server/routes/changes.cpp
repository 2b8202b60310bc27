#include "starling/server/routes/changes.hpp"

#include <string>
#include <utility>

#include "starling/io/http/problem.hpp"

namespace starling::routes {

http::Answer changes(const Given& query, session::Shard& shard) {
  const auto wait = query.period(kWait);
  if (!wait) return http::problem(wait.error());
  auto asked = read_subscribe(query, query.find(kSince).value_or(""), kSince.name, shard.channels());
  if (!asked) return http::problem(asked.error());
  return http::StreamedAnswer{.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                              .begin = [&shard, asked = std::move(*asked), wait = *wait](fanout::Outlet& out, Moment now) -> std::unique_ptr<http::BodyWriter> {
                                return std::make_unique<ReadingBody>(shard, shard.poll(out, asked, wait, now));
                              }};
}

}  // namespace starling::routes
