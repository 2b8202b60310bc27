/// @file
/// What a store kept of an earlier run, as what this one takes up.
///
/// After a clean stop the numbering goes on: same epoch, same seq, and the log's tail, so that viewers resume. After anything else, or where something that was
/// kept cannot be taken up as it was, a new epoch begins with the state that there is.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "starling/core/log/batch_text.hpp"
#include "starling/core/log/past.hpp"
#include "starling/core/store/rows.hpp"

namespace starling::store {

struct TakenUp {
  log::Past past;
  std::string epoch;                ///< of the earlier run; empty: a new one
  Duration away{0};                 ///< since something was written last
  std::vector<std::string> notes;   ///< for the operator: what was not taken up, and why
};

/// Told the state row by row, and then the rest.
class TakingUp final : public StateVisitor {
 public:
  /// `channel_of` is that of the hub that is to go on.
  explicit TakingUp(log::ChannelOf channel_of) : channel_of_(std::move(channel_of)) {}

  void facet(const FacetRow& row) override;
  void place(const PlaceRow& row) override;
  void tail(const TailRow& row) override;

  /// All rows have been told. `life` is the run that they are of (nullopt: there was none), `log` what it kept of its log, by seq: looked at if it ended cleanly.
  [[nodiscard]] TakenUp take(const std::optional<Life>& life, std::span<const std::string> log, Timestamp now);

 private:
  struct Who {
    std::uint32_t space_index;
    std::string key;
    bool operator==(const Who&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Who& who) const noexcept { return state::Identity::hash_of(who.space_index, who.key); }
  };

  /// Null if there may be none of that kind.
  [[nodiscard]] const state::Channel* find_channel(std::string_view name, state::ChannelKind kind) const;
  state::Entity& open(const state::Channel& channel, std::string_view key);
  void leave_out(std::string_view channel) { ++left_out_[std::string{channel}]; }
  /// The batches of the log that was kept; what is wrong with it, if anything is.
  [[nodiscard]] Result<std::vector<log::BatchPtr>, std::string> read_log(std::span<const std::string> texts, const log::Past& past) const;

  log::ChannelOf channel_of_;
  std::vector<std::shared_ptr<state::Entity>> entities_;
  std::unordered_map<Who, std::size_t, Hash> by_key_;
  std::vector<state::EventPtr> events_;
  std::map<std::string, std::size_t> left_out_;  // rows, by channel
};

}  // namespace starling::store
