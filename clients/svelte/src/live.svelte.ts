/** What a query shows, for runes: whatever reads it follows it, and it ends with the component. */
import { createSubscriber } from 'svelte/reactivity'

import type { Query, Starling } from '@starling/client'
import { LiveQuery } from '@starling/client/live'
import type { Live } from '@starling/client/live'

/**
 * To be called while a component initialises, or in an effect's root. `query` is asked again when state it reads changes, and what is
 * looked at is replaced in place; while it is null nothing is looked at.
 */
export function live(starling: Starling, query: () => Query | string | readonly string[] | null): Live {
  const looked = new LiveQuery(starling)
  const follow = createSubscriber((update) => looked.subscribe(update))
  const current = (): Live => {
    follow()
    return looked.current
  }
  // A snapshot, so that what is inside of a query made of $state is followed too. Before the component is drawn, so that nobody sees nothing first.
  $effect.pre(() => looked.look($state.snapshot(query()) as ReturnType<typeof query>))
  $effect.pre(() => () => looked.look(null))
  return {
    get channels() { return current().channels },
    channel: (name) => current().channel(name),
    get state() { return current().state },
    get seq() { return current().seq },
    get time() { return current().time },
    get error() { return current().error },
    get subscription() { return current().subscription },
  }
}
