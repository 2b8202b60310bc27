#include "starling/io/store/history_rows.hpp"

#include <algorithm>

namespace starling::store {

Result<std::uint64_t, Failure> row_known_at(Database& database, Timestamp at) noexcept {
  std::uint64_t known = 0, newest = 0;
  Timestamp when;
  const auto found = [&](const Row& row) {
    newest = row.number(0);
    when = row.time(1);
    return false;
  };
  if (auto asked = database.run("SELECT h.id, h.at FROM history h ORDER BY h.id DESC LIMIT 1", {}, found); !asked) return Unexpected{asked.error()};
  if (newest == 0 || when <= at) return newest;
  // Rows up to `known` were known then, `newest` and all behind it were not.
  while (known + 1 < newest) {
    const std::uint64_t middle = known + (newest - known) / 2;
    std::uint64_t first = 0;
    auto asked = database.run("SELECT h.id, h.at FROM history h WHERE h.id >= $1 ORDER BY h.id LIMIT 1", {value_of(middle)}, [&](const Row& row) {
      first = row.number(0);
      when = row.time(1);
      return false;
    });
    if (!asked) return Unexpected{asked.error()};
    if (first != 0 && first < newest && when <= at) known = first;
    else newest = middle;
  }
  return known;
}

Result<std::vector<std::int64_t>, Failure> channel_numbers(Database& database, std::span<const std::string_view> names) noexcept {
  std::vector<std::int64_t> numbers;
  for (const std::string_view name : names) {
    auto asked = database.run("SELECT c.id FROM channel c WHERE c.name = $1", {name}, [&](const Row& row) {
      numbers.push_back(row.integer(0));
      return true;
    });
    if (!asked) return Unexpected{asked.error()};
  }
  return numbers;
}

Result<std::vector<std::int64_t>, Failure> other_channel_numbers(Database& database, std::span<const std::string_view> names) noexcept {
  std::vector<std::int64_t> numbers;
  auto asked = database.run("SELECT c.id, c.name FROM channel c", {}, [&](const Row& row) {
    if (std::ranges::find(names, row.text(1)) == names.end()) numbers.push_back(row.integer(0));
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  return numbers;
}

}  // namespace starling::store
