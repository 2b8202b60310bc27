#include "starling/server/routes/state_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/cursor.hpp"
#include "starling/io/http/entity_tag.hpp"

namespace starling::routes {
namespace {

using http::Response;
using protocol::Error;
using protocol::ErrorCode;

/// Looked at in one turn: some 100 µs.
constexpr std::size_t kSlotsPerStep = 4096;

/// A slot means nothing in another life of the server.
std::string write_cursor(std::string_view epoch, std::size_t slot) { return fmt::format("{}-{}", epoch, slot); }

std::optional<std::size_t> read_cursor(std::string_view cursor, std::string_view epoch) {
  if (!cursor.starts_with(epoch) || cursor.size() <= epoch.size() || cursor[epoch.size()] != '-') return std::nullopt;
  return read_number<std::size_t>(cursor.substr(epoch.size() + 1));
}

class StatePage final : public http::Work {
 public:
  StatePage(StateQuery query, std::string epoch, std::string tag, state::Cut cut)
      : query_(std::move(query)),
        epoch_(std::move(epoch)),
        tag_(std::move(tag)),
        cut_(std::move(cut)),
        at_(query_.from) {}

  /// Those with these keys instead of all of the cut.
  void pick(std::vector<state::EntityPtr> entities) { picked_ = std::move(entities); }

  std::optional<Response> step() override {
    const std::size_t end = picked_ ? picked_->size() : cut_.slots();
    for (const std::size_t step_end = std::min(end, at_ + kSlotsPerStep); at_ < step_end; ++at_) {
      const state::EntityPtr& entity = picked_ ? (*picked_)[at_] : cut_.at(at_);
      if (!entity || !shows(*entity)) continue;
      if (count_ == query_.limit || records_.size() >= kPageBytes) return response(true);
      add(*entity);
    }
    if (at_ < end) return std::nullopt;
    return response(false);
  }

 private:
  [[nodiscard]] bool shows(const state::Entity& entity) const {
    const state::Facet* facet = entity.find(*query_.channel);
    return facet && query_.view->shows(*query_.channel) && query_.view->membership(entity) == view::Membership::inside &&
           query_.view->admits(entity, *facet);
  }

  void add(const state::Entity& entity) {
    if (count_++ > 0) records_ += ',';
    json::append_string(records_, entity.key());
    records_ += ':';
    query_.view->projection()->append_record(records_, *query_.channel, entity.find(*query_.channel)->fields);
  }

  [[nodiscard]] Response response(bool has_more) const {
    std::string body = fmt::format(R"({{"epoch":"{}","seq":{},"records":{{)", epoch_, cut_.seq());
    body += records_;
    body += '}';
    if (has_more) body += fmt::format(R"(,"cursor":"{}")", write_cursor(epoch_, at_));
    body += '}';
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}, {"ETag", tag_}, {"Cache-Control", "private, no-cache"}},
            .body = std::move(body)};
  }

  StateQuery query_;
  std::string epoch_;
  std::string tag_;
  state::Cut cut_;
  std::optional<std::vector<state::EntityPtr>> picked_;
  std::size_t at_;
  std::size_t count_ = 0;
  std::string records_;
};

}  // namespace

Result<StateQuery, Error> read_state_query(std::string_view channel, const Given& query,
                                           const state::KnownChannels& channels, std::string_view epoch) {
  StateQuery read;
  if (!state::is_channel_name(channel))
    return fault(ErrorCode::bad_channel, "a channel is named space:facet", kChannel);
  read.channel = channels.find(channel);
  if (read.channel == nullptr) return fault(ErrorCode::unknown_channel, "there is no such channel", kChannel);
  if (read.channel->kind == state::ChannelKind::event)
    return fault(ErrorCode::bad_channel, "a channel of events has no state", kChannel);

  auto asked = read_shown({std::string{channel}}, query);
  if (!asked) return Unexpected{std::move(asked).error()};
  const auto limit = query.whole(kPageLimit);
  if (!limit) return Unexpected{limit.error()};
  read.limit = *limit;
  if (const auto cursor = query.find(kPageCursor)) {
    const auto from = read_cursor(*cursor, epoch);
    if (!from)
      return fault(ErrorCode::bad_message, "this cursor is not of this server's life: begin without one", kPageCursor);
    read.from = *from;
  }
  read.view = std::make_shared<const view::View>(std::move(*asked), channels);
  return read;
}

http::Answer state_page(StateQuery query, std::string_view if_none_match, const session::Shard& shard) {
  const state::Seq seq = shard.fanout().log().head();
  const std::string& epoch = shard.options().epoch;
  std::string tag = '"' + protocol::write_cursor(epoch, seq, query.view->name()) + '"';
  if (http::matches_tag(if_none_match, tag)) {
    return Response{.status = 304, .headers = {{"ETag", tag}, {"Cache-Control", "private, no-cache"}}};
  }
  const state::State& state = shard.fanout().state();
  const std::uint32_t space_index = query.channel->space_index;
  const auto& keys = query.view->reach().keys;
  std::optional<std::vector<state::EntityPtr>> picked;
  if (keys) {
    picked.emplace();
    for (const std::string& key : *keys) picked->push_back(state.find(space_index, key));
  }
  state::Cut cut = keys ? state::Cut{seq} : state.cut(space_index, seq);
  auto page = std::make_unique<StatePage>(std::move(query), epoch, std::move(tag), std::move(cut));
  if (picked) page->pick(std::move(*picked));
  return page;
}

}  // namespace starling::routes
