#include "starling/load/poster.hpp"

#include <fmt/format.h>

#include <charconv>

#include "starling/client/answer_head.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"

namespace starling::load {

std::uint64_t PosterAnswer::accepted() const {
  const auto compact = json::compact(body);
  if (!compact || json::kind_of(*compact) != json::Kind::object) return 0;
  const auto value = json::find(*compact, "accepted");
  const auto number = value ? json::integer(*value) : std::nullopt;
  return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

std::string PosterAnswer::fault() const {
  const auto compact = json::compact(body);
  if (compact && json::kind_of(*compact) == json::Kind::object) {
    if (const auto detail = json::find(*compact, "detail")) return fmt::format("the server answers HTTP {}: {}", status, *detail);
  }
  return fmt::format("the server answers HTTP {}", status);
}

Poster::Poster(net::EventLoop& loop, const Door& door, PosterHandlers handlers)
    : host_(door.host),
      handlers_(std::move(handlers)),
      wire_(loop, door, 0,
            {.on_open =
                 [this] {
                   if (handlers_.on_open) handlers_.on_open();
                 },
             .on_bytes = [this](Bytes bytes) { receive(bytes); },
             .on_lost = [this] { handlers_.on_lost(wire_.why_lost()); }}) {}

void Poster::get(std::string_view path) { request(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, host_), {}); }

void Poster::publish(std::string_view lines) {
  request(fmt::format("POST /api/v1/publish HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n", host_, lines.size()), lines);
}

void Poster::request(std::string_view head, std::string_view body) {
  STARLING_CHECK(is_free());
  is_waiting_ = true;
  wire_.out().append(head).append(body);
  wire_.flush();
}

void Poster::receive(Bytes bytes) {
  heard_ += as_text(bytes);
  const std::size_t end_of_head = heard_.find("\r\n\r\n");
  if (end_of_head == std::string::npos) {
    if (heard_.size() > client::kAnswerHeadBytesMax) lose("this is not a web server");
    return;
  }
  const auto head = client::read_answer_head(std::string_view{heard_}.substr(0, end_of_head + 4));
  if (!head || !is_waiting_) return lose("this is not a web server");
  const std::string_view digits = head->find("Content-Length").value_or("");
  std::size_t body_bytes = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), body_bytes);
  if (error != std::errc{} || end != digits.data() + digits.size()) return lose("an HTTP answer without its length");
  if (heard_.size() - (end_of_head + 4) < body_bytes) return;
  const PosterAnswer answer{.status = head->status, .body = heard_.substr(end_of_head + 4, body_bytes)};
  heard_.clear();
  is_waiting_ = false;
  handlers_.on_answer(answer);
}

void Poster::lose(std::string why) {
  wire_.cut(Wire::Ending::reset, std::move(why));
  handlers_.on_lost(wire_.why_lost());
}

}  // namespace starling::load
