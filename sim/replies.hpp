/// @file
/// What a viewer is owed in answer to what it said, in order: one line's debts.
///
/// A server answers every message before the next one. So what is owed is a queue, and each answer that comes pays the first of it. Two things
/// come unasked and look like answers: `error backlog`, with which all debts end, and `subscribed` with reason `expired`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sim/published.hpp"
#include "starling/core/base/time.hpp"

namespace starling::sim {

/// A message for which an error is due.
struct Mistake {
  std::string text, code;
  std::string ref = {}, id = {};  ///< JSON texts the error bears; empty: it bears none
  std::string field = {};
};

/// More bad messages than `messages_max` within less than `window` are abuse.
struct AbuseBounds {
  std::size_t messages_max = 0;
  Duration window{};
};

class Replies {
 public:
  explicit Replies(const Published& published) : published_(published) {}

  /// A new line: first of all `welcome` is due.
  void connect(AbuseBounds abuse);
  /// The line is gone, and with it what was owed on it.
  void lose_line();

  /// What the viewer says, told in the order in which it says it.
  void hello() { owe({"welcome"}); }
  void ping(std::string ref) { owe({"pong", std::move(ref)}); }
  void publish(std::string ref) { owe({"ok", std::move(ref)}); }
  void subscribe(std::uint32_t id, std::string view, bool has_since);
  void unsubscribe(std::uint32_t id, std::string ref);
  void snapshot(std::uint32_t id, std::string ref);
  void mistake(const Mistake& mistake, Instant now);

  /// How many ids are in use when the server has heard all that was said.
  [[nodiscard]] std::size_t ids_in_use() const noexcept { return in_use_.size(); }

  /// A message of the server. Throws unless it is due, or is no answer.
  void take(std::string_view message, Instant now);
  /// Throws if the server closed the line as abused, and that cannot be. It need not have been read yet.
  void check_abuse(Instant now) const;
  /// Throws if the server closed the line because its replies wait, and did not say so. Everything has been read.
  void check_backlog() const;
  /// Throws if something is owed.
  void check_paid() const;

 private:
  struct Owed {
    std::string type;
    std::string ref = {}, id = {};  // JSON texts; empty: it bears none
    std::string code = {}, field = {};
    std::string view = {};
    bool is_replacing = false, has_since = false;  // a subscribe
    bool may_be_paid = false;                      // by an `expired` that may have been the answer, or have come unasked
  };
  /// One that counts as bad: when it was said and its error was read. The server took it in between.
  struct Bad {
    Instant said;
    std::optional<Instant> answered;
  };
  void owe(Owed owed) { owed_.push_back(std::move(owed)); }
  void pay(std::string_view message, std::string_view type, Instant now);
  void pay_error(const Owed& owed, std::string_view message, Instant now);
  void note_answered(Instant now);
  void check_begun(std::string_view id, std::string_view message) const;
  [[nodiscard]] static std::string text_of(const Owed& owed);

  const Published& published_;
  AbuseBounds abuse_;
  std::deque<Owed> owed_;
  std::deque<Bad> bad_;  // of this line
  std::set<std::string> in_use_;
  std::map<std::string, std::string> begun_;  // the view of each id, as far as it has been told
  std::string over_;  // why nothing more may come; empty: it may
  bool is_welcomed_ = false, is_told_backlog_ = false;
};

}  // namespace starling::sim
