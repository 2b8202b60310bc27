// The pages of rows, in files that SQLite wrote and in bytes that nobody wrote.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"
#include "starling/io/store/sqlite_database.hpp"
#include "starling/io/store/sqlite_pages.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

constexpr std::uint64_t kSeed = 20261122;

/// A table of rows of some 200 bytes whose numbers are multiples of 3, as a file.
class TableFile {
 public:
  TableFile(int rows, std::string_view page_bytes) {
    const auto database = given(SqliteDatabase::open(folder_.file("test.db"), {}));
    // The size of a page of a database in WAL mode cannot be changed.
    given(database->run("PRAGMA journal_mode = DELETE"));
    given(database->run("PRAGMA page_size = " + std::string{page_bytes}));
    given(database->run("VACUUM"));
    given(database->run("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)"));
    given(database->run("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < $1) INSERT INTO t SELECT 3 * x, printf('%0200d', x) FROM c", {rows}));
    given(database->run("SELECT rootpage FROM sqlite_schema WHERE name = 't'", {}, [&](const Row& row) {
      root = static_cast<std::uint32_t>(row.integer(0));
      return true;
    }));
    given(database->run("SELECT pageno FROM dbstat WHERE name = 't' AND pagetype = 'leaf'", {}, [&](const Row& row) {
      leaves.insert(static_cast<std::uint32_t>(row.integer(0)));
      return true;
    }));
    page_bytes_ = std::stoul(std::string{page_bytes});
    std::ifstream file{folder_.file("test.db"), std::ios::binary};
    bytes.assign(std::istreambuf_iterator<char>{file}, {});
  }
  [[nodiscard]] Bytes page(std::uint32_t number) const {
    const std::size_t at = (std::size_t{number} - 1) * page_bytes_;
    return number > 0 && at < bytes.size() ? as_bytes(std::string_view{bytes}.substr(at, page_bytes_)) : Bytes{};
  }
  /// The rows on a leaf, by its own cells: the size of the row, its number.
  [[nodiscard]] std::set<std::int64_t> rows_on(std::uint32_t leaf) const {
    const Bytes page = this->page(leaf);
    REQUIRE(page[0] == 0x0D);
    std::set<std::int64_t> rows;
    for (int i = 0; i < (page[3] << 8 | page[4]); ++i) {
      const auto pointer = static_cast<std::size_t>(8 + 2 * i);
      std::size_t at = static_cast<std::size_t>(page[pointer] << 8 | page[pointer + 1]);
      const auto varint = [&] {
        std::int64_t number = 0;
        do number = number << 7 | (page[at] & 0x7F);
        while (page[at++] >= 0x80);
        return number;
      };
      varint();
      rows.insert(varint());
    }
    return rows;
  }

  std::uint32_t root = 0;
  std::set<std::uint32_t> leaves;
  std::string bytes;

 private:
  TestFolder folder_;
  std::size_t page_bytes_ = 0;
};

struct Found {
  std::vector<std::int64_t> rows;
  std::vector<RowsOnPage> last;  ///< of `rows`
  std::size_t count = 0;         ///< of rows that are on those
  int levels = 0;
};
Found find(std::uint32_t root, std::vector<std::int64_t> rows, const ReadPage& read) {
  Found found{.rows = std::move(rows), .last = {}};
  find_pages(root, found.rows, read, [&](std::span<const RowsOnPage> level) {
    found.last.assign(level.begin(), level.end());
    ++found.levels;
    found.count = 0;
    for (const RowsOnPage& each : level) found.count += each.rows.size();
    CHECK(found.count <= found.rows.size());
  });
  return found;
}

std::vector<std::int64_t> multiples(std::int64_t first, std::int64_t step, std::int64_t end) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = first; row < end; row += step) rows.push_back(row);
  return rows;
}

}  // namespace

TEST_CASE("each row is on the page that it is found on") {
  struct Case {
    int rows;
    std::string_view page_bytes;
    int levels;
  };
  for (const Case& c : {Case{5, "4096", 1}, Case{1'000, "4096", 2}, Case{12'000, "4096", 3}, Case{12'000, "512", 4}, Case{20'000, "65536", 2}}) {
    CAPTURE(c.rows);
    CAPTURE(c.page_bytes);
    const TableFile file{c.rows, c.page_bytes};
    const std::int64_t end = 3 * std::int64_t{c.rows} + 1;
    const auto read = [&](std::uint32_t page) { return file.page(page); };
    for (const std::int64_t step : {3, 30, 3 * 491}) {
      CAPTURE(step);
      const Found found = find(file.root, multiples(3, step, end), read);
      CHECK(found.levels == c.levels);
      CHECK(found.count == found.rows.size());
      std::set<std::uint32_t> pages;
      for (const RowsOnPage& each : found.last) {
        CHECK(pages.insert(each.page).second);
        const std::set<std::int64_t> there = file.rows_on(each.page);
        CHECK(std::ranges::all_of(each.rows, [&](std::int64_t row) { return there.contains(row); }));
      }
      CHECK(std::ranges::includes(file.leaves, pages));
      if (step == 3) CHECK(pages == file.leaves);
    }
    // Rows that are not there are looked for where they would be.
    const Found none = find(file.root, {-1, 0, 1, 4, end + 7, INT64_MAX}, read);
    CHECK(none.last.front().page == find(file.root, {3}, read).last.front().page);
    CHECK(none.last.back().page == find(file.root, {end - 1}, read).last.back().page);
  }
}

TEST_CASE("no rows are on no page, and what cannot be read is not gone on from") {
  const TableFile file{1'000, "4096"};
  const auto read = [&](std::uint32_t page) { return file.page(page); };
  CHECK(find(file.root, {}, read).levels == 0);
  CHECK(find(file.root, {3}, [](std::uint32_t) { return Bytes{}; }).levels == 1);
  CHECK(find(1'000'000, {3}, read).levels == 1);
}

TEST_CASE("a page that is below itself is gone through as often as a tree is deep") {
  const TableFile file{1'000, "4096"};
  CHECK(find(file.root, {3, 6, 9}, [&](std::uint32_t) { return file.page(file.root); }).levels == 20);
}

TEST_CASE("in damaged pages rows are looked for in vain, and the search ends") {
  CAPTURE(kSeed);
  Random random{kSeed};
  TableFile file{4'000, "512"};
  const std::string whole = file.bytes;
  const auto read = [&](std::uint32_t page) { return file.page(page); };
  const std::vector<std::int64_t> rows = multiples(3, 33, 12'001);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    file.bytes = whole;
    const std::size_t count = std::size_t{1} << random.below(12);
    for (std::size_t i = 0; i < count; ++i) file.bytes[random.below(file.bytes.size())] = static_cast<char>(random.next());
    CHECK(find(file.root, rows, read).levels <= 20);
  }
  // Pages of chance that say they are of a table, of every length.
  for (std::size_t size = 0; size < 600; ++size) {
    CAPTURE(size);
    std::string page(size, '\0');
    for (char& byte : page) byte = static_cast<char>(random.next());
    if (!page.empty()) page[0] = 5;
    CHECK(find(1, rows, [&](std::uint32_t) { return as_bytes(page); }).levels <= 20);
  }
}

}  // namespace starling::store
