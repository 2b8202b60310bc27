#include "starling/server/routes/publish.hpp"

#include <fmt/format.h>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/io/http/awaited.hpp"
#include "starling/io/http/problem.hpp"

namespace starling::routes {
namespace {

using http::Response;
using protocol::Error;
using protocol::ErrorCode;

/// Room that is made for the lines of a run on the word of the first of them.
constexpr std::size_t kLinesReservedMax = 1024;

Response accepted_one(state::Seq seq) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}},
          .body = fmt::format(R"({{"accepted":1,"seq":{}}})", seq)};
}

}  // namespace

http::Answer publish_object(std::string_view body, std::string_view channel, const Given& query,
                            RunPublisher& publisher) {
  auto object = protocol::read_object(body);
  if (!object) return http::problem(object.error());
  state::Update update;
  if (channel.empty()) {
    auto read = protocol::read_update(*object);
    if (!read) return http::problem(read.error());
    update = std::move(*read);
  } else {
    update.channel = channel;
    update.key = query.find(kPublishKey);
    update.data = std::move(*object);
  }
  std::vector<state::Update> run;
  run.push_back(std::move(update));
  const http::ResponseSlot slot;
  publisher.publish(std::move(run), [slot](const std::vector<session::Outcome>& outcomes) {
    const session::Outcome& applied = outcomes.front();
    slot.put(applied ? accepted_one(applied->seq) : http::problem(protocol::error_of(applied.error())));
  });
  return std::make_unique<http::AwaitedResponse>(slot);
}

std::optional<Response> PublishLines::step() {
  if (is_published_) {
    if (!reply_->outcomes) return std::nullopt;
    is_published_ = false;
    settle_run(*std::exchange(reply_->outcomes, std::nullopt));
  }
  if (at_ >= body_.size()) return response();
  publish_run();
  return std::nullopt;
}

void PublishLines::publish_run() {
  std::vector<state::Update> updates;
  const std::size_t end = at_ + options_.run_bytes;
  while (at_ < body_.size() && at_ < end) {
    const std::size_t line_end = std::min(body_.find('\n', at_), body_.size());
    const std::string_view line = std::string_view{body_}.substr(at_, line_end - at_);
    const std::size_t bytes_left = std::min(end, body_.size()) - at_;
    at_ = line_end + 1;
    ++line_;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (updates.empty()) {  // lines are mostly as long as each other
      const std::size_t lines = std::min(bytes_left / line.size() + 1, kLinesReservedMax);
      updates.reserve(lines);
      run_.reserve(lines);
    }
    auto update = read(line);
    if (update) {
      updates.push_back(std::move(*update));
      run_.push_back(line_);
    } else if (++unreadable_ <= options_.rejected_max) {
      run_unreadable_.push_back({line_, std::move(update.error())});
    } else {
      ++rejected_;  // as many before it are named already
    }
  }
  if (updates.empty()) {
    settle_run({});
    return;
  }
  is_published_ = true;
  publisher_.publish(std::move(updates), [reply = reply_](std::vector<session::Outcome> outcomes) {
    reply->outcomes = std::move(outcomes);
    if (reply->wake) reply->wake();
  });
}

Result<state::Update, Error> PublishLines::read(std::string_view line) {
  const auto object = protocol::read_object(line, room_);
  if (!object) return Unexpected{object.error()};
  return protocol::read_update(*object, channel_);
}

void PublishLines::settle_run(const std::vector<session::Outcome>& outcomes) {
  auto unreadable = run_unreadable_.begin();
  const auto reject_unreadable_before = [&](std::uint64_t line) {
    for (; unreadable != run_unreadable_.end() && unreadable->line < line; ++unreadable) reject(unreadable->line, unreadable->error);
  };
  for (std::size_t i = 0; i < run_.size(); ++i) {
    if (const session::Outcome& applied = outcomes[i]; applied) {
      ++accepted_;
      seq_ = applied->seq;
    } else {
      reject_unreadable_before(run_[i]);
      reject(run_[i], protocol::error_of(applied.error()));
    }
  }
  reject_unreadable_before(line_ + 1);
  run_.clear();
  run_unreadable_.clear();
}

void PublishLines::reject(std::uint64_t line, const Error& error) {
  ++rejected_;
  if (named_ == options_.rejected_max) return;
  ++named_;
  if (!rejected_text_.empty()) rejected_text_ += ',';
  rejected_text_ += fmt::format(R"({{"line":{})", line);
  if (!error.field.empty()) rejected_text_ += R"(,"field":)" + json::quoted(error.field);
  rejected_text_ += R"(,"message":)" + json::quoted(error.message) + '}';
}

Response PublishLines::response() const {
  std::string lists = fmt::format(R"("rejected":[{}])", rejected_text_);
  if (rejected_ > named_) lists += fmt::format(R"(,"rejected_more":{})", rejected_ - named_);
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
