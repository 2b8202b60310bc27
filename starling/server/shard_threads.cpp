#include "starling/server/shard_threads.hpp"

namespace starling {

ShardThreads::ShardThreads(net::EventLoop& hub_loop, HubDesk& desk, ShardsOptions options)
    : hub_loop_(hub_loop),
      overview_(*options.overview),
      ring_(options.shards, {.bytes_max = options.shard.shard.fanout.log_bytes}) {
  for (std::size_t i = 0; i < options.shards; ++i) {
    threads_.push_back(
        std::make_unique<ShardThread>(
            desk, ring_, i, options.shard, options.visitors,
            [this, i](Question question, ResponseDone done) { ask_overview(i, std::move(question), std::move(done)); }, options.store));
  }
}

void ShardThreads::take_up(const log::Past& past) {
  ring_.begin_after(past.seq);
  for (const auto& thread : threads_) thread->served().shard().take_up(past);
}

void ShardThreads::speak_tls(std::shared_ptr<const net::TlsContext> context) {
  for (const auto& thread : threads_) {
    if (are_running_) {
      thread->post([context](ServedShard& served) { served.speak_tls(context); });
    } else {
      thread->served().speak_tls(context);
    }
  }
}

Result<Listening, std::string> ShardThreads::listen(const config::ListenAddress& address) {
  net::ListenOptions options{.host = address.host, .port = address.port, .socket_path = address.socket_path};
  if (!address.is_unix_socket()) options.sharing = net::Sharing::first;
  const auto first = threads_.front()->served().listen(options);
  if (!first) return Unexpected{first.error()};
  if (!address.is_unix_socket()) {
    options.port = (*first)->port();
    options.sharing = net::Sharing::another;
    for (std::size_t i = 1; i < threads_.size(); ++i) {
      if (const auto another = threads_[i]->served().listen(options); !another) return Unexpected{another.error()};
    }
  }
  return Listening{(*first)->port(), (*first)->url()};
}

Listening ShardThreads::listen(net::Descriptor socket, const net::ListenOptions& options) {
  const net::Listener& listener = *threads_.front()->served().listen(std::move(socket), options);
  return {listener.port(), listener.url()};
}

void ShardThreads::start() {
  are_running_ = true;
  for (const auto& thread : threads_) {
    thread->served().accept(
        [this](net::Descriptor socket, net::Peer peer) { hand_round(std::move(socket), std::move(peer)); });
  }
  for (const auto& thread : threads_) thread->start();
}

bool ShardThreads::hand_on(const log::BatchPtr& batch, Moment) {
  if (!ring_.push(batch)) return false;
  for (const auto& thread : threads_) thread->batches_came();
  return true;
}

void ShardThreads::begin_shutdown() {
  for (const auto& thread : threads_) {
    thread->begin_shutdown([this] { hub_loop_.post([this] { ++empty_; }); });
  }
}

void ShardThreads::stop() {
  for (const auto& thread : threads_) thread->stop();
}

void ShardThreads::measure(std::function<void(std::vector<ShardMeasures>)> done) {
  struct Gathered {
    std::vector<ShardMeasures> shards;
    std::size_t missing;
    std::function<void(std::vector<ShardMeasures>)> done;
  };
  const auto gathered = std::make_shared<Gathered>(
      Gathered{std::vector<ShardMeasures>(threads_.size()), threads_.size(), std::move(done)});
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    threads_[i]->post([this, gathered, i](ServedShard& served) {
      hub_loop_.post([gathered, i, measures = served.measures()] {
        gathered->shards[i] = measures;
        if (--gathered->missing == 0) gathered->done(std::move(gathered->shards));
      });
    });
  }
}

/// From the shard's thread to the hub's, and back again.
void ShardThreads::ask_overview(std::size_t shard, Question question, ResponseDone done) {
  hub_loop_.post([this, shard, question = std::move(question), done = std::move(done)] {
    question(overview_, [this, shard, done](http::Response response) {
      threads_[shard]->post([done, response = std::move(response)](ServedShard&) { done(response); });
    });
  });
}

void ShardThreads::hand_round(net::Descriptor socket, net::Peer peer) {
  // A step is copied on its way, a descriptor is not.
  const auto handed = std::make_shared<net::Descriptor>(std::move(socket));
  threads_[handed_round_++ % threads_.size()]->post(
      [handed, peer = std::move(peer)](ServedShard& served) { served.open(std::move(*handed), peer); });
}

}  // namespace starling
