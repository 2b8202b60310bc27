#include "sim/guest.hpp"

#include <fmt/format.h>

#include "sim/heap.hpp"

namespace starling::sim {

void Guest::act(Server& server) try {
  const Rates& rates = options_.rates;
  if (!line_) {
    if (is_calm_ || random_.chance(rates.returns)) connect(server);
    return;
  }
  if (is_calm_) {
    is_stalled_ = false;
  } else {
    if (random_.chance(rates.cuts)) return lose_line();
    if (random_.chance(rates.stalls)) is_stalled_ = !is_stalled_;
    if (random_.chance(rates.asks)) {
      const std::string message = model_->say(random_, ++said_);
      print(">", message);
      line_->say(message);
    }
  }
  serve();
  if (!is_stalled_) read();
  line_->check_life(shard_->options().session);
  if (line_->is_over()) lose_line();
} catch (const Broken& broken) {
  throw Broken{fmt::format("guest {}: {}", options_.number, broken.what())};
}

void Guest::settle(Server& server) {
  is_calm_ = true;
  if (line_) line_->become_good();
  act(server);
}

void Guest::lose_line() {
  if (session_ != nullptr) shard_->close(*session_);
  session_ = nullptr;
  line_.reset();
  is_stalled_ = false;
}

void Guest::check_current() const try {
  model_->check_current();
} catch (const Broken& broken) {
  throw Broken{fmt::format("guest {}: {}", options_.number, broken.what())};
}

void Guest::connect(Server& server) {
  shard_ = &server.shard(random_.below(server.shards()));
  const StreamHabits habits = is_calm_ ? StreamHabits{} : random_habits(random_, options_.rates);
  line_ = std::make_unique<Line>(habits, habits.window_bytes < 1'000 ? 0 : habits.window_bytes / 2, now_, random_, kGuest, plant_);
  model_->connect();
  said_ = 0;
  print(">", "comes");
  session_ = &server.open_door(*shard_, options_.door, *line_, now_);
}

void Guest::read() {
  for (int messages = is_calm_ ? 1'000 : static_cast<int>(random_.below(6)); messages > 0 && line_->has_arrived(); --messages) {
    if (const auto message = line_->deliver()) {
      print("<", *message);
      model_->take(*message, knowledge());
    }
    serve();
  }
}

void Guest::serve() {
  const std::uint64_t before = line_->heard_messages();
  line_->serve(*session_);
  if (line_->heard_messages() != before) model_->heard(line_->heard_messages());
}

DoorKnowledge Guest::knowledge() const {
  const fanout::FanoutOptions& options = shard_->fanout().options();
  const bool may_lose = options.fold_changes_max < 16'384 || options.missed_event_bytes_max < 1 << 20 || options.log_bytes < 1'000'000 ||
                        options.idle_job_max < std::chrono::seconds{30};  // what it was in the middle of is given up, and the events with it
  return {may_lose, now_.timestamp.time_since_epoch().count()};
}

void Guest::print(const char* arrow, std::string_view text) const {
  if (options_.trace) fmt::print("{:>8} ms  guest {} {} {}\n", now_.instant.time_since_epoch() / std::chrono::milliseconds{1}, options_.number, arrow, text);
}

}  // namespace starling::sim
