#include "starling/server/contract/check/checked_conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "starling/server/contract/check/frame_check.hpp"

namespace starling::contract {
namespace {

/// The judge of one thread. Frames are shared by all who are told the same: one that was found right is not looked at again.
class Gate {
 public:
  void pass(std::string_view dialect, const fanout::FramePtr& frame) {
    if (std::ranges::any_of(passed_, [&](const Passed& one) { return one.is(dialect, frame); })) return;
    frame->for_each_payload([&](std::string_view message) {
      const std::string fault = check_.fault_of(dialect, message);
      if (!fault.empty()) end(dialect, message, fault);
    });
    passed_[next_++ % passed_.size()] = {std::string{dialect}, frame};
  }

 private:
  struct Passed {
    std::string dialect;
    std::weak_ptr<const fanout::Frame> frame;

    [[nodiscard]] bool is(std::string_view its_dialect, const fanout::FramePtr& other) const noexcept {
      return !frame.owner_before(other) && !other.owner_before(frame) && dialect == its_dialect;
    }
  };

  [[noreturn]] static void end(std::string_view dialect, std::string_view message, std::string_view fault) {
    fmt::print(stderr, "starling: a message is not in the contract, in the dialect {}: {}: {}\n", dialect, fault, message);
    std::abort();
  }

  FrameCheck check_;
  std::array<Passed, 64> passed_;
  std::size_t next_ = 0;
};

class CheckedLink final : public fanout::Link {
 public:
  CheckedLink(fanout::Link& link, std::string_view dialect) : link_(link), dialect_(dialect) {}

  void send(fanout::FramePtr frame) override {
    thread_local Gate gate;
    gate.pass(dialect_, frame);
    link_.send(std::move(frame));
  }
  bool is_writable() const noexcept override { return link_.is_writable(); }
  std::size_t waiting_bytes() const noexcept override { return link_.waiting_bytes(); }
  std::uint64_t frames_sent() const noexcept override { return link_.frames_sent(); }
  void ping() override { link_.ping(); }
  bool is_stalled() const noexcept override { return link_.is_stalled(); }
  std::uint64_t taken_bytes() const noexcept override { return link_.taken_bytes(); }
  void ready() override { link_.ready(); }
  void close(std::uint16_t code, std::string_view reason) override { link_.close(code, reason); }

 private:
  fanout::Link& link_;
  std::string_view dialect_;
};

class CheckedConversation final : public net::Conversation {
 public:
  CheckedConversation(std::string dialect, fanout::Link& link, const net::Converse& converse, Moment now)
      : dialect_(std::move(dialect)), link_(link, dialect_), inner_(converse(link_, now)) {}

  void receive(ws::TextMessage& message, Moment now) override { inner_->receive(message, now); }
  void receive(ws::BinaryMessage& message, Moment now) override { inner_->receive(message, now); }
  bool is_ready() const noexcept override { return inner_->is_ready(); }
  bool is_awaiting() const noexcept override { return inner_->is_awaiting(); }
  void heard(Instant now) noexcept override { inner_->heard(now); }
  void drained(Moment now) override { inner_->drained(now); }

 private:
  std::string dialect_;
  CheckedLink link_;
  std::unique_ptr<net::Conversation> inner_;
};

}  // namespace

net::Converse checked(std::string dialect, net::Converse converse) {
  return [dialect = std::move(dialect), converse = std::move(converse)](fanout::Link& link, Moment now) -> std::unique_ptr<net::Conversation> {
    return std::make_unique<CheckedConversation>(dialect, link, converse, now);
  };
}

}  // namespace starling::contract
