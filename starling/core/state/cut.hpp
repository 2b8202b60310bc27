/// @file
/// A space as it was at one seq: a handle, for reading it slot by slot while the space goes on.
///
/// Taking one costs nothing worth counting; holding one costs the entities replaced since. Cuts may be let go in any order,
/// and may outlive the space.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "starling/core/state/slots.hpp"

namespace starling::state {

class Cut {
 public:
  /// Of a space with nothing in it.
  explicit Cut(Seq seq) noexcept : seq_(seq) {}
  Cut(Seq seq, std::shared_ptr<Slots> of) : seq_(seq), slots_(of->size()), layer_(of->begin_cut()), of_(std::move(of)) {}
  ~Cut() { release(); }
  Cut(Cut&& other) noexcept;
  Cut& operator=(Cut&& other) noexcept;
  Cut(const Cut&) = delete;
  Cut& operator=(const Cut&) = delete;

  [[nodiscard]] Seq seq() const noexcept { return seq_; }
  /// How many there were; a whole number of pages.
  [[nodiscard]] std::size_t slots() const noexcept { return slots_; }
  /// What the slot held, null if nothing or if it was not there yet. The reference holds until the space is written to or a cut
  /// of it is let go; the entity, as long as somebody holds a pointer of his own.
  [[nodiscard]] const EntityPtr& at(std::size_t slot) const { return slot < slots_ ? of_->at(layer_, slot) : kNobody; }

 private:
  friend std::vector<std::uint32_t> changed_between(const Cut& older, const Cut& younger);
  static const EntityPtr kNobody;
  void release() noexcept;

  Seq seq_;
  std::size_t slots_ = 0;
  Slots::LayerIterator layer_{};
  std::shared_ptr<Slots> of_;
};

/// The slots that do not hold the same in both, ascending. `older` was taken first, of the same space (a cut of nothing is older than any).
/// Costs a bit for each slot and layer between the two, and what was written.
[[nodiscard]] std::vector<std::uint32_t> changed_between(const Cut& older, const Cut& younger);

}  // namespace starling::state
