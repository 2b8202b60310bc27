#include "starling/server/server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "starling/io/net/core_count.hpp"
#include "starling/io/net/descriptor_limit.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/inherited_sockets.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/system_random.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/server/config/listen_address.hpp"
#include "starling/server/descriptor_budget.hpp"
#include "starling/server/due_timer.hpp"
#include "starling/server/hub_desk.hpp"
#include "starling/server/metrics.hpp"
#include "starling/server/one_shard.hpp"
#include "starling/server/playback.hpp"
#include "starling/server/retention.hpp"
#include "starling/server/routes/openapi.hpp"
#include "starling/server/shard_threads.hpp"
#include "starling/server/store_writer.hpp"
#include "starling/server/system_status.hpp"
#include "starling/server/taking_up.hpp"

namespace starling {
namespace {

ServerOptions complete(ServerOptions options) {
  if (options.shards == 0) options.shards = net::core_count();
  options.shard.doors = options.doors;
  options.hub.keeps_late = !options.store.url.empty() && Retention{options.store.history, options.channels}.keeps_any();
  return options;
}

}  // namespace

/// The parts, in the order they need each other, and what ties them together. All of it is the hub's thread's.
class Server::Running final : private Overview {
 public:
  explicit Running(ServerOptions options)
      : options_(complete(std::move(options))),
        desk_(loop_,
              {.hub = options_.hub,
               .channels = options_.channels,
               .input = options_.input,
               .log = options_.log,
               .hand_on_late = [this](log::LateReportsPtr late) { writer_->put(std::move(late)); }},
              [this](const log::BatchPtr& batch, Moment now) { return hand_on(batch, now); }),
        visitors_(std::make_shared<Visitors>(options_.visitors, options_.guard.trusted_proxies)),
        timer_(loop_) {}

  sources::Sink& sink() noexcept { return desk_.input(); }
  void add(std::string name, std::unique_ptr<sources::Source> source);
  void probe(std::unique_ptr<sources::probe::ProbeSource> probes) {
    probes_ = probes.get();
    add("probe", std::move(probes));
  }
  void play(sources::recording::Recording recording) { playback_.emplace(loop_, sink(), std::move(recording)); }

  Result<void, StartError> start();
  void run();
  void stop() {
    loop_.post([this] { begin_shutdown(); });
  }
  void reload_certificate() {
    loop_.post([this] { read_certificate_again(); });
  }

  std::uint16_t port() const noexcept;
  std::vector<std::string> urls() const;
  std::size_t shards() const noexcept { return options_.shards; }

 private:
  struct NamedSource {
    std::string name;
    std::unique_ptr<sources::Source> source;
  };

  std::unique_ptr<Shards> make_shards();
  Result<void, StartError> take_up();
  bool hand_on(const log::BatchPtr& batch, Moment now);
  void give_state();
  void keep();
  Result<void, StartError> listen(const std::string& text);
  Result<void, StartError> listen_on_inherited();
  void read_certificate_again();
  void log(sources::LogLevel level, std::string line) const {
    if (options_.log) options_.log(level, std::move(line));
  }
  Result<void, StartError> set_room();
  void after_turn(bool is_idle);
  void begin_shutdown();
  void stop_sources();
  [[nodiscard]] std::vector<MeasuredSource> measured_sources() const;
  void metrics(ResponseDone done) override;
  void system_status(ResponseDone done) override { status_->ask(std::move(done), net::now().instant); }
  void door_counts(protocol::DialectName dialect, std::function<void(session::DoorCounts)> done) override;
  [[nodiscard]] ServerFacts facts() const;

  ServerOptions options_;
  net::EventLoop loop_;
  HubDesk desk_;
  std::shared_ptr<Visitors> visitors_;
  std::unique_ptr<Shards> shards_;  // made with the start, when it is known where they go on from
  // Null: nothing is stored. Behind the shards, on whose loops they answer.
  std::unique_ptr<StoreWriter> writer_;
  std::unique_ptr<StoreReader> reader_;
  std::optional<StoreEnds> ends_;
  std::optional<SystemStatus> status_;  // made with the start; a round may end when the sources do
  std::vector<NamedSource> sources_;
  sources::probe::ProbeSource* probes_ = nullptr;  // among them; null: nobody is asked
  Instant started_at_{};
  std::optional<Playback> playback_;
  std::vector<Listening> listening_;
  DueTimer timer_;
  std::optional<Instant> shutdown_due_;
  bool are_sources_stopped_ = false;
};

std::unique_ptr<Shards> Server::Running::make_shards() {
  ShardsOptions options{
      .shards = options_.shards,
      .shard = {.shard = options_.shard, .guard = options_.guard, .dashboard = options_.dashboard, .body_bytes = options_.body_bytes, .compression = options_.compression, .raw = options_.raw, .intake = options_.intake, .drain_spread = options_.drain_spread},
      .visitors = visitors_,
      .overview = this,
      .store = ends_ ? &*ends_ : nullptr};
  if (options.shards == 1) return std::make_unique<OneShard>(loop_, desk_, std::move(options));
  return std::make_unique<ShardThreads>(loop_, desk_, std::move(options));
}

void Server::Running::add(std::string name, std::unique_ptr<sources::Source> source) {
  // Two may listen to one broker; metrics of the same name would be refused whole.
  std::string unique = name;
  const auto is_taken = [&] { return std::ranges::find(sources_, unique, &NamedSource::name) != sources_.end(); };
  for (int number = 2; is_taken(); ++number) unique = fmt::format("{} #{}", name, number);
  sources_.push_back({std::move(unique), std::move(source)});
}

Result<void, StartError> Server::Running::start() {
  for (const auto& [path, door] : options_.raw) {
    if (path.starts_with('/') && path != "/live") continue;
    return Unexpected{StartError{fmt::format("cannot serve the raw door {}: its path begins with a slash and is not /live", path)}};
  }
  if (auto taken = take_up(); !taken) return taken;
  if (options_.tls) {
    auto context = net::TlsContext::for_server(*options_.tls);
    if (!context) return Unexpected{StartError{fmt::format("server.tls: {}", context.error())}};
    shards_->speak_tls(std::move(*context));
  }
  for (const std::string& text : options_.listen) {
    if (auto listening = listen(text); !listening) return listening;
  }
  started_at_ = net::now().instant;
  status_.emplace(loop_, desk_, probes_, [this] { return facts(); });
  if (auto room = set_room(); !room || !writer_) return room;  // late: a start that fails says why in one line
  // Last: a start that failed, of a server that runs already, say, must leave what is kept as it is.
  const auto begun = writer_->begin(options_.shard.epoch, net::now().timestamp);
  return begun ? Result<void, StartError>{} : Unexpected{StartError{fmt::format("store.url: {}", begun.error().message)}};
}

/// What an earlier run left, and the shards that go on from there.
Result<void, StartError> Server::Running::take_up() {
  const auto failed = [&](const store::Failure& failure) { return Unexpected{StartError{fmt::format("store.url: {}", failure.message)}}; };
  store::TakenUp taken;
  std::unique_ptr<store::Store> store;
  const Moment now = net::now();
  if (!options_.store.url.empty()) {
    auto opened = store::open_store(options_.store.url, {.folder = options_.store.folder, .exclusive = true});
    if (!opened) return failed(opened.error());
    store = std::move(*opened);
    auto read = read_kept(*store, desk_.hub(), now.timestamp);
    if (!read) return failed(read.error());
    taken = std::move(*read);
    for (std::string& note : taken.notes) log(sources::LogLevel::warning, std::move(note));
  }
  if (options_.shard.epoch.empty()) options_.shard.epoch = taken.epoch.empty() ? fmt::format("{:016x}", net::system_random()) : taken.epoch;
  desk_.hub().take_up(taken.past, taken.away, now);
  if (store) {
    writer_ = std::make_unique<StoreWriter>(
        std::move(store), taken.past.seq, taken.past.events,
        StoreWriterOptions{.waiting_bytes_max = options_.shard.fanout.log_bytes, .history = options_.store.history, .channels = options_.channels},
        [this] { loop_.post([] {}); },  // the turn's end gives it
        [this](bool is_degraded, std::string line) { log(is_degraded ? sources::LogLevel::error : sources::LogLevel::note, std::move(line)); });
  }
  if (writer_) {
    reader_ = std::make_unique<StoreReader>(options_.store.url, options_.store.folder);
    ends_.emplace(StoreEnds{*writer_, *reader_});
  }
  shards_ = make_shards();
  shards_->take_up(taken.past);
  return {};
}

bool Server::Running::hand_on(const log::BatchPtr& batch, Moment now) {
  if (!shards_->hand_on(batch, now)) return false;
  if (writer_) writer_->put(batch);
  return true;
}

/// The whole state, for a writer that fell off the log; while no batch is open, so that it is that of a seq.
void Server::Running::give_state() {
  StoreWriter::WholeState whole{.seq = desk_.hub().seq(), .at = net::now().timestamp, .entities = {}};
  for (const state::Space& space : desk_.hub().state().spaces()) {
    whole.entities.reserve(whole.entities.size() + space.size());
    space.for_each([&](const state::EntityPtr& entity) { whole.entities.push_back(entity); });
  }
  writer_->give_state(std::move(whole));
}

/// After the last turn: what the next run takes up.
void Server::Running::keep() {
  if (!writer_) return;
  if (writer_->is_behind()) give_state();
  const auto store = writer_->stop(options_.store.flush_max);
  const StoreHealth health = writer_->health();
  const log::Log& kept = shards_->log();
  if (!store || health.written != kept.head()) {
    log(sources::LogLevel::error, fmt::format("the store has the state up to batch {} of {}; the next start begins a new epoch{}{}", health.written, kept.head(),
                                              health.is_degraded() ? ": " : "", health.cause));
    return;
  }
  if (const auto ended = starling::keep(*store, kept, net::now().timestamp); !ended) {
    log(sources::LogLevel::error, fmt::format("the log is not kept, the next start begins a new epoch: {}", ended.error().message));
  }
}

Result<void, StartError> Server::Running::listen(const std::string& text) {
  const auto address = config::read_listen_address(text);
  if (!address) return Unexpected{StartError{fmt::format("cannot listen on {}: {}", text, address.error())}};
  if (address->is_inherited) return listen_on_inherited();
  if (!address->is_local()) {
    return Unexpected{StartError{fmt::format(
        "cannot listen on {}: without credentials only this machine is served, listen on 127.0.0.1", text)}};
  }
  auto listening = shards_->listen(*address);
  if (!listening) {
    return Unexpected{StartError{fmt::format("cannot listen on {}: {}; choose another with --listen or server.listen",
                                             text, listening.error())}};
  }
  listening_.push_back(std::move(*listening));
  return {};
}

Result<void, StartError> Server::Running::listen_on_inherited() {
  std::vector<net::Descriptor> sockets = net::take_inherited_sockets();
  if (sockets.empty()) {
    return Unexpected{StartError{
        "cannot listen on systemd: no sockets were handed over (LISTEN_PID and LISTEN_FDS); start it by a .socket unit, or name an address"}};
  }
  for (net::Descriptor& socket : sockets) {
    const int number = socket.number();
    const auto found = net::listened_on(number);
    if (!found) {
      return Unexpected{StartError{fmt::format(
          "cannot listen on systemd's descriptor {}: {}; give ListenStream= in the .socket unit", number, found.error())}};
    }
    const config::ListenAddress address{.host = found->host, .port = found->port, .socket_path = found->socket_path};
    if (!address.is_local()) {
      return Unexpected{StartError{fmt::format(
          "cannot listen on systemd's descriptor {}, {} port {}: without credentials only this machine is served, "
          "give ListenStream=127.0.0.1:8080 in the .socket unit",
          number, found->host, found->port)}};
    }
    listening_.push_back(shards_->listen(std::move(socket), *found));
  }
  return {};
}

void Server::Running::read_certificate_again() {
  if (!options_.tls || shutdown_due_) return;
  auto context = net::TlsContext::for_server(*options_.tls);
  if (!context) {
    log(sources::LogLevel::error, fmt::format("server.tls: {}; the old certificate stays in use", context.error()));
    return;
  }
  log(sources::LogLevel::note, fmt::format("server.tls: new connections get the certificate of {}", (*context)->certificate()));
  shards_->speak_tls(std::move(*context));
}

/// Lowers the connections to what the descriptors are enough for.
Result<void, StartError> Server::Running::set_room() {
  const std::uint64_t limit = net::raise_descriptor_limit();
  const std::size_t wanted = options_.visitors.connections;
  std::size_t source_descriptors = 0;
  for (const NamedSource& named : sources_) source_descriptors += named.source->descriptors_max();
  const auto budget =
      budget_descriptors(limit, wanted, {.shards = options_.shards, .listeners = listening_.size(), .source_descriptors = source_descriptors});
  if (!budget) {
    return Unexpected{StartError{fmt::format("a descriptor limit of {} is not enough for connections: raise it with ulimit -n or LimitNOFILE=", limit)}};
  }
  if (budget->connections < wanted) {
    log(sources::LogLevel::note,
        fmt::format("limits.connections is {}, not {}: the descriptor limit is {}; raise it with ulimit -n or LimitNOFILE=", budget->connections,
                    wanted, limit));
  }
  visitors_->set_room(budget->connections, budget->refusals);
  return {};
}

void Server::Running::run() {
  if (options_.stop_on_signals) {
    // Without TLS there is nothing to read again, and a terminal that hangs up ends the server as Ctrl-C does.
    loop_.on_signals({SIGINT, SIGTERM, SIGHUP}, [this](int number) {
      if (number == SIGHUP && options_.tls) return read_certificate_again();
      if (shutdown_due_) ::_exit(128 + number);
      begin_shutdown();
    });
  }
  shards_->start();
  for (const NamedSource& named : sources_) named.source->start();
  if (playback_) playback_->start();
  loop_.run([this](bool is_idle) { after_turn(is_idle); });
  shards_->stop();
  keep();
}

std::uint16_t Server::Running::port() const noexcept {
  const auto tcp = std::ranges::find_if(listening_, [](const Listening& listening) { return listening.port != 0; });
  return tcp == listening_.end() ? std::uint16_t{0} : tcp->port;
}

std::vector<std::string> Server::Running::urls() const {
  std::vector<std::string> urls;
  for (const Listening& listening : listening_) urls.push_back(listening.url);
  return urls;
}

void Server::Running::after_turn(bool is_idle) {
  const Moment now = net::now();
  desk_.after_turn(is_idle, now);
  shards_->after_turn(now);
  if (writer_ && desk_.is_settled() && writer_->wants_state()) give_state();

  if (shutdown_due_) {
    const bool is_everybody_gone = are_sources_stopped_ && shards_->is_empty() && desk_.is_settled();
    if (is_everybody_gone || *shutdown_due_ <= now.instant) loop_.stop();
  }
  timer_.set(earliest(shutdown_due_, earliest(desk_.next_due(), shards_->next_due())), now.instant);
}

void Server::Running::begin_shutdown() {
  if (shutdown_due_) return;
  shutdown_due_ = net::now().instant + options_.shutdown_max;
  playback_.reset();
  shards_->begin_shutdown();
  loop_.defer([this] { stop_sources(); });  // after the viewers have been told: a source may take a while
}

void Server::Running::stop_sources() {
  // All at once: one whose broker does not answer takes up to 2 s, and the others need not wait for it.
  std::vector<std::thread> stopping;
  for (const NamedSource& named : sources_) stopping.emplace_back([&named] { named.source->stop(); });
  for (std::thread& thread : stopping) thread.join();
  are_sources_stopped_ = true;
}

std::vector<MeasuredSource> Server::Running::measured_sources() const {
  std::vector<MeasuredSource> sources;
  for (const NamedSource& named : sources_) sources.push_back({named.name, named.source->status()});
  return sources;
}

void Server::Running::metrics(ResponseDone done) {
  shards_->measure([this, done = std::move(done)](std::vector<ShardMeasures> shards) {
    done(metrics_response(metrics_text({.hub = desk_.hub(),
                                        .shards = std::move(shards),
                                        .visitors = visitors_->counters(),
                                        .input = desk_.input().counters(),
                                        .sources = measured_sources(),
                                        .store = writer_ ? std::optional{writer_->health()} : std::nullopt})));
  });
}

void Server::Running::door_counts(protocol::DialectName dialect, std::function<void(session::DoorCounts)> done) {
  shards_->measure([dialect, done = std::move(done)](const std::vector<ShardMeasures>& shards) { done(starling::door_counts(shards, dialect)); });
}

ServerFacts Server::Running::facts() const {
  return {.version = routes::version_of(options_.shard.session.server),
          .epoch = options_.shard.epoch,
          .seq = desk_.hub().seq(),
          .uptime = net::now().instant - started_at_,
          .store = writer_ ? std::optional{writer_->health()} : std::nullopt,
          .sources = measured_sources()};
}

Server::Server(ServerOptions options) : running_(std::make_unique<Running>(std::move(options))) {}
Server::~Server() = default;
sources::Sink& Server::sink() noexcept { return running_->sink(); }
void Server::add(std::string name, std::unique_ptr<sources::Source> source) {
  running_->add(std::move(name), std::move(source));
}
void Server::probe(std::unique_ptr<sources::probe::ProbeSource> probes) { running_->probe(std::move(probes)); }
void Server::play(sources::recording::Recording recording) { running_->play(std::move(recording)); }
Result<void, StartError> Server::start() { return running_->start(); }
void Server::run() { running_->run(); }
void Server::stop() { running_->stop(); }
void Server::reload_certificate() { running_->reload_certificate(); }
std::uint16_t Server::port() const noexcept { return running_->port(); }
std::vector<std::string> Server::urls() const { return running_->urls(); }
std::size_t Server::shards() const noexcept { return running_->shards(); }

}  // namespace starling
