#include "tests/transcripts_runner/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "starling/core/base/json.hpp"

namespace starling::transcripts {
namespace {

/// When simulated time starts: 2026-11-21T09:00:00Z.
constexpr Timestamp kStart{std::chrono::milliseconds{1'795'251'600'000}};

std::string describe(const Arrival& arrival) {
  if (const Text* text = std::get_if<Text>(&arrival)) return text->text;
  if (const Closed* closed = std::get_if<Closed>(&arrival)) return fmt::format("a close with {} ({})", closed->code, closed->reason);
  return "a WebSocket ping";
}

[[noreturn]] void fail(std::string_view expected, std::string_view got) {
  throw Mismatch(fmt::format("\n  expected  {}\n  got       {}", expected, got));
}

double degrees_of(std::string_view text) {
  const auto number = json::number(text);
  if (!number) throw Mismatch(fmt::format("not a number of degrees: {}", text));
  return *number;
}

state::Location location_of(std::string_view text) {
  if (text == "null") return state::NoLocation{};
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) throw Mismatch(fmt::format("a location is written LATITUDE,LONGITUDE: {}", text));
  const auto point = geo::Point::from(degrees_of(text.substr(0, comma)), degrees_of(text.substr(comma + 1)));
  if (!point) throw Mismatch(fmt::format("no place on earth: {}", text));
  return *point;
}

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  while (!hex.empty()) {
    const std::string_view word = take_word(hex);
    std::uint8_t byte = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), byte, 16);
    if (read.ec != std::errc{} || read.ptr != word.data() + word.size()) throw Mismatch(fmt::format("not a byte in hexadecimal: {}", word));
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

/// What stands between the separators; of an empty text nothing.
std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::uint32_t id_in(std::string_view message) {
  const auto id = json::find(message, "id");
  return id ? static_cast<std::uint32_t>(json::integer(*id).value_or(0)) : 0;
}

}  // namespace

Runner::Runner() {
  options_.shard.epoch = "e1";
  options_.shard.doors = protocol::default_doors();
}

void Runner::play(const std::string& line) {
  std::string_view rest = line;
  const std::string word{take_word(rest)};
  if (word == "config") return configure(rest);
  if (word == "channel") return declare(rest);
  if (word == "space") return declare_space(rest);
  if (word == "door") return open_door(rest);
  if (word == "batch") {
    expect_all_named();
    if (std::exchange(is_in_batch_, true)) throw Mismatch("a batch within a batch");
    return;
  }
  if (word == "end") {
    if (!std::exchange(is_in_batch_, false)) throw Mismatch("no batch to end");
    return settle();
  }
  if (word == "@") return advance(rest);
  if (word == "publish" || word == "remove") return publish(rest, word == "remove");
  if (word == "announce") return announce(rest);
  if (word == "restart") return restart();
  if (word == "leave") return leave(rest);
  if (word == "connect") return connect(rest);

  Client& who = client(word);
  const std::string_view verb = take_word(rest);
  if (verb == ">") return say(who, rest);
  if (verb == "bytes") return say_bytes(who, ws::Opcode::text, rest);
  if (verb == "binary") return say_bytes(who, ws::Opcode::binary, rest);
  if (verb == "<") return expect_frame(word, who, rest, false);
  if (verb == "<~") return expect_frame(word, who, rest, true);
  if (verb == "welcomed") return expect_welcome(word, who);
  if (verb == "closed") return expect_close(who, rest);
  if (verb == "pinged") {
    if (who.connection == nullptr || who.connection->peek() == nullptr) fail("a WebSocket ping", "nothing");
    const Arrival arrival = who.connection->take();
    if (!std::holds_alternative<Pinged>(arrival)) fail("a WebSocket ping", describe(arrival));
    return;
  }
  if (verb == "holds") return expect_held(who, rest);
  if (verb == "delivered") return expect_delivered(who, rest);

  expect_all_named();
  if (who.connection == nullptr) throw Mismatch(fmt::format("{} is not connected", word));
  if (verb == "stall") {
    who.connection->give_room(0);
  } else if (verb == "takes") {
    who.connection->give_room(number_of(rest));
    if (who.connection->is_writable()) drained(who);
  } else if (verb == "drain") {
    who.connection->give_room(std::nullopt);
    drained(who);
  } else if (verb == "gone") {
    who.connection->lose_peer();
  } else if (verb == "cut") {
    let_go(who);
    who.connection.reset();
    for (auto& [id, replica] : who.replicas) replica.forget_parts();
  } else {
    throw Mismatch(fmt::format("nobody knows the line \"{}\"", line));
  }
  settle();
}

void Runner::finish() {
  if (is_in_batch_) throw Mismatch("the batch has no end");
  expect_all_named();
}

// ---- What is, before the server starts -----------------------------------------------------------------------------

void Runner::configure(std::string_view rest) {
  if (server_) throw Mismatch("config belongs before what happens, or after restart");
  Settings settings{rest};
  session::SessionOptions& session = options_.shard.session;
  fanout::FanoutOptions& fanout = options_.shard.fanout;
  if (auto epoch = settings.text("epoch")) options_.shard.epoch = std::move(*epoch);
  settings.read("tick", fanout.tick);
  settings.read("log_bytes", fanout.log_bytes);
  settings.read("frame_bytes", fanout.frame_bytes);
  settings.read("part_bytes", fanout.part_bytes);
  settings.read("fold_changes_max", fanout.fold_changes_max);
  settings.read("missed_event_bytes_max", fanout.missed_event_bytes_max);
  settings.read("heartbeat", session.heartbeat);
  settings.read("timeout", session.timeout);
  settings.read("stall", session.stall);
  settings.read("message_bytes", session.message_bytes);
  settings.read("subscriptions", session.subscriptions_max);
  settings.read("backlog_bytes", session.backlog_bytes);
  settings.read("messages_per_second", messages_per_second_);
  settings.read("record_bytes", options_.hub.record_bytes_max);
  settings.read("fields_per_record", options_.hub.fields_per_record_max);
  settings.read("keys_per_space", options_.hub.keys_per_space_max);
  settings.read("state_bytes", options_.hub.state_bytes_max);
  settings.read("channels", options_.hub.channels.channels_max);
  settings.read("history", options_.keeps_history);
  settings.read("declared_only", options_.hub.channels.declared_only);
  settings.finish();
}

void Runner::declare(std::string_view rest) {
  if (server_) throw Mismatch("channel belongs before what happens, or after restart");
  state::ChannelDeclaration declaration;
  declaration.name = take_word(rest);
  Settings settings{rest};
  const std::string kind = settings.text("kind").value_or("state");
  if (kind != "state" && kind != "event") throw Mismatch(fmt::format("a channel is of kind state or event: {}", kind));
  declaration.kind = kind == "event" ? state::ChannelKind::event : state::ChannelKind::state;
  settings.read("pace", declaration.event_pace);
  settings.read("hidden", declaration.hidden);
  if (const auto ttl = settings.text("ttl")) declaration.ttl = duration_of(*ttl);
  if (const auto keep = settings.text("keep")) declaration.keep = static_cast<std::uint32_t>(number_of(*keep));
  bool is_critical = false;
  settings.read("critical", is_critical);
  if (is_critical) declaration.priority = state::Priority::critical;
  if (const auto location = settings.text("location")) {
    const std::size_t comma = location->find(',');
    if (comma == std::string::npos) throw Mismatch("location=LATITUDE_FIELD,LONGITUDE_FIELD");
    declaration.location = {location->substr(0, comma), location->substr(comma + 1)};
  }
  settings.finish();
  std::erase_if(options_.channels, [&](const auto& earlier) { return earlier.name == declaration.name; });
  options_.channels.push_back(std::move(declaration));
}

void Runner::declare_space(std::string_view rest) {
  if (server_) throw Mismatch("space belongs before what happens, or after restart");
  state::SpaceDeclaration declaration;
  declaration.name = take_word(rest);
  Settings settings{rest};
  if (const auto offline_after = settings.text("offline_after")) declaration.offline_after = duration_of(*offline_after);
  settings.finish();
  std::erase_if(options_.hub.spaces, [&](const auto& earlier) { return earlier.name == declaration.name; });
  options_.hub.spaces.push_back(std::move(declaration));
}

void Runner::open_door(std::string_view rest) {
  if (server_) throw Mismatch("door belongs before what happens, or after restart");
  protocol::DoorOptions door{.path = std::string{take_word(rest)}};
  Settings settings{rest};
  const std::string dialect = settings.text("dialect").value_or("");
  const auto named = protocol::dialect_named(dialect);
  if (!named) throw Mismatch(fmt::format("no dialect of a door: {}", dialect));
  door.dialect = *named;
  door.channels = protocol::default_channels(door.dialect);
  if (const auto channels = settings.text("channels")) {
    door.channels.clear();
    for (const std::string& channel : parts_of(*channels, ',')) door.channels.push_back({channel, channel});
  }
  for (const std::string& name : parts_of(settings.text("names").value_or(""), ',')) {
    const auto parts = parts_of(name, '=');
    const auto found = std::ranges::find(door.channels, parts.front(), &protocol::DoorChannel::channel);
    if (parts.size() != 2 || found == door.channels.end()) throw Mismatch("names=CHANNEL=NAME,… of the door's channels");
    found->event_name = parts.back();
  }
  settings.finish();
  std::erase_if(options_.shard.doors, [&door](const protocol::DoorOptions& earlier) { return earlier.path == door.path; });
  options_.shard.doors.push_back(std::move(door));
}

// ---- What happens --------------------------------------------------------------------------------------------------

void Runner::advance(std::string_view rest) {
  expect_all_named();
  if (is_in_batch_) throw Mismatch("no time passes within a batch");
  const bool is_relative = rest.starts_with('+');
  const Duration target = is_relative ? elapsed_ + duration_of(rest.substr(1)) : duration_of(rest);
  if (target < elapsed_) throw Mismatch("time does not run backwards");
  Server& all = server();
  while (const auto due = all.next_due()) {
    if (due->time_since_epoch() > target) break;
    elapsed_ = std::max(elapsed_, due->time_since_epoch());
    all.on_time(now());
    settle();
    if (all.next_due() && *all.next_due() <= now().instant) throw Mismatch("the server asks for a time that has passed");
  }
  elapsed_ = target;
  all.on_time(now());
  settle();
}

void Runner::publish(std::string_view rest, bool is_removal) {
  if (!is_in_batch_) expect_all_named();
  state::Update update;
  update.channel = take_word(rest);
  const std::string_view key = take_word(rest);
  if (key != "-") update.key = std::string{key};
  if (is_removal) {
    update.operation = state::Operation::remove;
  } else {
    update.data = take_object(rest);
  }
  Settings settings{rest};
  if (const auto operation = settings.text("op")) {
    if (*operation != "replace") throw Mismatch("op is replace, or left out");
    update.operation = state::Operation::replace;
  }
  if (const auto location = settings.text("location")) update.location = location_of(*location);
  if (const auto time = settings.text("time")) {
    update.time = parse_rfc3339(*time);
    if (!update.time) throw Mismatch(fmt::format("not a time: {}", *time));
  }
  settings.read("retained", update.retained);
  settings.finish();
  if (!server().publish(std::move(update), now())) throw Mismatch("the server refuses this");
  settle();
}

void Runner::announce(std::string_view rest) {
  if (!is_in_batch_) expect_all_named();
  const std::string_view channel = take_word(rest);
  if (!server().announce(channel, take_word(rest), now())) throw Mismatch("there is no such record");
  settle();
}

void Runner::leave(std::string_view rest) {
  expect_all_named();
  Random random{0};  // a transcript says what holds for any
  server().shard().leave(duration_of(rest), random);
  settle();
}

void Runner::restart() {
  expect_all_named();
  for (auto& [name, who] : clients_) {
    let_go(who);
    who.connection.reset();
    for (auto& [id, replica] : who.replicas) replica.forget_parts();
  }
  server_.reset();
}

void Runner::connect(std::string_view rest) {
  expect_all_named();
  const std::string_view name = take_word(rest);
  Settings settings{rest};
  const auto path = settings.text("door");
  settings.finish();
  Client& who = clients_[std::string{name}];
  if (who.is_connected()) throw Mismatch(fmt::format("{} is connected already", name));
  session::Shard& shard = server().shard();
  who.connection = std::make_unique<Connection>(options_.shard.session.message_bytes);
  who.dialect = "native";
  if (path) {
    const auto door = shard.doors().find(*path);
    if (!door) throw Mismatch(fmt::format("no door at {}", *path));
    who.dialect = protocol::to_text(shard.doors().options(*door).dialect);
    who.at_door = &shard.open_door(*door, *who.connection, now());
    return;
  }
  who.session = &shard.open(*who.connection, fmt::format("s{}", ++sessions_opened_), now(), view::Rights::everything(), static_cast<std::uint32_t>(messages_per_second_));
}

void Runner::say(Client& who, std::string_view text) {
  if (!is_in_batch_) expect_all_named();
  if (!who.is_connected()) throw Mismatch("not connected");
  const auto filled = filled_in(text, captures_);
  if (!filled) throw Mismatch("a capture that nothing was captured for");
  receive(who, who.connection->hear(ws::Opcode::text, *filled));
}

void Runner::say_bytes(Client& who, ws::Opcode opcode, std::string_view hex) {
  if (!is_in_batch_) expect_all_named();
  if (!who.is_connected()) throw Mismatch("not connected");
  receive(who, who.connection->hear(opcode, bytes_of(hex)));
}

void Runner::receive(Client& who, const ws::Event& event) {
  if (const auto* message = std::get_if<ws::TextMessage>(&event)) {
    if (who.at_door != nullptr) who.at_door->receive(message->text, now());
    if (who.session != nullptr) who.session->receive(message->text, now());
  } else if (std::holds_alternative<ws::BinaryMessage>(event)) {
    who.connection->close(ws::close_code::kUnsupportedData, "text only");
  } else if (const auto* failure = std::get_if<ws::Failure>(&event)) {
    who.connection->close(failure->code, failure->reason);
  }
  settle();
}

// ---- What is seen --------------------------------------------------------------------------------------------------

void Runner::expect_frame(const std::string& name, Client& who, std::string_view pattern, bool loosely) {
  if (pattern == "nothing") return expect_all_named(&name);
  const std::string text = take_text(name, who, pattern);
  const auto compact = json::compact(text);
  if (!compact || *compact != text) throw Mismatch(fmt::format("not compact JSON on the wire: {}", text));
  const auto filled = filled_in(pattern, captures_);  // for the message only: what it should have been
  if (loosely) {
    const auto matches = matches_loosely(pattern, text, captures_);
    if (!matches) throw Mismatch(fmt::format("not a JSON object: {}", pattern));
    if (!*matches) fail(filled.value_or(std::string{pattern}) + " (and whatever else)", text);
  } else if (!matches_exactly(pattern, text, captures_)) {
    fail(filled.value_or(std::string{pattern}), text);
  }
  if (who.dialect == "native") apply(who, text);
}

void Runner::expect_welcome(const std::string& name, Client& who) {
  const std::string text = take_text(name, who, "a welcome");
  Captures unused;
  if (matches_loosely(fmt::format(R"({{"type":"welcome","epoch":"{}"}})", options_.shard.epoch), text, unused) != true) fail("a welcome", text);
}

void Runner::expect_close(Client& who, std::string_view code) {
  const std::string wanted = fmt::format("a close with {}", code);
  if (who.connection == nullptr || who.connection->peek() == nullptr) fail(wanted, "nothing");
  const Arrival arrival = who.connection->take();
  const Closed* closed = std::get_if<Closed>(&arrival);
  if (closed == nullptr || closed->code != number_of(code)) fail(wanted, describe(arrival));
  who.connection.reset();
  for (auto& [id, replica] : who.replicas) replica.forget_parts();
}

void Runner::expect_held(const Client& who, std::string_view rest) const {
  std::string_view word = take_word(rest);
  std::uint32_t id = 1;
  if (word.starts_with("id=")) {
    id = static_cast<std::uint32_t>(number_of(word.substr(3)));
    word = take_word(rest);
  }
  const std::string wanted = take_object(rest);
  const auto replica = who.replicas.find(id);
  const session::Replica::Records* records = replica == who.replicas.end() ? nullptr : replica->second.find(word);
  std::string held = "{";
  std::size_t count = 0;
  if (records != nullptr) {
    for (const auto& [key, record] : *records) held += fmt::format("{}{}:{}", held.size() > 1 ? "," : "", json::quoted(key), record.text());
    count = records->size();
  }
  held += '}';
  std::size_t wanted_count = 0;
  for (const json::Member& member : json::Members{wanted}) {
    ++wanted_count;
    const auto record = records ? records->find(json::decode_inside(member.name)) : session::Replica::Records::const_iterator{};
    if (records == nullptr || record == records->end() || !record->second.equals(state::Fields::from(member.value))) fail(wanted, held);
  }
  if (wanted_count != count) fail(wanted, held);
}

void Runner::expect_delivered(Client& who, std::string_view wanted) {
  const std::string delivered = std::exchange(who.delivered, {});
  const std::string_view got = delivered.empty() ? "nothing" : std::string_view{delivered};
  if (got != wanted) fail(wanted, got);
}

void Runner::expect_all_named(const std::string* only) const {
  for (const auto& [name, who] : clients_) {
    if (only != nullptr && name != *only) continue;
    const Arrival* arrival = who.connection ? who.connection->peek() : nullptr;
    if (arrival != nullptr) fail(fmt::format("nothing more for {}", name), describe(*arrival));
  }
}

// ---- The rest ------------------------------------------------------------------------------------------------------

Server& Runner::server() {
  if (!server_) server_ = std::make_unique<Server>(options_);
  return *server_;
}

Runner::Client& Runner::client(std::string_view name) {
  const auto found = clients_.find(name);
  if (found == clients_.end()) throw Mismatch(fmt::format("neither a command nor a client: {}", name));
  return found->second;
}

std::string Runner::take_text(const std::string& name, Client& who, std::string_view wanted) {
  if (who.connection == nullptr) throw Mismatch(fmt::format("{} is not connected", name));
  if (who.connection->peek() == nullptr) fail(wanted, "nothing");
  Arrival arrival = who.connection->take();
  Text* text = std::get_if<Text>(&arrival);
  if (text == nullptr) fail(wanted, describe(arrival));
  const std::string fault = contract_.fault_of(who.dialect, text->text);
  if (!fault.empty()) throw Mismatch(fmt::format("not in the contract: {}: {}", fault, text->text));
  return std::move(text->text);
}

Moment Runner::now() const noexcept {
  return {Instant{elapsed_}, kStart + std::chrono::duration_cast<std::chrono::milliseconds>(elapsed_)};
}

/// What a client does with a message it has received.
void Runner::apply(Client& who, std::string_view message) {
  const auto type = json::find(message, "type");
  if (type == R"("unsubscribed")") who.replicas.erase(id_in(message));
  if (type == R"("subscribed")") {
    session::Replica& replica = who.replicas[id_in(message)];
    replica.forget_parts();
    if (json::find(message, "reason") == R"("epoch")") replica.forget_events();
  }
  if (type != R"("snapshot")" && type != R"("update")") return;
  const auto step = who.replicas[id_in(message)].apply(message);
  if (!step) throw Mismatch(fmt::format("no client can apply this: {}", step.error()));
  if (!*step) return;
  for (const session::Replica::Event& event : (*step)->events) {
    who.delivered += fmt::format("{}{} {}.{}", who.delivered.empty() ? "" : " ", event.channel, event.seq, event.n);
  }
}

/// After whatever happened: the hub's input is empty, so it closes its batch; pings are answered; ended connections are let go of.
void Runner::settle() {
  let_go_of_closed();
  if (is_in_batch_) return;
  server().end_batch(now());
  for (auto& [name, who] : clients_) {
    if (!who.is_connected() || !who.connection->take_pong()) continue;
    if (who.at_door != nullptr) who.at_door->heard(now().instant);
    if (who.session != nullptr) who.session->heard(now().instant);
  }
  let_go_of_closed();
}

void Runner::let_go_of_closed() {
  for (auto& [name, who] : clients_) {
    if (who.is_connected() && who.connection->is_closed()) let_go(who);
  }
}

void Runner::drained(Client& who) {
  if (who.at_door != nullptr) who.at_door->drained(now());
  if (who.session != nullptr) who.session->drained(now().instant);
}

void Runner::let_go(Client& who) {
  if (who.at_door != nullptr) server().shard().close(*who.at_door);
  if (who.session != nullptr) server().shard().close(*who.session);
  who.at_door = nullptr;
  who.session = nullptr;
}

}  // namespace starling::transcripts
