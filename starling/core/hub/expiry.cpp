#include "starling/core/hub/expiry.hpp"

namespace starling::hub {

void Expiry::made(const state::Identity& identity, Reports::Facet& facet, Instant now) {
  if (facet.channel->ttl) facet.expiry = deadlines_.add(*facet.channel->ttl, identity, *facet.channel, now);
}

void Expiry::reported(Reports::Facet& facet, bool is_retained, Instant now) {
  if (facet.channel->ttl && !is_retained) deadlines_.put_off(facet.expiry, now);
}

void Expiry::going(Reports::Facet& facet) {
  if (facet.channel->ttl) deadlines_.remove(facet.expiry);
}

}  // namespace starling::hub
