// Updates as lines over HTTP, on some connections, each body as soon as the one before it has been answered.
//
// Every line changes every one of its fields: of each key there are two bodies, said in turns, so that nothing is made while it is measured.
#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"
#include "starling/load/poster.hpp"
#include "starling/load/removals.hpp"
#include "starling/load/scenarios.hpp"

namespace starling::load {
namespace {

class Ingest final : public Play {
 public:
  Ingest(const LoadOptions& options, Door door, Progress progress) : Play(options, std::move(door), std::move(progress)) {}

 private:
  struct Connection {
    std::vector<std::string> bodies;  ///< one way, and then the other
    std::vector<std::uint64_t> lines;  ///< of each
    std::size_t next = 0;
    Instant asked_at{};
    std::unique_ptr<Poster> poster;
  };

  void prepare() override {
    connections_.resize(std::min(options().connections, options().nodes));
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      Connection& at = connections_[i];
      for (const bool is_odd : {false, true}) make_bodies(at, i, is_odd);
      at.poster = std::make_unique<Poster>(loop(), door(),
                                           PosterHandlers{.on_answer = [this, &at](const PosterAnswer& answer) { receive(at, answer); },
                                                          .on_lost = [this](const std::string& why) { fail("a publisher is cut off: " + why); }});
      if (at.poster->state() == Wire::State::lost) return fail("a publisher does not connect: " + at.poster->why_lost());
    }
  }
  bool prepare_done() override {
    return std::ranges::all_of(connections_, [](const Connection& at) { return at.poster->is_free(); });
  }
  std::optional<CrowdHandlers> crowd() override { return std::nullopt; }

  /// Connection `i` says every so-and-so-many-th key, so that no two wait for each other.
  void make_bodies(Connection& at, std::size_t i, bool is_odd) const {
    std::string body;
    std::uint64_t lines = 0;
    const auto end_body = [&] {
      if (lines == 0) return;
      at.bodies.push_back(std::exchange(body, {}));
      at.lines.push_back(std::exchange(lines, 0));
    };
    for (std::size_t node = i; node < options().nodes; node += connections_.size()) {
      body += fmt::format(R"({{"channel":{},"key":"n{}","data":{{)", json::quoted(channel()), node);
      for (std::size_t field = 0; field < options().fields; ++field) body += fmt::format(R"({}"f{}":{}.{})", field == 0 ? "" : ",", field, 10 + field, is_odd ? 5 : 25);
      body += "}}\n";
      if (++lines == options().lines) end_body();
    }
    end_body();
  }

  void begin() override {
    has_begun_ = true;
    for (Connection& at : connections_) say_next(at);
  }
  void say_next(Connection& at) {
    at.asked_at = now();
    at.poster->publish(at.bodies[at.next]);
  }
  void receive(Connection& at, const PosterAnswer& answer) {
    if (stage() == Stage::clearing) return clear_next(at);
    if (answer.status != 200) return fail(answer.fault());
    if (is_measuring() && at.asked_at >= window_begin()) {
      ++bodies_;
      published_ += at.lines[at.next];
      accepted_ += answer.accepted();
      sent_bytes_ += at.bodies[at.next].size();
      latency_.record(static_cast<std::uint64_t>((now() - at.asked_at).count()));
    }
    at.next = (at.next + 1) % at.bodies.size();
    if (is_loading()) say_next(at);
  }
  bool settle_done() override { return prepare_done(); }
  std::string fault() override {
    if (!settle_done()) return "the last bodies are not answered";
    return accepted_ == published_ ? std::string{} : fmt::format("{} of {} lines were not accepted", published_ - accepted_, published_);
  }

  // ---- Clearing up: the keys are removed, each by the connection that said it ------------------------------------------
  void clear_up() override {
    if (!has_begun_) return;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      Connection& at = connections_[i];
      at.bodies = removals(channel(), options().nodes, i, connections_.size(), options().lines);
      at.next = 0;
      if (at.poster->is_free()) clear_next(at);
    }
  }
  void clear_next(Connection& at) {
    if (at.next < at.bodies.size()) at.poster->publish(at.bodies[at.next++]);
  }
  bool clear_up_done() override {
    return !has_begun_ || std::ranges::all_of(connections_, [](const Connection& at) { return at.next == at.bodies.size() && at.poster->is_free(); });
  }

  void tell(Figures& figures) override {
    figures.add("connections", std::uint64_t{connections_.size()});
    figures.add("lines_per_body", std::uint64_t{options().lines});
    figures.add("fields_per_update", std::uint64_t{options().fields});
    figures.add("keys", std::uint64_t{options().nodes});
    figures.add("bodies_total", bodies_);
    figures.add("published_total", published_);
    figures.add("accepted_total", accepted_);
    figures.add("sent_bytes_total", sent_bytes_);
    figures.add_rate("updates_per_second", accepted_, window_seconds());
    figures.add_rate("field_updates_per_second", accepted_ * options().fields, window_seconds());
    add_per_server_cpu_second(figures, "field_updates_per_server_cpu_second", accepted_ * options().fields);
    figures.add_quantiles(latency_, "answer_");
  }

  std::vector<Connection> connections_;
  std::uint64_t bodies_ = 0, published_ = 0, accepted_ = 0, sent_bytes_ = 0;
  bool has_begun_ = false;
  Histogram latency_;
};

}  // namespace

std::unique_ptr<Play> make_ingest(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<Ingest>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
