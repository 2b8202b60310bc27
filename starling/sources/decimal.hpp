/// @file
/// Numbers as decimal text, multiplied without going through a double.
///
/// A sensor says 387000001 and means 38.7000001 degrees. Times 1e-7 in doubles that is 38.700000100000004, and a
/// field would change with the compiler; moved by seven digits it is what was meant, however long the number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace starling::sources {

/// `number`, a JSON number, times ten to the `exponent`, exactly and in its shortest form: no trailing zeros, no "+",
/// written out unless that takes more than 40 characters (then "1.5e300"). Zero is "0".
[[nodiscard]] std::string shifted(std::string_view number, std::int64_t exponent);

/// `number`, a JSON number, times `scale`, which is finite and taken for the shortest decimal that names it.
///
/// Exact when `scale` is ± a power of ten. Otherwise the product is rounded to 15 significant digits, or to as many
/// as `number` has if those are more: 36 × 0.2777777777777778 is 10.
[[nodiscard]] std::string scaled(std::string_view number, double scale);

}  // namespace starling::sources
