/// @file
/// Changes JSON as somebody would who knows what is read from it, so that more of a fuzzer's inputs get past the parser.
///
/// Raw bytes seldom survive one: most changes of a byte end a string or leave a bracket open, and what stands behind is never reached. Here a
/// text is taken apart, a few values, members and elements are changed, and it is written again. What a number, a string or a list may be at
/// most is met at one below, at and one above. All of it follows from the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "starling/core/base/random.hpp"

namespace starling::fuzz {

/// What the reader of the JSON knows. Everything stays where it is.
struct Vocabulary {
  std::span<const std::string_view> texts;  ///< whole texts to begin anew with; at least one
  /// Names of members, without quotes, and a value each may have, as JSON.
  std::span<const std::pair<std::string_view, std::string_view>> members;
  std::span<const std::string_view> strings;  ///< without quotes, that need no escapes
  std::span<const std::size_t> limits;        ///< numbers of elements and of bytes at which something changes
};

/// `text` with a few changes, of at most `bytes_max` bytes; what is not JSON gives way to one of the vocabulary's texts.
///
/// The result is JSON but for a few deliberate slips; empty if nothing fits.
[[nodiscard]] std::string mutate_json(std::string_view text, Random& random, std::size_t bytes_max, const Vocabulary& vocabulary);

/// The body of a LLVMFuzzerCustomMutator: `change`(text, random, bytes_max) gives the new input, but every fourth time bytes are changed as
/// libFuzzer does. Returns the new size.
template <class Change>
std::size_t mutate(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed, Change&& change);

}  // namespace starling::fuzz

// libFuzzer's; where a target runs over its corpus alone nobody calls it.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max);

namespace starling::fuzz {

template <class Change>
std::size_t mutate(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed, Change&& change) {
  Random random{seed};
  if (random.below(4) == 0) return LLVMFuzzerMutate(bytes, size, bytes_max);
  const std::string changed = change(std::string_view{reinterpret_cast<const char*>(bytes), size}, random, bytes_max);
  // What would not fit is left as it was.
  if (changed.empty() || changed.size() > bytes_max) return LLVMFuzzerMutate(bytes, size, bytes_max);
  changed.copy(reinterpret_cast<char*>(bytes), changed.size());
  return changed.size();
}

}  // namespace starling::fuzz
