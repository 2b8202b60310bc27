// A copy and back: what is in it, what begins anew, what is refused, and that nothing is lost on the way.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "starling/core/base/random.hpp"
#include "starling/io/store/copies.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

const std::string kUrl = "sqlite:test.db";

class Copies {
 public:
  [[nodiscard]] const TestFolder& folder() const { return folder_; }
  [[nodiscard]] std::string file(std::string_view name) const { return folder_.file(name); }
  [[nodiscard]] StoreOptions options(bool exclusive = true) const {
    return {.folder = folder_.path(), .exclusive = exclusive, .busy_wait = std::chrono::milliseconds{50}};
  }
  [[nodiscard]] std::unique_ptr<Store> open(std::string_view url = kUrl) const { return given(open_store(url, options())); }
  [[nodiscard]] Result<void, Failure> back_up(std::string_view name = "copy.db") const { return store::back_up(kUrl, file(name), {.folder = folder_.path()}); }
  [[nodiscard]] Result<Restored, Failure> restore(std::string_view name = "copy.db", CopyProgress progress = {}) const {
    return store::restore(kUrl, file(name), {.folder = folder_.path(), .progress = std::move(progress)});
  }
  /// A run of a server that says `keys` and stops cleanly.
  void live(std::string_view epoch, Seq seq, std::initializer_list<std::string_view> keys) const {
    const auto store = open();
    given(store->begin_life(epoch, seq - 1, second(0)));
    say(*store, seq, keys);
    given(store->keep_log(std::array{LogText{.seq = seq, .text = "batch"}}));
    given(store->end_life(seq, second(static_cast<double>(seq))));
  }
  static void say(Store& store, Seq seq, std::initializer_list<std::string_view> keys) {
    Transaction transaction{.seq = seq, .at = second(static_cast<double>(seq))};
    for (const std::string_view key : keys) transaction.facets.push_back({.channel = "s:f", .key = key, .record = "{}", .seq = seq, .time = second(1)});
    given(store.write(transaction));
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

 private:
  TestFolder folder_;
};

std::string bytes_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}
void write_bytes(const std::string& path, std::string_view bytes) { std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes; }

void run_sql(const std::string& path, const char* sql) {
  sqlite3* made = nullptr;
  const int code = sqlite3_open(path.c_str(), &made);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle{made, sqlite3_close};
  REQUIRE(code == SQLITE_OK);
  REQUIRE(sqlite3_exec(made, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

}  // namespace

TEST_CASE("what is put back is the state of the copy, and continues nobody's numbering; the old one is kept") {
  const Copies here;
  here.live("e1", 7, {"a", "b"});
  given(here.back_up());
  here.live("e1", 9, {"c"});
  const Restored restored = given(here.restore());
  CHECK(restored.database == here.file("test.db"));
  CHECK(restored.kept == here.file("test.db.old"));
  REQUIRE(restored.life);
  CHECK(restored.life->seq == 7);
  CHECK(restored.life->epoch == "e1");
  CHECK(restored.life->saved_at == second(7));
  CHECK(here.names() == std::vector<std::string>{"copy.db", "test.db", "test.db-lock", "test.db.old"});
  {
    const auto store = here.open();
    CHECK(state_of(*store).size() == 2);
    const auto life = given(store->life());
    REQUIRE(life);
    CHECK(life->seq == 7);
    CHECK(!life->is_clean);
  }
  // The old one can be put back as well, and then has gone on nowhere either.
  const Restored again = given(here.restore("test.db.old"));
  CHECK(again.kept == here.file("test.db.old2"));
  const auto store = here.open();
  CHECK(state_of(*store).size() == 3);
  CHECK(!given(store->life())->is_clean);
}

TEST_CASE("a copy put in place by hand continues nobody's numbering either") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  std::filesystem::rename(here.file("copy.db"), here.file("test.db"));
  CHECK(!given(here.open()->life())->is_clean);
}

TEST_CASE("where there was no database a copy makes one") {
  const Copies here, elsewhere;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  std::filesystem::copy_file(here.file("copy.db"), elsewhere.file("copy.db"));
  CHECK(given(elsewhere.restore()).kept.empty());
  CHECK(state_of(*elsewhere.open()).size() == 1);
  CHECK(elsewhere.names() == std::vector<std::string>{"copy.db", "test.db", "test.db-lock"});
}

TEST_CASE("while a server uses the database nothing is put in its place") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  const auto store = here.open();
  const Failure why = refused(here.restore());
  CHECK(why.fault == Fault::busy);
  CHECK(why.message.find("stop that server") != std::string::npos);
  Copies::say(*store, 8, {"b"});
  CHECK(state_of(*store).size() == 2);
  CHECK(!std::filesystem::exists(here.file("test.db.restored")));
}

TEST_CASE("while somebody else reads the database it is not replaced under him") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  StoreOptions reading = here.options(false);
  reading.read_only = true;
  const auto reader = given(open_store(kUrl, reading));
  CHECK(state_of(*reader).size() == 1);
  CHECK(refused(here.restore()).fault == Fault::busy);
  CHECK(here.names() == std::vector<std::string>{"copy.db", "test.db", "test.db-lock", "test.db-shm", "test.db-wal"});
}

TEST_CASE("a file that is there is replaced by a copy only if that is wanted") {
  const Copies here;
  here.live("e1", 7, {"a"});
  write_bytes(here.file("copy.db"), "mine");
  CHECK(refused(here.back_up()).message.find("--force") != std::string::npos);
  CHECK(refused(here.back_up("")).message.find("is a folder") != std::string::npos);
  CHECK(bytes_of(here.file("copy.db")) == "mine");
  // What lies beside it is of what it was.
  write_bytes(here.file("copy.db-wal"), "old");
  given(back_up(kUrl, here.file("copy.db"), {.folder = here.folder().path(), .replaces = true}));
  CHECK(!std::filesystem::exists(here.file("copy.db-wal")));
  given(here.restore());
}

TEST_CASE("two copies to one name do not mix, and what a killed one left is no hindrance") {
  const Copies here;
  here.live("e1", 7, {"a"});
  write_bytes(here.file("copy.db.part"), std::string(10'000, 'x'));
  bool is_refused = false;
  given(back_up(kUrl, here.file("copy.db"), {.folder = here.folder().path(), .progress = [&](std::uint64_t, std::uint64_t) {
                                               is_refused = refused(here.back_up()).fault == Fault::busy;
                                               return true;
                                             }}));
  CHECK(is_refused);
  CHECK(!std::filesystem::exists(here.file("copy.db.part")));
  given(here.restore());
}

TEST_CASE("what is no whole copy of a Starling database is refused by name, and nothing changes") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up("good.db"));
  const std::string good = bytes_of(here.file("good.db"));
  here.live("e1", 9, {"b"});
  const std::vector<std::string> names = here.names();
  const std::string before = bytes_of(here.file("test.db"));
  struct Case {
    std::string_view name;
    std::string bytes;
    Fault fault;
    std::string_view says;
  };
  std::string flipped = good;
  flipped[4'096 * 3 + 3] = static_cast<char>(0xAB);  // how many cells a page has
  write_bytes(here.file("other.db"), "");
  run_sql(here.file("other.db"), "CREATE TABLE theirs (x)");
  write_bytes(here.file("newer.db"), good);
  run_sql(here.file("newer.db"), "UPDATE meta SET version = 999");
  const std::string other = bytes_of(here.file("other.db")), newer = bytes_of(here.file("newer.db"));
  std::filesystem::remove(here.file("other.db"));
  std::filesystem::remove(here.file("newer.db"));
  for (const Case& c : {Case{"half of it", good.substr(0, good.size() / 8'192 * 4'096), Fault::corrupt, "is damaged"},
                        Case{"its header only", good.substr(0, 100), Fault::corrupt, "is damaged"},
                        Case{"a page that was hit", flipped, Fault::corrupt, "is damaged"},
                        Case{"a text", std::string(5'000, 'x'), Fault::corrupt, "no database"},
                        Case{"nothing", "", Fault::other, "no database of Starling"},
                        Case{"a database of something else", other, Fault::other, "no database of Starling"},
                        Case{"a later version's", newer, Fault::newer, "schema 999"}}) {
    CAPTURE(c.name);
    write_bytes(here.file("copy.db"), c.bytes);
    const Failure why = refused(here.restore());
    CHECK(why.fault == c.fault);
    CHECK(why.message.find(c.says) != std::string::npos);
    CHECK(why.message.find(here.file("copy.db")) == 0);
    std::filesystem::remove(here.file("copy.db"));
    CHECK(here.names() == names);
    CHECK(bytes_of(here.file("test.db")) == before);
  }
  CHECK(refused(here.restore("none.db")).fault == Fault::unreachable);
  CHECK(refused(here.restore("test.db")).message.find("the database itself") != std::string::npos);
  CHECK(refused(here.restore("good.db", [](std::uint64_t, std::uint64_t) { return false; })).message.find("given up") != std::string::npos);
  CHECK(here.names() == names);
  given(here.restore("good.db"));
}

TEST_CASE("a database that is damaged is kept as it is, with what was written since its last checkpoint") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  write_bytes(here.file("test.db"), std::string(20'000, 'x'));
  write_bytes(here.file("test.db-wal"), "log");
  const Restored restored = given(here.restore());
  CHECK(bytes_of(restored.kept) == std::string(20'000, 'x'));
  CHECK(bytes_of(restored.kept + "-wal") == "log");
  CHECK(state_of(*here.open()).size() == 1);
}

TEST_CASE("what a killed server had written but not put in its file yet is in the old one that is kept") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto store = here.open();
    Copies::say(*store, 8, {"b", "c"});
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(std::filesystem::file_size(here.file("test.db-wal")) > 0);
  const Restored restored = given(here.restore());
  CHECK(!std::filesystem::exists(here.file("test.db-wal")));
  CHECK(state_of(*here.open()).size() == 1);
  given(here.restore("test.db.old"));
  CHECK(state_of(*here.open()).size() == 3);
}

TEST_CASE("a restored database is as readable and writable as the old one, and a link to it stays one") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  std::filesystem::create_directory(here.file("real"));
  std::filesystem::rename(here.file("test.db"), here.file("real/test.db"));
  std::filesystem::create_symlink(here.file("real/test.db"), here.file("test.db"));
  REQUIRE(chmod(here.file("real/test.db").c_str(), 0620) == 0);
  const bool is_root = geteuid() == 0;
  if (is_root) REQUIRE(chown(here.file("real/test.db").c_str(), 65'534, 65'534) == 0);
  CHECK(given(here.restore()).database == std::filesystem::canonical(here.file("real/test.db")));
  CHECK(std::filesystem::is_symlink(here.file("test.db")));
  struct stat now{};
  REQUIRE(stat(here.file("real/test.db").c_str(), &now) == 0);
  CHECK((now.st_mode & 07777) == 0620);
  if (is_root) CHECK(now.st_uid == 65'534);
  CHECK(std::filesystem::exists(here.file("real/test.db-lock")));
}

TEST_CASE("a copy on a medium that may not be written is read, and nothing is left beside it") {
  const Copies here;
  here.live("e1", 7, {"a"});
  given(here.back_up());
  run_sql(here.file("copy.db"), "PRAGMA journal_mode = WAL");  // as SQLite's own .backup leaves it
  std::filesystem::create_directory(here.file("medium"));
  std::filesystem::rename(here.file("copy.db"), here.file("medium/50%?#.db"));
  REQUIRE(chmod(here.file("medium").c_str(), 0555) == 0);
  given(here.restore("medium/50%?#.db"));
  REQUIRE(chmod(here.file("medium").c_str(), 0755) == 0);
  CHECK(std::distance(std::filesystem::directory_iterator{here.file("medium")}, {}) == 1);
  CHECK(!given(here.open()->life())->is_clean);
}

TEST_CASE("whenever a restore is killed, the database is the old one or the new one, whole") {
  constexpr std::uint64_t kSeed = 5;
  CAPTURE(kSeed);
  Random random{kSeed};
  const Copies here;
  here.live("e1", 7, {"new"});
  given(here.back_up());
  const auto begun = std::chrono::steady_clock::now();
  given(here.restore());
  const auto longest_us = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count();
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    for (const std::string& name : here.names()) {
      if (name.starts_with("test.db")) std::filesystem::remove(here.file(name));
    }
    here.live("e2", 8, {"old", "older"});
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      static_cast<void>(here.restore());
      _exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds{random.below(static_cast<std::uint64_t>(longest_us))});
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    const bool is_new = given(here.open()->life())->epoch == "e1";
    CHECK(state_of(*here.open()).size() == (is_new ? 1 : 2));
    if (is_new) CHECK(std::filesystem::exists(here.file("test.db.old")));
    given(here.restore());
  }
}

TEST_CASE("PostgreSQL's own programs copy and restore, by the lines that are told; nobody's numbering is continued") {
  const OnPostgres kind;
  const TestFolder folder;
  const std::string dump = folder.file("a copy's.dump");
  // As whoever says it would type it: the end of the message, from the program on.
  const auto typed = [&](const Failure& why, std::string_view program) {
    CHECK(why.message.find("not-told") == std::string::npos);
    const std::size_t at = why.message.find(program);
    REQUIRE(at != std::string::npos);
    return run_program({"sh", "-c", why.message.substr(at)});
  };
  const auto live = [&](Seq seq, std::initializer_list<std::string_view> keys) {
    const auto store = given(open_store(kind.url(), kind.options()));
    given(store->begin_life("e1", seq - 1, second(0)));
    Copies::say(*store, seq, keys);
    given(store->end_life(seq, second(1)));
    CHECK(given(store->life())->is_clean);
  };
  live(7, {"a"});
  REQUIRE(typed(refused(back_up(kind.url(), dump, {})), "pg_dump ") == 0);
  live(9, {"b"});
  // A start finds it as it was left.
  CHECK(given(given(open_store(kind.url(), kind.options()))->life())->is_clean);
  REQUIRE(typed(refused(restore(kind.url(), dump, {})), "pg_restore ") == 0);
  {
    const auto store = given(open_store(kind.url(), kind.options()));
    CHECK(state_of(*store).size() == 1);
    const auto life = given(store->life());
    REQUIRE(life);
    CHECK(life->seq == 7);
    CHECK(!life->is_clean);
  }
  live(8, {"c"});
  const std::string elsewhere = test_postgres().new_database();
  REQUIRE(typed(refused(restore(elsewhere, dump, {})), "pg_restore ") == 0);
  CHECK(!given(given(open_store(elsewhere, kind.options()))->life())->is_clean);
  for (const std::string_view url : {"postgresql://me:secret@host:port:x/", "mysql://me:secret@x/y"}) {
    CHECK(refused(back_up(url, dump, {})).message.find("secret") == std::string::npos);
    CHECK(refused(restore(url, dump, {})).message.find("secret") == std::string::npos);
  }
}

}  // namespace starling::store
