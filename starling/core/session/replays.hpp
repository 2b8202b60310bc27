/// @file
/// The subscriptions of a shard that look at what was: asked for from history, then played.
///
/// There are few of them, and each is a fleet of its own: so they stand here and not in the sessions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/core/replay/player.hpp"
#include "starling/core/session/options.hpp"

namespace starling::session {

class Replays {
 public:
  /// The channels must outlive it.
  Replays(const state::KnownChannels& channels, fanout::FanoutOptions fanout, ReplayOptions options);

  /// Whom to ask. It must outlive this, and nothing is told before it is set.
  void set_history(replay::History& history) noexcept { history_ = &history; }

  /// Why it cannot be begun now.
  [[nodiscard]] std::optional<protocol::Error> refuse(std::uint64_t session, const protocol::Subscribe& asked, Moment now) const;
  /// What is not refused; whatever the session had under that id has ended before. The link must outlive it.
  void begin(std::uint64_t session, fanout::Link& link, const protocol::Subscribe& asked, view::ViewPtr view, fanout::Period period, Moment now);
  /// The snapshot again, as of where it is. False: nothing of it is kept any more.
  [[nodiscard]] bool restart(std::uint64_t session, std::uint32_t id, Instant now);

  [[nodiscard]] bool has(std::uint64_t session, std::uint32_t id) const { return !all_.empty() && all_.contains({session, id}); }
  [[nodiscard]] std::size_t of(std::uint64_t session) const;
  /// False: there is none.
  bool end(std::uint64_t session, std::uint32_t id) { return !all_.empty() && all_.erase({session, id}) > 0; }
  void end_all(std::uint64_t session);

  /// The session's link takes frames again.
  void drained(std::uint64_t session, Instant now);
  /// To be called at `next_due`.
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const;
  /// To be called about every second.
  void tend(Instant now);
  /// Those that are asked for or played.
  [[nodiscard]] std::size_t running() const;

 private:
  struct Replay {
    std::uint64_t session;
    fanout::Link& link;
    replay::Telling telling;
    replay::Plan plan;
    std::vector<std::string> channels;  ///< that history is asked for
    std::optional<std::string> ref;
    const char* field;                  ///< of the message that asked for it
    bool is_asking = false;
    std::unique_ptr<replay::Player> player = nullptr;
    bool is_over = false;
  };
  using ReplayPtr = std::shared_ptr<Replay>;

  /// Of the spaces it looks at: where things are may be said by any of them.
  [[nodiscard]] std::vector<std::string> channels_of(const view::Query& query) const;
  void ask_course(const ReplayPtr& replay);
  /// What follows when it has been given time, rows or room.
  void settle(const ReplayPtr& replay);
  /// Says why, and frees the id.
  void fail(const ReplayPtr& replay, const std::string& why);
  template <class Call>
  void for_each(Call&& call);

  const state::KnownChannels& channels_;
  fanout::FanoutOptions fanout_;
  ReplayOptions options_;
  replay::History* history_ = nullptr;
  std::map<std::pair<std::uint64_t, std::uint32_t>, ReplayPtr> all_;  // by session and id
};

}  // namespace starling::session
