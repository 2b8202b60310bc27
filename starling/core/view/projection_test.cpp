#include "starling/core/view/projection.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::view {
namespace {

using state::Channel;
using state::Fields;

const Channel kPlain = [] {
  Channel channel;
  channel.name = "a:x";
  return channel;
}();
/// Declared, with the locating fields `lat "N"` and `lon`.
const Channel kNamed = [] {
  Channel channel;
  channel.name = "a:y";
  channel.declared = true;
  channel.location = {"lat \"N\"", "lon"};
  return channel;
}();
const Channel kNowhere = [] {
  Channel channel;
  channel.name = "a:z";
  channel.declared = true;
  return channel;
}();

using Names = std::vector<std::string>;
Projection only(Names fields) { return Projection{std::move(fields), {}, {}}; }
Projection without(Names hidden) { return Projection{std::nullopt, std::move(hidden), {}}; }
Projection to(int decimals) { return Projection{std::nullopt, {}, Precision{decimals}}; }

std::string record(const Projection& projection, std::string_view text, const Channel& channel = kPlain) {
  std::string out;
  projection.append_record(out, channel, Fields::from(text));
  return out;
}

/// The patch, or "same" or "whole". What stood there before stays.
std::string patch(const Projection& was, const Projection& is, std::string_view before, std::string_view after, const Channel& channel = kPlain) {
  std::string out = "#";
  const auto said = is.append_patch(out, channel, was, Fields::from(before), Fields::from(after));
  REQUIRE(out.starts_with('#'));
  switch (said) {
    case Projection::Patch::same: CHECK(out == "#"); return "same";
    case Projection::Patch::whole: CHECK(out == "#"); return "whole";
    case Projection::Patch::patch: break;
  }
  return out.substr(1);
}

TEST_CASE("a record shows the fields that are asked for and not hidden, in its own order and text") {
  const char* text = R"({"w":2.0,"v":{"a":[1]},"q\"":"\u0041","h":null})";
  CHECK(record(*Projection::everything(), text) == text);
  CHECK(record(only({"v", "w"}), text) == R"({"w":2.0,"v":{"a":[1]}})");
  CHECK(record(only({R"(q\")"}), text) == R"({"q\"":"\u0041"})");
  CHECK(record(only({"z"}), text) == "{}");
  CHECK(record(only({}), text) == "{}");
  CHECK(record(without({"h", "w"}), text) == R"({"v":{"a":[1]},"q\"":"\u0041"})");
  CHECK(record(Projection{Names{"v", "w"}, {"w"}, {}}, text) == R"({"v":{"a":[1]}})");
  CHECK(record(*Projection::everything(), "{}") == "{}");
}

TEST_CASE("a patch is the fields that differ as they are shown") {
  struct Case {
    const char* name;
    const char* before;
    const char* after;
    const char* want;
  };
  for (const Case& c : {
           Case{"one of two", R"({"v":1,"w":2})", R"({"v":1,"w":3})", R"({"w":3})"},
           Case{"both, in another order", R"({"v":1,"w":2})", R"({"w":3,"v":4})", R"({"w":3,"v":4})"},
           Case{"a new one", R"({"v":1})", R"({"v":1,"w":2})", R"({"w":2})"},
           Case{"a new one before the others", R"({"v":1,"u":1})", R"({"w":2,"v":1,"u":1})", R"({"w":2})"},
           Case{"nothing but another text", R"({"v":1})", R"({"v":1.0})", R"({"v":1.0})"},
           Case{"nothing", R"({"v":1,"w":2})", R"({"v":1,"w":2})", "same"},
           Case{"nothing but another order", R"({"v":1,"w":2,"u":3})", R"({"u":3,"v":1,"w":2})", "same"},
           Case{"one gone", R"({"v":1,"w":2})", R"({"v":1})", "whole"},
           Case{"one gone, one come", R"({"v":1})", R"({"w":1})", "whole"},
           Case{"one gone, two come", R"({"v":1})", R"({"w":1,"u":1})", "whole"},
           Case{"all gone", R"({"v":1})", "{}", "whole"},
           Case{"none then, none now", "{}", "{}", "same"},
       }) {
    CAPTURE(c.name);
    CHECK(patch(*Projection::everything(), *Projection::everything(), c.before, c.after) == c.want);
    CHECK(patch(only({"u", "v", "w"}), only({"u", "v", "w"}), c.before, c.after) == c.want);
    CHECK(patch(without({"h"}), without({"h"}), c.before, c.after) == c.want);
  }
}

TEST_CASE("what is not shown makes no patch, and what is not shown any more makes a whole record") {
  struct Case {
    const char* name;
    Projection was, is;
    const char* before;
    const char* after;
    const char* want;
  };
  const Projection all = *Projection::everything();
  for (const Case& c : {
           Case{"a field not asked for changes", only({"v"}), only({"v"}), R"({"v":1,"h":1})", R"({"v":1,"h":2})", "same"},
           Case{"a hidden field changes", without({"h"}), without({"h"}), R"({"v":1,"h":1})", R"({"v":1,"h":2})", "same"},
           Case{"a hidden field disappears", without({"h"}), without({"h"}), R"({"v":1,"h":1})", R"({"v":1})", "same"},
           Case{"a hidden field comes", without({"h"}), without({"h"}), R"({"v":1})", R"({"v":1,"h":1})", "same"},
           Case{"a shown field disappears", only({"v", "w"}), only({"v", "w"}), R"({"v":1,"w":2})", R"({"w":2})", "whole"},
           Case{"a field is shown no longer", all, without({"h"}), R"({"v":1,"h":1})", R"({"v":1,"h":1})", "whole"},
           Case{"a field that is not there is shown no longer", all, without({"h"}), R"({"v":1})", R"({"v":1})", "same"},
           Case{"a field is shown from now on", without({"h"}), all, R"({"v":1,"h":1})", R"({"v":1,"h":1})", R"({"h":1})"},
           Case{"it and another", without({"h"}), all, R"({"v":1,"h":1})", R"({"v":2,"h":1})", R"({"v":2,"h":1})"},
           Case{"other fields than before", only({"v"}), only({"w"}), R"({"v":1,"w":1})", R"({"v":1,"w":1})", "whole"},
           Case{"other fields, none of them there", only({"y"}), only({"z"}), R"({"v":1})", R"({"v":1})", "same"},
       }) {
    CAPTURE(c.name);
    CHECK(patch(c.was, c.is, c.before, c.after) == c.want);
  }
}

TEST_CASE("coarser positions: numbers that locate are shown with so many decimals, all else as it is") {
  struct Case {
    const char* name;
    const Channel* channel;
    int decimals;
    const char* text;
    const char* want;
  };
  for (const Case& c : {
           Case{"a place", &kPlain, 1, R"({"latitude":47.1234,"longitude":8.5678,"alt":431.25})", R"({"latitude":47.1,"longitude":8.6,"alt":431.25})"},
           Case{"all decimals are written", &kPlain, 3, R"({"latitude":47,"longitude":8.50})", R"({"latitude":47.000,"longitude":8.500})"},
           Case{"none", &kPlain, 0, R"({"latitude":47.5,"longitude":8.4})", R"({"latitude":48,"longitude":8})"},
           Case{"the most", &kPlain, 9, R"({"latitude":47.1234567891,"longitude":-179.9999999999})", R"({"latitude":47.123456789,"longitude":180.000000000})"},
           Case{"however written", &kPlain, 1, R"({"latitude":4.71234e1,"longitude":-0})", R"({"latitude":47.1,"longitude":0.0})"},
           Case{"nearly nothing below zero", &kPlain, 1, R"({"latitude":-0.04,"longitude":-0.06})", R"({"latitude":0.0,"longitude":-0.1})"},
           Case{"over the date line", &kPlain, 1, R"({"latitude":0.0,"longitude":190.04})", R"({"latitude":0.0,"longitude":-170.0})"},
           Case{"only one of the two", &kPlain, 1, R"({"latitude":47.1234})", R"({"latitude":47.1})"},
           Case{"what is no number", &kPlain, 1, R"({"latitude":null,"longitude":"8.5678"})", R"({"latitude":null,"longitude":"8.5678"})"},
           Case{"what is no latitude", &kPlain, 1, R"({"latitude":90.01,"longitude":1e999})", R"({"latitude":90.01,"longitude":1e999})"},
           Case{"declared names", &kNamed, 1, R"({"lat \"N\"":1.23,"lon":4.56,"latitude":1.23})", R"({"lat \"N\"":1.2,"lon":4.6,"latitude":1.23})"},
           Case{"declared to locate nothing", &kNowhere, 1, R"({"latitude":47.1234,"longitude":8.5678})", R"({"latitude":47.1234,"longitude":8.5678})"},
       }) {
    CAPTURE(c.name);
    CHECK(record(to(c.decimals), c.text, *c.channel) == c.want);
  }
}

TEST_CASE("a move that a coarser position does not show is no patch") {
  const char *here = R"({"latitude":47.1234,"longitude":8.5678})", *near = R"({"latitude":47.14,"longitude":8.56})",
             *far = R"({"latitude":47.16,"longitude":8.5678})";
  CHECK(patch(to(1), to(1), here, near) == "same");
  CHECK(patch(to(1), to(1), here, far) == R"({"latitude":47.2})");
  CHECK(patch(to(2), to(2), here, near) == R"({"latitude":47.14,"longitude":8.56})");
  CHECK(patch(to(2), to(1), here, here) == R"({"latitude":47.1,"longitude":8.6})");
  CHECK(patch(to(1), *Projection::everything(), here, here) == here);
}

TEST_CASE("the data of an event is shown like a record, and its location like a place") {
  Channel channel = kNamed;
  channel.kind = state::ChannelKind::event;
  state::Event event{.channel = &channel, .key = {}, .seq = 1, .n = 0, .time = {}, .location = geo::Point{1.23, 4.56}, .data = R"({"lon":4.56,"t":1.5})", .entity = {}};
  const auto data = [&](const Projection& projection) {
    std::string out;
    projection.append_data(out, event);
    return out;
  };
  CHECK(data(*Projection::everything()) == event.data);
  CHECK(data(only({"t"})) == R"({"t":1.5})");
  CHECK(data(to(1)) == R"({"lon":4.6,"t":1.5})");
  CHECK(Projection::everything()->shown_location(event) == event.location);
  CHECK(to(1).shown_location(event) == geo::Point{1.2, 4.6});
  CHECK(only({"t"}).shown_location(event) == event.location);
  CHECK(without({"t"}).shown_location(event) == event.location);
  CHECK_FALSE(without({"lon"}).shown_location(event));
  event.location.reset();
  CHECK_FALSE(to(1).shown_location(event));
}

TEST_CASE("projections that show the same have the same text") {
  CHECK(Projection::everything()->shows_all());
  CHECK(Projection::everything()->shows_as(Projection{std::nullopt, {}, {}}));
  CHECK(only({"v", "w"}).shows_as(only({"w", "v", "w"})));
  CHECK_FALSE(only({}).shows_all());
  CHECK_FALSE(only({}).shows_as(*Projection::everything()));
  CHECK_FALSE(only({"v", "w"}).shows_as(only({R"(v\"\"w)"})));
  CHECK_FALSE(only({"v"}).shows_as(without({"v"})));
  CHECK_FALSE(to(1).shows_all());
  CHECK_FALSE(to(1).shows_as(to(2)));
}

TEST_CASE("a patch turns what was shown into what is shown, whatever the projections") {
  const std::uint64_t seed = 1979;
  CAPTURE(seed);
  Random random{seed};
  const auto any_projection = [&] {
    std::optional<Names> fields;
    Names hidden;
    if (random.chance(0.5)) fields.emplace();
    for (const char* name : {"a", "b", "c", "latitude"}) {
      if (fields && random.chance(0.7)) fields->push_back(name);
      if (random.chance(0.2)) hidden.push_back(name);
    }
    return Projection{fields, hidden, random.chance(0.5) ? Precision{static_cast<int>(random.below(3))} : Precision{}};
  };
  const auto any_record = [&] {
    std::string text = "{";
    const std::uint64_t turn = random.below(4);
    for (std::uint64_t i = 0; i < 4; ++i) {
      static constexpr const char* kNames[] = {"a", "b", "c", "latitude"};
      if (random.chance(0.2)) continue;
      text += (text.size() > 1 ? ",\"" : "\"") + std::string{kNames[(i + turn) % 4]} + "\":" + std::to_string(random.below(3)) + '.' + std::to_string(random.below(100));
    }
    return text + '}';
  };
  for (int i = 0; i < 2000; ++i) {
    const Projection was = any_projection(), is = any_projection();
    const std::string before = any_record(), after = any_record();
    CAPTURE(was.text());
    CAPTURE(is.text());
    CAPTURE(before);
    CAPTURE(after);
    const Fields held = Fields::from(record(was, before)), want = Fields::from(record(is, after));
    const std::string said = patch(was, is, before, after);
    bool is_gone = false;
    for (std::size_t f = 0; f < held.size(); ++f) is_gone = is_gone || !want.find(held[f].name);
    REQUIRE((said == "whole") == is_gone);
    if (is_gone) continue;
    REQUIRE((said == "same") == held.equals(want));
    if (said == "same") continue;
    const auto merged = Fields::merged(held, Fields::from(said));
    REQUIRE(merged.has_value());
    REQUIRE(merged->equals(want));
    for (std::size_t f = 0; f < Fields::from(said).size(); ++f) {  // nothing that is held already
      const Fields patched = Fields::from(said);
      REQUIRE(held.find(patched[f].name) != patched[f].value);
    }
  }
}

}  // namespace
}  // namespace starling::view
