/// @file
/// What has been written down of one fold: a change is encoded once for everybody who is told the same of it.
///
/// The same is: the same dialect, the same projection, the same record before and after, and for a record that left the same reason. So many
/// ways of telling one change are looked through, and so many projections; what is told in yet another is written again for each. Else a
/// beat for thousands whose fields all differ would cost the square of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/fanout/encoder.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

/// Who is told the same in the same words: a dialect and a projection, by a number within one fold.
using Column = std::uint32_t;

class Fragments {
 public:
  static constexpr std::uint32_t kSharedMax = 64;  ///< of one change, of one event, and projections

  struct Fragment {
    std::optional<view::Told> told;  ///< nullopt: there is nothing to tell
    std::string_view text;           ///< stays until `clear`; of those beyond kSharedMax, until the next one
  };

  /// Another fold, or the same one grown: nothing that was written counts any more.
  void clear() noexcept;

  [[nodiscard]] Column column_of(const Encoder& encoder, const view::ViewPtr& view);
  /// Of the change with this number in the fold. `before` and `after` of the transition must live until `clear`.
  [[nodiscard]] Fragment change(std::uint32_t number, std::string_view key, const view::Transition& transition, Column column);
  /// Of the event with this number in the fold.
  [[nodiscard]] std::string_view event(std::uint32_t number, const state::Event& event, Column column);

  /// How many have been written, ever.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  struct Writer {
    const Encoder* encoder;
    view::ViewPtr view;  ///< any with this projection
  };
  struct Entry {
    std::uint32_t next;  ///< of the same change or event, plus 1; 0: the last
    Column column;
    const state::Facet* before;
    const state::Facet* after;
    view::Told asked;
    view::RemoveReason reason;
    Fragment fragment;
  };
  [[nodiscard]] std::string_view keep(std::string_view text);
  static void grow(std::vector<std::uint32_t>& heads, std::uint32_t number);

  std::vector<Writer> columns_;
  std::vector<std::uint32_t> changes_, events_;  // the first entry of each, plus 1
  std::vector<Entry> entries_;
  std::vector<std::unique_ptr<char[]>> blocks_;  // texts stay where they are
  std::size_t block_ = 0, block_used_ = 0;
  std::vector<std::unique_ptr<char[]>> large_;
  std::string scratch_;
  std::uint64_t written_ = 0;
};

}  // namespace starling::fanout
