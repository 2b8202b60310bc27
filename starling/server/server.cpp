#include "starling/server/server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

#include "starling/core/protocol/error.hpp"
#include "starling/core/ws/close_code.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/net/descriptor_limit.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/listener.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/system_random.hpp"
#include "starling/io/net/web_socket_connections.hpp"
#include "starling/server/config/listen_address.hpp"
#include "starling/server/metrics.hpp"
#include "starling/server/playback.hpp"
#include "starling/server/site.hpp"

namespace starling {
namespace {

/// Of the sources' updates, applied in one step.
constexpr std::size_t kUpdatesPerStep = 512;

session::ShardOptions with_epoch(session::ShardOptions options) {
  if (options.epoch.empty()) options.epoch = fmt::format("{:016x}", net::system_random());
  return options;
}

InputOptions with_events(InputOptions options, const std::vector<state::ChannelDeclaration>& channels) {
  for (const state::ChannelDeclaration& channel : channels) {
    if (channel.kind == state::ChannelKind::event) options.event_channels.insert(channel.name);
  }
  return options;
}

std::optional<Instant> earliest(std::optional<Instant> a, std::optional<Instant> b) noexcept {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

/// The parts, in the order they need each other, and what ties them together.
class Server::Running {
 public:
  explicit Running(ServerOptions options)
      : options_(std::move(options)),
        hub_(options_.hub, options_.channels),
        shard_(with_epoch(options_.shard), hub_.channels(), hub_),
        web_sockets_(loop_, shard_, net::system_random()),
        site_({.hub = hub_,
               .shard = shard_,
               .web_sockets = web_sockets_,
               .metrics = [this] { return metrics(); },
               .clock = net::now},
              options_.guard),
        http_(loop_, site_, {.body_bytes_max = options_.body_bytes}),
        input_(with_events(options_.input, options_.channels), [this] { loop_.post([this] { apply_input(); }); }),
        timer_(loop_, [] {}) {}  // only ends the wait: what is due is done after the turn

  sources::Sink& sink() noexcept { return input_; }
  void add(std::string name, std::unique_ptr<sources::Source> source);
  void play(sources::recording::Recording recording) { playback_.emplace(loop_, input_, std::move(recording)); }

  Result<void, StartError> start();
  void run();
  void stop() {
    loop_.post([this] { begin_shutdown(); });
  }

  std::uint16_t port() const noexcept;
  std::vector<std::string> urls() const;

 private:
  struct NamedSource {
    std::string name;
    std::unique_ptr<sources::Source> source;
  };

  void apply_input();
  void apply(state::Update update, Moment now);
  void after_turn(bool is_idle);
  void begin_shutdown();
  void stop_sources();
  [[nodiscard]] std::string metrics() const;
  void log(sources::LogLevel level, std::string line) const {
    if (options_.log) options_.log(level, std::move(line));
  }

  ServerOptions options_;
  net::EventLoop loop_;
  hub::Hub hub_;
  session::Shard shard_;
  net::WebSocketConnections web_sockets_;
  Site site_;
  http::HttpConnections http_;
  Input input_;
  std::vector<NamedSource> sources_;
  std::optional<Playback> playback_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  net::Timer timer_;
  std::optional<Instant> timer_due_;

  std::vector<state::Update> taken_;  // from the input, not applied yet
  std::size_t taken_at_ = 0;
  std::set<state::Refusal> told_refusals_;
  std::optional<Instant> shutdown_due_;
  bool are_sources_stopped_ = false;
};

void Server::Running::add(std::string name, std::unique_ptr<sources::Source> source) {
  // Two may listen to one broker; metrics of the same name would be refused whole.
  std::string unique = name;
  const auto is_taken = [&] { return std::ranges::find(sources_, unique, &NamedSource::name) != sources_.end(); };
  for (int number = 2; is_taken(); ++number) unique = fmt::format("{} #{}", name, number);
  sources_.push_back({std::move(unique), std::move(source)});
}

Result<void, StartError> Server::Running::start() {
  net::raise_descriptor_limit();
  for (const std::string& text : options_.listen) {
    const auto address = config::read_listen_address(text);
    if (!address) return Unexpected{StartError{fmt::format("cannot listen on {}: {}", text, address.error())}};
    if (!address->is_local()) {
      return Unexpected{StartError{fmt::format(
          "cannot listen on {}: without credentials only this machine is served, listen on 127.0.0.1", text)}};
    }
    auto listener = net::Listener::open(
        loop_, {.host = address->host, .port = address->port, .socket_path = address->socket_path});
    if (!listener) {
      return Unexpected{StartError{fmt::format(
          "cannot listen on {}: {}; choose another with --listen or server.listen", text, listener.error())}};
    }
    listeners_.push_back(std::move(*listener));
  }
  return {};
}

void Server::Running::run() {
  if (options_.stop_on_signals) {
    loop_.on_signals({SIGINT, SIGTERM}, [this](int number) {
      if (shutdown_due_) ::_exit(128 + number);
      begin_shutdown();
    });
  }
  for (const auto& listener : listeners_) {
    listener->start(
        [this](net::Descriptor socket, net::Peer peer) { http_.open(std::move(socket), std::move(peer)); });
  }
  for (const NamedSource& named : sources_) named.source->start();
  if (playback_) playback_->start();
  loop_.run([this](bool is_idle) { after_turn(is_idle); });
}

std::uint16_t Server::Running::port() const noexcept {
  for (const auto& listener : listeners_) {
    if (listener->port() != 0) return listener->port();
  }
  return 0;
}

std::vector<std::string> Server::Running::urls() const {
  std::vector<std::string> urls;
  for (const auto& listener : listeners_) urls.push_back(listener->url());
  return urls;
}

void Server::Running::apply_input() {
  if (taken_at_ == taken_.size()) {
    taken_ = input_.take();
    taken_at_ = 0;
  }
  const Moment now = net::now();
  const std::size_t end = std::min(taken_.size(), taken_at_ + kUpdatesPerStep);
  for (; taken_at_ < end; ++taken_at_) apply(std::move(taken_[taken_at_]), now);
  if (taken_at_ < taken_.size()) {
    loop_.defer([this] { apply_input(); });
    return;
  }
  taken_ = {};
  taken_at_ = 0;
}

void Server::Running::apply(state::Update update, Moment now) {
  const std::string channel = update.channel;
  const auto applied = hub_.publish(std::move(update), now);
  if (applied || !told_refusals_.insert(applied.error()).second) return;
  log(sources::LogLevel::warning,
      fmt::format(
          "an update of a source for {} was refused: {} (said once; starling_updates_refused_total counts them)",
          channel, protocol::error_of(applied.error()).message));
}

void Server::Running::after_turn(bool is_idle) {
  const Moment now = net::now();
  if (const auto due = hub_.next_due(); due && *due <= now.instant) hub_.on_time(now);
  if (const auto due = hub_.close_due(); due && (is_idle || *due <= now.instant)) {
    if (log::BatchPtr batch = hub_.close_batch(now)) shard_.take(std::move(batch), now);
  }
  const auto call_if_due = [&](std::optional<Instant> due, auto&& call) {
    if (due && *due <= now.instant) call();
  };
  call_if_due(shard_.next_due(), [&] { shard_.on_time(now); });
  call_if_due(web_sockets_.next_due(), [&] { web_sockets_.on_time(now.instant); });
  call_if_due(http_.next_due(), [&] { http_.on_time(now.instant); });
  web_sockets_.flush();
  http_.bury_ended();

  if (shutdown_due_) {
    const bool is_everybody_gone =
        are_sources_stopped_ && web_sockets_.size() == 0 && http_.size() == 0 && !hub_.close_due();
    if (is_everybody_gone || *shutdown_due_ <= now.instant) loop_.stop();
  }
  std::optional<Instant> due = earliest(shard_.next_due(), earliest(hub_.close_due(), hub_.next_due()));
  due = earliest(earliest(due, shutdown_due_), earliest(web_sockets_.next_due(), http_.next_due()));
  if (due == timer_due_ && (!due || *due > now.instant)) return;
  timer_due_ = due;
  if (due) {
    timer_.set(*due);
  } else {
    timer_.clear();
  }
}

void Server::Running::begin_shutdown() {
  if (shutdown_due_) return;
  shutdown_due_ = net::now().instant + options_.shutdown_max;
  listeners_.clear();
  site_.begin_shutdown();
  playback_.reset();
  http_.end_all();
  web_sockets_.close_all(ws::close_code::kGoingAway, "shutting down");
  loop_.defer([this] { stop_sources(); });  // after the viewers have been told: a source may take a while
}

void Server::Running::stop_sources() {
  // All at once: one whose broker does not answer takes up to 2 s, and the others need not wait for it.
  std::vector<std::thread> stopping;
  for (const NamedSource& named : sources_) stopping.emplace_back([&named] { named.source->stop(); });
  for (std::thread& thread : stopping) thread.join();
  are_sources_stopped_ = true;
}

std::string Server::Running::metrics() const {
  std::vector<MeasuredSource> measured;
  for (const NamedSource& named : sources_) measured.push_back({named.name, named.source->status()});
  return metrics_text({.hub = hub_,
                       .shard = shard_,
                       .web_sockets = web_sockets_,
                       .http = http_,
                       .input = input_.counters(),
                       .sources = std::move(measured)});
}

Server::Server(ServerOptions options) : running_(std::make_unique<Running>(std::move(options))) {}
Server::~Server() = default;
sources::Sink& Server::sink() noexcept { return running_->sink(); }
void Server::add(std::string name, std::unique_ptr<sources::Source> source) {
  running_->add(std::move(name), std::move(source));
}
void Server::play(sources::recording::Recording recording) { running_->play(std::move(recording)); }
Result<void, StartError> Server::start() { return running_->start(); }
void Server::run() { running_->run(); }
void Server::stop() { running_->stop(); }
std::uint16_t Server::port() const noexcept { return running_->port(); }
std::vector<std::string> Server::urls() const { return running_->urls(); }

}  // namespace starling
