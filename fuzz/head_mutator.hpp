/// @file
/// Changes the head of an HTTP message line by line, so that more of a fuzzer's inputs are heads: lines come twice, go, change places and values, and
/// end in ways they should not. All of it follows from the seed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "starling/core/base/random.hpp"

namespace starling::fuzz {

/// What the reader of the head knows. Everything stays where it is.
struct HeadVocabulary {
  std::span<const std::string_view> heads;  ///< whole ones, with what follows them; to begin anew with; at least one
  std::span<const std::string_view> lines;  ///< "Name: value"; at least one
};

/// `text` with a few changes, of at most `bytes_max` bytes. Empty if nothing fits.
[[nodiscard]] std::string mutate_head(std::string_view text, Random& random, std::size_t bytes_max, const HeadVocabulary& vocabulary);

}  // namespace starling::fuzz
