/// @file
/// A shard's line to the store: how it stands, and when it has something.
#pragma once

#include "starling/io/net/event_loop.hpp"
#include "starling/server/routes/durable.hpp"
#include "starling/server/store_writer.hpp"

namespace starling {

class StoreLine final : public routes::Durability {
 public:
  /// Both outlive it; so does the loop whatever is still awaited when it goes.
  StoreLine(net::EventLoop& loop, StoreWriter& writer) : loop_(loop), writer_(writer) {}

  void await(state::Seq seq, std::function<void(bool)> done) override {
    writer_.await(seq, [&loop = loop_, done = std::move(done)](bool is_stored) { loop.post([done, is_stored] { done(is_stored); }); });
  }
  [[nodiscard]] StoreHealth health() const { return writer_.health(); }

 private:
  net::EventLoop& loop_;
  StoreWriter& writer_;
};

}  // namespace starling
