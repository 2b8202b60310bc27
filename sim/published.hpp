/// @file
/// What viewers publish, and what became of each: by its ref, which no two bear.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sim/truth.hpp"

namespace starling::sim {

class Published {
 public:
  /// A viewer says it. `ref` is as it stands in the message, quotes included.
  void say(const std::string& ref, Said said);
  /// It reached the truth. Throws unless it is what was said under its ref, for the first time.
  /// `seq` is the first whose state shows it; nullopt: it was refused.
  void arrive(const std::optional<std::string>& ref, const Said& said, std::optional<std::uint64_t> seq);
  /// The seq that its answer has to tell; nullopt: it never arrived, or was refused.
  [[nodiscard]] std::optional<std::uint64_t> seq(const std::string& ref) const;

 private:
  struct Fate {
    Said said;
    bool has_arrived = false;
    std::optional<std::uint64_t> seq = {};
  };
  std::map<std::string, Fate> fates_;
};

}  // namespace starling::sim
