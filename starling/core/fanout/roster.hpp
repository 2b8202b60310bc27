/// @file
/// Who stands where in one pace class: its audiences, found by what they see or by what touches them, and its laggards.
///
/// When and what they are told, the pace class decides; here it finds whom.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "starling/core/fanout/audience.hpp"
#include "starling/core/view/index.hpp"

namespace starling::fanout {

class Roster {
 public:
  /// The audience that a viewer is to join: of those that see the same, under the same number, the one for which `stands_there` is true; if there is
  /// none, a new one without members, busy since `beat`.
  template <class Predicate>
  [[nodiscard]] Audience& audience_for(const Subscription& viewer, std::int64_t beat, Predicate&& stands_there) {
    Alike& alike = audiences_[key_of(viewer.id, viewer.encoder, *viewer.view)];
    for (const auto& audience : alike) {
      if (stands_there(std::as_const(*audience))) return *audience;
    }
    return add(alike, viewer, beat);
  }
  /// Among the laggards.
  void add_laggard(Subscription& viewer);
  /// Lets go of a member or a laggard; the last member takes the audience with it.
  void remove(Subscription& viewer);

  [[nodiscard]] bool has_audiences() const noexcept { return !audiences_.empty(); }
  [[nodiscard]] std::vector<Subscription*> members() const;
  [[nodiscard]] const std::vector<Subscription*>& laggards() const noexcept { return laggards_; }
  /// Those that are not quiet.
  [[nodiscard]] const std::vector<Audience*>& busy() const noexcept { return busy_; }

  /// Those who look at a box, at whatever key.
  [[nodiscard]] const std::vector<Audience*>& maps() const noexcept { return maps_; }

  /// A quiet audience is found by what touches it among the quiet ones too.
  void become_busy(Audience& audience);
  /// Those who were sent nothing since before `beat` become quiet.
  void find_quiet(std::int64_t beat);
  /// Of audiences alike one remains. They must all stand at the same place.
  void merge_twins();

  [[nodiscard]] const view::Index<Audience*>& index() const noexcept { return index_; }
  [[nodiscard]] const view::Index<Audience*>& quiet_index() const noexcept { return quiet_index_; }

  /// It is about to be served what it matches.
  void touch(Audience& audience) {
    if (!std::exchange(audience.is_touched, true)) touched_.push_back(&audience);
  }
  /// It is about to be served, whatever it matches.
  void choose(Audience& audience) {
    if (!std::exchange(audience.is_chosen, true)) chosen_.push_back(&audience);
  }
  /// An event waits for it; it may have been told of that when its turn comes.
  void wait(Audience& audience) {
    if (!std::exchange(audience.is_waiting, true)) waiting_.push_back(&audience);
  }
  [[nodiscard]] const std::vector<Audience*>& chosen() const noexcept { return chosen_; }
  [[nodiscard]] const std::vector<Audience*>& waiting() const noexcept { return waiting_; }
  /// Each empties its list. What is returned must be gone through at once: who is removed meanwhile, other than the one being served, is not taken out of it.
  [[nodiscard]] std::vector<Audience*> take_touched() noexcept { return take(touched_, &Audience::is_touched); }
  [[nodiscard]] std::vector<Audience*> take_chosen() noexcept { return take(chosen_, &Audience::is_chosen); }
  [[nodiscard]] std::vector<Audience*> take_waiting() noexcept { return take(waiting_, &Audience::is_waiting); }

 private:
  using Alike = std::vector<std::unique_ptr<Audience>>;

  [[nodiscard]] static std::string key_of(std::uint32_t id, const Encoder& encoder, const view::View& view);
  [[nodiscard]] static std::vector<Audience*> take(std::vector<Audience*>& list, bool Audience::*is_in_it) noexcept;
  [[nodiscard]] Audience& add(Alike& alike, const Subscription& viewer, std::int64_t beat);
  void remove(Audience& audience);
  void become_quiet(Audience& audience);
  void join_busy(Audience& audience);
  void leave_busy(Audience& audience);

  /// By what they see under which number; more than one while they stand at different places, until the beat.
  std::unordered_map<std::string, Alike> audiences_;
  std::vector<std::string> twins_;  // keys with more than one
  view::Index<Audience*> index_, quiet_index_;
  std::vector<Audience*> maps_, busy_, touched_, chosen_, waiting_;
  std::vector<Subscription*> laggards_;
};

}  // namespace starling::fanout
