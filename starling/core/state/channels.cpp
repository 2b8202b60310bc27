#include "starling/core/state/channels.hpp"

#include "starling/core/base/check.hpp"

namespace starling::state {

const Channel* KnownChannels::find(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

void KnownChannels::add(const Channel& channel) {
  STARLING_CHECK(channel.index == all_.size(), channel.index, all_.size());
  all_.push_back(&channel);
  by_name_.emplace(channel.name, &channel);
}

Channels::Channels(ChannelsOptions options, const std::vector<ChannelDeclaration>& declarations) : options_(options) {
  for (const ChannelDeclaration& declaration : declarations) {
    STARLING_CHECK(is_channel_name(declaration.name), declaration.name);
    STARLING_CHECK(find(declaration.name) == nullptr, declaration.name);
    make(declaration, true);
  }
}

Result<void, Refusal> Channels::check(std::string_view name) const noexcept {
  if (find(name) != nullptr) return {};
  if (!is_channel_name(name)) return Unexpected{Refusal::bad_channel};
  if (options_.declared_only) return Unexpected{Refusal::unknown_channel};
  if (all().size() >= options_.channels_max) return Unexpected{Refusal::limit_channels};
  return {};
}

Result<const Channel*, Refusal> Channels::open(std::string_view name) {
  if (const Channel* channel = find(name)) return channel;
  if (const auto allowed = check(name); !allowed) return Unexpected{allowed.error()};
  ChannelDeclaration declaration;
  declaration.name = name;
  return &make(std::move(declaration), false);
}

std::optional<std::uint32_t> Channels::space_index_of(std::string_view channel_name) const {
  const auto found = space_indexes_.find(std::string{channel_name.substr(0, channel_name.find(':'))});
  return found == space_indexes_.end() ? std::nullopt : std::optional{found->second};
}

const Channel& Channels::make(ChannelDeclaration declaration, bool declared) {
  auto channel = std::make_unique<Channel>();
  static_cast<ChannelDeclaration&>(*channel) = std::move(declaration);
  channel->declared = declared;
  channel->index = static_cast<std::uint32_t>(all().size());
  const auto next_space = static_cast<std::uint32_t>(space_indexes_.size());
  channel->space_index = space_indexes_.try_emplace(std::string{channel->space()}, next_space).first->second;
  made_.push_back(std::move(channel));
  add(*made_.back());
  return *made_.back();
}

}  // namespace starling::state
