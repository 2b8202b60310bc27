// Updates as JSON on an MQTT broker's topics, which the server listens to by a mapping of its configuration.
//
// How far the server is, it says itself: its count of updates applied is asked for every 20 ms, and so many messages go out as make those that it has
// not applied `outstanding` again. So neither the broker nor the server ever drops any, and what is measured begins and ends at an answer.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "starling/core/base/json.hpp"
#include "starling/load/broker_line.hpp"
#include "starling/load/poster.hpp"
#include "starling/load/removals.hpp"
#include "starling/load/scenarios.hpp"

namespace starling::load {
namespace {

constexpr Duration kAskedEvery = std::chrono::milliseconds{20}, kTriedEvery = std::chrono::milliseconds{250}, kTriedMax = std::chrono::seconds{10};
constexpr std::size_t kLinesPerBody = 500;
constexpr std::string_view kApplied = "\nstarling_updates_applied_total ";

/// The count in the server's metrics; nullopt if it says none.
std::optional<std::uint64_t> applied_of(const std::string& metrics) {
  const std::size_t at = metrics.find(kApplied);
  if (at == std::string::npos) return std::nullopt;
  std::uint64_t count = 0;
  const char* const begin = metrics.data() + at + kApplied.size();
  if (std::from_chars(begin, metrics.data() + metrics.size(), count).ec != std::errc{}) return std::nullopt;
  return count;
}

class IngestMqtt final : public Play {
 public:
  IngestMqtt(const LoadOptions& options, Door door, Progress progress) : Play(options, std::move(door), std::move(progress)) {}

 private:
  struct Message {
    std::string topic;
    std::string payloads[2];  ///< said in turns, so that each changes every field
  };

  void prepare() override {
    for (std::size_t key = 0; key < options().nodes; ++key) {
      Message& message = messages_.emplace_back();
      message.topic = fmt::format("{}/n{}", options().topic, key);
      for (const bool is_odd : {false, true}) {
        std::string& payload = message.payloads[is_odd ? 1 : 0];
        for (std::size_t field = 0; field < options().fields; ++field) payload += fmt::format(R"({}"f{}":{}.{})", field == 0 ? '{' : ',', field, 10 + field, is_odd ? 5 : 25);
        payload += '}';
      }
    }
    poster_ = std::make_unique<Poster>(loop(), door(),
                                       PosterHandlers{.on_open = [this] { poster_->get("/metrics"); },
                                                      .on_answer = [this](const PosterAnswer& answer) { receive(answer); },
                                                      .on_lost = [this](const std::string& why) { fail("the server cuts us off: " + why); }});
    if (poster_->state() == Wire::State::lost) return fail("the server does not answer: " + poster_->why_lost());
    auto line = BrokerLine::connect(*options().broker);
    if (!line) return fail(line.error());
    line_ = std::move(*line);
  }
  bool prepare_done() override { return is_mapped_; }
  std::optional<CrowdHandlers> crowd() override { return std::nullopt; }

  void step(Instant at) override {
    if (!line_) return;
    line_->tend();
    if (!line_->why_lost().empty()) return fail("the broker is gone: " + line_->why_lost());
    if (stage() == Stage::preparing) return try_mapping(at);
    if (stage() != Stage::clearing && poster_->is_free() && at >= asked_at_ + kAskedEvery) ask(at);
  }
  void ask(Instant at) {
    asked_at_ = at;
    poster_->get("/metrics");
  }

  /// Says the first key until it is there: whether the server listens, and calls it what we do, is its configuration's business.
  void try_mapping(Instant at) {
    if (!began_trying_at_) began_trying_at_ = at;
    if (at - *began_trying_at_ > kTriedMax) {
      return fail(fmt::format(
          "nothing that is published to {0}/n0 comes out as key n0 of channel {1}: the server's configuration wants [[source]] type = \"mqtt\", url = \"{2}\", "
          "topics = [\"{0}/+\"], mapping = {{ channel = \"{1}\", key = \"{{1}}\" }}",
          options().topic, channel(), options().broker->shown()));
    }
    if (!line_->is_open() || !poster_->is_free() || at < asked_at_ + kTriedEvery) return;
    asked_at_ = at;
    say(0);
    poster_->get(fmt::format("/api/v1/state/{}?keys=n0", channel()));
  }

  void receive(const PosterAnswer& answer) {
    if (stage() == Stage::clearing) return clear_next();
    if (answer.status != 200 && stage() != Stage::preparing) return fail(answer.fault());
    if (stage() == Stage::preparing) {
      if (answer.body.find("\"n0\"") != std::string::npos) is_mapped_ = true;
      return;
    }
    const auto applied = applied_of(answer.body);
    if (!applied) return fail("the server's metrics do not say how many updates it has applied");
    if (!applied_before_) {
      // Messages of the attempts may still be on their way: the count begins when it stands still.
      if (last_seen_ == applied) applied_before_ = applied;
      last_seen_ = applied;
    }
    applied_ = *applied;
    is_at_answer_ = true;
    advance();
    is_at_answer_ = false;
    if (applied_before_ && is_loading()) publish_more();
  }
  void publish_more() {
    // Should somebody else publish to that server, it has applied more than we published; the end tells.
    const std::uint64_t applied = std::min(applied_ - *applied_before_, published_);
    for (std::uint64_t waiting = published_ - applied; waiting < options().outstanding; ++waiting) {
      say(next_++ % messages_.size());
      ++published_;
    }
  }
  void say(std::size_t key) {
    Message& message = messages_[key];
    line_->publish(message.topic, message.payloads[0]);
    std::swap(message.payloads[0], message.payloads[1]);
  }

  // What happens in between is not known: a window begins and ends with what the server says.
  bool is_at_edge() const override { return is_at_answer_ && applied_before_; }
  void begin_window() override { applied_at_begin_ = applied_; }
  void end_window() override { applied_at_end_ = applied_; }
  bool settle_done() override { return !applied_before_ || applied_ - *applied_before_ >= published_; }
  std::string fault() override {
    const std::uint64_t applied = applied_before_ ? applied_ - *applied_before_ : 0;
    return applied == published_ ? std::string{} : fmt::format("{} messages were published, and {} updates applied", published_, applied);
  }

  void clear_up() override {
    if (!poster_ || !is_mapped_) return;
    removals_ = removals(channel(), options().nodes, 0, 1, kLinesPerBody);
    if (poster_->is_free()) clear_next();
  }
  void clear_next() {
    if (removed_ < removals_.size()) poster_->publish(removals_[removed_++]);
  }
  bool clear_up_done() override { return !poster_ || (removed_ == removals_.size() && poster_->is_free()); }

  void tell(Figures& figures) override {
    const std::uint64_t updates = applied_at_end_ - applied_at_begin_;
    figures.add("broker", options().broker->shown());
    figures.add("outstanding", std::uint64_t{options().outstanding});
    figures.add("fields_per_update", std::uint64_t{options().fields});
    figures.add("keys", std::uint64_t{options().nodes});
    figures.add("published_total", published_);
    figures.add("applied_total", updates);
    figures.add_rate("updates_per_second", updates, window_seconds());
    figures.add_rate("field_updates_per_second", updates * options().fields, window_seconds());
    add_per_server_cpu_second(figures, "field_updates_per_server_cpu_second", updates * options().fields);
  }

  std::vector<Message> messages_;
  std::unique_ptr<BrokerLine> line_;
  std::unique_ptr<Poster> poster_;
  Instant asked_at_{};
  std::optional<Instant> began_trying_at_;
  bool is_mapped_ = false;
  std::size_t next_ = 0;
  std::uint64_t published_ = 0;                         ///< since `applied_before_`
  std::optional<std::uint64_t> last_seen_, applied_before_;  ///< the server's count before we began
  std::uint64_t applied_ = 0;                           ///< its count, as last heard
  std::uint64_t applied_at_begin_ = 0, applied_at_end_ = 0;
  bool is_at_answer_ = false;
  std::vector<std::string> removals_;
  std::size_t removed_ = 0;
};

}  // namespace

std::unique_ptr<Play> make_ingest_mqtt(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<IngestMqtt>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
