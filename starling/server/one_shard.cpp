#include "starling/server/one_shard.hpp"

#include "starling/io/net/system_clock.hpp"

namespace starling {

OneShard::OneShard(net::EventLoop& loop, HubDesk& desk, ShardsOptions options)
    : desk_(desk),
      served_(loop, std::move(options.shard), std::move(options.visitors),
              {.declared = desk.hub().channels(),
               .publisher = desk.hub(),
               .runs = *this,
               .ask_overview = [overview = options.overview](const Question& question, ResponseDone done) { question(*overview, std::move(done)); },
               .store = options.store}) {}

Result<Listening, std::string> OneShard::listen(const config::ListenAddress& address) {
  const auto listener =
      served_.listen({.host = address.host, .port = address.port, .socket_path = address.socket_path});
  if (!listener) return Unexpected{listener.error()};
  return Listening{(*listener)->port(), (*listener)->url()};
}

Listening OneShard::listen(net::Descriptor socket, const net::ListenOptions& options) {
  const net::Listener& listener = *served_.listen(std::move(socket), options);
  return {listener.port(), listener.url()};
}

bool OneShard::hand_on(const log::BatchPtr& batch, Moment now) {
  served_.take(batch, now);
  return true;
}

void OneShard::publish(std::vector<state::Update> run, routes::RunDone done) {
  desk_.apply({.updates = std::move(run), .to = std::move(done), .from = this}, net::now());
}

void OneShard::take_answer(Answer answer) { std::get<routes::RunDone>(answer.to)(std::move(answer.outcomes)); }

}  // namespace starling
