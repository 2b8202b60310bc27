#include "starling/core/protocol/cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace starling::protocol {
namespace {

/// Of the names that we give: nothing in them ends a line of an event stream, or a header.
bool is_name(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::string write_cursor(std::string_view epoch, std::uint64_t seq, std::string_view view) { return fmt::format("{}:{}:{}", epoch, seq, view); }

std::optional<Since> read_cursor(std::string_view text) {
  const std::size_t behind_seq = text.rfind(':');
  if (behind_seq == std::string_view::npos || behind_seq == 0) return std::nullopt;
  const std::size_t before_seq = text.rfind(':', behind_seq - 1);
  if (before_seq == std::string_view::npos) return std::nullopt;
  const std::string_view epoch = text.substr(0, before_seq), seq = text.substr(before_seq + 1, behind_seq - before_seq - 1), view = text.substr(behind_seq + 1);
  if (!is_name(epoch) || !is_name(view)) return std::nullopt;
  Since since{.epoch = std::string{epoch}, .seq = 0, .view = std::string{view}};
  const auto [end, error] = std::from_chars(seq.data(), seq.data() + seq.size(), since.seq);
  const bool has_leading_zero = seq.size() > 1 && seq.front() == '0';
  if (error != std::errc{} || end != seq.data() + seq.size() || has_leading_zero) return std::nullopt;
  return since;
}

}  // namespace starling::protocol
