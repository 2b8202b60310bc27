/// @file
/// One HTTP connection that stays, with one request on it at a time: how a load generator publishes many updates, and asks.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "starling/load/wire.hpp"

namespace starling::load {

struct PosterAnswer {
  unsigned status = 0;
  std::string body;

  /// Lines that were accepted, of an answer to a publish.
  [[nodiscard]] std::uint64_t accepted() const;
  /// What a person is told of an answer that is none of success: the status, and the problem's detail.
  [[nodiscard]] std::string fault() const;
};

/// None may destroy the poster; each may begin the next request.
struct PosterHandlers {
  std::function<void()> on_open = {};
  std::function<void(const PosterAnswer& answer)> on_answer;
  std::function<void(const std::string& why)> on_lost;
};

class Poster {
 public:
  Poster(net::EventLoop& loop, const Door& door, PosterHandlers handlers);

  /// Open, and nothing is unanswered: only then a request may be made.
  [[nodiscard]] bool is_free() const noexcept { return wire_.state() == Wire::State::open && !is_waiting_; }
  [[nodiscard]] Wire::State state() const noexcept { return wire_.state(); }
  [[nodiscard]] const std::string& why_lost() const noexcept { return wire_.why_lost(); }
  void get(std::string_view path);
  /// NDJSON, a line each.
  void publish(std::string_view lines);

 private:
  void request(std::string_view head, std::string_view body);
  void receive(Bytes bytes);
  void lose(std::string why);

  std::string host_;
  PosterHandlers handlers_;
  bool is_waiting_ = false;
  std::string heard_;
  Wire wire_;
};

}  // namespace starling::load
