/// @file
/// `POST /api/v1/publish`: one update, or one a line.
///
/// Lines stand alone: the good ones are kept, the others are named in the answer. They are applied in runs of whole
/// lines, a run in one go, so that it lies within one batch and a long body does not hold up the viewers. The answer
/// comes when the last batch is closed: who reads after it reads what was published.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/protocol/error.hpp"
#include "starling/io/http/site.hpp"
#include "starling/server/routes/parameters.hpp"
#include "starling/server/routes/runs.hpp"

namespace starling::routes {

inline constexpr Parameter kPublishKey{.name = "key",
                                       .kind = Text{.bytes_min = 1, .bytes_max = kKeyBytesMax},
                                       .doc = "Whom it is said of. State channels need one. Of a body of lines each has its own.",
                                       .example = R"("van-1")"};

struct PublishOptions {
  std::size_t run_bytes = 256 << 10;  ///< lines applied in one go, about
  std::size_t rejected_max = 1000;    ///< rejected lines that are named; the others are counted in `rejected_more`
};

/// `application/json`. With a channel the body is the data, and the key comes in the query; without one it is an
/// envelope.
[[nodiscard]] http::Answer publish_object(std::string_view body, std::string_view channel, const Given& query,
                                          RunPublisher& publisher);

/// `application/x-ndjson`: an envelope a line; `channel`, if not empty, is used where it names none.
class PublishLines final : public http::Work {
 public:
  PublishLines(std::string body, std::string channel, RunPublisher& publisher, PublishOptions options = {})
      : body_(std::move(body)), channel_(std::move(channel)), publisher_(publisher), options_(options) {}

  [[nodiscard]] std::optional<http::Response> step() override;
  [[nodiscard]] bool is_waiting() const noexcept override { return is_published_ && !reply_->outcomes; }
  void on_wake(std::function<void()> wake) override { reply_->wake = std::move(wake); }

 private:
  /// A line that is refused as it stands.
  struct Unreadable {
    std::uint64_t line;
    protocol::Error error;
  };
  /// What comes back; it may come when the work is gone.
  struct Reply {
    std::optional<std::vector<session::Outcome>> outcomes;
    std::function<void()> wake;
  };

  void publish_run();
  [[nodiscard]] Result<state::Update, protocol::Error> read(std::string_view line);
  void settle_run(const std::vector<session::Outcome>& outcomes);
  void reject(std::uint64_t line, const protocol::Error& error);
  [[nodiscard]] http::Response response() const;

  std::string body_;
  std::string channel_;
  RunPublisher& publisher_;
  PublishOptions options_;
  std::shared_ptr<Reply> reply_ = std::make_shared<Reply>();
  std::string room_;  // for a line that is not compact
  // Of the run at work, by line:
  std::vector<std::uint64_t> run_;  // the line of each update
  std::vector<Unreadable> run_unreadable_;
  bool is_published_ = false;  // the run is at the hub
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;  // from 1, empty ones count
  std::uint64_t accepted_ = 0;
  std::uint64_t unreadable_ = 0;
  std::uint64_t rejected_ = 0;  // those unreadable among them
  std::uint64_t named_ = 0;
  state::Seq seq_ = 0;
  std::string rejected_text_;
};

}  // namespace starling::routes
