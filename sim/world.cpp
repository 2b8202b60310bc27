#include "sim/world.hpp"

#include <fmt/format.h>

#include <list>

#include "sim/character.hpp"
#include "sim/event_door.hpp"
#include "sim/fleet.hpp"
#include "sim/guest.hpp"
#include "sim/heap.hpp"
#include "sim/mesh.hpp"
#include "sim/mesh_door.hpp"
#include "sim/plain_store.hpp"
#include "sim/published.hpp"
#include "sim/reader.hpp"
#include "sim/viewer.hpp"
#include "sim/vocabulary.hpp"
#include "starling/core/hub/hub.hpp"

namespace starling::sim {
namespace {

using std::chrono::milliseconds;

class World {
 public:
  explicit World(const RunOptions& options)
      : options_(options),
        random_(options.seed, options.choices),
        rates_(random_rates(random_, options.rates)),
        plant_(options.plant, options.seed),
        character_(random_, options.keys, rates_),
        hub_options_(hub_options(character_, random_, own_server())),
        declarations_(declarations(character_, random_, own_server())),
        server_options_(server_options(rates_, random_, options.shards, options.choices, own_server())),
        truth_(truth_options(hub_options_, declarations_)),
        fleet_(character_.tastes) {
    if (options.scenario) use(*options.scenario);
    if (rates_.clean_restarts > 0 || rates_.kept_state > 0) store_.emplace();
    server_options_.shard.doors = {{.path = "/events", .dialect = protocol::DialectName::event, .channels = door_channels()}, {.path = "/map", .dialect = protocol::DialectName::mesh}};
    begin();
    std::uint64_t viewers = 1 + random_.below(6);
    viewers = options.viewers.value_or(viewers);
    for (std::uint64_t i = 0; i < viewers; ++i) {
      ViewerOptions viewer{.number = static_cast<int>(i), .tastes = character_.tastes, .trace = options.trace, .frames = options.frames};
      viewer.has_critical = std::ranges::any_of(declarations_, [](const auto& channel) { return channel.priority == state::Priority::critical; });
      // Some viewers begin alike, so that audiences have several members.
      viewer.seed = random_.chance(0.5) && i > 0 ? options.seed : random_.next();
      viewer.choices = options.choices;
      viewer.subscriptions = random_.chance(0.3) && server_options_.shard.session.subscriptions_max > 1 ? 2 : 1;
      viewers_.emplace_back(viewer, now_, hub_->channels(), truth_, fleet_, published_, plant_);
    }
    begin_readers();
    begin_guests();
  }

  RunCounts run() {
    for (int step = 0; is_going_on(step); ++step) {
      pass_time(milliseconds{random_.below(static_cast<std::uint64_t>(character_.step_max.count()))});
      if (random_.chance(rates_.restarts)) kill();
      if (rates_.clean_restarts > 0 && store_dice_.chance(rates_.clean_restarts)) stop();
      if (!lulls_.empty() && random_.chance(rates_.lulls)) lull();
      if (random_.chance(rates_.storms)) lose_lines();
      if (random_.chance(rates_.clock_jumps)) clock_offset_ += milliseconds{random_.below(240'000)} - milliseconds{120'000};
      if (random_.chance(rates_.reports)) report();
      for (Viewer& viewer : viewers_) {
        viewer.act(*server_);
        close_batch();
      }
      for (Reader& reader : readers_) reader.act(*server_);
      if (!guests_.empty()) report_nodes();
      for (Guest& guest : guests_) guest.act(*server_);
      server_->check_bounds();
    }
    if (options_.choices) options_.choices->end();
    // In the end all converge: good lines, no news but what time brings, and what was on its way arrives.
    settle(std::chrono::seconds{6});
    server_->catch_up(now_);
    return finish();
  }

 private:
  /// The server's life begins, with what its store has, if it has one.
  void begin() {
    server_.reset();
    hub_.emplace(hub_options_, declarations_);
    store::TakenUp taken;
    if (store_) taken = store_->take_up([this](std::string_view name) { return hub_->open_channel(name); }, now_.timestamp);
    if (!taken.notes.empty()) throw Broken{fmt::format("what was kept is not taken up: {}", taken.notes.front())};
    hub_->take_up(taken.past, taken.away, now_);
    take_up_truth(taken.past);
    if (taken.epoch.empty()) taken.epoch = fmt::format("life-{}", ++lives_);
    if (store_) store_->begin_life(taken.epoch, now_.timestamp);
    server_options_.shard.epoch = taken.epoch;
    server_.emplace(server_options_, hub_->channels(), [this](state::Update update, const std::optional<std::string>& ref, Moment now) { return publish_of_viewer(std::move(update), ref, now); }, plant_, random_.next());
    server_->take_up(taken.past);
    if (options_.scenario || taken.past.seq > 0) return;
    // A removal in a channel that nobody ever used is not remembered: so that there is one, whoever is late. (After a start from what was kept the truth is told which there are.)
    apply({.channel = mesh::kPosition, .key = key_of(0), .fields = {{"latitude", "0"}, {"longitude", "170"}}, .time_ms = {}});
    close_batch();
  }

  /// It finds for itself how long nobody was there.
  void take_up_truth(const log::Past& taken) {
    const std::optional<Timestamp> saved_at = store_ ? store_->saved_at() : std::nullopt;
    const Duration away = saved_at ? std::max<Duration>(Duration{0}, now_.timestamp - *saved_at) : Duration{0};
    PlainPast past{.seq = taken.seq, .log_after = taken.batches.empty() ? taken.seq : taken.batches.front()->seq - 1, .away_us = away.count(), .channels = {}};
    for (const state::Channel* channel : hub_->channels().all()) past.channels.insert(channel->name);
    truth_.take_up(std::move(past), clock());
  }

  /// By dice of their own: what viewers do is the same without them.
  void begin_readers() {
    Dice dice{~options_.seed};
    for (std::size_t i = 0; i < viewers_.size(); ++i) {
      if (!dice.chance(rates_.readers)) continue;
      const bool has_critical = std::ranges::any_of(declarations_, [](const auto& channel) { return channel.priority == state::Priority::critical; });
      const ReaderOptions reader{.number = static_cast<int>(i), .seed = dice.next(), .tastes = character_.tastes, .is_stream = dice.chance(0.5), .has_critical = has_critical, .trace = options_.trace};
      readers_.emplace_back(reader, now_, hub_->channels(), truth_, plant_);
    }
  }

  /// Likewise; but what they look at is reported, too. In a user's own world there are none.
  void begin_guests() {
    if (options_.scenario) return;
    const std::set<std::string> shown{mesh::kPosition, mesh::kTelemetry, mesh::kMessage};
    for (std::size_t i = 0; i < viewers_.size(); ++i) {
      if (!guest_dice_.chance(rates_.guests)) continue;
      const GuestOptions guest{.number = static_cast<int>(i), .seed = guest_dice_.next(), .rates = rates_, .door = guest_dice_.below(2), .trace = options_.trace};
      std::unique_ptr<DoorModel> model;
      if (guest.door == kEventDoor) {
        model = std::make_unique<EventDoor>(shown, truth_);
      } else {
        model = std::make_unique<MeshDoor>(character_.tastes.keys, truth_);
      }
      guests_.emplace_back(guest, now_, std::move(model), plant_);
    }
  }

  /// What the map's door shows beside what the fleet reports.
  void report_nodes() {
    if (!guest_dice_.chance(0.2)) return;
    Said said{.channel = mesh::kNode, .key = key_of(guest_dice_.below(character_.tastes.keys)), .fields = {}, .time_ms = {}};
    said.fields["short_name"] = fmt::format("\"n{}\"", guest_dice_.below(3));
    if (guest_dice_.chance(0.3)) {
      said.channel = mesh::kTelemetry;
      said.fields = {{"battery_percent", std::to_string(guest_dice_.below(100))}};
    }
    apply(said);
    close_batch();
  }

  [[nodiscard]] const OwnServer* own_server() const { return options_.scenario && options_.scenario->server ? &*options_.scenario->server : nullptr; }

  void use(const Scenario& scenario) {
    vocabulary_ = vocabulary_of(scenario, hub_options_, declarations_, character_.tastes.keys);
    character_.tastes.vocabulary = &*vocabulary_;
    character_.tastes.presence = vocabulary_->presence.empty() ? 0 : 0.4;
    fleet_ = Fleet{character_.tastes};
    patience_ = server_options_.shard.fanout.tick;
    for (const state::ChannelDeclaration& declaration : declarations_) patience_ = std::max(patience_, declaration.event_pace);
    for (const Wish& wish : scenario.queries) {
      if (wish.rate > 0) patience_ = std::max(patience_, Duration{static_cast<std::int64_t>(1e6 / std::max(*wish.rate, 0.1))});
    }
    if (!own_server()) return;
    const auto add = [this](std::optional<Duration> wait) {
      if (wait && *wait <= kLullMax) lulls_.push_back(*wait);
    };
    for (const state::SpaceDeclaration& space : hub_options_.spaces) add(space.offline_after);
    for (const state::ChannelDeclaration& declaration : declarations_) add(declaration.ttl);
  }

  /// Time enough for something to expire, with nobody there to see it.
  void lull() {
    if (options_.trace) fmt::print("             nothing happens for a while\n");
    lose_lines();
    const Duration wait = lulls_[random_.below(lulls_.size())];
    pass_time(Duration{random_.below(static_cast<std::uint64_t>(wait.count() * 3 / 2))});
  }

  void lose_lines() {
    for (Viewer& viewer : viewers_) viewer.lose_line();
    for (Reader& reader : readers_) reader.lose_line();
    for (Guest& guest : guests_) guest.lose_line();
  }

  /// Lines are good, and nothing is news but what time brings.
  void settle(Duration duration) {
    for (Duration passed{}; passed < duration + 2 * patience_; passed += milliseconds{100}) {
      pass_time(milliseconds{100});
      for (Viewer& viewer : viewers_) viewer.settle(*server_);
      for (Reader& reader : readers_) reader.settle(*server_);
      for (Guest& guest : guests_) guest.settle(*server_);
      close_batch();
    }
  }

  /// The server ends as it is, and begins anew: with nothing, or with what its store has.
  void kill() {
    if (options_.trace) fmt::print("             the server is killed\n");
    lose_lines();
    count_life();
    ++counts_.restarts;
    if (store_) {
      if (rates_.kept_state > 0 && store_dice_.chance(rates_.kept_state)) {
        ++counts_.kept;
        be_away();
      } else {
        store_.emplace();
      }
    }
    begin();
  }

  /// The server ends as it should, and goes on: same epoch, same seq.
  void stop() {
    if (options_.trace) fmt::print("             the server is stopped\n");
    lose_lines();
    count_life();
    ++counts_.restarts;
    ++counts_.clean_restarts;
    server_->catch_up(now_);
    if (plant_.loses_at_stop()) store_->lose_newest();
    store_->write();
    store_->end_life(server_->shard(0).fanout().log(), now_.timestamp);
    const std::uint64_t head = truth_.head();
    const std::string epoch = server_options_.shard.epoch;
    be_away();
    begin();
    if (server_options_.shard.epoch != epoch || truth_.head() != head) throw Broken{fmt::format("after a clean stop it is {} at seq {}, and was {} at {}", server_options_.shard.epoch, truth_.head(), epoch, head)};
  }

  /// There is no server for a while.
  void be_away() {
    Duration away = milliseconds{store_dice_.below(2'000)};
    if (!lulls_.empty() && store_dice_.chance(0.3)) away = Duration{store_dice_.below(static_cast<std::uint64_t>(lulls_[store_dice_.below(lulls_.size())].count() * 3 / 2))};
    advance_to(now_.instant + away);
  }

  /// What the life that ends went through.
  void count_life() {
    counts_.expired += hub_->counters().expired;
    counts_.late += hub_->counters().late;
    for (std::size_t i = 0; i < server_->shards(); ++i) {
      const fanout::Counters& fanout = server_->shard(i).fanout().counters();
      counts_.snapshots += fanout.snapshots;
      counts_.catch_ups += fanout.catch_ups;
      counts_.cut_differences += fanout.cut_differences;
      counts_.given_up += fanout.expired;
    }
  }

  [[nodiscard]] bool is_going_on(int step) const {
    if (options_.choices && options_.choices->is_over()) return false;
    return options_.minutes > 0 ? now_.instant - kStart.instant < std::chrono::duration<double, std::ratio<60>>(options_.minutes) : step < options_.steps;
  }

  RunCounts finish() {
    // So that the last news has been told: nothing expires meanwhile.
    if (!lulls_.empty()) lose_lines();  // they would not wait for it
    while (truth_.next_due_us()) {
      advance_to(*hub_->next_due());
      do_dues();
    }
    settle(std::chrono::seconds{3});
    for (Viewer& viewer : viewers_) {
      viewer.check_current(server_options_.shard.session.heartbeat < std::chrono::seconds{1});
      counts_.judged += viewer.judged();
      viewer.lose_line();
    }
    for (Reader& reader : readers_) {
      reader.check_current(server_options_.shard.session.heartbeat < std::chrono::seconds{1});
      counts_.judged += reader.judged();
      counts_.read += reader.judged();
      reader.lose_line();
    }
    for (Guest& guest : guests_) {
      guest.check_current();
      counts_.judged += guest.judged();
      counts_.guests += guest.judged();
      guest.lose_line();
    }
    count_life();
    counts_.simulated_ms = std::chrono::duration_cast<milliseconds>(now_.instant - kStart.instant).count();
    return counts_;
  }

  [[nodiscard]] Clock clock() const { return {now_.instant.time_since_epoch().count(), now_.timestamp.time_since_epoch().count()}; }

  void pass_time(Duration duration) {
    const Instant until = now_.instant + duration;
    while (true) {
      std::optional<Instant> due = hub_->next_due();
      if (const auto other = server_->next_due()) due = std::min(due.value_or(*other), *other);
      if (!due || *due > until) break;
      advance_to(std::max(*due, now_.instant + Duration{1}));
      do_dues();
      server_->on_time(now_);
      close_batch();
    }
    advance_to(until);
  }

  void advance_to(Instant instant) {
    if (instant <= now_.instant) return;
    now_.instant = instant;
    now_.timestamp = kStart.timestamp + clock_offset_ + std::chrono::duration_cast<milliseconds>(instant - kStart.instant);
  }

  /// What time does to the state.
  void do_dues() {
    while (hub_->next_due() && *hub_->next_due() <= now_.instant) hub_->on_time(now_);
    truth_.pass(clock());
    close_batch();
  }

  void close_batch() {
    const auto due = hub_->next_due();
    const auto true_due = truth_.next_due_us();
    if (due.has_value() != true_due.has_value() || (due && due->time_since_epoch().count() != *true_due)) throw Broken{"the hub would expire something at the wrong time"};
    if (const log::BatchPtr batch = hub_->close_batch(now_)) {
      truth_.close(batch->seq);
      if (options_.trace) print(*batch);
      server_->take(batch, now_);
      if (store_) {
        store_->put(batch);
        if (store_dice_.chance(0.3)) store_->write();
      }
    } else if (truth_.has_news()) {
      throw Broken{"something changed and made no batch"};
    }
  }

  void print(const log::Batch& batch) const {
    std::string keys;
    for (const state::Change& change : batch.changes) keys += ' ' + change.identity().key + (change.after ? "" : " (gone)");
    fmt::print("{:>8} ms  seq {}:{}, {} events\n", now_.instant.time_since_epoch() / milliseconds{1}, batch.seq, keys, batch.events.size());
  }

  /// A few updates, as one batch.
  void report() {
    const std::uint64_t updates = random_.chance(rates_.bursts) ? 200 : random_.chance(0.05) ? 40 : 1 + random_.below(4);
    for (std::uint64_t i = 0; i < updates; ++i) {
      if (vocabulary_ && random_.chance(rates_.announces)) {
        const Topic& topic = vocabulary_->topics[random_.below(vocabulary_->topics.size())];
        if (!topic.is_event) hub_->announce(topic.name, vocabulary_->keys[random_.below(vocabulary_->keys.size())], now_);
      } else if (!vocabulary_ && random_.chance(rates_.announces)) {
        hub_->announce(random_.chance(0.5) ? mesh::kPosition : mesh::kTelemetry, key_of(random_.below(character_.tastes.keys)), now_);
      } else {
        apply(fleet_.random_report(random_, now_.timestamp));
      }
    }
    close_batch();
  }

  session::Outcome publish(state::Update update, Moment now);
  session::Outcome publish_of_viewer(state::Update update, const std::optional<std::string>& ref, Moment now);

  void apply(const Said& said) {
    if (!publish(to_update(said), now_)) throw Broken{"a good update was refused"};
  }

  static std::vector<protocol::DoorChannel> door_channels() {
    std::vector<protocol::DoorChannel> channels;
    for (const char* name : {mesh::kPosition, mesh::kTelemetry, mesh::kMessage}) channels.push_back({name, name});
    return channels;
  }

  static constexpr std::size_t kEventDoor = 0;
  static constexpr Duration kLullMax = std::chrono::hours{3};
  static constexpr Moment kStart{Instant{std::chrono::seconds{1'000}}, Timestamp{std::chrono::hours{24 * 20'000}}};

  RunOptions options_;
  Dice random_;
  Rates rates_;
  Plant plant_;
  Character character_;
  Moment now_ = kStart;
  milliseconds clock_offset_{};
  hub::HubOptions hub_options_;
  std::vector<state::ChannelDeclaration> declarations_;
  ServerOptions server_options_;
  std::uint64_t lives_ = 0;  // epochs
  RunCounts counts_;
  Truth truth_;
  std::optional<Vocabulary> vocabulary_;  // of a user's own world
  Duration patience_{};                   // longer than the slowest viewer has to wait
  std::vector<Duration> lulls_;
  Fleet fleet_;
  Published published_;
  std::optional<hub::Hub> hub_;
  std::optional<Server> server_;
  Dice store_dice_{options_.seed ^ 0x7374'6f72'65};  // its own: without a store everything is the same
  std::optional<PlainStore> store_;
  std::list<Viewer> viewers_;  // they stay where they are
  std::list<Reader> readers_;
  Dice guest_dice_{options_.seed ^ 0x6775'6573'7473};
  std::list<Guest> guests_;
};

session::Outcome World::publish(state::Update update, Moment now) {
  const ModelScope model;
  const Said said = to_said(update);
  if (options_.trace) {
    const std::string time = said.time_ms ? fmt::format(" of {} ms ago", now.timestamp.time_since_epoch().count() - *said.time_ms) : "";
    fmt::print("{:>8} ms  reported: {}{}\n", now.instant.time_since_epoch() / milliseconds{1}, protocol::write(protocol::Publish{update, std::nullopt}), time);
  }
  const auto applied = hub_->publish(std::move(update), now);
  if (!applied) return applied;
  truth_.report(said, clock());
  if (applied->changed && applied->seq != truth_.head() + 1) throw Broken{"the seq of an answer is not the next batch"};
  return applied;
}

session::Outcome World::publish_of_viewer(state::Update update, const std::optional<std::string>& ref, Moment now) {
  const ModelScope model;
  const Said said = to_said(update);
  const session::Outcome outcome = publish(std::move(update), now);
  published_.arrive(ref, said, outcome ? std::optional{outcome->seq} : std::nullopt);
  return outcome;
}

}  // namespace

RunCounts& RunCounts::operator+=(const RunCounts& more) {
  judged += more.judged;
  read += more.read;
  guests += more.guests;
  expired += more.expired;
  late += more.late;
  restarts += more.restarts;
  clean_restarts += more.clean_restarts;
  kept += more.kept;
  simulated_ms += more.simulated_ms;
  snapshots += more.snapshots;
  catch_ups += more.catch_ups;
  cut_differences += more.cut_differences;
  given_up += more.given_up;
  return *this;
}

RunCounts run(const RunOptions& options) try {
  const ModelScope model;
  return World{options}.run();
} catch (const Broken&) {
  throw;
} catch (const std::exception& error) {
  // Core throws nothing: this ends a server.
  throw Broken{fmt::format("something threw: {}", error.what())};
}

}  // namespace starling::sim
