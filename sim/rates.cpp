#include "sim/rates.hpp"

namespace starling::sim {
namespace {

constexpr RateName kNames[] = {
    {"cuts", &Rates::cuts, "a viewer's line is lost, with all that is on its way"},
    {"storms", &Rates::storms, "the lines of all viewers are lost at once"},
    {"returns", &Rates::returns, "one that is cut off connects again, to any shard"},
    {"stalls", &Rates::stalls, "a viewer stops reading, or goes on"},
    {"narrow", &Rates::narrow, "a connection takes few bytes at a time: frames leave half-written, and what follows waits"},
    {"delays", &Rates::delays, "a connection's bytes arrive up to 2 s late, so that those of others pass them"},
    {"pieces", &Rates::pieces, "what has arrived is read in pieces, else all of it at once"},
    {"asks", &Rates::asks, "a viewer asks for something else under the same id: another query, a pan, another rate"},
    {"pans", &Rates::pans, "one that has a box and asks for something else moves that"},
    {"paces", &Rates::paces, "what it asks for, it asks for 5 times, once or not at all a second"},
    {"conditions", &Rates::conditions, "a query has a condition, and with the same chance another"},
    {"recent", &Rates::recent, "it asks for recent events"},
    {"asks-again", &Rates::asks_again, "a viewer asks for the snapshot again"},
    {"publishes", &Rates::publishes, "a viewer publishes"},
    {"rights", &Rates::rights, "a viewer may not see everything: some channels, keys, places, fields, or places not exactly"},
    {"other-rights", &Rates::other_rights, "one that connects again has other rights than before"},
    {"foreign-cursors", &Rates::foreign_cursors, "one that connects again gives a cursor of another server's life, or of the future"},
    {"reports", &Rates::reports, "the fleet reports"},
    {"bursts", &Rates::bursts, "it reports 200 things at once"},
    {"announces", &Rates::announces, "one of those is an announcement of what is known: nobody is told anything"},
    {"removals", &Rates::removals, "a report is a removal"},
    {"replaces", &Rates::replaces, "a report is the whole record, and what it lacks is gone"},
    {"events", &Rates::events, "a report is an event"},
    {"times", &Rates::times, "a report bears a time: late, the same as another's, or ahead"},
    {"retained", &Rates::retained, "a report comes from a broker's store, and is no sign of life"},
    {"placed", &Rates::placed, "a report says where beside its fields, or that it is nowhere"},
    {"lost-places", &Rates::lost_places, "a report of a place lacks its latitude"},
    {"expiring", &Rates::expiring, "a channel's facets expire, some 0.4 s after they were reported (without --config)"},
    {"silences", &Rates::silences, "entities fall silent, and are told of as offline (without --config)"},
    {"critical", &Rates::critical, "a channel is told of at once, not with the beat (without --config)"},
    {"event-paces", &Rates::event_paces, "events are told of with the beat, not at once (without --config)"},
    {"shards", &Rates::shards, "there are up to three shards, and batches and publishes are late on their way between them and the hub"},
    {"tiny", &Rates::tiny, "a bound of the server is tiny: of its log, frames, parts, folds, lists, missed events, backlog"},
    {"restarts", &Rates::restarts, "the server is killed, and begins with nothing or with what its store has (kept-state)"},
    {"clock-jumps", &Rates::clock_jumps, "its clock is set, by up to two minutes"},
    {"lulls", &Rates::lulls, "with --config: all lines are lost, and nobody says anything for about as long as a `ttl` or `offline_after`"},
    {"pings", &Rates::pings, "a viewer says `ping`"},
    {"hellos", &Rates::hellos, "a viewer says `hello` again"},
    {"unsubscribes", &Rates::unsubscribes, "a viewer ends a subscription, and begins one under that id again when it next asks; or asks of an id that is free"},
    {"mistakes", &Rates::mistakes, "a viewer says what no server takes: no JSON, no known type, a bad member, a bad name"},
    {"abuse", &Rates::abuse, "the server takes few bad messages for abuse, and closes the line"},
    {"readers", &Rates::readers, "beside a viewer somebody reads over HTTP, by polls or as a stream of events"},
    {"guests", &Rates::guests, "beside a viewer there is a client at a door, of either dialect"},
    {"clean-restarts", &Rates::clean_restarts, "the server is stopped and goes on after a while, with the log and the state of its store: same epoch, same seq"},
    {"kept-state", &Rates::kept_state, "where the server is killed it has a store, and begins a new epoch with the state of a few batches before"},
    {"bare", &Rates::bare, "a subscription is of event channels only, and begins without a snapshot (snapshot:false)"},
};

}  // namespace

std::span<const RateName> rate_names() noexcept { return kNames; }

Rates random_rates(Dice& random, const FixedRates& fixed) {
  Rates rates;
  rates.announces = random.chance(0.3) ? 0.1 : 0;
  rates.publishes = random.chance(0.3) ? 0.1 : 0;
  rates.delays = random.chance(0.4) ? 0.5 : 0;
  rates.pieces = random.chance(0.3) ? 0.5 : 0;
  rates.storms = random.chance(0.2) ? 0.005 : 0;
  rates.bursts = random.chance(0.2) ? 0.1 : 0.02;
  rates.foreign_cursors = random.chance(0.2) ? 0.2 : 0;
  rates.restarts = random.chance(0.15) ? 0.005 : 0;
  rates.clock_jumps = random.chance(0.15) ? 0.02 : 0;
  rates.tiny = random.chance(0.5) ? 0.6 : 0.3;
  rates.conditions = random.chance(0.5) ? 0.5 : 0;
  rates.recent = random.chance(0.4) ? 0.5 : 0;
  rates.rights = random.chance(0.4) ? 0.6 : 0;
  rates.times = random.chance(0.5) ? 0.3 : 0;
  rates.retained = random.chance(0.3) ? 0.1 : 0;
  rates.placed = random.chance(0.3) ? 0.15 : 0;
  // What came later is drawn from dice of its own: a seed without it means what it meant.
  Dice later{Dice{random}.next()};
  rates.pings = later.chance(0.3) ? 0.05 : 0;
  rates.hellos = later.chance(0.2) ? 0.02 : 0;
  rates.unsubscribes = later.chance(0.3) ? 0.02 : 0;
  rates.mistakes = later.chance(0.3) ? 0.05 : 0;
  rates.abuse = later.chance(0.5) ? 1 : 0;
  rates.readers = later.chance(0.4) ? 0.6 : 0;
  rates.guests = later.chance(0.3) ? 0.6 : 0;
  rates.clean_restarts = later.chance(0.3) ? 0.01 : 0;
  rates.kept_state = later.chance(0.5) ? 0.7 : 0;
  rates.bare = later.chance(0.3) ? 0.4 : 0;
  for (const auto& [rate, value] : fixed) rates.*rate = value;
  return rates;
}

}  // namespace starling::sim
