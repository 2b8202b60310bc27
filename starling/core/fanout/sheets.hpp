/// @file
/// What a fold says, written side by side in the order of its map: a run of it is copied whole.
///
/// A sheet is what is told of one channel, in the words of one column, to those who are shown an entity before and after. It is worth
/// writing where each change on the map is told more than once.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/fanout/encoder.hpp"
#include "starling/core/fanout/fold_map.hpp"
#include "starling/core/fanout/fragments.hpp"

namespace starling::fanout {

class Sheets {
 public:
  /// Of all sheets of a fold together, with where each change ends in them; what does not fit is told change by change.
  static constexpr std::size_t kBytesMax = 16 << 20;
  /// Folds that touch more channels are told change by change: each audience would ask for each.
  static constexpr std::size_t kChannelsMax = 16;

  /// For the fold that `map` was laid out with; both must live until the next.
  void begin(const FoldMap& map) noexcept;
  void clear() noexcept;

  /// Those who are told in these words match so many changes.
  void expect(Column column, std::size_t matches);
  /// Adds all that the runs say to one with this view, which the box alone decides, to the message that `encoder` has begun; true if it did.
  /// False, and nothing is added, if they have to be told change by change. Goes no further than one run over `bytes_max` of the message.
  [[nodiscard]] bool add(Encoder& encoder, Column column, const view::View& view, const FoldMap::Runs& runs, std::size_t bytes_max);

 private:
  /// One list of a message.
  struct List {
    std::string text;                 ///< each fragment with a separator behind it
    std::vector<std::uint32_t> ends;  ///< of what is said of the change at each position
    [[nodiscard]] std::string_view run(const geo::MoveTree::Run& run, std::size_t separator_bytes) const noexcept;
  };
  struct Sheet {
    const state::Channel* channel;
    Column column;
    std::array<List, 3> lists;  ///< by `Told`
  };
  /// Null if there is no room for it.
  [[nodiscard]] const Sheet* sheet_of(const Encoder& encoder, Column column, const state::Channel& channel, const view::View& view);
  [[nodiscard]] bool write(Sheet& sheet, const Encoder& encoder, const view::View& view);

  const FoldMap* map_ = nullptr;
  std::vector<std::size_t> expected_;  // matches, by column
  std::deque<Sheet> sheets_;           // the first `used_` are of this fold; the rest wait to be used again. They stay where they are
  std::size_t used_ = 0, bytes_ = 0;
  bool is_full_ = false;
  std::string scratch_;
};

}  // namespace starling::fanout
