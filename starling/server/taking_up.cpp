#include "starling/server/taking_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "starling/core/base/json.hpp"
#include "starling/core/log/batch_text.hpp"

namespace starling {
namespace {

/// Batches are written down in portions of about so many bytes.
constexpr std::size_t kPortionBytes = 4 << 20;

/// Gathers rows into entities and events.
class Gathering final : public store::StateVisitor {
 public:
  explicit Gathering(hub::Hub& hub) : hub_(hub) {}

  void facet(const store::FacetRow& row) override {
    const state::Channel* channel = channel_of(row.channel, state::ChannelKind::state);
    std::string room;
    const auto record = json::compact(row.record, room);
    // Where nobody asks any more who is there, nothing would ever change what is said of it.
    const bool is_presence = channel && !channel->built_in && channel->facet() == "presence" && record && says_presence(*record);
    if (channel == nullptr || is_presence || !state::is_key(row.key) || !record || json::kind_of(*record) != json::Kind::object) {
      ++left_out_[std::string{row.channel}];
      return;
    }
    state::Entity& entity = open(*channel, row.key);
    entity.put(std::make_shared<const state::Facet>(state::Facet{channel, state::Fields::from(*record), row.seq, row.time}));
  }

  void place(const store::PlaceRow& row) override {
    const state::Channel* channel = channel_of(row.channel, state::ChannelKind::state);
    const auto point = geo::Point::from(row.point.latitude_deg, row.point.longitude_deg);
    const auto found = channel ? by_key_.find({channel->space_index, std::string{row.key}}) : by_key_.end();
    if (!point || found == by_key_.end() || entities_[found->second]->find(*channel) == nullptr) {
      ++left_out_[std::string{row.channel}];
      return;
    }
    entities_[found->second]->place = state::Place{*point, channel};
  }

  void tail(const store::TailRow& row) override {
    const state::Channel* channel = channel_of(row.channel, state::ChannelKind::event);
    std::string room;
    const auto data = json::compact(row.data, room);
    if (channel == nullptr || !data || json::kind_of(*data) != json::Kind::object || (row.key && !state::is_key(*row.key))) {
      ++left_out_[std::string{row.channel}];
      return;
    }
    auto event = std::make_shared<state::Event>(state::Event{.channel = channel,
                                                             .key = row.key ? std::optional{std::string{*row.key}} : std::nullopt,
                                                             .seq = row.seq,
                                                             .n = row.n,
                                                             .time = row.time,
                                                             .location = row.location,
                                                             .data = std::string{*data},
                                                             .entity = nullptr});
    if (row.entity && row.key) {
      auto entity = log::read_entity(*row.entity, channel->space_index, *row.key, [this](std::string_view name) { return hub_.open_channel(name); });
      if (entity) {
        event->entity = std::move(*entity);
      } else {
        ++left_out_[std::string{row.channel}];
      }
    }
    events_.push_back(std::move(event));
  }

  [[nodiscard]] std::vector<std::shared_ptr<state::Entity>> take_entities() { return std::move(entities_); }
  /// In (seq, n) order.
  [[nodiscard]] std::vector<state::EventPtr> take_events() {
    std::ranges::sort(events_, {}, [](const state::EventPtr& event) { return std::pair{event->seq, event->n}; });
    return std::move(events_);
  }
  /// Rows, by channel.
  [[nodiscard]] const std::map<std::string, std::size_t>& left_out() const noexcept { return left_out_; }

 private:
  struct Who {
    std::uint32_t space_index;
    std::string key;
    bool operator==(const Who&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Who& who) const noexcept { return state::Identity::hash_of(who.space_index, who.key); }
  };

  /// Null if there may be none of that kind.
  [[nodiscard]] const state::Channel* channel_of(std::string_view name, state::ChannelKind kind) {
    const state::Channel* channel = hub_.open_channel(name);
    return channel && channel->kind == kind ? channel : nullptr;
  }

  static bool says_presence(std::string_view record) {
    std::size_t members = 0;
    for ([[maybe_unused]] const json::Member& member : json::Members{record}) ++members;
    return members == 2 && json::find(record, "online") && json::find(record, "heard");
  }

  state::Entity& open(const state::Channel& channel, std::string_view key) {
    const auto [found, is_new] = by_key_.try_emplace({channel.space_index, std::string{key}}, entities_.size());
    if (is_new) {
      auto entity = std::make_shared<state::Entity>();
      entity->identity = state::Identity::of(channel.space_index, key);
      entities_.push_back(std::move(entity));
    }
    return *entities_[found->second];
  }

  hub::Hub& hub_;
  std::vector<std::shared_ptr<state::Entity>> entities_;
  std::unordered_map<Who, std::size_t, Hash> by_key_;
  std::vector<state::EventPtr> events_;
  std::map<std::string, std::size_t> left_out_;
};

/// Without a presence of its own nothing of an entity would remain to be present.
void drop_without_reports(std::vector<std::shared_ptr<state::Entity>>& entities) {
  std::erase_if(entities, [](const std::shared_ptr<state::Entity>& entity) {
    return std::ranges::all_of(entity->facets, [](const state::FacetPtr& facet) { return facet->channel->built_in; });
  });
}

/// The batches of the log that was kept; what is wrong with it, if anything is.
Result<std::vector<log::BatchPtr>, std::string> read_log(const std::vector<std::string>& texts, state::Seq seq, hub::Hub& hub, const log::Past& past) {
  log::BatchesBack back{[&hub](std::string_view name) { return hub.open_channel(name); }};
  for (const auto& entity : past.entities) back.begin_with(entity);
  std::vector<log::BatchPtr> batches;
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    auto batch = back.read(*text);
    if (!batch) return Unexpected{batch.error()};
    if ((*batch)->seq != seq - batches.size()) return Unexpected{fmt::format("batch {} is not where it should be", (*batch)->seq)};
    batches.push_back(std::move(*batch));
  }
  std::ranges::reverse(batches);
  return batches;
}

}  // namespace

Result<TakenUp, store::Failure> read_kept(store::Store& store, hub::Hub& hub, Timestamp now) {
  TakenUp taken;
  const auto life = store.life();
  if (!life) return Unexpected{life.error()};
  Gathering gathering{hub};
  if (const auto read = store.read_state(gathering); !read) return Unexpected{read.error()};
  taken.past.entities = gathering.take_entities();
  drop_without_reports(taken.past.entities);
  taken.past.events = gathering.take_events();
  for (const auto& [channel, rows] : gathering.left_out()) {
    taken.notes.push_back(fmt::format("{} rows of {} in the store are left out: this configuration has no such channel, or they cannot be read", rows, channel));
  }
  if (!*life) return taken;
  taken.past.seq = (*life)->seq;
  taken.away = std::max<Duration>(Duration{0}, now - (*life)->saved_at);
  if (!(*life)->is_clean || !taken.notes.empty()) return taken;

  std::vector<std::string> texts;
  const auto read = store.read_log([&](const store::LogText& batch) {
    texts.emplace_back(batch.text);
    return true;
  });
  if (!read) return Unexpected{read.error()};
  auto batches = read_log(texts, taken.past.seq, hub, taken.past);
  if (!batches) {
    taken.notes.push_back(fmt::format("the log in the store cannot be read, so viewers begin anew: {}", batches.error()));
    return taken;
  }
  taken.past.batches = std::move(*batches);
  taken.epoch = (*life)->epoch;
  return taken;
}

Result<void, store::Failure> keep(store::Store& store, const log::Log& log, Timestamp now) {
  std::vector<std::string> texts;
  std::vector<state::Seq> seqs;
  std::size_t bytes = 0;
  Result<void, store::Failure> kept{};
  const auto write = [&] {
    std::vector<store::LogText> rows;
    for (std::size_t i = 0; i < texts.size(); ++i) rows.push_back({seqs[i], texts[i]});
    if (kept && !rows.empty()) kept = store.keep_log(rows);
    texts.clear();
    seqs.clear();
    bytes = 0;
  };
  log.for_each([&](const log::Batch& batch) {
    texts.push_back(log::write_batch(batch));
    seqs.push_back(batch.seq);
    bytes += texts.back().size();
    if (bytes >= kPortionBytes) write();
  });
  write();
  return kept ? store.end_life(log.head(), now) : kept;
}

}  // namespace starling
