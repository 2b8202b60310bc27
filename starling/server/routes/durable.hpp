/// @file
/// `?durable=true`: an answer that waits until the store has what it speaks of.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "starling/core/state/entity.hpp"
#include "starling/io/http/site.hpp"
#include "starling/server/routes/given.hpp"

namespace starling::routes {

inline constexpr Parameter kDurable{.name = "durable", .kind = Flag{false}, .doc = "Answer when the store has it: what is then answered 200 is there after a power cut."};

class Durability {
 public:
  virtual ~Durability() = default;
  /// `done` is called on the caller's thread, in this call or later: true once everything up to `seq` survives a power cut; false if that cannot
  /// be had now.
  virtual void await(state::Seq seq, std::function<void(bool is_stored)> done) = 0;
};

/// What `durable` in the query says; an error where it is neither `true` nor `false`, or there is no store (`durability` is null).
[[nodiscard]] Result<bool, http::Response> is_durable(const Given& query, const Durability* durability);

/// The answer of a publish, put off until the store has it. An answer that refuses goes at once; one that was accepted and cannot be stored now is 503.
class DurableAnswer final : public http::Work {
 public:
  /// `seq`: of the newest batch that a read would show.
  DurableAnswer(http::Answer publish, Durability& durability, std::function<state::Seq()> seq);

  [[nodiscard]] std::optional<http::Response> step() override;
  [[nodiscard]] bool is_waiting() const noexcept override;
  void on_wake(std::function<void()> wake) override;

 private:
  /// It may come when the work is gone.
  struct Reply {
    std::optional<bool> is_stored;
    std::function<void()> wake;
  };

  [[nodiscard]] std::optional<http::Response> published();

  http::Answer publish_;
  Durability& durability_;
  std::function<state::Seq()> seq_;
  std::optional<http::Response> response_;  // of the publish; it waits for the store
  std::shared_ptr<Reply> reply_ = std::make_shared<Reply>();
};

}  // namespace starling::routes
