#include "starling/core/session/admission.hpp"

#include <doctest/doctest.h>

#include "starling/core/log/test_world.hpp"

namespace starling::session {
namespace {

TEST_CASE("who comes back continues, or is told the first reason why not") {
  using enum fanout::SubscribedReason;
  log::TestWorld world;
  log::Log log{250};  // room for two batches of 100 bytes
  for (int i = 0; i < 4; ++i) log.append(world.close());
  const auto view_of = [&](std::vector<std::string> channels, std::vector<std::string> read) {
    view::Query query;
    query.channels = std::move(channels);
    view::Grant grant;
    grant.read = std::move(read);
    return view::View{std::move(query), std::make_shared<const view::Rights>(std::move(grant)), world.channels()};
  };
  const view::View view = view_of({"a:*"}, {"*"}), narrowed = view_of({"a:*"}, {"a:x"}), other = view_of({"b:*"}, {"*"});
  const std::string was = view.name();
  struct Case {
    const char* name;
    std::optional<protocol::Since> since;
    const view::View* view;
    fanout::SubscribedReason want;
  };
  for (const Case& c : {
           Case{"it did not ask", std::nullopt, &view, fresh},
           Case{"it is up to date", protocol::Since{"e", 4, was}, &view, resumed},
           Case{"it missed less than the log has", protocol::Since{"e", 3, was}, &view, resumed},
           Case{"it missed all that the log has", protocol::Since{"e", 2, was}, &view, resumed},
           Case{"it missed one batch more", protocol::Since{"e", 1, was}, &view, expired},
           Case{"it missed everything", protocol::Since{"e", 0, was}, &view, expired},
           Case{"it comes from another life", protocol::Since{"f", 4, "?"}, &view, epoch},
           Case{"it comes from our future", protocol::Since{"e", 5, "?"}, &view, epoch},
           Case{"it asks for something else", protocol::Since{"e", 0, was}, &other, query},
           Case{"it may see less than it did", protocol::Since{"e", 0, was}, &narrowed, rights},
           Case{"it may see more than it did", protocol::Since{"e", 3, narrowed.name()}, &view, rights},
           Case{"it asks for something else and may see more", protocol::Since{"e", 3, narrowed.name()}, &other, query},
           Case{"it makes a name up", protocol::Since{"e", 3, "q0"}, &view, query},
       }) {
    CAPTURE(c.name);
    CHECK(admit(c.since, "e", *c.view, log) == c.want);
  }
}

}  // namespace
}  // namespace starling::session
