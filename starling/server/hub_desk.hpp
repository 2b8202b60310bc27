/// @file
/// The hub's side of the server: what sources and shards say is applied, what changed is closed as a batch and handed to the shards.
///
/// Answers wait for their batch: they go out once it has been handed on. A batch that finds no room stops everything here until there is some;
/// meanwhile the sources' input fills (what then happens is said there), and the shards' requests wait within their own bounds.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "starling/core/hub/hub.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/server/input.hpp"
#include "starling/server/mailbox.hpp"
#include "starling/server/routes/runs.hpp"
#include "starling/sources/source.hpp"

namespace starling {

/// To whom an answer goes: a session's publish, or a route's run.
using Addressee = std::variant<session::Ticket, routes::RunDone>;

struct Answer {
  Addressee to;
  std::vector<session::Outcome> outcomes;  ///< one an update, in order
  std::size_t bytes = 0;                   ///< of the request
};

/// Takes answers on the hub's thread, in the order of the requests of each shard.
class AnswerTaker {
 public:
  virtual ~AnswerTaker() = default;
  virtual void take_answer(Answer answer) = 0;
};

/// These updates, in one go, and then what is known on a channel announced: said again to those who repeat whole records.
struct Request {
  std::vector<state::Update> updates;
  std::string announced = {};  ///< a channel; empty: none is
  Addressee to;
  std::size_t bytes = 0;
  AnswerTaker* from = nullptr;  ///< outlives the desk's last turn
};

struct HubDeskOptions {
  hub::HubOptions hub = {};  ///< with `keeps_late` there is `hand_on_late`
  std::vector<state::ChannelDeclaration> channels = {};
  InputOptions input = {};
  sources::Log log = {};
  /// Given the late reports of the time since the last call, behind the batch that they name and before the answers to them.
  std::function<void(log::LateReportsPtr late)> hand_on_late = {};
};

class HubDesk {
 public:
  /// Gives a batch to every shard, or says that there is no room: then `room_made` follows.
  using HandOn = std::function<bool(const log::BatchPtr& batch, Moment now)>;

  HubDesk(net::EventLoop& loop, HubDeskOptions options, HandOn hand_on);

  /// **Thread-safe:** applied in a turn to come.
  void ask(Request request) { requests_.put(std::move(request)); }
  /// Applied at once; this thread's.
  void apply(Request request, Moment now);
  /// **Thread-safe:** a batch that found no room is tried again.
  void room_made() { room_.call(); }

  /// The end of a turn.
  void after_turn(bool is_idle, Moment now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;
  /// Whether all that was applied has been handed on.
  [[nodiscard]] bool is_settled() const noexcept { return !to_hand_on_ && !hub_.close_due(); }

  [[nodiscard]] Input& input() noexcept { return input_; }
  [[nodiscard]] const Input& input() const noexcept { return input_; }
  [[nodiscard]] hub::Hub& hub() noexcept { return hub_; }
  [[nodiscard]] const hub::Hub& hub() const noexcept { return hub_; }

 private:
  void announce(const std::string& channel_name, Moment now);
  void begin_applying();
  void apply_some();
  void apply_source_update(state::Update update, Moment now);
  void hand_on(Moment now);
  void answer_all();

  net::EventLoop& loop_;
  hub::Hub hub_;
  HandOn hand_on_;
  std::function<void(log::LateReportsPtr)> hand_on_late_;
  sources::Log log_;
  Wake input_wake_;
  Input input_;
  Mailbox<Request> requests_;
  Wake room_;

  std::vector<state::Update> taken_updates_;  // from the input, not applied yet
  std::size_t updates_at_ = 0;
  std::vector<Request> taken_requests_;  // likewise
  std::size_t requests_at_ = 0;
  bool has_more_ = false;     // something came while others were being applied
  bool is_applying_ = false;  // a step is under way, or the next one is to come
  log::BatchPtr to_hand_on_;  // found no room
  struct Held {
    AnswerTaker* to;
    Answer answer;
  };
  std::vector<Held> answers_;  // until what they speak of has been handed on
  std::set<state::Refusal> told_refusals_;
};

}  // namespace starling
