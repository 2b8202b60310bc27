/** Where the connection stands, for runes: whatever reads it follows it. */
import { createSubscriber } from 'svelte/reactivity'

import type { Starling, Status } from '@starling/client'

export function liveStatus(starling: Starling): { readonly current: Status } {
  const follow = createSubscriber((update) => starling.onStatus(update))
  return {
    get current() {
      follow()
      return starling.status
    },
  }
}
