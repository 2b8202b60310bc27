/// @file
/// A shard's line to the hub on another thread: requests one way, batches and answers the other.
///
/// An answer is given once the shard has taken its batch, and whoever is about to read or to resume first has every batch taken that was
/// handed out before: no session can tell that the hub is elsewhere.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "starling/core/session/shard.hpp"
#include "starling/server/batch_ring.hpp"
#include "starling/server/hub_desk.hpp"
#include "starling/server/mailbox.hpp"

namespace starling {

/// Of publishes of this shard's sessions that have not been answered. At either, a session that publishes finds no room, and its connection is
/// not read from until there is some. (A run of an HTTP body is not among them: there is one a request, and its bytes are counted there.)
struct HubLineOptions {
  std::size_t publishes_max = 8192;
  std::size_t bytes_max = 16 << 20;  ///< the last one may go beyond
};

class HubLine final : public session::Publisher, public routes::RunPublisher, public AnswerTaker {
 public:
  /// `reader` is the shard's place at the ring.
  HubLine(net::EventLoop& loop, HubDesk& desk, BatchRing& ring, std::size_t reader, HubLineOptions options = {});
  /// Before the first turn; the shard is made with this line as its publisher.
  void connect(session::Shard& shard) noexcept { shard_ = &shard; }

  // The shard's thread.
  [[nodiscard]] session::Offered offer(state::Update& update, session::Ticket& ticket, Moment now) override;
  void catch_up(Moment now) override;
  void publish(std::vector<state::Update> run, routes::RunDone done) override;

  // The hub's thread.
  void take_answer(Answer answer) override { mailbox_.put(std::move(answer)); }
  void batches_came() { batches_wake_.call(); }

 private:
  void receive_later();
  void receive();
  [[nodiscard]] bool take_batch(Moment now);
  void give_answers(Moment now);
  [[nodiscard]] bool has_room() const noexcept {
    return publishes_ < options_.publishes_max && bytes_ < options_.bytes_max;
  }
  [[nodiscard]] state::Seq head() const noexcept { return shard_->fanout().log().head(); }

  net::EventLoop& loop_;
  HubDesk& desk_;
  BatchRing& ring_;
  std::size_t reader_;
  HubLineOptions options_;
  session::Shard* shard_ = nullptr;
  Mailbox<Answer> mailbox_;
  Wake batches_wake_;

  std::size_t publishes_ = 0;  // of sessions, not answered yet
  std::size_t bytes_ = 0;      // theirs
  std::deque<std::uint64_t> without_room_;  // sessions, in the order they asked
  bool is_offering_again_ = false;

  bool has_mail_ = false;
  std::vector<Answer> answers_;   // taken from the mailbox, not given yet
  state::Seq answers_after_ = 0;  // they are given when the shard has this batch
  bool is_receiving_ = false;     // the next step is to come
};

}  // namespace starling
