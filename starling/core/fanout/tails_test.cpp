#include "starling/core/fanout/tails.hpp"

#include <doctest/doctest.h>

#include "starling/core/log/test_world.hpp"

namespace starling::fanout {
namespace {

struct Told {
  explicit Told(std::size_t keep) : world({channel("a:e", keep), channel("b:e", keep)}) {}
  static state::ChannelDeclaration channel(const char* name, std::size_t keep) {
    state::ChannelDeclaration made;
    made.name = name;
    made.kind = state::ChannelKind::event;
    made.keep = static_cast<std::uint32_t>(keep);
    return made;
  }
  void say(const char* channel, std::string_view data, std::optional<std::string> key = std::nullopt) {
    world.say(channel, std::move(key), data);
    const log::BatchPtr batch = world.close();
    for (const state::EventPtr& event : batch->events) tails.add(last = event);
  }
  std::vector<std::string> newest(view::Query query, std::size_t count, state::Seq upto = ~state::Seq{0}) {
    const view::View view{std::move(query), world.channels()};
    std::vector<std::string> found;
    for (const state::EventPtr& event : tails.newest(view, count, upto)) found.push_back(event->channel->name + ' ' + event->data);
    return found;
  }
  log::TestWorld world;
  Tails tails;
  state::EventPtr last;
};

using Found = std::vector<std::string>;

TEST_CASE("the newest of each channel, oldest first, as many as are kept: none, one, and as many as there are") {
  for (const std::size_t keep : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{4}}) {
    CAPTURE(keep);
    Told told{keep};
    Found all;
    for (int n = 1; n <= 3; ++n) {
      told.say("a:e", "{\"n\":" + std::to_string(n) + '}');
      all.push_back("a:e {\"n\":" + std::to_string(n) + '}');
    }
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(std::min(keep, all.size())));
    CHECK(told.newest({{"*"}, {}, {}}, 10) == all);
  }
}

TEST_CASE("only what the view shows counts, of each channel, up to a seq") {
  Told told{10};
  told.say("a:e", R"({"n":1})", "k");
  told.say("a:e", R"({"n":2})", "l");
  told.say("b:e", R"({"n":3})", "k");
  told.say("a:e", R"({"n":4})", "k");
  view::Query of_k{{"*"}, {}, {}};
  of_k.filter.keys = std::vector<std::string>{"k"};
  CHECK(told.newest(of_k, 1) == Found{R"(b:e {"n":3})", R"(a:e {"n":4})"});
  CHECK(told.newest(of_k, 2) == Found{R"(a:e {"n":1})", R"(b:e {"n":3})", R"(a:e {"n":4})"});
  CHECK(told.newest({{"a:e"}, {}, {}}, 2) == Found{R"(a:e {"n":2})", R"(a:e {"n":4})"});
  CHECK(told.newest({{"a:e"}, {}, {}}, 2, 3) == Found{R"(a:e {"n":1})", R"(a:e {"n":2})"});
  CHECK(told.newest({{"a:e"}, {}, {}}, 0).empty());
}

TEST_CASE("a tail is bounded in bytes too: one below, at and one above; a newest that alone is over is not kept") {
  const auto data_of = [](std::size_t bytes) { return R"({"t":")" + std::string(bytes - 8, 'x') + R"("})"; };
  Told measured{1};
  measured.say("a:e", data_of(1'000));
  const std::size_t around = measured.last->bytes() - 1'000;
  for (const std::size_t bytes : {kTailBytesMax - 1, kTailBytesMax, kTailBytesMax + 1}) {
    CAPTURE(bytes);
    const bool fits = bytes <= kTailBytesMax;
    Told two{10};
    two.say("a:e", data_of(600'000));
    two.say("a:e", data_of(bytes - 600'000 - 2 * around));
    CHECK(two.newest({{"*"}, {}, {}}, 10).size() == (fits ? 2 : 1));
    Told one{10};
    one.say("a:e", data_of(bytes - around));
    CHECK(one.newest({{"*"}, {}, {}}, 10).size() == (fits ? 1 : 0));
  }
}

}  // namespace
}  // namespace starling::fanout
