// What holds for both databases, run with each.
#include "starling/io/store/store.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "starling/io/store/open_store.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

using Lines = std::vector<std::string>;

Transaction facet(std::string_view channel, std::string_view key, std::string_view record, Seq seq) {
  Transaction transaction{.seq = seq, .at = second(static_cast<double>(seq)), .is_durable = false};
  transaction.facets.push_back({.channel = channel, .key = key, .record = record, .seq = seq, .time = second(static_cast<double>(seq))});
  return transaction;
}

Transaction event(std::string_view channel, Seq seq, std::uint32_t n = 0) {
  Transaction transaction{.seq = seq, .at = second(static_cast<double>(seq)), .is_durable = false};
  transaction.tails.push_back({.channel = channel, .seq = seq, .n = n, .key = {}, .time = second(static_cast<double>(seq)), .location = {}, .data = "{}", .entity = {}});
  return transaction;
}

}  // namespace

TEST_CASE_TEMPLATE("a database nobody has lived in has no life, and no state", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  CHECK(!given(store->life()));
  CHECK(state_of(*store).empty());
  CHECK(given(store->history({.channel = "mesh:position"})).rows.empty());
  CHECK(!given(store->history_reach({})));
}

TEST_CASE_TEMPLATE("a life that ended cleanly says so, with the log it kept; the next one forgets the log", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  {
    const auto store = given(open_store(kind.url(), kind.options()));
    given(store->begin_life("e1", 0, second(0)));
    given(store->write(facet("mesh:position", "a", "{}", 7)));
    const auto open = given(store->life());
    REQUIRE(open);
    CHECK(open->epoch == "e1");
    CHECK(open->seq == 7);
    CHECK(!open->is_clean);
    CHECK(open->saved_at == second(7));
    const std::vector<LogText> first{{6, "six"}, {7, "seve"}}, second_part{{7, "seven"}};
    given(store->keep_log(first));
    given(store->keep_log(second_part));
    given(store->end_life(7, second(9)));
  }
  const auto store = given(open_store(kind.url(), kind.options()));
  const auto ended = given(store->life());
  REQUIRE(ended);
  CHECK(ended->is_clean);
  CHECK(ended->seq == 7);
  CHECK(ended->saved_at == second(9));
  Lines log;
  const auto read = [&](const LogText& batch) {
    log.push_back(std::to_string(batch.seq) + " " + std::string{batch.text});
    return true;
  };
  given(store->read_log(read));
  CHECK(log == Lines{"6 six", "7 seven"});

  given(store->begin_life("e2", 7, second(10)));
  log.clear();
  given(store->read_log(read));
  CHECK(log.empty());
  const auto begun = given(store->life());
  REQUIRE(begun);
  CHECK(begun->epoch == "e2");
  CHECK(begun->seq == 7);
  CHECK(!begun->is_clean);
}

TEST_CASE_TEMPLATE("the state comes back as it was written: channels by name, keys by their bytes", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  Transaction transaction{.seq = 5, .at = second(5), .is_durable = true};
  const std::string quoted = R"({"name":"it's \"so\" \\ $1 ☃ \u0000"})";
  transaction.facets = {{.channel = "mesh:position", .key = "ä", .record = "{}", .seq = 1, .time = second(1)},
                        {.channel = "mesh:position", .key = "B", .record = quoted, .seq = 5, .time = second(2.5)},
                        {.channel = "mesh:position", .key = "a", .record = R"({"x":1.0})", .seq = 18'446'744'073'709'551UL, .time = second(-3)},
                        {.channel = "aero:state", .key = "a", .record = "{}", .seq = 2, .time = second(2)}};
  transaction.places = {{.space = "mesh", .key = "a", .point = {-89.999999999999, 180}, .channel = "mesh:position"},
                        {.space = "aero", .key = "a", .point = {0.1, -0.30000000000000004}, .channel = "aero:state"}};
  transaction.tails = {{.channel = "mesh:message", .seq = 4, .n = 0, .key = "a", .time = second(4), .location = geo::Point{1, 2}, .data = "{}", .entity = "{e}"},
                       {.channel = "mesh:message", .seq = 5, .n = 1, .key = {}, .time = second(5), .location = {}, .data = R"({"t":""})", .entity = {}}};
  {
    const auto store = given(open_store(kind.url(), kind.options()));
    given(store->begin_life("e1", 0, second(0)));
    given(store->write(transaction));
  }
  const auto store = given(open_store(kind.url(), kind.options()));
  const Lines lines = state_of(*store);
  CHECK(lines == Lines{"facet aero:state a {} 2 2000", "facet mesh:position B " + quoted + " 5 2500",
                       R"(facet mesh:position a {"x":1.0} 18446744073709551 -3000)", "facet mesh:position ä {} 1 1000",
                       "place aero a 0.100000,-0.300000 aero:state", "place mesh a -90.000000,180.000000 mesh:position",
                       "tail mesh:message 4.0 a 1.000000,2.000000 {} {e} 4000", R"(tail mesh:message 5.1 - - {"t":""} - 5000)"});
  // Not a digit is lost.
  class Places final : public StateVisitor {
   public:
    void facet(const FacetRow&) override {}
    void place(const PlaceRow& row) override { points.push_back(row.point); }
    void tail(const TailRow&) override {}
    std::vector<geo::Point> points;
  } places;
  given(store->read_state(places));
  CHECK(places.points == std::vector<geo::Point>{{0.1, -0.30000000000000004}, {-89.999999999999, 180}});
}

TEST_CASE_TEMPLATE("what goes is applied before what is set, and of several rows the last counts", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  given(store->write(facet("s:f", "gone", "{}", 1)));
  given(store->write(facet("s:f", "back", "{}", 2)));
  Transaction transaction{.seq = 3, .at = second(3), .is_durable = false};
  transaction.facets_gone = {{"s:f", "gone"}, {"s:f", "back"}, {"s:f", "never"}, {"s:none", "never"}};
  transaction.facets = {{.channel = "s:f", .key = "back", .record = "1", .seq = 3, .time = second(3)},
                        {.channel = "s:f", .key = "new", .record = "2", .seq = 3, .time = second(3)},
                        {.channel = "s:f", .key = "back", .record = "3", .seq = 3, .time = second(3)}};
  transaction.places = {{.space = "s", .key = "back", .point = {1, 1}, .channel = "s:f"}, {.space = "s", .key = "back", .point = {2, 2}, .channel = "s:f"}};
  given(store->write(transaction));
  CHECK(state_of(*store) == Lines{"facet s:f back 3 3 3000", "facet s:f new 2 3 3000", "place s back 2.000000,2.000000 s:f"});
  Transaction last{.seq = 4, .at = second(4), .is_durable = false};
  last.places_gone = {{"s", "back"}, {"t", "back"}};
  last.facets_gone = {{"s:f", "new"}};
  given(store->write(last));
  CHECK(state_of(*store) == Lines{"facet s:f back 3 3 3000"});
  CHECK(given(store->life()) == std::nullopt);  // nobody began one
}

TEST_CASE_TEMPLATE("a tail is cut to its newest, by when they came, whatever their numbers", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  for (const Seq seq : {8U, 9U, 1U}) given(store->write(event("s:e", seq)));  // 1 is of a later epoch
  given(store->write(event("s:other", 2)));
  struct Case {
    std::size_t keep, left;
  };
  for (const auto& [keep, left] : {Case{4, 3}, Case{3, 3}, Case{2, 2}, Case{0, 0}}) {
    CAPTURE(keep);
    Transaction cut{.seq = 3, .at = second(3), .is_durable = false};
    cut.tail_cuts = {{"s:e", keep}};
    given(store->write(cut));
    const Lines lines = state_of(*store);
    CHECK(lines.size() == left + 1);
    if (left == 2) CHECK(lines[1] == "tail s:e 1.0 - - {} - 1000");
  }
}

TEST_CASE_TEMPLATE("the state is replaced as a whole, and history says what was lost in the gap", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  for (const std::string_view key : {"kept", "lost", "removed"}) {
    Transaction transaction = facet("s:f", key, "{}", 1);
    transaction.history.push_back({.kind = HistoryKind::set, .channel = "s:f", .key = key, .seq = 1, .n = 0, .at = second(1), .time = second(1), .text = "{}", .place = {}});
    transaction.tails = event("s:e", 1).tails;
    transaction.places = {{.space = "s", .key = key, .point = {1, 1}, .channel = "s:f"}};
    given(store->write(transaction));
  }
  Transaction removal{.seq = 2, .at = second(2), .is_durable = false};
  removal.facets_gone = {{"s:f", "removed"}};
  removal.history = {{.kind = HistoryKind::removed, .channel = "s:f", .key = "removed", .seq = 2, .n = 0, .at = second(2), .time = second(2), .text = "deleted", .place = {}}};
  given(store->write(removal));

  int part = 0;
  given(store->replace_state([&](Transaction& next) {
    CHECK(next.facets.empty());
    next.seq = 90;
    next.at = second(90);
    if (part == 0) {
      next.history.push_back({.kind = HistoryKind::gap, .channel = "", .key = {}, .seq = 90, .n = 0, .at = second(90), .time = second(90), .text = "2", .place = {}});
      next.facets.push_back({.channel = "s:f", .key = "kept", .record = "{}", .seq = 40, .time = second(40)});
    } else if (part == 1) {
      next.facets.push_back({.channel = "t:f", .key = "new", .record = "{}", .seq = 41, .time = second(41)});
    }
    return part++ < 2;
  }));
  CHECK(state_of(*store) == Lines{"facet s:f kept {} 40 40000", "facet t:f new {} 41 41000"});
  const HistoryPage page = given(store->history({.channel = "s:f", .from = second(90)}));
  REQUIRE(page.rows.size() == 2);
  CHECK(page.rows[0].kind == HistoryKind::gap);
  CHECK(page.rows[0].channel.empty());
  CHECK(!page.rows[0].key);
  CHECK(page.rows[0].text == "2");
  CHECK(page.rows[1].kind == HistoryKind::removed);
  CHECK(page.rows[1].key == "lost");
  CHECK(page.rows[1].text == "gap");
  CHECK(page.rows[1].seq == 90);
  CHECK(page.rows[1].id > page.rows[0].id);
  // What is written next has numbers of its own.
  given(store->write(event("s:e", 91)));
  given(store->write(removal));
  CHECK(given(store->history({.channel = "s:f", .from = second(90)})).rows.size() == 2);
  CHECK(given(store->course({.from = second(89), .to = second(99)})).rows.size() == 3);
}

TEST_CASE_TEMPLATE("a replacement that fails half way has changed nothing", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  given(store->write(facet("s:f", "a", "{}", 1)));
  // Somebody else begins to write, and waits for longer than he may.
  const auto other = given(open_store(kind.url(), kind.options()));
  Failure why;
  int part = 0;
  given(store->replace_state([&](Transaction& next) {
    next = facet("s:f", "b", "{}", 2);
    if (part == 0) why = refused(other->write(facet("s:f", "c", "{}", 3)));
    return part++ == 0;
  }));
  CHECK(why.fault == Fault::busy);
  CHECK(state_of(*store) == Lines{"facet s:f b {} 2 2000"});
  given(other->write(facet("s:f", "c", "{}", 3)));
  CHECK(state_of(*other).size() == 2);
}

TEST_CASE_TEMPLATE("a reader beside the writer sees what is committed, and may not write", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  StoreOptions reading = kind.options();
  reading.read_only = true;
  const Failure nothing = refused(open_store(kind.url(), reading));
  CHECK((nothing.fault == Fault::unreachable || nothing.fault == Fault::other));
  const auto writer = given(open_store(kind.url(), kind.options()));
  const auto reader = given(open_store(kind.url(), reading));
  given(writer->write(facet("s:f", "a", "{}", 1)));
  CHECK(state_of(*reader).size() == 1);
  // While one reads the other writes, and what is read is of one moment.
  class Writing final : public StateVisitor {
   public:
    explicit Writing(Store& store) : store_(store) {}
    void facet(const FacetRow&) override {
      ++seen;
      given(store_.write(store::facet("s:g", "b", "{}", 2)));
    }
    void place(const PlaceRow&) override {}
    void tail(const TailRow&) override {}
    int seen = 0;

   private:
    Store& store_;
  } writing{*writer};
  given(reader->read_state(writing));
  CHECK(writing.seen == 1);
  CHECK(state_of(*reader).size() == 2);
}

TEST_CASE_TEMPLATE("what was committed is there after the connection was made anew", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  given(store->write(facet("s:f", "a", "{}", 1)));
  given(store->reopen());
  CHECK(state_of(*store).size() == 1);
  given(store->write(facet("s:f", "b", "{}", 2)));
  CHECK(state_of(*store).size() == 2);
}

}  // namespace starling::store
