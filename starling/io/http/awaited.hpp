/// @file
/// A response that comes from elsewhere: from another thread, or when something has happened.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "starling/io/http/site.hpp"

namespace starling::http {

/// Where the response is to be put, on the connection's thread. Copies are the same place; it may outlive the connection.
class ResponseSlot {
 public:
  void put(Response response) const {
    held_->response = std::move(response);
    if (held_->wake) held_->wake();
  }

 private:
  friend class AwaitedResponse;
  struct Held {
    std::optional<Response> response;
    std::function<void()> wake;
  };
  std::shared_ptr<Held> held_ = std::make_shared<Held>();
};

class AwaitedResponse final : public Work {
 public:
  explicit AwaitedResponse(ResponseSlot slot) : slot_(std::move(slot)) {}
  [[nodiscard]] std::optional<Response> step() override { return std::move(slot_.held_->response); }
  [[nodiscard]] bool is_waiting() const noexcept override { return !slot_.held_->response; }
  void on_wake(std::function<void()> wake) override { slot_.held_->wake = std::move(wake); }

 private:
  ResponseSlot slot_;
};

}  // namespace starling::http
