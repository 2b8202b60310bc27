/// @file
/// The truth a simulation is judged by: every state there ever was, what a query shows of it, and what time does to it, found in the plainest way there is.
///
/// It shares nothing with what it judges: no log, no fold, no view, no index, no deadlines; records are maps, boxes are four numbers, numbers are
/// doubles (those of a simulation are small), and who is due is found by looking at everybody.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace starling::sim {

using Record = std::map<std::string, std::string>;                   ///< field → JSON text
using Shown = std::map<std::string, std::map<std::string, Record>>;  ///< channel → key → record
using Place = std::pair<double, double>;                             ///< latitude, longitude

struct Box {
  double north, south, east, west;
};

/// `name` is that of a field, or `facet/field`; `test` an operator of the protocol or "eq", `value` its JSON text.
struct PlainCondition {
  std::string name, test, value;
};

struct PlainQuery {
  std::set<std::string> channels;  ///< by name, "space:*" or "*"
  std::optional<std::set<std::string>> keys;
  std::optional<Box> bounds;
  bool unlocated = false;
  std::vector<PlainCondition> where;
  std::optional<std::set<std::string>> fields;
};

/// What a viewer may see, whatever it asks for.
struct PlainRights {
  std::optional<std::set<std::string>> read;  ///< channels by name; absent: all
  PlainQuery filter;                          ///< its keys, bounds and conditions; they test things as they are
  std::set<std::string> hidden;               ///< fields, in every channel
  std::optional<int> decimals;                ///< of the coordinates it is shown

  [[nodiscard]] bool reads(const std::string& channel) const { return !read || read->contains(channel); }
  [[nodiscard]] bool has_filter() const { return filter.keys || filter.bounds || !filter.where.empty(); }
};

struct PlainView {
  PlainQuery query;
  PlainRights rights;
};

/// Now: microseconds that never run backwards, and milliseconds of the calendar.
struct Clock {
  std::int64_t steady_us = 0, wall_ms = 0;
};

/// What a source says of a record, or of an event.
struct Said {
  enum class Placing { by_fields, cleared, given };
  std::string channel;
  std::optional<std::string> key;  ///< always of records
  Record fields;
  enum class How { merge, replace, remove } how = How::merge;
  std::optional<std::int64_t> time_ms;
  bool is_retained = false;
  Placing placing = Placing::by_fields;
  Place place{};  ///< where it is given
};

struct Thing {
  std::map<std::string, Record> facets;
  std::map<std::string, std::int64_t> times_ms;  ///< by channel: of the report that made its record what it is
  std::optional<Place> place;
  std::string place_owner;  ///< the channel whose report set it
};

struct SaidEvent {
  std::string channel;
  std::optional<std::string> key;
  Record data;
  std::uint64_t seq = 0, n = 0;
  std::int64_t time_ms = 0;
  std::optional<Place> place;          ///< its own, else that of its entity when its batch closed
  bool has_own_place = false;
  std::shared_ptr<const Thing> thing;  ///< its entity then; null: none
};

using FieldPair = std::pair<std::string, std::string>;  ///< of a latitude and a longitude

/// What is declared of a channel.
struct PlainChannel {
  bool is_event = false, is_hidden = false;
  std::optional<FieldPair> located_by;  ///< the fields that say where something is
  std::optional<std::int64_t> ttl_us;
  std::size_t keep = 50;                ///< so many events are remembered for those who ask for recent ones
};

struct TruthOptions {
  std::map<std::string, PlainChannel> channels;         ///< those declared; any other is of state, and located by latitude and longitude
  std::map<std::string, std::int64_t> offline_after_us;  ///< by space
};

/// What was kept of a server, of which nobody was there for a while.
struct PlainPast {
  std::uint64_t seq = 0;           ///< up to this everything was
  std::uint64_t log_after = 0;     ///< from this on the log was
  std::int64_t away_us = 0;        ///< nobody was there so long
  std::set<std::string> channels;  ///< that there are: of those without a record it depends on what the log says
};

class Truth {
 public:
  explicit Truth(TruthOptions options);

  /// A report of a record or, where the channel is one of events, an event.
  void report(const Said& said, Clock now);
  /// When a facet expires or a key falls silent next.
  [[nodiscard]] std::optional<std::int64_t> next_due_us() const;
  /// Does what is due.
  void pass(Clock now);
  /// The server has ended, and one goes on from what was kept. What there is counts as heard of last when that began, and bears the times of its records; of what went
  /// no time is known any more.
  void take_up(PlainPast past, Clock now);
  /// What was said so far is the state at `seq`.
  void close(std::uint64_t seq);
  /// Whether something differs from the state closed last.
  [[nodiscard]] bool has_news() const;

  [[nodiscard]] Shown shown(const PlainView& view, std::uint64_t seq) const;
  /// Events the view shows with `after` < seq <= `upto`, in order.
  [[nodiscard]] std::vector<const SaidEvent*> events(const PlainView& view, std::uint64_t after, std::uint64_t upto) const;
  /// As an event is told: when it was, and where by its own account.
  [[nodiscard]] std::string time_of(const SaidEvent& event) const;
  /// Whether an event of the channel may have been said with `after` < seq < `before`, as far as its server can know.
  [[nodiscard]] bool may_have_been_said(const std::string& channel, std::uint64_t after, std::uint64_t before) const;
  [[nodiscard]] std::optional<Place> place_of(const PlainView& view, const SaidEvent& event) const;
  /// Of this channel the newest `recent` of the events the view shows up to `upto`, of those among the newest that it keeps up to `head`; in order.
  [[nodiscard]] std::vector<const SaidEvent*> recent(const PlainView& view, const std::string& channel, std::size_t recent, std::uint64_t upto,
                                                     std::uint64_t head) const;
  /// The reasons that can be given for a facet that the view does not show at `seq`.
  [[nodiscard]] std::set<std::string> reasons(const PlainView& view, const std::string& channel, const std::string& key, std::uint64_t seq) const;
  /// Null: there was none.
  [[nodiscard]] std::shared_ptr<const Thing> thing(const std::string& space, const std::string& key, std::uint64_t seq) const;
  /// Calls `visit(const std::string& key, const Thing&)` for each there was in a space, by key.
  template <class Visit>
  void for_each_thing(const std::string& space, std::uint64_t seq, Visit&& visit) const {
    for (const auto& [name, thing] : states_.at(seq)) {
      if (name.first == space) visit(name.second, *thing);
    }
  }
  [[nodiscard]] std::uint64_t head() const noexcept { return states_.size() - 1; }
  /// What is shown of a record of this channel.
  [[nodiscard]] Record projected(const PlainView& view, const std::string& channel, const Record& record) const;
  [[nodiscard]] bool is_event(const std::string& channel) const;
  /// Those there are.
  [[nodiscard]] const std::vector<std::string>& event_channels() const noexcept { return event_channels_; }

 private:
  using Name = std::pair<std::string, std::string>;  ///< space, key: channels of one space share their keys
  using State = std::map<Name, std::shared_ptr<const Thing>>;
  struct Newest {
    std::int64_t time_ms = 0;     ///< of the newest report or removal
    std::int64_t arrived_us = 0;  ///< of the report that puts expiry off
  };
  struct Heard {
    bool is_online = false;
    std::int64_t last_us = 0, told_us = 0;
  };
  struct Gone {
    std::uint64_t seq;  ///< in whose batch it went
    std::string channel, key, reason;
  };
  void say(const Said& said, Clock now);
  void remove(const Said& said, std::int64_t time_ms, std::int64_t now_ms);
  void take_away(const std::string& channel, const std::string& key, const std::string& reason);
  void place(const Said& said, const Record& before, Thing& thing, bool is_late, std::int64_t time_ms, std::int64_t now_ms);
  void hear(const Name& name, Clock now);
  void put(const Name& name, Thing thing) { now_[name] = std::make_shared<const Thing>(std::move(thing)); }
  [[nodiscard]] std::optional<FieldPair> located_by(const std::string& channel) const;
  [[nodiscard]] bool asks_for(const PlainQuery& query, const std::string& channel, const std::optional<std::string>& key) const;
  [[nodiscard]] bool shows(const PlainView& view, const SaidEvent& event) const;
  // As somebody with these rights can know it.
  [[nodiscard]] Record seen(const PlainRights& rights, const std::string& channel, Record record) const;
  [[nodiscard]] std::optional<Place> seen(const PlainRights& rights, const std::optional<Place>& place, const std::string& owner) const;
  [[nodiscard]] Thing seen(const PlainRights& rights, const Thing& thing) const;

  TruthOptions options_;
  std::map<std::string, std::int64_t> ttl_us_;  // by channel
  std::vector<std::string> event_channels_;
  std::set<std::string> made_;                  // channels that a first report made
  State now_;
  std::map<std::pair<std::string, std::string>, Newest> newest_;  // by key, channel; stays when the facet goes
  std::map<Name, std::int64_t> place_times_;
  std::map<Name, Heard> heard_;
  std::vector<State> states_{State{}};  // by seq
  std::vector<SaidEvent> said_, saying_;
  std::vector<Gone> gone_;
  std::uint64_t log_after_ = 0;  // of what was taken up
};

/// Whether a place is in a box: edges belong to it, west over east crosses the date line, ±180 is one meridian.
[[nodiscard]] bool is_inside(const Box& box, const Place& place);
/// Of `space:facet`.
[[nodiscard]] std::string space_of(const std::string& channel);

}  // namespace starling::sim
