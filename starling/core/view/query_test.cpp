#include "starling/core/view/query.hpp"

#include <doctest/doctest.h>

namespace starling::view {
namespace {

TEST_CASE("a channel pattern is a name, a whole space, or everything") {
  for (const char* good : {"*", "mesh:*", "mesh:position", "a.b-c_0:*"}) {
    CAPTURE(good);
    CHECK(is_channel_pattern(good));
  }
  for (const char* bad : {"", "**", ":*", "mesh*", "mesh", "mesh:pos*", "mesh:*:*", "*:position", "Mesh:*", "mesh:**", "mesh: *", "mesh:"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_channel_pattern(bad));
  }
}

TEST_CASE("the names in a pattern are as long as a channel's: one below, at and one above") {
  for (const std::size_t bytes : {std::size_t{127}, std::size_t{128}, std::size_t{129}}) {
    CAPTURE(bytes);
    const std::string part(bytes, 'a');
    for (const std::string& pattern : {part + ":*", part + ":x", "x:" + part}) CHECK(is_channel_pattern(pattern) == (bytes <= 128));
  }
}

TEST_CASE("a pattern covers names whole, never part of one") {
  struct Case {
    const char *pattern, *channel;
    bool covered;
  };
  for (const Case& c : {
           Case{"*", "mesh:position", true},
           Case{"mesh:*", "mesh:position", true},
           Case{"mesh:*", "mesh2:position", false},
           Case{"mes:*", "mesh:position", false},
           Case{"mesh:position", "mesh:position", true},
           Case{"mesh:pos", "mesh:position", false},
           Case{"mesh:position", "mesh:pos", false},
       }) {
    CAPTURE(c.pattern);
    CAPTURE(c.channel);
    CHECK(covers(c.pattern, c.channel) == c.covered);
  }
}

Query query(std::vector<std::string> channels) {
  Query made;
  made.channels = std::move(channels);
  return made;
}

TEST_CASE("the same query has the same text however it was written") {
  Query a = query({"mesh:position", "sdr:*"}), b = query({"sdr:*", "mesh:position", "sdr:*"});
  CHECK(normalised_text(a) == normalised_text(b));
  a.filter.keys = {"x", "y"};
  b.filter.keys = {"y", "x", "y"};
  CHECK(normalised_text(a) == normalised_text(b));
  a.fields = {"f", "g"};
  b.fields = {"g", "f", "f"};
  CHECK(normalised_text(a) == normalised_text(b));
  a.filter.bounds = geo::Box::from(10, 0, 190, 170);
  b.filter.bounds = geo::Box::from(10, 0, -170, 170);
  CHECK(normalised_text(a) == normalised_text(b));
}

TEST_CASE("all boxes of every longitude are one") {
  Query a = query({"*"}), b = query({"*"});
  a.filter.bounds = geo::Box::from(10, 0, 180, -180);
  b.filter.bounds = geo::Box::from(10, 0, 500, 0);
  CHECK(normalised_text(a) == normalised_text(b));
}

TEST_CASE("minus zero is zero") {
  Query a = query({"*"}), b = query({"*"});
  a.filter.bounds = geo::Box::from(10, 0, 10, 0);
  b.filter.bounds = geo::Box::from(10, -0.0, 10, -0.0);
  CHECK(normalised_text(a) == normalised_text(b));
}

TEST_CASE("unlocated without bounds says nothing") {
  Query a = query({"*"}), b = query({"*"});
  b.filter.unlocated = true;
  CHECK(normalised_text(a) == normalised_text(b));
}

TEST_CASE("queries that differ have texts that differ") {
  std::vector<Query> all;
  const auto add = [&all](Query made) { all.push_back(std::move(made)); };
  const auto with = [](auto change) {
    Query made = query({"mesh:position"});
    change(made);
    return made;
  };
  add(query({"mesh:position"}));
  add(query({"mesh:*"}));
  add(query({"*"}));
  add(query({"mesh:position", "mesh:user"}));
  add(with([](Query& q) { q.filter.keys = std::vector<std::string>{}; }));
  add(with([](Query& q) { q.filter.keys = {"a"}; }));
  add(with([](Query& q) { q.filter.keys = {"a", "b"}; }));
  add(with([](Query& q) { q.filter.keys = {"a\"\"b"}; }));  // as the list would be written, were it not escaped
  add(with([](Query& q) { q.filter.where = *Where::from(R"({"a":1})"); }));
  add(with([](Query& q) { q.filter.where = *Where::from(R"({"a":{"ne":1}})"); }));
  add(with([](Query& q) { q.fields = std::vector<std::string>{}; }));
  add(with([](Query& q) { q.fields = {"a"}; }));
  add(with([](Query& q) { q.fields = {"a", "b"}; }));
  add(with([](Query& q) { q.filter.bounds = geo::Box::from(10, 0, 10, 0); }));
  add(with([](Query& q) { q.filter.bounds = geo::Box::from(10, 0, 10, 0), q.filter.unlocated = true; }));
  add(with([](Query& q) { q.filter.bounds = geo::Box::from(10, 0, 10.000000000000002, 0); }));
  add(with([](Query& q) { q.filter.bounds = geo::Box::from(10, 0, 0, 10); }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK(normalised_text(all[i]) != normalised_text(all[j]));
    }
  }
}

}  // namespace
}  // namespace starling::view
