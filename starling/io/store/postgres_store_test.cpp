// What can happen to a server: it goes away and comes back, refuses, or is held by somebody else.
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "starling/io/store/open_store.hpp"
#include "starling/io/store/postgres_database.hpp"
#include "starling/io/store/postgres_failure.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

Transaction facets(Seq seq, std::initializer_list<std::string_view> keys) {
  Transaction transaction{.seq = seq, .at = second(static_cast<double>(seq))};
  for (const std::string_view key : keys) transaction.facets.push_back({.channel = "s:f", .key = key, .record = "{}", .seq = seq, .time = second(1)});
  return transaction;
}

}  // namespace

TEST_CASE("a server that was killed is unreachable until it is back, and then holds what was committed") {
  TestPostgres server;
  const std::string url = server.new_database();
  const auto store = given(open_store(url, {}));
  given(store->begin_life("e1", 0, second(0)));
  given(store->write(facets(1, {"a"})));
  server.stop(SIGQUIT);
  const Failure lost = refused(store->write(facets(2, {"b"})));
  CHECK(lost.fault == Fault::unreachable);
  CHECK(refused(store->life()).fault == Fault::unreachable);
  CHECK(refused(store->reopen()).fault == Fault::unreachable);
  CHECK(refused(store->write(facets(2, {"b"}))).fault == Fault::unreachable);
  const Failure none = refused(open_store(url, {}));
  CHECK(none.fault == Fault::unreachable);
  for (const Failure& why : {lost, none}) CHECK(why.message.find("not-told") == std::string::npos);

  server.start();
  given(store->reopen());
  const auto life = given(store->life());
  REQUIRE(life);
  CHECK(life->seq == 1);
  CHECK(state_of(*store).size() == 1);
  given(store->write(facets(2, {"b"})));
  CHECK(state_of(*store).size() == 2);

  // Told to stop it closes what is idle; the next call finds out.
  server.stop(SIGINT);
  CHECK(refused(store->life()).fault == Fault::unreachable);
}

TEST_CASE("a transaction that PostgreSQL refuses changes nothing, and the next one is written") {
  const OnPostgres kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  given(store->write(facets(1, {"a"})));
  Transaction broken = facets(2, {"b"});
  broken.tails.push_back({.channel = "s:new", .seq = 2, .data = "\xFF\xFE"});  // is no text
  CHECK(refused(store->write(broken)).fault == Fault::other);
  CHECK(state_of(*store).size() == 1);
  broken.tails.front().data = "{}";
  given(store->write(broken));
  CHECK(state_of(*store).size() == 3);
}

TEST_CASE("who may not write is told so, and who reads only may") {
  const OnPostgres kind;
  { const auto store = given(open_store(kind.url(), kind.options())); }
  const auto store = given(open_store(kind.url() + "&options=-cdefault_transaction_read_only%3Don", kind.options()));
  CHECK(refused(store->write(facets(1, {"a"}))).fault == Fault::read_only);
  CHECK(state_of(*store).empty());
}

TEST_CASE("the password of a URL is in no message") {
  struct Case {
    std::string_view url;
    Fault fault;
  };
  for (const auto& [url, fault] : {Case{"postgresql://me:s3cret@127.0.0.1:1/x", Fault::unreachable}, Case{"postgresql:///x?host=/nowhere&password=s3cret", Fault::unreachable},
                                   Case{"postgresql://me:s3cret@[::1", Fault::other}, Case{"postgres://me:s3cret%zz@there/x", Fault::other},
                                   Case{"postgresql://me@there/x?passwort=s3cret", Fault::other}}) {
    CAPTURE(url);
    const Failure why = refused(open_store(url, {}));
    CAPTURE(why.message);
    CHECK(why.fault == fault);
    CHECK(why.message.find("s3cret") == std::string::npos);
    CHECK(why.message.find("postgresql://") != std::string::npos);
  }
}

TEST_CASE("ten thousand rows of one transaction are some statements") {
  const OnPostgres kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  std::vector<std::string> keys;
  for (int i = 0; i < 10'000; ++i) keys.push_back("k" + std::to_string(i));
  Transaction transaction{.seq = 1, .at = second(1)};
  for (const std::string& key : keys) {
    transaction.facets.push_back({.channel = "s:f", .key = key, .record = "{}", .seq = 1, .time = second(1)});
    transaction.history.push_back({.kind = HistoryKind::set, .channel = "s:f", .key = key, .seq = 1, .at = second(1), .time = second(1), .text = "{}"});
  }
  given(store->write(transaction));
  CHECK(state_of(*store).size() == 10'000);
  const CoursePage course = given(store->course({.from = second(0), .to = second(2), .limit = 20'000}));
  REQUIRE(course.rows.size() == 10'000);
  CHECK(course.rows.front().key == "k0");
  CHECK(course.rows.back().key == "k9999");

  // Who has seen enough of them is not sent the rest, and that is no failure.
  for (const std::size_t wanted : {1, 9'999, 10'000}) {
    CAPTURE(wanted);
    std::size_t seen = 0;
    given(store->state_at(second(2), {}, [&](const HistoryRow&) { return ++seen < wanted; }));
    CHECK(seen == wanted);
    CHECK(given(store->history_reach({}))->to == second(1));
  }
}

TEST_CASE("SQLSTATEs are told by what can be done about them") {
  struct Case {
    std::string_view state;
    Fault fault;
  };
  for (const auto& [state, fault] :
       {Case{"", Fault::unreachable}, Case{"08006", Fault::unreachable}, Case{"57P01", Fault::unreachable}, Case{"57P03", Fault::unreachable}, Case{"53100", Fault::full},
        Case{"53300", Fault::busy}, Case{"55P03", Fault::busy}, Case{"40001", Fault::busy}, Case{"25006", Fault::read_only}, Case{"42501", Fault::read_only},
        Case{"XX001", Fault::corrupt}, Case{"XX002", Fault::corrupt}, Case{"22021", Fault::other}, Case{"42P01", Fault::other}, Case{"4", Fault::other}}) {
    CAPTURE(state);
    CHECK(fault_of_sqlstate(state) == fault);
  }
}

}  // namespace starling::store
