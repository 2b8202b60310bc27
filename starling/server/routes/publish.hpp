/// @file
/// `POST /api/v1/publish`: one update, or one a line.
///
/// Lines stand alone: the good ones are kept, the others are named in the answer. They are applied in runs of whole
/// lines, a run in one go, so that it lies within one batch and a long body does not hold up the viewers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "starling/core/protocol/error.hpp"
#include "starling/core/session/publisher.hpp"
#include "starling/io/http/query.hpp"
#include "starling/io/http/site.hpp"

namespace starling::routes {

using Clock = std::function<Moment()>;

struct PublishOptions {
  std::size_t run_bytes = 256 << 10;  ///< lines applied in one go, about
  std::size_t rejected_max = 1000;    ///< rejected lines that are named; the others are counted in `rejected_more`
};

/// `application/json`. With a channel the body is the data, and the key comes in the query; without one it is an
/// envelope.
[[nodiscard]] http::Response publish_object(std::string_view body, std::string_view channel, const http::Query& query,
                                            session::Publisher& publisher, Moment now);

/// `durable=true` waits for a store, and there is none: said, never ignored.
[[nodiscard]] std::optional<http::Response> refuse_durable(const http::Query& query);

/// `application/x-ndjson`: an envelope a line; `channel`, if not empty, is used where it names none.
class PublishLines final : public http::Work {
 public:
  PublishLines(std::string body, std::string channel, session::Publisher& publisher, Clock clock,
               PublishOptions options = {})
      : body_(std::move(body)),
        channel_(std::move(channel)),
        publisher_(publisher),
        clock_(std::move(clock)),
        options_(options) {}

  [[nodiscard]] std::optional<http::Response> step() override;

 private:
  void apply(std::string_view line, Moment now);
  void reject(const protocol::Error& error);
  [[nodiscard]] http::Response response() const;

  std::string body_;
  std::string channel_;
  session::Publisher& publisher_;
  Clock clock_;
  PublishOptions options_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;  // from 1, empty ones count
  std::uint64_t accepted_ = 0;
  std::uint64_t rejected_ = 0;
  state::Seq seq_ = 0;
  std::string rejected_text_;
};

}  // namespace starling::routes
