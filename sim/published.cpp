#include "sim/published.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "sim/broken.hpp"

namespace starling::sim {
namespace {

bool is_same(const Said& a, const Said& b) {
  const auto all = [](const Said& said) { return std::tie(said.channel, said.key, said.fields, said.how, said.time_ms, said.is_retained, said.placing, said.place); };
  return all(a) == all(b);
}

}  // namespace

void Published::say(const std::string& ref, Said said) { fates_.insert_or_assign(ref, Fate{std::move(said)}); }

void Published::arrive(const std::optional<std::string>& ref, const Said& said, std::optional<std::uint64_t> seq) {
  const auto found = fates_.find(ref.value_or(""));
  if (found == fates_.end()) throw Broken{fmt::format("a publish arrives under the ref {}, which nobody gave", ref.value_or("(none)"))};
  if (!is_same(found->second.said, said)) throw Broken{fmt::format("what arrives under the ref {} is not what was published", *ref)};
  if (std::exchange(found->second.has_arrived, true)) throw Broken{fmt::format("the publish {} arrives twice", *ref)};
  found->second.seq = seq;
}

std::optional<std::uint64_t> Published::seq(const std::string& ref) const {
  const auto found = fates_.find(ref);
  return found == fates_.end() ? std::nullopt : found->second.seq;
}

}  // namespace starling::sim
