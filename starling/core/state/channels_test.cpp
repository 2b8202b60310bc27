#include "starling/core/state/channels.hpp"

#include <doctest/doctest.h>

namespace starling::state {
namespace {

ChannelDeclaration declared(std::string name, ChannelKind kind = ChannelKind::state) {
  ChannelDeclaration declaration;
  declaration.name = std::move(name);
  declaration.kind = kind;
  return declaration;
}

TEST_CASE("declared channels come first, others when they are opened, each once") {
  Channels channels({}, {declared("mesh:chat", ChannelKind::event), declared("sdr:status")});
  REQUIRE(channels.all().size() == 2);
  CHECK(channels.find("mesh:chat")->declared);
  CHECK(channels.find("mesh:chat")->kind == ChannelKind::event);
  CHECK(channels.find("mesh:position") == nullptr);

  const Channel* position = *channels.open("mesh:position");
  CHECK(position->kind == ChannelKind::state);
  CHECK_FALSE(position->declared);
  CHECK(position->index == 2);
  CHECK(position->space() == "mesh");
  CHECK(position->facet() == "position");
  CHECK(position->space_index == channels.find("mesh:chat")->space_index);
  CHECK(position->space_index != channels.find("sdr:status")->space_index);
  CHECK(*channels.open("mesh:position") == position);
  CHECK(channels.all().size() == 3);
}

TEST_CASE("a space has an index once a channel of it is in use") {
  Channels channels({}, {declared("mesh:chat")});
  CHECK(channels.space_index_of("mesh:position") == channels.find("mesh:chat")->space_index);
  CHECK(channels.space_index_of("mes:position") == std::nullopt);
  CHECK(channels.space_index_of("meshes:chat") == std::nullopt);
  const Channel* status = *channels.open("sdr:status");
  CHECK(channels.space_index_of("sdr:other") == status->space_index);
}

TEST_CASE("a pointer to a channel stays good while others are added") {
  Channels channels({}, {});
  const Channel* first = *channels.open("space:0");
  for (int i = 1; i < 900; ++i) REQUIRE(channels.open("space:" + std::to_string(i)));
  CHECK(channels.find("space:0") == first);
  CHECK(first->name == "space:0");
}

TEST_CASE("channels stop at their limit, known ones still open") {
  Channels channels({.channels_max = 3, .declared_only = false}, {declared("a:declared")});
  CHECK(channels.open("a:1"));
  CHECK(channels.check("a:2"));
  CHECK(channels.open("a:2"));  // the third: at the limit
  CHECK(channels.check("a:3").error() == Refusal::limit_channels);
  CHECK(channels.open("a:3").error() == Refusal::limit_channels);
  CHECK(channels.all().size() == 3);
  CHECK(channels.find("a:3") == nullptr);
  CHECK(channels.open("a:1"));
  CHECK(channels.open("a:declared"));
}

TEST_CASE("checking a channel makes nothing") {
  Channels channels({}, {});
  CHECK(channels.check("a:b"));
  CHECK(channels.find("a:b") == nullptr);
  CHECK(channels.space_index_of("a:b") == std::nullopt);
}

TEST_CASE("where only declared channels are allowed, others are unknown; a bad name is bad first") {
  Channels channels({.channels_max = 1000, .declared_only = true}, {declared("a:b")});
  CHECK(channels.open("a:b"));
  CHECK(channels.open("a:c").error() == Refusal::unknown_channel);
  CHECK(channels.open("A:c").error() == Refusal::bad_channel);
  CHECK(channels.open("a:*").error() == Refusal::bad_channel);
}

}  // namespace
}  // namespace starling::state
