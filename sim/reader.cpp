#include "sim/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/heap.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/cursor.hpp"

namespace starling::sim {
namespace {

using std::chrono::milliseconds;

struct Cursor {
  std::string epoch, view;
  std::uint64_t seq = 0;
};

Cursor parts_of(std::string_view cursor) {
  const std::size_t behind = cursor.rfind(':');
  const std::size_t before = cursor.rfind(':', behind - 1);
  if (behind == std::string_view::npos || before == std::string_view::npos) throw Broken{fmt::format("{} is no cursor", cursor)};
  const auto seq = json::integer(cursor.substr(before + 1, behind - before - 1));
  if (!seq) throw Broken{fmt::format("{} is no cursor", cursor)};
  return {std::string{cursor.substr(0, before)}, std::string{cursor.substr(behind + 1)}, static_cast<std::uint64_t>(*seq)};
}

}  // namespace

Reader::Reader(ReaderOptions options, const Moment& now, const state::KnownChannels& channels, const Truth& truth, Plant& plant)
    : options_(std::move(options)), now_(now), random_(options_.seed), channels_(channels), plant_(plant), watch_(1, client_, truth) {
  rights_ = random_rights(random_, options_.tastes);
}

void Reader::act(Server& server) try {
  const Rates& rates = options_.tastes.rates;
  if (!body_) {
    // Who was answered asks again; who was cut off comes back when it can.
    if (is_calm_ || !is_returning_ || random_.chance(rates.returns)) ask(server);
    return;
  }
  if (!is_calm_) {
    if (random_.chance(rates.cuts)) {
      lose_line();
      return;
    }
    if (random_.chance(rates.stalls)) is_stalled_ = !is_stalled_;
    if (random_.chance(rates.asks)) {  // for something else: another request
      end_answer();
      is_known_ = false;
      return;
    }
  } else {
    is_stalled_ = false;
    if (rate_ == 0.0) {
      end_answer();
      is_known_ = false;
      return;
    }
  }
  body_->serve(*reading_);
  check_bounds();
  if (!is_stalled_) read();
  if (!body_->is_over()) return;
  if (!options_.is_stream && !body_->is_dropped()) take_answer();
  if (options_.is_stream && !body_->is_dropped()) throw Broken{"its stream has ended"};
  end_answer();
} catch (const Broken& broken) {
  throw Broken{fmt::format("reader {} ({}): {}", options_.number, options_.is_stream ? "stream" : "polls", broken.what())};
}

void Reader::settle(Server& server) {
  is_calm_ = true;
  if (body_) body_->become_good();
  act(server);
}

void Reader::lose_line() {
  if (options_.trace && body_) fmt::print("             reader {} is cut off\n", options_.number);
  end_answer();
  is_returning_ = true;
}

void Reader::check_current(bool must_know) const try {
  watch_.check_current(must_know);
} catch (const Broken& broken) {
  throw Broken{fmt::format("reader {} ({}): {}", options_.number, options_.is_stream ? "stream" : "polls", broken.what())};
}

void Reader::ask(Server& server) {
  const Rates& rates = options_.tastes.rates;
  shard_ = &server.shard(random_.below(server.shards()));
  const StreamHabits habits = is_calm_ ? StreamHabits{} : random_habits(random_, rates);
  gathered_bytes_max_ = habits.window_bytes < 1'000 ? 0 : habits.window_bytes / 2;
  body_ = std::make_unique<Body>(habits, gathered_bytes_max_, now_, random_);
  if (!is_calm_ && is_returning_ && random_.chance(rates.other_rights)) rights_ = random_rights(random_, options_.tastes);
  if (!std::exchange(is_known_, true)) choose();
  is_returning_ = false;

  protocol::Subscribe message{.id = 1, .query = to_query(wish_.plain), .rate = rate_, .recent = static_cast<std::uint32_t>(recent_), .since = {}};
  Asked asked;
  asked.plain = {wish_.plain, rights_};
  asked.view = view::View(message.query, to_rights(rights_), channels_).name();
  asked.recent = recent_;
  asked.rate = rate_;
  asked.at_us = now_.instant.time_since_epoch().count();
  if (!cursor_.empty()) {
    Cursor cursor = parts_of(cursor_);
    if (!is_calm_ && random_.chance(rates.foreign_cursors)) (random_.chance(0.5) ? cursor.epoch : cursor.view).insert(0, "9999999");
    asked.is_foreign = cursor.epoch != shard_->options().epoch;
    asked.since = cursor.seq;
    asked.since_view = cursor.view;
    message.since = protocol::read_cursor(fmt::format("{}:{}:{}", cursor.epoch, plant_.since(cursor.seq), cursor.view));
    if (!message.since) throw Broken{fmt::format("{} was told as a cursor, and is not read as one", cursor_)};
  }
  std::optional<Duration> wait;
  if (!options_.is_stream) wait = random_.chance(0.3) ? Duration{0} : milliseconds{random_.below(is_calm_ ? 200 : 2'000)};
  print(">", fmt::format("{} since {}", protocol::write(message), cursor_.empty() ? "nothing" : cursor_));
  // Epochs stand in cursors only: that another life has begun it is told as a welcome would.
  (void)client_.take(fmt::format(R"({{"type":"welcome","epoch":{}}})", json::quoted(shard_->options().epoch)));
  client_.connect();
  watch_.asks_anew(std::move(asked));
  reading_ = &server.read(*shard_, *body_, std::move(message), wait, to_rights(rights_), now_);
}

void Reader::choose() {
  const Rates& rates = options_.tastes.rates;
  if (watch_.position() && wish_.plain.bounds && random_.chance(rates.pans)) {
    pan(wish_, random_);
  } else {
    wish_ = random_wish(random_, options_.tastes);
  }
  static constexpr double kRates[] = {5, 1, 0};
  rate_.reset();
  if (!is_calm_ && random_.chance(rates.paces)) rate_ = kRates[random_.below(3)];
  if (wish_.rate && !(is_calm_ && wish_.rate == 0.0)) rate_ = wish_.rate;
  recent_ = wish_.recent.value_or(random_.chance(rates.recent) ? 1 + random_.below(5) : 0);
  if (random_.chance(0.5)) cursor_.clear();  // else it comes with that of another query
}

void Reader::end_answer() {
  if (reading_) {
    const std::size_t before_bytes = server_bytes();
    shard_->close(*reading_);
    // What nobody else held of it, and what it shared if it was the last to.
    const std::size_t bytes_max = 2 * (16 << 10) + options_.tastes.keys * 256 + (64 << 10);
    if (const std::size_t freed = before_bytes - std::min(before_bytes, server_bytes()); freed > bytes_max) {
      throw Broken{fmt::format("reader {}: its reading held {} bytes, {} it may", options_.number, freed, bytes_max)};
    }
  }
  reading_ = nullptr;
  body_.reset();
  received_.clear();
  data_.clear();
  has_id_ = false;
  is_stalled_ = false;
}

void Reader::read() {
  for (int reads = is_calm_ ? 1'000 : static_cast<int>(random_.below(6)); reads > 0 && body_->has_arrived(); --reads) {
    received_ += body_->read();
    if (options_.is_stream) take_lines();
    body_->serve(*reading_);
  }
}

void Reader::take_lines() {
  for (std::size_t end = received_.find('\n'); end != std::string::npos; end = received_.find('\n')) {
    const std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    if (line.empty()) {
      take_event();
    } else if (line.starts_with("data: ") && data_.empty()) {
      data_ = line.substr(6);
    } else if (line.starts_with("id: ") && !has_id_) {
      id_ = line.substr(4);
      has_id_ = true;
    } else {
      throw Broken{fmt::format("{} stands in its stream", line)};
    }
  }
}

void Reader::take_event() {
  if (data_.empty()) throw Broken{"an event without data"};
  const std::string frame = std::exchange(data_, {});
  const bool has_id = std::exchange(has_id_, false);
  const std::optional<std::uint64_t> before = watch_.position();
  const std::uint64_t judged = watch_.judged();
  take(frame);
  const bool is_progress = json::find(frame, "type") == R"("progress")";
  const bool must_have_id = watch_.judged() != judged || (is_progress && before);
  if (must_have_id != has_id) throw Broken{fmt::format("{} cursor comes with {}", has_id ? "a" : "no", frame)};
  if (has_id) take_cursor(id_);
}

void Reader::take_answer() {
  const auto answer = json::compact(received_);
  if (!answer) throw Broken{fmt::format("{} is no answer", received_)};
  received_.clear();
  const auto frames = json::find(*answer, "frames");
  const auto since = json::find(*answer, "since");
  if (!frames || !since) throw Broken{fmt::format("{} is no answer", *answer)};
  bool is_first = true;
  for (const std::string_view frame : json::Elements{*frames}) {
    if (std::exchange(is_first, false) && json::find(frame, "type") != R"("subscribed")") watch_.goes_on();
    take(frame);
  }
  const std::string cursor = json::decode(*since);
  if (is_first) {  // no news: what it holds is that of a later seq
    watch_.goes_on();
    take(fmt::format(R"({{"type":"progress","at":{{"1":{}}}}})", parts_of(cursor).seq));
  }
  take_cursor(cursor);
}

void Reader::take(std::string_view frame) {
  print("<", frame);
  const std::optional<std::uint64_t> before = watch_.position();
  const Client::Notice notice = client_.take(frame);
  if (const auto* subscribed = std::get_if<Client::Subscribed>(&notice)) {
    if (!subscribed->resumed) cursor_.clear();  // until what it begins with is whole
    if (subscribed->resumed && !options_.is_stream) throw Broken{"a poll is told that it resumes"};
    watch_.take_answer(*subscribed, before, knowledge());
  } else if (const auto* step = std::get_if<Client::Step>(&notice)) {
    watch_.judge(*step, before, knowledge());
  } else if (std::holds_alternative<Client::Progress>(notice) && watch_.position() != before) {
    watch_.take_progress();
  }
}

void Reader::take_cursor(std::string_view cursor) {
  const Cursor parts = parts_of(cursor);
  if (parts.epoch != shard_->options().epoch || parts.view != watch_.query().view || parts.seq != watch_.position()) {
    throw Broken{fmt::format("its cursor is {}, and it is at {} of {}", cursor, watch_.position().value_or(0), watch_.query().view)};
  }
  cursor_ = cursor;
}

void Reader::check_bounds() const {
  const session::ShardOptions& options = shard_->options();
  // A frame, and a progress or an end behind it; a record stands in a frame whole, with what is around it.
  const std::size_t frame_bytes = std::max(options.fanout.frame_bytes, options.fanout.part_bytes) + (9 << 10);
  if (body_->waiting_bytes() > gathered_bytes_max_ + frame_bytes) throw Broken{fmt::format("{} bytes wait for it", body_->waiting_bytes())};
  body_->check_life(options.session, options_.is_stream);
}

Knowledge Reader::knowledge() const {
  const fanout::FanoutOptions& options = shard_->fanout().options();
  const bool is_little = options.fold_changes_max < 16'384 || options.missed_event_bytes_max < 1 << 20;
  return {[this](std::uint64_t seq) { return shard_->fanout().log().reaches(seq); }, is_little, shard_->fanout().counters().cut_differences > 0, options_.has_critical, now_.instant.time_since_epoch().count()};
}

void Reader::print(const char* arrow, std::string_view text) const {
  if (options_.trace) fmt::print("{:>8} ms  reader {} {} {}\n", now_.instant.time_since_epoch() / milliseconds{1}, options_.number, arrow, text);
}

}  // namespace starling::sim
