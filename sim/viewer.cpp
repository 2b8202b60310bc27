#include "sim/viewer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/heap.hpp"
#include "sim/mistakes.hpp"
#include "sim/vocabulary.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/ws/close_code.hpp"

namespace starling::sim {
namespace {

constexpr std::uint32_t kFreeId = 4'294'967'295;  // nobody subscribes by it

bool holds_same(const session::Replica& replica, const Shown& shown) {
  Shown held;
  for (const auto& [channel, records] : replica.channels()) {
    for (const auto& [key, fields] : records) {
      Record& record = held[channel][key];
      for (std::size_t i = 0; i < fields.size(); ++i) record.emplace(json::decode_inside(fields[i].name), fields[i].value);
    }
  }
  return held == shown;
}

}  // namespace

Viewer::Viewer(ViewerOptions options, const Moment& now, const state::KnownChannels& channels, const Truth& truth, Fleet& fleet, Published& published, Plant& plant)
    : options_(options), now_(now), random_(options.seed, options.choices), channels_(channels), truth_(truth), fleet_(fleet), published_(published), plant_(plant), replies_(published) {
  for (std::uint32_t id = 1; id <= options_.subscriptions; ++id) held_.push_back({Watch{id, client_, truth_}});
  // By dice of its own: what it does else is the same. Of a user's queries none is so.
  Dice dice{options_.seed ^ 0x6261'7265};
  const bool is_of_user = options_.tastes.vocabulary && !options_.tastes.vocabulary->queries.empty();
  for (Held& held : held_) {
    held.is_bare = dice.chance(options_.tastes.rates.bare) && !is_of_user && !truth_.event_channels().empty();
    if (held.is_bare) client_.begin_bare(held.watch.id());
  }
  rights_ = random_rights(random_, options_.tastes);
}

void Viewer::act(Server& server) try {
  if (!line_) {
    if (is_calm_ || random_.chance(options_.tastes.rates.returns)) connect(server);
    return;
  }
  if (!is_calm_) {
    if (random_.chance(options_.tastes.rates.cuts)) {
      lose_line();
      return;
    }
    if (random_.chance(options_.tastes.rates.stalls)) is_stalled_ = !is_stalled_;
    for (Held& held : held_) {
      if (random_.chance(options_.tastes.rates.asks)) ask(held);
      if (random_.chance(options_.tastes.rates.asks_again) && held.watch.position()) ask_again(held);
      if (happens(options_.tastes.rates.unsubscribes)) unsubscribe(held);
    }
    chat();
    if (random_.chance(options_.tastes.rates.publishes)) publish();
  } else {
    is_stalled_ = false;
    for (Held& held : held_) {
      if (held.is_paused || held.life == Held::Life::ended) ask(held);
    }
  }
  line_->serve(*session_);
  check_bounds();
  if (!is_stalled_) read(is_calm_ ? 1'000 : static_cast<int>(random_.below(6)));
  if (!line_->is_over()) return;
  if (line_->close_code() == ws::close_code::kTryAgainLater) replies_.check_backlog();
  lose_line();
} catch (const Broken& broken) {
  throw Broken{fmt::format("viewer {}: {}", options_.number, broken.what())};
}

void Viewer::settle(Server& server) {
  is_calm_ = true;
  if (line_) line_->become_good();
  act(server);
}

void Viewer::lose_line() {
  const std::size_t before_bytes = server_bytes();
  if (session_) shard_->close(*session_);
  // What nobody else held of it, and what it shared if it was the last to: folds and lists of as many entities as there are, and events.
  const std::size_t bytes_max = (1 + held_.size()) * (16 << 10) + options_.tastes.keys * 256 + (64 << 10);
  if (const std::size_t freed = before_bytes - std::min(before_bytes, server_bytes()); freed > bytes_max) {
    throw Broken{fmt::format("viewer {}: its session held {} bytes, {} it may", options_.number, freed, bytes_max)};
  }
  if (line_ && options_.frames) options_.frames->cut(options_.number);
  session_ = nullptr;
  line_.reset();
  replies_.lose_line();
  for (Held& held : held_) {
    if (held.life == Held::Life::ending) end(held);
  }
  is_stalled_ = false;
  if (options_.trace) fmt::print("             viewer {} is cut off\n", options_.number);
}

void Viewer::check_current(bool must_know) const try {
  for (const Held& held : held_) held.watch.check_current(must_know);
  replies_.check_paid();
} catch (const Broken& broken) {
  throw Broken{fmt::format("viewer {}: {}", options_.number, broken.what())};
}

std::uint64_t Viewer::judged() const {
  std::uint64_t judged = 0;
  for (const Held& held : held_) judged += held.watch.judged();
  return judged;
}

void Viewer::connect(Server& server) {
  const StreamHabits habits = is_calm_ ? StreamHabits{} : random_habits(random_, options_.tastes.rates);
  // Of a narrow one half a window is gathered; a hundred bytes are none.
  gathered_bytes_max_ = habits.window_bytes < 1'000 ? 0 : habits.window_bytes / 2;
  line_ = std::make_unique<Line>(habits, gathered_bytes_max_, now_, random_, options_.number, plant_);
  shard_ = &server.shard(random_.below(server.shards()));
  if (!is_calm_ && random_.chance(options_.tastes.rates.other_rights)) rights_ = random_rights(random_, options_.tastes);
  const view::RightsPtr rights = to_rights(rights_);
  if (options_.trace && !rights->text().empty()) fmt::print("             viewer {} has the rights {}\n", options_.number, rights->text());
  session_ = &server.open(*shard_, *line_, fmt::format("viewer-{}", options_.number), rights, now_);
  if (options_.frames) options_.frames->connected(options_.number);
  client_.connect();
  replies_.connect({shard_->options().session.bad_messages_max, shard_->options().session.bad_messages_window});
  const std::vector<std::string> again = library_client_.resubscribe();
  if (again.empty()) {
    for (Held& held : held_) ask(held);
    return;
  }
  for (const std::string& message : again) take_up(held_of(static_cast<std::uint32_t>(json::integer(*json::find(message, "id")).value())), message);
}

void Viewer::take_up(Held& held, std::string message) {
  Asked asked_again = asked(held.watch.query().plain.query, held.watch.query().recent);
  asked_again.is_bare = held.is_bare;
  asked_again.rate = held.watch.query().rate;
  asked_again.at_us = now_us();
  if (const auto since = json::find(message, "since")) {
    asked_again.since = static_cast<std::uint64_t>(json::integer(json::find(*since, "seq").value_or("0")).value_or(0));
    asked_again.since_view = json::decode(json::find(*since, "view").value_or("\"\""));
    const std::string epoch = json::decode(json::find(*since, "epoch").value_or("\"\""));
    asked_again.is_foreign = epoch != shard_->options().epoch;
    if (!is_calm_ && random_.chance(options_.tastes.rates.foreign_cursors)) {
      const std::string_view name = random_.chance(0.5) ? R"("epoch":")" : R"("seq":)";
      message.insert(message.find(name) + name.size(), "9999999");
      asked_again.is_foreign = true;
    }
  }
  replies_.subscribe(held.watch.id(), asked_again.view, json::find(message, "since").has_value());
  held.watch.asks_anew(std::move(asked_again));
  say(std::move(message));
}

void Viewer::ask(Held& held) {
  if (held.life == Held::Life::ending) return;  // what comes under the id until then is of before
  held.life = Held::Life::held;
  if (held.watch.position() && held.wish.plain.bounds && random_.chance(options_.tastes.rates.pans)) {
    pan(held.wish, random_);
  } else {
    held.wish = random_wish(random_, options_.tastes);
    if (held.is_bare) held.wish.plain.channels = {truth_.event_channels().begin(), truth_.event_channels().end()};
  }
  static constexpr double kRates[] = {5, 1, 0};
  std::optional<double> rate;
  if (!is_calm_ && random_.chance(options_.tastes.rates.paces)) rate = kRates[random_.below(3)];
  if (held.wish.rate && !(is_calm_ && held.wish.rate == 0.0)) rate = held.wish.rate;
  held.is_paused = rate == 0.0;
  std::size_t recent = random_.chance(options_.tastes.rates.recent) ? 1 + random_.below(5) : 0;
  recent = held.wish.recent.value_or(recent);
  Asked now = asked(held.wish.plain, recent);
  now.is_bare = held.is_bare;
  now.rate = rate;
  now.at_us = now_us();
  // An `expired` that comes unasked cannot be told from the answer to the same query: so that it need not be, all of it is the same.
  if (now.view == held.watch.query().view) {
    now.recent = recent = held.watch.query().recent;
    if (now.rate != held.watch.query().rate) now.rate.reset();
  }
  replies_.subscribe(held.watch.id(), now.view, false);
  held.watch.asks(std::move(now));
  say(library_client_.subscribe(held.watch.id(), to_query(held.wish.plain), rate, !held.is_bare, static_cast<std::uint32_t>(recent)));
}

void Viewer::ask_again(Held& held) {
  if (held.life != Held::Life::held || held.is_bare) return;  // from then on it would always get one
  const std::string ref = next_ref();
  replies_.snapshot(held.watch.id(), ref);
  held.watch.asks_again();
  say(protocol::write(protocol::SnapshotAgain{held.watch.id(), ref}));
}

Asked Viewer::asked(PlainQuery query, std::size_t recent) const {
  const std::string name = view::View(to_query(query), to_rights(rights_), channels_).name();
  Asked asked;
  asked.plain = {std::move(query), rights_};
  asked.view = name;
  asked.recent = recent;
  return asked;
}

void Viewer::unsubscribe(Held& held) {
  const std::uint32_t id = held.watch.id();
  if (held.life == Held::Life::held) {
    held.life = Held::Life::ending;
    replies_.unsubscribe(id, {});
    say(library_client_.unsubscribe(id));
  } else {
    const std::string ref = next_ref();
    replies_.unsubscribe(id, ref);
    say(protocol::write(protocol::Unsubscribe{id, ref}));
  }
}

void Viewer::end(Held& held) {
  held.life = Held::Life::ended;
  held.is_paused = false;
  held.watch.ends();
  client_.end(held.watch.id());
}

void Viewer::chat() {
  const Rates& rates = options_.tastes.rates;
  if (happens(rates.pings)) {
    const std::string ref = next_ref();
    replies_.ping(ref);
    say(protocol::write(protocol::Ping{ref}));
  }
  if (happens(rates.hellos)) {
    replies_.hello();
    say(R"({"type":"hello"})");
  }
  if (happens(rates.unsubscribes)) {  // of an id that is free
    const bool is_snapshot = random_.chance(0.5);
    const std::string ref = next_ref();
    is_snapshot ? replies_.snapshot(kFreeId, ref) : replies_.unsubscribe(kFreeId, ref);
    say(is_snapshot ? protocol::write(protocol::SnapshotAgain{kFreeId, ref}) : protocol::write(protocol::Unsubscribe{kFreeId, ref}));
  }
  if (!happens(rates.mistakes)) return;
  if (random_.chance(0.2)) return publish_badly();
  if (replies_.ids_in_use() >= shard_->options().session.subscriptions_max && random_.chance(0.3)) return subscribe_one_too_many();
  const Mistake mistake = random_mistake(random_, next_ref(), static_cast<std::uint32_t>(1 + random_.below(3)));
  say(mistake);
}

void Viewer::publish() {
  Said said = fleet_.random_report(random_, now_.timestamp);
  said.is_retained = false;  // no client can say so
  const std::string ref = next_ref();
  const state::Update update = to_update(said);
  published_.say(ref, to_said(update));
  replies_.publish(ref);
  say(protocol::write(protocol::Publish{update, ref}));
}

void Viewer::publish_badly() {
  Said said = fleet_.random_report(random_, now_.timestamp);
  said.is_retained = false;
  const bool is_bad_key = random_.chance(0.5);
  (is_bad_key ? said.key.emplace() : said.channel) = is_bad_key ? "" : "no channel";
  const std::string ref = next_ref();
  const state::Update update = to_update(said);
  published_.say(ref, to_said(update));
  const Mistake mistake{protocol::write(protocol::Publish{update, ref}), is_bad_key ? "bad_key" : "bad_channel", ref, {}, is_bad_key ? "key" : "channel"};
  say(mistake);
}

void Viewer::subscribe_one_too_many() {
  const std::string ref = next_ref(), id = std::to_string(kFreeId);
  say(Mistake{fmt::format(R"({{"type":"subscribe","id":{},"channels":["*"],"ref":{}}})", id, ref), "limit_subscriptions", ref, id, "id"});
}

std::string Viewer::next_ref() { return fmt::format("\"v{}-{}\"", options_.number, ++refs_); }

void Viewer::say(std::string message) {
  note_said(message);
  line_->say(plant_.said(options_.number, std::move(message)));
}

void Viewer::say(const Mistake& mistake) {
  replies_.mistake(mistake, now_.instant);
  note_said(mistake.text);
  line_->say(mistake.text);  // what cannot be read nobody plants anything in
}

void Viewer::read(int messages_max) {
  for (int left = messages_max; left > 0 && line_->has_arrived(); line_->serve(*session_)) {
    const std::optional<std::string> message = line_->deliver();
    if (!message) continue;  // a piece
    --left;
    note_told(*message);
    check_size(*message);
    std::vector<std::optional<std::uint64_t>> positions;
    for (const Held& held : held_) positions.push_back(held.watch.position());
    replies_.take(*message, now_.instant);
    const Client::Notice notice = client_.take(*message);
    take_in_library(*message, notice);
    take(notice, positions);
    if (json::find(*message, "type") == R"("unsubscribed")") end(held_of(static_cast<std::uint32_t>(json::integer(*json::find(*message, "id")).value())));
  }
}

void Viewer::take(const Client::Notice& notice, const std::vector<std::optional<std::uint64_t>>& positions) {
  if (const auto* subscribed = std::get_if<Client::Subscribed>(&notice)) {
    held_of(subscribed->id).watch.take_answer(*subscribed, positions.at(subscribed->id - 1), knowledge());
  } else if (const auto* step = std::get_if<Client::Step>(&notice)) {
    Watch& watch = held_of(step->id).watch;
    watch.judge(*step, positions.at(step->id - 1), knowledge());
    note_held(watch);
  } else if (std::holds_alternative<Client::Progress>(notice)) {
    for (Held& held : held_) {
      if (held.watch.position() != positions.at(held.watch.id() - 1) && held.watch.take_progress()) note_held(held.watch);
    }
  }
}

Knowledge Viewer::knowledge() const {
  const fanout::FanoutOptions& options = shard_->fanout().options();
  const bool is_little = options.fold_changes_max < 16'384 || options.missed_event_bytes_max < 1 << 20;
  return {[this](std::uint64_t seq) { return shard_->fanout().log().reaches(seq); }, is_little, shard_->fanout().counters().cut_differences > 0, options_.has_critical, now_us()};
}

void Viewer::take_in_library(const std::string& message, const Client::Notice& judged) {
  const auto notice = library_client_.receive(message);
  if (!notice) throw Broken{fmt::format("{} in {}", notice.error(), message)};
  if (*notice) {
    if (const auto* accepted = std::get_if<session::ClientSession::Accepted>(&**notice); accepted && accepted->seq > truth_.head() + 1) {
      throw Broken{fmt::format("an answer tells of seq {}, and the newest is {}", accepted->seq, truth_.head())};
    }
  }
  for (const Held& held : held_) {
    const std::uint32_t id = held.watch.id();
    if (held.life == Held::Life::ending) continue;  // it has forgotten it already
    if (library_client_.position(id) != client_.position(id)) throw Broken{fmt::format("the library's client is elsewhere under {} after {}", id, message)};
  }
  const auto* step = std::get_if<Client::Step>(&judged);
  if (step != nullptr && library_client_.replica(step->id) != nullptr && !holds_same(*library_client_.replica(step->id), client_.held(step->id))) {
    throw Broken{fmt::format("the library's client holds something else under {} after {}", step->id, message)};
  }
}

void Viewer::check_size(const std::string& message) const {
  // A part is ended when it has grown to `part_bytes`: with the record that it has grown by.
  constexpr std::size_t kRecordBytes = 1'024;
  const fanout::FanoutOptions& options = shard_->options().fanout;
  const std::size_t bytes_max = std::max(options.frame_bytes, options.part_bytes + kRecordBytes);
  if (message.size() > bytes_max) throw Broken{fmt::format("a message of {} bytes, {} it may have", message.size(), bytes_max)};
}

void Viewer::check_bounds() const {
  if (!line_) return;
  const session::ShardOptions& options = shard_->options();
  // A record stands in a frame whole, with what is around it.
  const std::size_t frame_bytes = std::max(options.fanout.frame_bytes, options.fanout.part_bytes) + (8 << 10);
  if (line_->waiting_bytes() > gathered_bytes_max_ + frame_bytes + options.session.backlog_bytes) throw Broken{fmt::format("{} bytes wait for it", line_->waiting_bytes())};
  line_->check_life(options.session);
  if (line_->close_code() == ws::close_code::kAbuse) replies_.check_abuse(now_.instant);
}

void Viewer::note_said(std::string_view message) const {
  print(">", message);
  if (options_.frames) options_.frames->sent(options_.number, message);
}

void Viewer::note_told(std::string_view message) const {
  print("<", message);
  if (options_.frames) options_.frames->received(options_.number, message);
}

void Viewer::note_held(const Watch& watch) const {
  if (options_.frames) options_.frames->holds(options_.number, watch.id(), *watch.position(), truth_.shown(watch.held_view(), *watch.position()));
}

void Viewer::print(const char* arrow, std::string_view message) const {
  if (options_.trace) fmt::print("{:>8} ms  viewer {} {} {}\n", now_.instant.time_since_epoch() / std::chrono::milliseconds{1}, options_.number, arrow, message);
}

}  // namespace starling::sim
