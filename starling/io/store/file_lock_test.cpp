// Who uses a database alone: against another of the same process, another process, one that was killed, and another name of the file.
#include <cerrno>
#include <optional>

#include <doctest/doctest.h>

#include "starling/io/store/file_lock.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

/// A process that takes the lock and keeps it until it is ended.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    std::array<int, 2> told{};
    REQUIRE(pipe2(told.data(), O_CLOEXEC) == 0);
    process_ = fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) {
      const auto lock = FileLock::take(path);
      const char answer = lock ? 'y' : 'n';
      static_cast<void>(write(told[1], &answer, 1));
      while (true) pause();
    }
    ::close(told[1]);
    REQUIRE(read(told[0], &answer_, 1) == 1);
    ::close(told[0]);
  }
  ~Holder() { end(); }
  void end() {
    if (process_ < 0) return;
    kill(process_, SIGKILL);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
  }
  [[nodiscard]] bool has_it() const { return answer_ == 'y'; }

 private:
  pid_t process_ = -1;
  char answer_ = '?';
};

}  // namespace

TEST_CASE("one has the lock at a time, in this process as in others, and a process that was killed has it no more") {
  const TestFolder folder;
  const std::string path = folder.file("lock");
  {
    const auto lock = FileLock::take(path);
    REQUIRE(lock);
    CHECK(FileLock::take(path).error() == EWOULDBLOCK);
    CHECK(!Holder{path}.has_it());
  }
  Holder holder{path};
  CHECK(holder.has_it());
  CHECK(FileLock::take(path).error() == EWOULDBLOCK);
  holder.end();
  CHECK(FileLock::take(path));
  CHECK(FileLock::take(folder.file("none/lock")).error() == ENOENT);
}

TEST_CASE("a file that was renamed under its lock is another one's no more") {
  const TestFolder folder;
  const auto lock = FileLock::take(folder.file("part"));
  REQUIRE(lock);
  std::filesystem::rename(folder.file("part"), folder.file("whole"));
  CHECK(FileLock::take(folder.file("part")));
  CHECK(FileLock::take(folder.file("whole")).error() == EWOULDBLOCK);
}

TEST_CASE("a database is used by one server at a time, by whatever name, and read by anybody") {
  const TestFolder folder;
  StoreOptions options{.folder = folder.path()};
  options.exclusive = true;
  std::filesystem::create_symlink(folder.file("test.db"), folder.file("link.db"));
  auto store = given(open_store("sqlite:test.db", options));
  for (const std::string_view url : {"sqlite:test.db", "sqlite:link.db"}) {
    const Failure why = refused(open_store(url, options));
    CHECK(why.fault == Fault::busy);
    CHECK(why.message.find("a server uses it") != std::string::npos);
  }
  // Opened again it is still this one's.
  given(store->reopen());
  CHECK(refused(open_store("sqlite:test.db", options)).fault == Fault::busy);
  given(open_store("sqlite:test.db", {.folder = folder.path(), .read_only = true}));
  store.reset();
  given(open_store("sqlite:link.db", options));
  CHECK(refused(open_store("sqlite:none/test.db", options)).fault == Fault::unreachable);
}

TEST_CASE("while a store cannot be opened again its database is nobody else's") {
  const TestFolder folder;
  StoreOptions options{.folder = folder.path()};
  options.exclusive = true;
  const auto store = given(open_store("sqlite:test.db", options));
  std::filesystem::rename(folder.file("test.db"), folder.file("aside.db"));
  std::filesystem::create_directory(folder.file("test.db"));
  CHECK(!store->reopen());
  std::filesystem::remove(folder.file("test.db"));
  CHECK(refused(open_store("sqlite:test.db", options)).fault == Fault::busy);
  given(store->reopen());
}

TEST_CASE("a PostgreSQL database is used by one server at a time, and read by anybody") {
  const OnPostgres kind;
  StoreOptions options = kind.options();
  options.exclusive = true;
  auto store = given(open_store(kind.url(), options));
  const Failure why = refused(open_store(kind.url(), options));
  CHECK(why.fault == Fault::busy);
  CHECK(why.message.find("another server uses it") != std::string::npos);
  CHECK(why.message.find("not-told") == std::string::npos);
  StoreOptions reading = kind.options();
  reading.read_only = true;
  given(open_store(kind.url(), reading));
  given(store->reopen());
  store.reset();
  given(open_store(kind.url(), options));
}

}  // namespace starling::store
