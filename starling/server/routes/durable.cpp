#include "starling/server/routes/durable.hpp"

#include "starling/io/http/problem.hpp"

namespace starling::routes {

using http::Response;
using protocol::Error;
using protocol::ErrorCode;

Result<bool, Response> is_durable(const Given& query, const Durability* durability) {
  const auto durable = query.flag(kDurable);
  if (!durable) return Unexpected{http::problem(durable.error())};
  if (!*durable || durability != nullptr) return *durable;
  return Unexpected{http::problem(Error{ErrorCode::unavailable, "nothing is durable without a store: give store.url in the configuration", "durable", {}, {}})};
}

DurableAnswer::DurableAnswer(http::Answer publish, Durability& durability, std::function<state::Seq()> seq)
    : publish_(std::move(publish)), durability_(durability), seq_(std::move(seq)) {}

std::optional<Response> DurableAnswer::step() {
  if (!response_) {
    response_ = published();
    if (!response_) return std::nullopt;
    if (response_->status != 200) return std::move(response_);
    durability_.await(seq_(), [reply = reply_](bool is_stored) {
      reply->is_stored = is_stored;
      if (reply->wake) reply->wake();
    });
  }
  if (!reply_->is_stored) return std::nullopt;
  if (*reply_->is_stored) return std::move(response_);
  return http::problem(Error{ErrorCode::unavailable, "it was accepted, but the store cannot be written now: /healthz says why", "durable", {}, {}});
}

std::optional<Response> DurableAnswer::published() {
  if (auto* const work = std::get_if<std::unique_ptr<http::Work>>(&publish_)) return (*work)->step();
  return std::move(std::get<Response>(publish_));
}

bool DurableAnswer::is_waiting() const noexcept {
  if (response_) return !reply_->is_stored;
  const auto* const work = std::get_if<std::unique_ptr<http::Work>>(&publish_);
  return work && (*work)->is_waiting();
}

void DurableAnswer::on_wake(std::function<void()> wake) {
  reply_->wake = wake;
  if (auto* const work = std::get_if<std::unique_ptr<http::Work>>(&publish_)) (*work)->on_wake(std::move(wake));
}

}  // namespace starling::routes
