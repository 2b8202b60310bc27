#include "sim/replies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/broken.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

std::string member(std::string_view object, std::string_view name) { return std::string{json::find(object, name).value_or("")}; }

std::string text(std::string_view object, std::string_view name) { return json::decode(json::find(object, name).value_or("\"\"")); }

bool is_bad(std::string_view code) { return code == "bad_message" || code == "unknown_type"; }

std::string_view retry_of(std::string_view code) {
  if (code == "unknown_id") return "resync";
  if (code == "unavailable" || code == "backlog" || code == "limit_subscriptions") return "later";
  return "never";
}

}  // namespace

void Replies::connect(AbuseBounds abuse) {
  lose_line();
  abuse_ = abuse;
  owe({"welcome"});
}

void Replies::lose_line() {
  owed_.clear();
  bad_.clear();
  in_use_.clear();
  begun_.clear();
  over_.clear();
  is_welcomed_ = is_told_backlog_ = false;
}

void Replies::subscribe(std::uint32_t id, std::string view, bool has_since) {
  const bool is_new = in_use_.insert(std::to_string(id)).second;
  owe({.type = "subscribed", .id = std::to_string(id), .view = std::move(view), .is_replacing = !is_new, .has_since = has_since});
}

void Replies::unsubscribe(std::uint32_t id, std::string ref) {
  if (in_use_.erase(std::to_string(id)) > 0) {
    owe({.type = "unsubscribed", .id = std::to_string(id)});
  } else {
    owe({.type = "error", .ref = std::move(ref), .id = std::to_string(id), .code = "unknown_id", .field = "id"});
  }
}

void Replies::snapshot(std::uint32_t id, std::string ref) {
  // Of one in use it comes when it may, and whoever watches the subscription waits for it.
  if (!in_use_.contains(std::to_string(id))) owe({.type = "error", .ref = std::move(ref), .id = std::to_string(id), .code = "unknown_id", .field = "id"});
}

void Replies::mistake(const Mistake& mistake, Instant now) {
  owe({.type = "error", .ref = mistake.ref, .id = mistake.id, .code = mistake.code, .field = mistake.field});
  if (is_bad(mistake.code)) bad_.push_back({now, {}});
}

void Replies::take(std::string_view message, Instant now) {
  static constexpr std::array<std::string_view, 6> kAnswers{"welcome", "subscribed", "unsubscribed", "ok", "pong", "error"};
  if (!over_.empty()) throw Broken{fmt::format("after {} comes {}", over_, message)};
  const std::string type = text(message, "type");
  if (std::ranges::find(kAnswers, type) != kAnswers.end()) {
    pay(message, type, now);
  } else if (!is_welcomed_) {
    throw Broken{fmt::format("before its welcome comes {}", message)};
  } else if (type == "progress") {
    for (const json::Member& at : json::Members{json::find(message, "at").value_or("{}")}) check_begun(at.name, message);
  } else {
    check_begun(json::find(message, "id").value_or(""), message);
  }
}

void Replies::pay(std::string_view message, std::string_view type, Instant now) {
  if (type == "error" && text(message, "code") == "backlog") {
    owed_.clear();
    over_ = "`error backlog`";
    is_told_backlog_ = true;
    return;
  }
  const std::string reason = text(message, "reason");
  const auto is_meant = [&](const Owed& owed) { return owed.type == type && (type != "subscribed" || (owed.id == member(message, "id") && owed.view == text(message, "view"))); };
  const auto next = std::ranges::find_if(owed_, [&](const Owed& one) { return !one.may_be_paid || (reason != "expired" && is_meant(one)); });
  if (reason == "expired" && (next == owed_.end() || !is_meant(*next))) return check_begun(member(message, "id"), message);  // unasked
  if (next == owed_.end()) throw Broken{fmt::format("an answer to nothing: {}", message)};
  const Owed owed = *next;
  // The query is the one it has: it may be the answer, or have come unasked.
  if (reason == "expired" && begun_[owed.id] == owed.view && owed.is_replacing) {
    next->may_be_paid = true;
    return;
  }
  owed_.erase(owed_.begin(), next + 1);
  if (owed.may_be_paid) {
    // If it was paid indeed, this is the answer to the same query asked for once more.
    const auto other = std::ranges::find_if(owed_, [](const Owed& one) { return !one.may_be_paid; });
    if (other != owed_.end() && is_meant(*other)) other->may_be_paid = true;
  }
  is_welcomed_ = true;  // which is owed first of all
  const bool is_it = is_meant(owed) && owed.ref == member(message, "ref") && owed.id == member(message, "id");
  if (!is_it) throw Broken{fmt::format("it is owed {}, and gets {}", text_of(owed), message)};
  if (type == "ok") {
    const auto seq = published_.seq(owed.ref);
    if (!seq || std::to_string(*seq) != member(message, "seq")) throw Broken{fmt::format("{} is told, and it {}", message, seq ? fmt::format("is in seq {}", *seq) : "was not stored")};
  } else if (type == "error") {
    pay_error(owed, message, now);
  } else if (type == "unsubscribed") {
    if (begun_.erase(owed.id) == 0) throw Broken{fmt::format("{} ends what has not begun", message)};
  } else if (type == "subscribed") {
    begun_[owed.id] = owed.view;
    const bool is_apt = owed.is_replacing ? reason == "replaced" || reason == "new" || reason == "expired" : owed.has_since ? reason != "replaced" && reason != "new" : reason == "new";
    if (!is_apt) throw Broken{fmt::format("a subscribe of {} is answered with {}", owed.is_replacing ? "an id in use" : "a free id", message)};
  }
}

void Replies::pay_error(const Owed& owed, std::string_view message, Instant now) {
  if (text(message, "code") != owed.code || text(message, "retry") != retry_of(owed.code) || text(message, "field") != owed.field) {
    throw Broken{fmt::format("it is owed {}, and gets {}", text_of(owed), message)};
  }
  if (is_bad(owed.code)) note_answered(now);
}

void Replies::note_answered(Instant now) {
  const auto next = std::ranges::find_if(bad_, [](const Bad& bad) { return !bad.answered; });
  next->answered = now;
  const auto number = static_cast<std::size_t>(next - bad_.begin());
  // Surely, wherever between saying and reading the server took the first and the last.
  if (number < abuse_.messages_max || now - bad_[number - abuse_.messages_max].said >= abuse_.window) return;
  owed_.clear();
  over_ = "one bad message too many";
}

void Replies::check_abuse(Instant now) const {
  for (std::size_t i = abuse_.messages_max; i < bad_.size(); ++i) {
    if (bad_[i].said - bad_[i - abuse_.messages_max].answered.value_or(now) < abuse_.window) return;
  }
  throw Broken{fmt::format("it was closed as abusive, with {} bad messages said", bad_.size())};
}

void Replies::check_backlog() const {
  if (!is_told_backlog_) throw Broken{"it was closed with 1013, and not told that its replies wait"};
}

void Replies::check_paid() const {
  const auto owed = std::ranges::find_if(owed_, [](const Owed& one) { return !one.may_be_paid; });
  if (owed != owed_.end()) throw Broken{fmt::format("in the end it is still owed {}", text_of(*owed))};
}

void Replies::check_begun(std::string_view id, std::string_view message) const {
  if (!begun_.contains(std::string{id})) throw Broken{fmt::format("of an id that is free comes {}", message)};
}

std::string Replies::text_of(const Owed& owed) {
  std::string text = owed.type;
  for (const auto& [name, value] : {std::pair{"code", owed.code}, std::pair{"ref", owed.ref}, std::pair{"id", owed.id}, std::pair{"field", owed.field}}) {
    if (!value.empty()) text += fmt::format(" {} {}", name, value);
  }
  return text;
}

}  // namespace starling::sim
