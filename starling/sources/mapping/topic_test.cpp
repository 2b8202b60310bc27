#include "starling/sources/mapping/topic.hpp"

#include <doctest/doctest.h>

namespace starling::sources::mapping {
namespace {

using Found = std::optional<std::vector<std::string_view>>;

TEST_CASE("wildcards stand for what MQTT says they stand for") {
  struct Case {
    std::string_view filter, topic;
    Found want;
  };
  for (const Case& c : {
           Case{"sensors/+/state", "sensors/cellar/state", Found{{"cellar"}}},
           Case{"sensors/+/state", "sensors//state", Found{{""}}},
           Case{"sensors/+/state", "sensors/cellar/state/now", std::nullopt},
           Case{"sensors/+/state", "sensors/cellar", std::nullopt},
           Case{"sensors/+", "sensors", std::nullopt},
           Case{"+/+", "/finance", Found{{"", "finance"}}},
           Case{"+", "/finance", std::nullopt},
           Case{"fleet/#", "fleet/a/b", Found{{"a/b"}}},
           Case{"fleet/#", "fleet", Found{{""}}},
           Case{"fleet/#", "fleet/", Found{{""}}},
           Case{"fleet/#", "fleets", std::nullopt},
           Case{"+/x/#", "a/x/b/c", Found{{"a", "b/c"}}},
           Case{"#", "a/b", Found{{"a/b"}}},
           Case{"a/b", "a/b", Found{std::vector<std::string_view>{}}},
           Case{"a/b", "a/B", std::nullopt},
           Case{"$share/workers/a/+", "a/b", Found{{"b"}}},
       }) {
    CAPTURE(c.filter);
    CAPTURE(c.topic);
    const auto filter = TopicFilter::parse(c.filter);
    REQUIRE(filter.has_value());
    const Found found = filter->match(c.topic);
    REQUIRE(found.has_value() == c.want.has_value());
    if (found) {
      CHECK(*found == *c.want);
      CHECK(found->size() == filter->wildcards());
    }
  }
}

TEST_CASE("a filter no broker takes is refused") {
  for (const std::string_view filter :
       {"", "a/b+", "a+/b", "#/a", "a/#/b", "a#", "$share/", "$share/workers", "$share//a", "$share/workers/"}) {
    CAPTURE(filter);
    CHECK_FALSE(TopicFilter::parse(filter).has_value());
  }
}

}  // namespace
}  // namespace starling::sources::mapping
