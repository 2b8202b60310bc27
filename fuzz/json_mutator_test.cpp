#include "fuzz/json_mutator.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "starling/core/base/json.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t, std::size_t) { std::abort(); }  // not libFuzzer's turn here

namespace starling::fuzz {
namespace {

constexpr std::array<std::string_view, 2> kTexts{R"({"type":"ping"})", R"({"a":[1,2,{"b":"\u00e9"}],"c":null,"d":true})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kMembers{{{"id", "1"}, {"names", R"(["x","y"])"}, {"deep", R"({"a":{"b":{}}})"}}};
constexpr std::array<std::string_view, 2> kStrings{"ping", "a:b"};
constexpr std::array<std::size_t, 2> kLimits{8, 64};
constexpr Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

/// A text, and what follows when it is changed again and again.
template <class Each>
void for_each_result(std::uint64_t seed, std::size_t bytes_max, Each&& each) {
  Random random{seed};
  std::string text;
  for (int i = 0; i < 5'000; ++i) each(text = mutate_json(text, random, bytes_max, kVocabulary));
}

TEST_CASE("no result is longer than allowed, whatever is allowed") {
  for (const std::size_t bytes_max : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{15}, std::size_t{16}, std::size_t{100}, std::size_t{4'096}}) {
    CAPTURE(bytes_max);
    std::size_t longest = 0;
    for_each_result(7, bytes_max, [&](const std::string& text) { longest = std::max(longest, text.size()); });
    CHECK(longest <= bytes_max);
    if (bytes_max >= 100) CHECK(longest > bytes_max / 2);
  }
}

TEST_CASE("most results are JSON, some are not, and few are alike") {
  std::size_t parsed = 0, all = 0;
  std::set<std::string> different;
  for_each_result(11, 1'000, [&](const std::string& text) {
    ++all;
    parsed += json::compact(text).has_value();
    different.insert(text);
  });
  CHECK(parsed > all * 7 / 10);
  CHECK(parsed < all);
  CHECK(different.size() > all * 8 / 10);
}

TEST_CASE("the same seed does the same, another seed something else") {
  const auto results = [](std::uint64_t seed) {
    std::string all;
    for_each_result(seed, 300, [&](const std::string& text) { all += text + '\n'; });
    return all;
  };
  CHECK(results(1) == results(1));
  CHECK(results(1) != results(2));
}

TEST_CASE("a list comes to be as long as a limit, one less and one more") {
  std::set<std::size_t> lengths;
  for_each_result(3, 1'000, [&](const std::string& text) {
    const auto compact = json::compact(text);
    if (!compact || json::kind_of(*compact) != json::Kind::object) return;
    for (const json::Member& member : json::Members{*compact}) {
      if (json::kind_of(member.value) != json::Kind::array) continue;
      std::size_t length = 0;
      for ([[maybe_unused]] const std::string_view element : json::Elements{member.value}) ++length;
      lengths.insert(length);
    }
  });
  for (const std::size_t length : {7u, 8u, 9u, 63u, 64u, 65u}) {
    CAPTURE(length);
    CHECK(lengths.contains(length));
  }
}

}  // namespace
}  // namespace starling::fuzz
