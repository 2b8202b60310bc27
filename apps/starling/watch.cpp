#include "apps/starling/watch.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>

#include "apps/starling/recording_output.hpp"
#include "apps/starling/table.hpp"
#include "starling/client/connection.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/sources/recording/recorder.hpp"

namespace starling {
namespace {

using session::ClientSession;

constexpr std::uint32_t kSubscription = sources::recording::Recorder::kSubscription;
constexpr Duration kRedrawMin = std::chrono::milliseconds{200};
constexpr std::string_view kBoundsCure = "give west,south,east,north in degrees, such as --bounds 12.3,51.2,14.8,53.0";
constexpr std::string_view kWhereCure = R"(give conditions such as --where '{"battery":{"lt":20}}')";

void say(std::string_view line) { fmt::print(stderr, "starling: {}\n", line); }

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

Result<geo::Box, std::string> read_bounds(std::string_view text) {
  const std::vector<std::string_view> parts = split(text);
  std::array<double, 4> degrees{};
  if (parts.size() != degrees.size()) return Unexpected{fmt::format("{} instead of four numbers: {}", parts.size(), kBoundsCure)};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char* end_of_part = parts[i].data() + parts[i].size();
    const auto [end, error] = std::from_chars(parts[i].data(), end_of_part, degrees[i]);
    if (error != std::errc{} || end != end_of_part || !std::isfinite(degrees[i])) {
      return Unexpected{fmt::format("'{}' is not a number: {}", parts[i], kBoundsCure)};
    }
  }
  const auto [west, south, east, north] = degrees;
  const auto box = geo::Box::from(north, south, east, west);
  if (!box) return Unexpected{fmt::format("latitudes lie within -90 and 90, south is not over north: {}", kBoundsCure)};
  return *box;
}

/// Lists with commas, one after the other. Nullopt if an entry is empty.
std::optional<std::vector<std::string>> read_list(const std::vector<std::string>& lists) {
  std::vector<std::string> entries;
  for (const std::string& list : lists) {
    for (const std::string_view entry : split(list)) {
      if (entry.empty()) return std::nullopt;
      entries.emplace_back(entry);
    }
  }
  return entries;
}

/// Fails with one line: what, where, cure.
Result<view::Query, std::string> read_query(const WatchOptions& options) {
  view::Query query;
  for (const std::string& pattern : options.channels) {
    if (!view::is_channel_pattern(pattern)) return Unexpected{fmt::format("'{}' is no channel: give space:facet, 'space:*' or '*'", pattern)};
  }
  if (options.channels.size() > protocol::kChannelsPerSubscriptionMax) {
    return Unexpected{fmt::format("{} channels are too many: give at most {}, or 'space:*'", options.channels.size(), protocol::kChannelsPerSubscriptionMax)};
  }
  query.channels = options.channels;
  if (!options.bounds.empty()) {
    const auto box = read_bounds(options.bounds);
    if (!box) return Unexpected{fmt::format("--bounds {}: {}", options.bounds, box.error())};
    query.filter.bounds = *box;
  }
  if (!options.where.empty()) {
    auto where = protocol::read_where(options.where);
    if (!where) return Unexpected{fmt::format("--where {}: {} ({}): {}", options.where, where.error().message, where.error().field, kWhereCure)};
    query.filter.where = std::move(*where);
  }
  if (!options.keys.empty()) {
    query.filter.keys = read_list(options.keys);
    if (!query.filter.keys) return Unexpected{std::string{"--keys: a key is empty: give --keys a,b"}};
  }
  if (!options.fields.empty()) {
    auto fields = read_list(options.fields);
    if (!fields) return Unexpected{std::string{"--fields: a name is empty: give --fields a,b"}};
    for (std::string& name : *fields) {
      if (name.find('/') != std::string::npos) return Unexpected{fmt::format("--fields {}: give fields without their facet", name)};
      name = state::canonical_name(name);
    }
    query.fields = std::move(fields);
  }
  if (options.rate && !(std::isfinite(*options.rate) && *options.rate >= 0)) {
    return Unexpected{fmt::format("--rate {}: give frames a second, from 0 (paused) on", *options.rate)};
  }
  if (options.count == 0) return Unexpected{std::string{"--count 0: give how many updates and snapshots, from 1 on"}};
  return query;
}

std::string text_of(const ClientSession::Refused& refused) {
  return fmt::format("{} ({}{}{})", refused.message, refused.code, refused.field.empty() ? "" : ", field ", refused.field);
}

class Watch {
 public:
  /// Records where there is a file for it.
  Watch(const WatchOptions& options, client::Url url, view::Query query, std::optional<RecordingOutput> output)
      : options_(options),
        is_terminal_(::isatty(STDOUT_FILENO) == 1),
        shown_url_(url.shown()),
        output_(std::move(output)),
        recorder_(query, options.rate),
        connection_(loop_,
                    {.url = std::move(url), .ca_file = options.ca_file, .attempts = options.no_reconnect ? std::optional{0u} : std::nullopt},
                    {.on_connected = [this] { say("connected to " + shown_url_); },
                     .on_frame = [this](std::string_view frame) { show_frame(frame); },
                     .on_notice = [this](const ClientSession::Notice& notice) { receive(notice); },
                     .on_lost = [this](const client::Loss& loss) { tell_loss(loss); }}),
        redraw_timer_(loop_, [this] { redraw(); }) {
    connection_.subscribe(kSubscription, std::move(query), options.rate);
    loop_.on_signals({SIGINT, SIGTERM}, [this](int) { connection_.stop(); });
  }

  ExitCode run() {
    if (options_.table && is_terminal_) write("\x1b[2J");
    if (output_) say(fmt::format("recording to {}: Ctrl-C ends it", options_.record_file));
    const auto ended = connection_.run();
    if (output_) end_record();
    if (options_.table) {
      if (is_terminal_) {
        redraw();
      } else {
        write(table_of(connection_.session().replica(kSubscription)->channels(), {}));
      }
    }
    if (ended) return exit_code_;
    say(fmt::format("{}: {}", shown_url_, ended.error()));
    return exit_failed;
  }

 private:
  void show_frame(std::string_view frame) {
    if (is_last_) return;  // came in one go with the last one
    if (output_) record(recorder_.receive(frame, net::now()));
    if (!options_.table && !output_) write(fmt::format("{}\n", frame));
    if (!options_.count) return;
    const auto compact = json::compact(frame);
    const auto type = compact && json::kind_of(*compact) == json::Kind::object ? json::find(*compact, "type") : std::nullopt;
    if (type != R"("update")" && type != R"("snapshot")") return;
    is_last_ = ++frames_ >= *options_.count;
    // Not at once: the table is to have this one, too.
    if (is_last_) loop_.post([this] { connection_.stop(); });
  }

  void receive(const ClientSession::Notice& notice) {
    if (const auto* refused = std::get_if<ClientSession::Refused>(&notice)) {
      say("the server refuses: " + text_of(*refused));
      exit_code_ = exit_failed;
      connection_.stop();
    } else if (std::holds_alternative<ClientSession::Stepped>(notice) && options_.table && is_terminal_ && !is_redraw_set_) {
      is_redraw_set_ = true;
      redraw_timer_.set(std::max(net::now().instant, redrawn_at_ + kRedrawMin));
    }
  }

  void tell_loss(const client::Loss& loss) {
    const double again_in_s = std::chrono::duration<double>(loss.again_in).count();
    if (output_ && loss.was_connected) record(recorder_.lose(loss.reason, net::now()));
    say(fmt::format("{}, again in {:.1f} s: {}", loss.was_connected ? "connection lost" : "cannot connect to " + shown_url_, again_in_s, loss.reason));
  }

  void record(const std::string& lines) {
    if (lines.empty() || is_record_over_) return;
    const auto appended = output_->append(lines);
    if (appended) return;
    say(appended.error());
    is_record_over_ = true;
    exit_code_ = exit_failed;
    loop_.post([this] { connection_.stop(); });
  }

  void end_record() {
    record(recorder_.end(net::now()));
    if (is_record_over_) return;
    say(fmt::format("recorded {} lines in {:.1f} s", recorder_.reports(), std::chrono::duration<double>(recorder_.length()).count()));
  }

  void redraw() {
    is_redraw_set_ = false;
    redrawn_at_ = net::now().instant;
    TableSize size{.rows_max = 23, .columns_max = 80};
    if (winsize window{}; ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_row > 2 && window.ws_col > 0) {
      size = {.rows_max = window.ws_row - 1u, .columns_max = window.ws_col};
    }
    std::string drawing = "\x1b[H";
    for (const char c : table_of(connection_.session().replica(kSubscription)->channels(), size)) {
      if (c == '\n') drawing += "\x1b[K";
      drawing += c;
    }
    write(drawing + "\x1b[J");
  }

  void write(std::string_view text) {
    const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (is_written || exit_code_ == exit_failed) return;
    say("cannot write to the standard output");
    exit_code_ = exit_failed;
    loop_.post([this] { connection_.stop(); });
  }

  WatchOptions options_;
  bool is_terminal_;
  std::string shown_url_;
  ExitCode exit_code_ = exit_ok;
  std::uint64_t frames_ = 0;
  bool is_last_ = false;
  std::optional<RecordingOutput> output_;
  sources::recording::Recorder recorder_;
  bool is_record_over_ = false;  // there is no room for more
  bool is_redraw_set_ = false;
  Instant redrawn_at_{};
  net::EventLoop loop_;
  client::Connection connection_;
  net::Timer redraw_timer_;
};

}  // namespace

ExitCode watch(const WatchOptions& options) {
  auto url = client::read_url(options.url);
  if (!url) {
    say(fmt::format("--url {}: {}", options.url, url.error()));
    return exit_usage;
  }
  auto query = read_query(options);
  if (!query) {
    say(query.error());
    return exit_usage;
  }
  std::optional<RecordingOutput> output;
  if (!options.record_file.empty()) {
    auto created = RecordingOutput::create(options.record_file, options.force);
    if (!created) {
      say(created.error());
      return exit_failed;
    }
    output.emplace(std::move(*created));
  }
  return Watch{options, std::move(*url), std::move(*query), std::move(output)}.run();
}

}  // namespace starling
