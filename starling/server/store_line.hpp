/// @file
/// A shard's line to the store: how it stands, when it has something, and what it has.
#pragma once

#include "starling/io/net/event_loop.hpp"
#include "starling/server/routes/durable.hpp"
#include "starling/server/store_reader.hpp"
#include "starling/server/store_writer.hpp"

namespace starling {

/// The threads that write and read it.
struct StoreEnds {
  StoreWriter& writer;
  StoreReader& reader;
};

class StoreLine final : public routes::Durability {
 public:
  /// All outlive it; so does the loop whatever is still awaited when it goes.
  StoreLine(net::EventLoop& loop, const StoreEnds& ends) : loop_(loop), ends_(ends) {}

  void await(state::Seq seq, std::function<void(bool)> done) override {
    ends_.writer.await(seq, [&loop = loop_, done = std::move(done)](bool is_stored) { loop.post([done, is_stored] { done(is_stored); }); });
  }
  [[nodiscard]] StoreHealth health() const { return ends_.writer.health(); }

  /// Has `question` asked on the reader's thread, and `done` called with its answer on this one. False, and it is not asked: too many wait.
  template <class Question, class Done>
  [[nodiscard]] bool ask(Question question, Done done) {
    return ends_.reader.ask([&loop = loop_, question = std::move(question), done = std::move(done)](Result<store::Store*, store::Failure> store) {
      loop.post([done, answer = question(std::move(store))]() mutable { done(std::move(answer)); });
    });
  }
  /// On this thread, in a later turn.
  void later(std::function<void()> call) { loop_.post(std::move(call)); }

 private:
  net::EventLoop& loop_;
  StoreEnds ends_;
};

}  // namespace starling
