#include "apps/starling/publish.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>

#include "starling/client/connection.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/view/query.hpp"

namespace starling {
namespace {

using session::ClientSession;

constexpr std::size_t kUnansweredMax = 1000;         // then no line is read until an answer comes
constexpr std::size_t kUnsentBytesMax = 1 << 20;     // the same
constexpr std::size_t kLineBytesMax = 16 << 20;      // a longer line ends it: no server takes one like that
constexpr std::size_t kReadBytes = 64 << 10;

void say(std::string_view line) { fmt::print(stderr, "starling: {}\n", line); }

std::string text_of(std::string_view message, std::string_view code, std::string_view field) {
  return fmt::format("{} ({}{}{})", message, code, field.empty() ? "" : ", field ", field);
}

std::string text_of(const protocol::Error& error) { return text_of(error.message, to_text(error.code), error.field); }

/// The envelope that the command line stands for. Fails with one line: what, where, cure.
Result<std::string, std::string> envelope_of(const PublishOptions& options) {
  const bool removes = options.operation == "remove";
  const std::size_t given = options.arguments.size();
  if (removes && given != 1) return Unexpected{std::string{"--op remove takes no data: give CHANNEL KEY --op remove"}};
  if (given > 2) return Unexpected{fmt::format("'{}' is one too many: give CHANNEL [KEY] JSON, the JSON in quotes", options.arguments.back())};
  std::string envelope = R"({"channel":)" + json::quoted(options.channel);
  if (removes || given == 2) envelope += R"(,"key":)" + json::quoted(options.arguments.front());
  if (!removes) {
    const auto data = protocol::read_object(options.arguments.back());
    if (!data) {
      return Unexpected{fmt::format("'{}': {}: give the data as a JSON object in quotes, such as '{{\"x\":1}}'", options.arguments.back(), data.error().message)};
    }
    envelope += R"(,"data":)" + *data;
  }
  if (!options.operation.empty()) envelope += R"(,"op":)" + json::quoted(options.operation);
  return envelope + '}';
}

class Publisher {
 public:
  /// Without an envelope: those of the standard input.
  Publisher(const PublishOptions& options, client::Url url, std::optional<std::string> envelope)
      : options_(options),
        envelope_(std::move(envelope)),
        shown_url_(url.shown()),
        // Once only: nobody knows whether what was not answered was taken, and an event must not come twice.
        connection_(loop_, {.url = std::move(url), .ca_file = options.ca_file, .attempts = 0},
                    {.on_connected = [this] { begin(); },
                     .on_notice = [this](const ClientSession::Notice& notice) { receive(notice); }}) {}

  ExitCode run() {
    const auto ended = connection_.run();
    if (!ended) {
      say(fmt::format("{}: {}", shown_url_, ended.error()));
      if (!unanswered_.empty() && !envelope_) {
        say(fmt::format("{} lines were not answered, the first is line {}: the server may have taken some of them", unanswered_.size(), *unanswered_.begin()));
      }
    }
    return ended && !has_failed_ ? exit_ok : exit_failed;
  }

 private:
  void begin() {
    if (envelope_) {
      offer(*envelope_);
      is_input_over_ = true;
      stop_if_done();
      return;
    }
    input_.emplace(loop_, net::Descriptor{::dup(STDIN_FILENO)});
    await_input();
  }

  void await_input() {
    if (is_input_over_ || std::exchange(awaits_input_, true)) return;
    input_->await_readable([this] {
      awaits_input_ = false;
      read_input();
    });
  }

  void read_input() {
    std::array<char, kReadBytes> buffer;
    const ssize_t bytes = ::read(input_->number(), buffer.data(), buffer.size());
    if (bytes < 0 && errno != EINTR && errno != EAGAIN) {
      fail(fmt::format("cannot read the standard input: {}", std::strerror(errno)));
      is_input_over_ = true;
    }
    if (bytes > 0) lines_.append(buffer.data(), static_cast<std::size_t>(bytes));
    if (bytes == 0) {
      is_input_over_ = true;
      if (!lines_.empty() && !lines_.ends_with('\n')) lines_ += '\n';  // the last line needs no end
    }
    offer_lines();
  }

  /// As many as may be unanswered; then reads on.
  void offer_lines() {
    std::size_t at = 0;
    while (unanswered_.size() < kUnansweredMax && connection_.waiting_bytes() < kUnsentBytesMax) {
      const std::size_t end = lines_.find('\n', std::max(at, searched_));
      if (end == std::string::npos) {
        searched_ = lines_.size();
        break;
      }
      ++line_;
      offer(std::string_view{lines_}.substr(at, end - at));
      at = end + 1;
    }
    lines_.erase(0, at);
    searched_ -= std::min(searched_, at);
    if (lines_.size() > kLineBytesMax && searched_ == lines_.size()) {
      ++line_;
      fail("the line is too long");
      lines_.clear();
      is_input_over_ = true;
    }
    // With whole lines left it is an answer that goes on.
    if (searched_ == lines_.size()) await_input();
    stop_if_done();
  }

  void offer(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    const auto object = protocol::read_object(line);
    if (!object) return fail(text_of(object.error()));
    auto update = protocol::read_update(*object, options_.channel);
    if (!update) return fail(text_of(update.error()));
    unanswered_.insert(line_);
    connection_.send(protocol::write(protocol::Publish{.update = std::move(*update), .ref = std::to_string(line_)}));
  }

  void receive(const ClientSession::Notice& notice) {
    if (const auto* accepted = std::get_if<ClientSession::Accepted>(&notice)) {
      answered(accepted->ref);
      if (options_.verbose) fmt::print("{}\n", accepted->seq);
    } else if (const auto* refused = std::get_if<ClientSession::Refused>(&notice)) {
      const std::string text = text_of(refused->message, refused->code, refused->field);
      const auto line = answered(refused->ref);
      fail_at(line, text);
      if (!line) return connection_.stop();  // of the connection, or of a line we cannot tell
    } else {
      return;
    }
    if (!envelope_) offer_lines();
    stop_if_done();
  }

  /// Which line it was; nullopt if it is none of ours.
  std::optional<std::uint64_t> answered(const std::string& ref) {
    const auto line = ref.empty() ? std::nullopt : json::integer(ref);
    if (!line || unanswered_.erase(static_cast<std::uint64_t>(*line)) == 0) return std::nullopt;
    return static_cast<std::uint64_t>(*line);
  }

  void fail(const std::string& text) { fail_at(line_, text); }
  void fail_at(std::optional<std::uint64_t> line, const std::string& text) {
    has_failed_ = true;
    say(envelope_ || !line ? text : fmt::format("line {}: {}", *line, text));
  }

  void stop_if_done() {
    if (is_input_over_ && lines_.empty() && unanswered_.empty()) connection_.stop();
  }

  PublishOptions options_;
  std::optional<std::string> envelope_;
  std::string shown_url_;
  net::EventLoop loop_;
  client::Connection connection_;
  std::optional<net::WatchedDescriptor> input_;
  bool awaits_input_ = false;
  bool is_input_over_ = false;
  std::string lines_;           // read, and not offered yet
  std::size_t searched_ = 0;    // no line ends before it
  std::uint64_t line_ = 0;      // offered last; its number is the ref
  std::set<std::uint64_t> unanswered_;
  bool has_failed_ = false;
};

}  // namespace

ExitCode publish(const PublishOptions& options) {
  const auto refuse = [](const std::string& why) {
    say(why);
    return exit_usage;
  };
  auto url = client::read_url(options.url);
  if (!url) return refuse(fmt::format("--url {}: {}", options.url, url.error()));
  if (!options.channel.empty() && (!view::is_channel_pattern(options.channel) || view::is_wildcard(options.channel))) {
    return refuse(fmt::format("'{}' is no channel: give space:facet", options.channel));
  }
  if (!options.operation.empty() && options.arguments.empty()) {
    return refuse("--op goes with an update on the command line: give CHANNEL KEY, or \"op\" in each line");
  }
  std::optional<std::string> envelope;
  if (!options.arguments.empty()) {
    auto made = envelope_of(options);
    if (!made) return refuse(made.error());
    envelope = std::move(*made);
  } else if (::isatty(STDIN_FILENO) == 1) {
    say("reading one JSON envelope a line; Ctrl-D ends");
  }
  return Publisher{options, std::move(*url), std::move(envelope)}.run();
}

}  // namespace starling
