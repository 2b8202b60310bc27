// What can happen to a file: full and read-only disks, damage, a process that is killed, a copy made while it is written.
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/statvfs.h>

#include "starling/core/base/random.hpp"
#include "starling/io/store/copies.hpp"
#include "starling/io/store/history_reader.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/sqlite_database.hpp"
#include "starling/io/store/sqlite_failure.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

/// A small disk of its own, in memory.
class TestDisk {
 public:
  explicit TestDisk(std::string_view size) {
    std::vector<std::string> command = as_root();
    command.insert(command.end(), {"mount", "-t", "tmpfs", "-o", "size=" + std::string{size} + ",mode=0777", "tmpfs", folder_.path()});
    REQUIRE_MESSAGE(run_program(command) == 0, "cannot mount a tmpfs, which needs root (or sudo without a password) and a container that may mount");
  }
  ~TestDisk() {
    std::vector<std::string> command = as_root();
    command.insert(command.end(), {"umount", "-l", folder_.path()});
    CHECK(run_program(command) == 0);
  }
  void remount(std::string_view how) const {
    std::vector<std::string> command = as_root();
    command.insert(command.end(), {"mount", "-o", "remount," + std::string{how}, folder_.path()});
    REQUIRE(run_program(command) == 0);
  }
  [[nodiscard]] const TestFolder& folder() const { return folder_; }

 private:
  static std::vector<std::string> as_root() { return geteuid() == 0 ? std::vector<std::string>{} : std::vector<std::string>{"sudo", "-n"}; }
  TestFolder folder_;
};

StoreOptions in(const TestFolder& folder) { return {.folder = folder.path(), .busy_wait = std::chrono::milliseconds{50}}; }

/// Facets k0, k1 … of about 200 bytes, each with a row of history.
Result<void, Failure> write_facets(Store& store, Seq seq, int first, int count, bool is_durable = false) {
  std::vector<std::string> keys;
  for (int i = first; i < first + count; ++i) keys.push_back("k" + std::to_string(i));
  const std::string record = "{\"t\":\"" + std::string(200, 'x') + "\"}";
  Transaction transaction{.seq = seq, .at = second(static_cast<double>(seq)), .is_durable = is_durable};
  for (const std::string& key : keys) {
    transaction.facets.push_back({.channel = "s:f", .key = key, .record = record, .seq = seq, .time = second(1)});
    transaction.history.push_back({.kind = HistoryKind::set, .channel = "s:f", .key = key, .seq = seq, .at = second(static_cast<double>(seq)), .time = second(1), .text = record});
  }
  return store.write(transaction);
}

std::string bytes_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}
void write_bytes(const std::string& path, std::string_view bytes) { std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes; }

/// Everything that can be read, as far as it goes; the first failure.
std::optional<Failure> read_all(const StoreOptions& options) {
  auto store = open_store("sqlite:test.db", options);
  if (!store) return store.error();
  StateText text;
  if (auto read = (*store)->read_state(text); !read) return read.error();
  for (HistoryQuery query{.channel = "s:f"};;) {
    auto page = (*store)->history(query);
    if (!page) return page.error();
    if (!page->has_more) break;
    query.after = page->cursor;
  }
  if (auto read = (*store)->state_at(second(1e6), {}, [](const HistoryRow&) { return true; }); !read) return read.error();
  return std::nullopt;
}

std::string plan_of(Database& database, const SqlText& sql) {
  std::string plan;
  given(database.run("EXPLAIN QUERY PLAN " + sql.text(), sql.values(), [&](const Row& row) {
    plan += std::string{row.text(3)} + "\n";
    return true;
  }));
  return plan;
}

}  // namespace

TEST_CASE("the state at a moment takes one look a key, and a page is read from an index without sorting") {
  const TestFolder folder;
  const auto store = given(open_store("sqlite:test.db", in(folder)));
  given(write_facets(*store, 1, 0, 100));
  const auto database = given(SqliteDatabase::open(folder.file("test.db"), in(folder)));
  const std::string state = plan_of(*database, state_statement(Dialect::sqlite, 1, 100));
  CAPTURE(state);
  CHECK(state.find("SEARCH k USING") != std::string::npos);
  CHECK(state.find("SEARCH h USING INTEGER PRIMARY KEY (rowid=?)") != std::string::npos);
  CHECK(state.find("SEARCH x USING INDEX history_of_state (series=? AND rowid<?)") != std::string::npos);
  CHECK(state.find("SCAN") == std::string::npos);
  CHECK(state.find("TEMP B-TREE") == std::string::npos);

  const auto page_plan = [&](std::string_view column) {
    return plan_of(*database, page_statement({.channel = "s:f", .from = second(1), .to = second(9), .after = HistoryCursor{second(1), 3}}, column, 1, std::nullopt));
  };
  const std::string by_key = page_plan("series"), by_time = page_plan("channel");
  CAPTURE(by_key);
  CAPTURE(by_time);
  CHECK(by_key.find("SEARCH h USING INDEX history_by_key (series=? AND") != std::string::npos);
  CHECK(by_time.find("SEARCH h USING INDEX history_by_time (channel=? AND") != std::string::npos);
  for (const std::string& plan : {by_key, by_time}) {
    CHECK(plan.find("SCAN h") == std::string::npos);
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
  }
}

TEST_CASE("a full disk is told as full, changes nothing, and is written again when there is room") {
  const TestDisk disk{"2m"};
  const auto store = given(open_store("sqlite:test.db", in(disk.folder())));
  Seq seq = 0;
  Result<void, Failure> written;
  while ((written = write_facets(*store, seq + 1, static_cast<int>(seq) * 100, 100)) && seq < 1'000) ++seq;
  REQUIRE(seq > 3);
  const Failure why = refused(written);
  CHECK(why.fault == Fault::full);
  CHECK(why.message.find("test.db") != std::string::npos);
  CHECK(why.message.find("free some space") != std::string::npos);
  CHECK(refused(write_facets(*store, seq + 1, 0, 100, true)).fault == Fault::full);
  // What there is can be read.
  CHECK(state_of(*store).size() == seq * 100);
  disk.remount("size=16m");
  given(write_facets(*store, seq + 1, static_cast<int>(seq) * 100, 100));
  CHECK(state_of(*store).size() == (seq + 1) * 100);
}

TEST_CASE("a database on a full disk can be opened again, and a new one cannot be made there") {
  const TestDisk disk{"2m"};
  {
    const auto store = given(open_store("sqlite:test.db", in(disk.folder())));
    given(write_facets(*store, 1, 0, 100));
    given(store->begin_life("e1", 1, second(1)));
  }
  std::ofstream{disk.folder().file("ballast")} << std::string(4 << 20, 'x');
  struct statvfs left{};
  REQUIRE(statvfs(disk.folder().path().c_str(), &left) == 0);
  CHECK(left.f_bavail == 0);
  CHECK(refused(open_store("sqlite:other.db", in(disk.folder()))).fault == Fault::full);
  std::filesystem::remove(disk.folder().file("ballast"));
  const auto store = given(open_store("sqlite:test.db", in(disk.folder())));
  CHECK(state_of(*store).size() == 100);
}

TEST_CASE("a file that has reached its limit is full") {
  const TestFolder folder;
  StoreOptions options = in(folder);
  options.bytes_max = 512 << 10;
  const auto store = given(open_store("sqlite:test.db", options));
  Seq seq = 0;
  Result<void, Failure> written;
  while ((written = write_facets(*store, seq + 1, static_cast<int>(seq) * 100, 100)) && seq < 1'000) ++seq;
  CHECK(refused(written).fault == Fault::full);
  CHECK(seq > 3);
  CHECK(state_of(*store).size() == seq * 100);
  // Pruned, there is room for more of the same.
  for (bool is_done = false; !is_done;) is_done = given(store->prune({.older_than = second(1e6)})).is_done;
  given(write_facets(*store, seq + 1, 0, 1));
}

TEST_CASE("a disk that may not be written is told as read-only") {
  const TestDisk disk{"4m"};
  {
    const auto store = given(open_store("sqlite:test.db", in(disk.folder())));
    given(write_facets(*store, 1, 0, 100));
  }
  disk.remount("ro");
  for (const std::string_view url : {"sqlite:test.db", "sqlite:new.db"}) {
    CAPTURE(url);
    const Failure why = refused(open_store(url, in(disk.folder())));
    CHECK(why.fault == Fault::read_only);
    CHECK(why.message.find("write access") != std::string::npos);
  }
  disk.remount("rw");
  CHECK(state_of(*given(open_store("sqlite:test.db", in(disk.folder())))).size() == 100);
}

TEST_CASE("a folder that is not there is told as unreachable, and so is a database for a reader") {
  const TestFolder folder;
  CHECK(refused(open_store("sqlite:none/test.db", in(folder))).fault == Fault::unreachable);
  StoreOptions options = in(folder);
  options.read_only = true;
  CHECK(refused(open_store("sqlite:test.db", options)).fault == Fault::unreachable);
  CHECK(!std::filesystem::exists(folder.file("test.db")));
}

TEST_CASE("what is no URL of a store is refused without being repeated") {
  const TestFolder folder;
  for (const std::string_view url : {"", "sqlite:", "starling.db", "mysql://me:secret@there/x"}) {
    CAPTURE(url);
    const Failure why = refused(open_store(url, in(folder)));
    CHECK(why.fault == Fault::other);
    CHECK(why.message.find("secret") == std::string::npos);
    CHECK(why.message.find("sqlite:starling.db") != std::string::npos);
  }
}

TEST_CASE("a file that is cut short or is no database is told as corrupt when it is opened") {
  const TestFolder folder;
  {
    const auto store = given(open_store("sqlite:test.db", in(folder)));
    for (Seq seq = 1; seq < 6; ++seq) given(write_facets(*store, seq, static_cast<int>(seq) * 100, 100));
  }
  const std::string whole = bytes_of(folder.file("test.db"));
  REQUIRE(whole.size() > 200'000);
  CHECK(!read_all(in(folder)));
  struct Case {
    std::string_view name;
    std::size_t bytes;
  };
  for (const auto& [name, bytes] : {Case{"half of it", whole.size() / 2}, Case{"not whole pages", whole.size() / 2 + 100}, Case{"one page too few", whole.size() - 4'096},
                                    Case{"the first page", 4'096}, Case{"half of the header", 50}, Case{"two bytes", 2}}) {
    CAPTURE(name);
    write_bytes(folder.file("test.db"), std::string_view{whole}.substr(0, bytes));
    const Failure why = refused(open_store("sqlite:test.db", in(folder)));
    CHECK(why.fault == Fault::corrupt);
    CHECK(why.message.find("restore a backup") != std::string::npos);
  }
  write_bytes(folder.file("test.db"), std::string(20'000, 'x'));
  CHECK(refused(open_store("sqlite:test.db", in(folder))).fault == Fault::corrupt);
  write_bytes(folder.file("test.db"), whole);
  CHECK(!read_all(in(folder)));
}

TEST_CASE("bits that flipped are read as they are or told as corrupt, and nothing worse") {
  constexpr std::uint64_t kSeed = 7;
  CAPTURE(kSeed);
  const TestFolder folder;
  {
    const auto store = given(open_store("sqlite:test.db", in(folder)));
    for (Seq seq = 1; seq < 4; ++seq) given(write_facets(*store, seq, static_cast<int>(seq) * 100, 100));
  }
  const std::string whole = bytes_of(folder.file("test.db"));
  Random random{kSeed};
  int corrupt = 0;
  constexpr int kFlips = 150;
  for (int flip = 0; flip < kFlips; ++flip) {
    std::string flipped = whole;
    // Half of them hit where a page says what it is, or the header of the file.
    std::size_t at = random.next() % whole.size();
    if (flip % 2 == 0) at = at / 4'096 * 4'096 + random.next() % 16;
    flipped[at] = static_cast<char>(flipped[at] ^ 1 << random.next() % 8);
    write_bytes(folder.file("test.db"), flipped);
    std::filesystem::remove(folder.file("test.db-wal"));
    std::filesystem::remove(folder.file("test.db-shm"));
    CAPTURE(at);
    if (const auto why = read_all(in(folder))) {
      CAPTURE(why->message);
      // Versions and modes stand in the header, and what our own tables say may have become another text.
      CHECK((why->fault == Fault::corrupt || at < 4'096 || why->fault == Fault::newer || why->fault == Fault::other));
      corrupt += why->fault == Fault::corrupt ? 1 : 0;
    }
  }
  CHECK(corrupt > kFlips / 5);
}

TEST_CASE("after damage was met the store says so until it is opened anew") {
  const TestFolder folder;
  auto store = given(open_store("sqlite:test.db", in(folder)));
  for (Seq seq = 1; seq < 4; ++seq) given(write_facets(*store, seq, static_cast<int>(seq) * 100, 100));
  given(store->reopen());
  const std::string whole = bytes_of(folder.file("test.db"));
  store.reset();
  // The pages of the tables, not the ones that say which there are.
  std::string damaged = whole;
  for (std::size_t page = 20; page < whole.size() / 4'096; ++page) damaged[page * 4'096] = static_cast<char>(0xAB);
  write_bytes(folder.file("test.db"), damaged);
  store = given(open_store("sqlite:test.db", in(folder)));
  StateText text;
  CHECK(refused(store->read_state(text)).fault == Fault::corrupt);
  CHECK(refused(store->life()).fault == Fault::corrupt);
  CHECK(refused(write_facets(*store, 9, 0, 1)).fault == Fault::corrupt);
  write_bytes(folder.file("test.db"), whole);
  std::filesystem::remove(folder.file("test.db-wal"));
  std::filesystem::remove(folder.file("test.db-shm"));
  given(store->reopen());
  CHECK(state_of(*store).size() == 300);
}

TEST_CASE("what was answered is there after the process was killed") {
  constexpr std::uint64_t kSeed = 11;
  CAPTURE(kSeed);
  Random random{kSeed};
  const TestFolder folder;
  Seq newest = 0;
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    std::array<int, 2> answers{};
    REQUIRE(pipe2(answers.data(), O_CLOEXEC) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto store = open_store("sqlite:test.db", in(folder));
      for (Seq seq = newest + 1; store; ++seq) {
        if (!write_facets(**store, seq, static_cast<int>(seq % 7) * 10, 20, seq % 5 == 0)) break;
        if (write(answers[1], &seq, sizeof seq) != sizeof seq) break;
      }
      _exit(1);
    }
    ::close(answers[1]);
    Seq answered = 0;
    const auto wanted = newest + 5 + random.next() % 40;
    while (answered < wanted && read(answers[0], &answered, sizeof answered) == sizeof answered) {
    }
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    for (Seq more = 0; read(answers[0], &more, sizeof more) == sizeof more;) answered = more;
    ::close(answers[0]);

    const auto store = given(open_store("sqlite:test.db", in(folder)));
    if (round == 0) given(store->begin_life("e1", answered, second(1)));
    Seq seen = 0;
    const CoursePage course = given(store->course({.from = second(-1), .to = second(1e9), .limit = 1'000'000}));
    for (const HistoryRecord& row : course.rows) {
      CHECK((row.seq == seen || row.seq == seen + 1));
      seen = row.seq;
    }
    CHECK(seen >= answered);
    CHECK(seen <= answered + 1);
    CHECK(course.rows.size() == seen * 20);
    newest = seen;
  }
}

TEST_CASE("a copy is of one moment, complete and on its own, while others go on writing") {
  const TestFolder folder;
  const auto store = given(open_store("sqlite:test.db", in(folder)));
  const auto writer = given(open_store("sqlite:test.db", in(folder)));
  for (Seq seq = 1; seq <= 40; ++seq) given(write_facets(*store, seq, static_cast<int>(seq) * 100, 100));
  const std::size_t before = state_of(*store).size();
  std::vector<std::uint64_t> done;
  std::uint64_t pages = 0;
  Seq seq = 40;
  const auto back_up_to = [&](std::string_view name, CopyProgress progress = {}) {
    return back_up("sqlite:test.db", folder.file(name), {.folder = folder.path(), .replaces = true, .progress = std::move(progress)});
  };
  given(back_up_to("copy.db", [&](std::uint64_t copied, std::uint64_t all) {
    done.push_back(copied);
    pages = all;
    ++seq;
    given(write_facets(*writer, seq, static_cast<int>(seq) * 100, 100));
    return true;
  }));
  CHECK(done.size() >= 3);
  CHECK(std::is_sorted(done.begin(), done.end()));
  CHECK(done.back() == pages);
  CHECK(!std::filesystem::exists(folder.file("copy.db.part")));
  CHECK(state_of(*given(open_store("sqlite:copy.db", in(folder)))).size() == before);
  CHECK(state_of(*store).size() == seq * 100);

  // Given up, it leaves what was there before.
  CHECK(refused(back_up_to("copy.db", [](std::uint64_t, std::uint64_t) { return false; })).fault == Fault::other);
  CHECK(!std::filesystem::exists(folder.file("copy.db.part")));
  CHECK(state_of(*given(open_store("sqlite:copy.db", in(folder)))).size() == before);
  CHECK(refused(back_up_to("test.db")).fault == Fault::other);
  CHECK(refused(back_up_to("none/copy.db")).fault == Fault::unreachable);
  given(write_facets(*store, seq + 1, 0, 1));
}

TEST_CASE("a copy on a disk that is too small is told as full, and nothing is left of it") {
  const TestFolder folder;
  const auto store = given(open_store("sqlite:test.db", in(folder)));
  for (Seq seq = 1; seq <= 40; ++seq) given(write_facets(*store, seq, static_cast<int>(seq) * 100, 100));
  const TestDisk disk{"1m"};
  CHECK(refused(back_up("sqlite:test.db", disk.folder().file("copy.db"), {.folder = folder.path()})).fault == Fault::full);
  CHECK(std::filesystem::is_empty(disk.folder().path()));
}

TEST_CASE("codes of SQLite are told by what can be done about them") {
  struct Case {
    int code, system_error;
    Fault fault;
  };
  for (const Case& c : {Case{SQLITE_BUSY, 0, Fault::busy}, Case{SQLITE_BUSY_SNAPSHOT, 0, Fault::busy}, Case{SQLITE_FULL, 0, Fault::full},
                        Case{SQLITE_IOERR_WRITE, ENOSPC, Fault::full}, Case{SQLITE_IOERR_SHMSIZE, EDQUOT, Fault::full}, Case{SQLITE_IOERR_WRITE, EIO, Fault::other},
                        Case{SQLITE_READONLY_DIRECTORY, 0, Fault::read_only}, Case{SQLITE_CANTOPEN, EROFS, Fault::read_only},
                        Case{SQLITE_CANTOPEN, EACCES, Fault::read_only}, Case{SQLITE_CANTOPEN, ENOENT, Fault::unreachable},
                        Case{SQLITE_CORRUPT_INDEX, 0, Fault::corrupt}, Case{SQLITE_NOTADB, 0, Fault::corrupt}, Case{SQLITE_IOERR_CORRUPTFS, 0, Fault::corrupt},
                        Case{SQLITE_NOMEM, 0, Fault::other}, Case{SQLITE_CONSTRAINT, 0, Fault::other}}) {
    CAPTURE(c.code);
    CHECK(fault_of_sqlite(c.code, c.system_error) == c.fault);
  }
}

}  // namespace starling::store
