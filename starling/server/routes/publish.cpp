#include "starling/server/routes/publish.hpp"

#include <fmt/format.h>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/io/http/problem.hpp"

namespace starling::routes {
namespace {

using http::Response;
using protocol::Error;
using protocol::ErrorCode;

Response accepted_one(state::Seq seq) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}},
          .body = fmt::format(R"({{"accepted":1,"seq":{}}})", seq)};
}

}  // namespace

std::optional<Response> refuse_durable(const http::Query& query) {
  if (query.find("durable").value_or("false") == "false") return std::nullopt;
  return http::problem(Error{ErrorCode::unavailable, "nothing is durable without a store", "durable", {}, {}});
}

Response publish_object(std::string_view body, std::string_view channel, const http::Query& query,
                        session::Publisher& publisher, Moment now) {
  if (auto refusal = refuse_durable(query)) return std::move(*refusal);
  auto object = protocol::read_object(body);
  if (!object) return http::problem(object.error());
  state::Update update;
  if (channel.empty()) {
    auto read = protocol::read_update(*object);
    if (!read) return http::problem(read.error());
    update = std::move(*read);
  } else {
    update.channel = channel;
    update.key = query.find("key");
    update.data = std::move(*object);
  }
  const auto applied = publisher.publish(std::move(update), now);
  return applied ? accepted_one(applied->seq) : http::problem(protocol::error_of(applied.error()));
}

std::optional<Response> PublishLines::step() {
  const Moment now = clock_();
  const std::size_t end = at_ + options_.run_bytes;
  while (at_ < body_.size() && at_ < end) {
    const std::size_t line_end = std::min(body_.find('\n', at_), body_.size());
    const std::string_view line = std::string_view{body_}.substr(at_, line_end - at_);
    at_ = line_end + 1;
    ++line_;
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) apply(line, now);
  }
  if (at_ < body_.size()) return std::nullopt;
  return response();
}

void PublishLines::apply(std::string_view line, Moment now) {
  auto object = protocol::read_object(line);
  if (!object) {
    reject(object.error());
    return;
  }
  auto update = protocol::read_update(*object, channel_);
  if (!update) {
    reject(update.error());
    return;
  }
  const auto applied = publisher_.publish(std::move(*update), now);
  if (!applied) {
    reject(protocol::error_of(applied.error()));
    return;
  }
  ++accepted_;
  seq_ = applied->seq;
}

void PublishLines::reject(const Error& error) {
  if (++rejected_ > options_.rejected_max) return;
  if (!rejected_text_.empty()) rejected_text_ += ',';
  rejected_text_ += fmt::format(R"({{"line":{})", line_);
  if (!error.field.empty()) rejected_text_ += R"(,"field":)" + json::quoted(error.field);
  rejected_text_ += R"(,"message":)" + json::quoted(error.message) + '}';
}

Response PublishLines::response() const {
  std::string lists = fmt::format(R"("rejected":[{}])", rejected_text_);
  if (rejected_ > options_.rejected_max)
    lists += fmt::format(R"(,"rejected_more":{})", rejected_ - options_.rejected_max);
  if (accepted_ > 0) {
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}},
            .body = fmt::format(R"({{"accepted":{},"seq":{},{}}})", accepted_, seq_, lists)};
  }
  Response response = http::problem(
      Error{ErrorCode::bad_message, rejected_ == 0 ? "the body holds no line" : "no line was accepted", {}, {}, {}});
  response.body.pop_back();
  response.body += ',' + lists + '}';
  return response;
}

}  // namespace starling::routes
