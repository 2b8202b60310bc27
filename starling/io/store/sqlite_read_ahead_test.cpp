// What reading ahead has in memory, and that no answer depends on it.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "starling/io/store/open_store.hpp"
#include "starling/io/store/sqlite_database.hpp"
#include "starling/io/store/sqlite_pages.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

constexpr std::size_t kPageBytes = 4'096;
constexpr int kKeys = 200;

/// Ten rows to a page, so that those of one of the keys lie on pages of their own.
void write_rows(Store& store, int first, int count) {
  Transaction transaction{.seq = static_cast<Seq>(first + 1), .at = second(first)};
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back("k" + std::to_string(i));
  const std::string text(350, 'x');
  for (int i = first; i < first + count; ++i) {
    transaction.history.push_back({.kind = HistoryKind::set, .channel = "s:f", .key = keys[static_cast<std::size_t>(i % kKeys)], .seq = transaction.seq, .at = second(first), .time = second(i), .text = text});
  }
  given(store.write(transaction));
}

/// A file that is looked at from beside SQLite. It is closed when no connection is left: closing it ends SQLite's locks.
class LookedAt {
 public:
  explicit LookedAt(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    REQUIRE(file_ >= 0);
    struct stat found {};
    REQUIRE(fstat(file_, &found) == 0);
    bytes_ = static_cast<std::size_t>(found.st_size);
  }
  ~LookedAt() { close(file_); }
  LookedAt(const LookedAt&) = delete;
  LookedAt& operator=(const LookedAt&) = delete;

  void forget() const {
    REQUIRE(fdatasync(file_) == 0);
    REQUIRE(posix_fadvise(file_, 0, 0, POSIX_FADV_DONTNEED) == 0);
  }
  [[nodiscard]] bool is_in_memory(const std::set<std::uint32_t>& pages) const {
    std::vector<unsigned char> held((bytes_ + kPageBytes - 1) / kPageBytes);
    void* map = mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, file_, 0);
    REQUIRE(map != MAP_FAILED);
    const bool is_known = mincore(map, bytes_, held.data()) == 0;
    munmap(map, bytes_);
    REQUIRE(is_known);
    return std::ranges::all_of(pages, [&](std::uint32_t page) { return (held[page - 1] & 1) != 0; });
  }
  /// Those on which rows of history lie.
  [[nodiscard]] std::set<std::uint32_t> pages_of(std::uint32_t root, const std::vector<std::int64_t>& rows) const {
    std::vector<std::uint8_t> bytes(kPageBytes);
    std::set<std::uint32_t> pages;
    find_pages(
        root, rows,
        [&](std::uint32_t page) {
          REQUIRE(pread(file_, bytes.data(), bytes.size(), static_cast<off_t>((page - 1) * kPageBytes)) == static_cast<ssize_t>(kPageBytes));
          return Bytes{bytes};
        },
        [&](std::span<const RowsOnPage> level) {
          pages.clear();
          for (const RowsOnPage& each : level) pages.insert(each.page);
        });
    return pages;
  }

 private:
  int file_;
  std::size_t bytes_ = 0;
};

std::vector<std::int64_t> numbers(Database& database, std::string_view sql) {
  std::vector<std::int64_t> numbers;
  given(database.run(sql, {}, [&](const Row& row) {
    numbers.push_back(row.integer(0));
    return true;
  }));
  return numbers;
}

}  // namespace

TEST_CASE("pages of rows are in memory after they were read ahead, whichever connection is closed meanwhile") {
  const TestFolder folder;
  const std::string path = folder.file("test.db");
  write_rows(*given(open_store("sqlite:" + path)), 0, 20'000);
  const LookedAt file{path};
  auto other = given(SqliteDatabase::open(path, {.read_only = true}));
  const auto database = given(SqliteDatabase::open(path, {.read_only = true}));
  const std::string_view sql = "SELECT h.id FROM history h WHERE h.series = 7 ORDER BY h.time";
  const auto rows = numbers(*database, sql);
  CHECK(rows.size() == 20'000 / kKeys);
  const auto pages = file.pages_of(static_cast<std::uint32_t>(numbers(*database, "SELECT rootpage FROM sqlite_schema WHERE name = 'history'").at(0)), rows);
  CHECK(pages.size() == rows.size());
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    file.forget();
    database->read_ahead(sql, {});
    CHECK(comes_true([&] { return file.is_in_memory(pages); }));
    other.reset();
  }
}

TEST_CASE("a page is the same whatever becomes of the file") {
  const TestFolder folder;
  const std::string path = folder.file("test.db");
  const auto writer = given(open_store("sqlite:" + path));
  const auto reader = given(open_store("sqlite:" + path, {.read_only = true}));
  int rows = 0;
  const auto check = [&] {
    for (const std::string_view key : {"k7", "k199"}) {
      CAPTURE(key);
      const HistoryPage page = given(reader->history({.channel = "s:f", .key = key}));
      REQUIRE(page.rows.size() == static_cast<std::size_t>(rows / kKeys));
      for (std::size_t i = 0; i < page.rows.size(); ++i) CHECK(page.rows[i].time == second(std::stoi(std::string{key.substr(1)}) + static_cast<int>(i) * kKeys));
    }
  };
  const auto write = [&](int count) {
    write_rows(*writer, rows, count);
    rows += count;
    check();
  };
  check();
  write(20 * kKeys);  // in the write-ahead log alone
  {
    const auto database = given(SqliteDatabase::open(path, {}));
    given(database->run("PRAGMA wal_checkpoint(TRUNCATE)"));
    check();
    write(20 * kKeys);
    given(database->run("VACUUM"));
    check();
    given(database->run("PRAGMA wal_checkpoint(TRUNCATE)"));
    check();
  }
  // Another one in its place: who has the old one open reads that.
  write_rows(*given(open_store("sqlite:" + folder.file("other.db"))), 0, 10 * kKeys);
  std::filesystem::rename(folder.file("other.db"), path);
  check();
  check();
  std::filesystem::remove(path);
  check();
}

}  // namespace starling::store
