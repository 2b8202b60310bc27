#include "sim/shrink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <vector>

#include "sim/cpu_time.hpp"

namespace starling::sim {
namespace {

/// Other runs than the one that failed may fail alike when something is left out of it; so many seeds are tried.
constexpr std::uint64_t kSeeds = 12;

/// What was broken, without whom and where: names and numbers change from run to run.
std::string kind_of(const std::string& what) {
  std::istringstream words{what.substr(0, what.find('\n'))};
  std::string kind;
  for (std::string word; words >> word;) {
    const std::size_t colon = word.find(':');
    if (colon != std::string::npos && colon + 1 < word.size()) {
      words >> word;  // of a channel; what follows is a key
      continue;
    }
    std::erase_if(word, [](char c) { return c >= '0' && c <= '9'; });
    kind += word + ' ';
  }
  return kind;
}

class Shrinker {
 public:
  Shrinker(Failure failure, double cpu_seconds_max) : best_(std::move(failure)), kind_(kind_of(best_.what)), until_(cpu_seconds() + cpu_seconds_max) {}

  Failure run() {
    best_.options.minutes = 0;  // steps say more
    for (bool is_smaller = true; is_smaller && has_time();) {
      is_smaller = fewer_steps();
      is_smaller |= tries([](RunOptions& options) { options.shards = 1; }, best_.options.shards != 1);
      for (std::size_t viewers = 1; viewers < best_.options.viewers.value_or(7); ++viewers) {
        if (tries([&](RunOptions& options) { options.viewers = viewers; })) is_smaller = true;
      }
      for (const std::uint64_t keys : {1u, 2u, 4u}) {
        if (keys < best_.options.keys.value_or(100)) is_smaller |= tries([&](RunOptions& options) { options.keys = keys; });
      }
      for (const RateName& each : rate_names()) {
        const bool is_fixed = std::ranges::any_of(best_.options.rates, [&](const auto& fixed) { return fixed.first == each.rate; });
        is_smaller |= tries([&](RunOptions& options) { options.rates.emplace_back(each.rate, 0.0); }, !is_fixed);
      }
    }
    return best_;
  }

 private:
  [[nodiscard]] bool has_time() const { return cpu_seconds() < until_; }

  bool fewer_steps() {
    bool is_smaller = false;
    for (int less = best_.options.steps / 2; less > 0 && has_time();) {
      const int steps = best_.options.steps - less;
      if (tries([&](RunOptions& options) { options.steps = steps; })) {
        is_smaller = true;
        less = std::min(less, best_.options.steps / 2);
      } else {
        less /= 2;
      }
    }
    return is_smaller;
  }

  /// Whether a run that is `changed` breaks the same, with some seed; then it is the best.
  bool tries(const std::function<void(RunOptions&)>& change, bool is_change = true) {
    if (!is_change) return false;
    RunOptions options = best_.options;
    change(options);
    const std::uint64_t first = options.seed;
    for (std::uint64_t i = 0; i <= kSeeds && has_time(); ++i) {
      options.seed = i == 0 ? first : i;
      try {
        (void)sim::run(options);
      } catch (const Broken& broken) {
        if (kind_of(broken.what()) != kind_) continue;
        best_ = {options, broken.what()};
        return true;
      }
    }
    return false;
  }

  Failure best_;
  std::string kind_;
  double until_;
};

}  // namespace

Failure shrink(Failure failure, double cpu_seconds_max) { return Shrinker{std::move(failure), cpu_seconds_max}.run(); }

}  // namespace starling::sim
